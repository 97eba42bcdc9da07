export { parseBalance, parsePosition, parseWallet, type WirePosition } from "./account.js";
export { CATEGORIES, type Category, category, sideOf, wireSide } from "./category.js";
export { type CodeClass, codeClass, RET_CODES, statusClass } from "./codes.js";
export {
  amendOrderBody,
  cancelOrderBody,
  createOrderBody,
  isClientOrderId,
  MAX_CLIENT_ID,
  type ReadOrder,
  readCreateOrder,
} from "./create-order.js";
export { type BatchRow, batchRows, type Envelope, envelope, type Page, pageOf, parseEnvelope } from "./envelope.js";
export { type ExecutionRowExtra, executionKind, executionRow, parseExecution } from "./execution.js";
export {
  isRow,
  nonZeroDecimal,
  optionalDecimal,
  optionalText,
  type Row,
  requiredText,
  rowsOf,
  wholeNumber,
  wireInvalid,
} from "./fields.js";
export { instrumentRow, parseInstrument, type WireInstrument } from "./instrument.js";
export { intervalOf, WIRE_INTERVALS, wireInterval } from "./interval.js";
export { klineRow, parseKlines, type WireCandle } from "./kline.js";
export { parseBook, parseCandles, parseTicker, parseTrades, type TopicFrame, topicFrame, type WireBook } from "./market.js";
export { type OrderRowExtra, orderRow, parseOrder, timeInForceOf, wireTimeInForce } from "./order.js";
export { isFinal, statusOf, wireStatus } from "./order-status.js";
export { type StreamReply, streamReply } from "./reply.js";
export {
  LIMIT_HEADERS,
  RECV_WINDOW_MS,
  SIGN_HEADERS,
  type SignInput,
  sameSignature,
  signRequest,
  signStream,
  timestampAccepted,
} from "./sign.js";
export { BOOK_DEPTHS, bookDepth, MAX_TOPIC_CHARACTERS, MAX_TOPICS_PER_REQUEST, PRIVATE_TOPICS, topicName, topicOf } from "./topics.js";
export {
  conditionalType,
  isConditional,
  orderTypeOf,
  type TriggerDirection,
  triggerByOf,
  triggerDirection,
  wireTriggerBy,
} from "./trigger.js";
