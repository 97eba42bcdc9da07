export { DEFAULT_STATE_PATH, openState, type StateView } from "./open.js";
export type {
  EquitySlice,
  FillFilter,
  Json,
  OrderFilter,
  SessionBatch,
  SessionData,
  SessionEvent,
  SessionProgress,
  SessionRecord,
  SessionStart,
  SessionStatus,
  SessionWarning,
  StoredBalance,
  StoredOrder,
  StoredPosition,
} from "./records.js";
export { fillOf, fillRow, orderOf, orderRow, type Row } from "./rows.js";
export { SCHEMA_VERSION } from "./schema.js";
export { SessionView } from "./session-view.js";
export type { SessionSummary } from "./summary.js";
export { parseTesserPayload, type TesserEra, type TesserPayload, type TesserPortfolio, type TesserSubAccount } from "./tesser-payload.js";
export { type TesserSummary, TesserView } from "./tesser-view.js";
export { abandonSession, StateWriter, type StateWriterOptions } from "./writer.js";
