export { SeriesBar } from "./bar.js";
export { CandleBuffer, type CandleBufferOptions, type CandleInput } from "./candle-buffer.js";
export { type Candle, type CandleColumns, CandleSeries, type CandleSource } from "./candles.js";
export { type Clock, systemClock } from "./clock.js";
export { Decimal, type DecimalInput, decimal, decimalPlaces, decimalText } from "./decimal.js";
export {
  cashDecimals,
  type Instrument,
  type InstrumentInput,
  type InstrumentKind,
  type InstrumentSource,
  instrument,
  type ScaledInstrument,
  scaleInstrument,
  splitSymbol,
} from "./instrument.js";
export { shippedInstrument } from "./instrument-table.js";
export { isLoopback } from "./loopback.js";
export { makeFolder } from "./make-folder.js";
export {
  type BookLevel,
  type BookUpdate,
  type CandleUpdate,
  FEEDS,
  type Feed,
  type MarketEvent,
  type MarketTopic,
  type PublicTrade,
  type TickerUpdate,
} from "./market.js";
export { MarketTape, TAPE, type TapeColumns, type TapeSight } from "./market-tape.js";
export { notebookHost } from "./notebook-host.js";
export { type BookLevelView, OrderBook, type OrderBookView } from "./order-book.js";
export {
  type Fill,
  type Order,
  type OrderRole,
  type OrderStatus,
  type OrderType,
  type Position,
  REFUSALS,
  type Refusal,
  type RefusalCode,
  type Side,
  type TimeInForce,
  type TriggerBy,
} from "./orders.js";
export type { EquityPoints, ExitReason, PerformanceSource, Trade } from "./performance.js";
export { ceilUnits, ExactPrice, exactPrice, floorUnits } from "./price.js";
export { processIsAlive } from "./process-is-alive.js";
export { type Random, seededRandom } from "./random.js";
export { fraction, type Ratio, ratio } from "./ratio.js";
export { RecordLog } from "./record-log.js";
export {
  type Bar,
  type EntryOptions,
  EXIT_REASONS,
  type ExactBar,
  type ExecutionHint,
  type ExitOptions,
  type PriceInput,
  SIGNALS,
  type SignalKind,
  type Strategy,
  type StrategyContext,
  type TradeView,
} from "./strategy.js";
export { TapeBuilder, tapeOf } from "./tape-builder.js";
export { type EpochMs, type Interval, intervalMs, intervalName, parseTime, type TimeInput, timeText, YEAR_MS } from "./time.js";
export {
  floorDiv,
  floorDivBig,
  fromUnits,
  gcd,
  MAX_SAFE,
  narrow,
  pow10,
  type Rounding,
  roundDivBig,
  toUnits,
  toWideUnits,
  unitsNumber,
  unitsText,
} from "./units.js";
export type {
  AccountEvent,
  AmendRequest,
  Balance,
  Breaker,
  BreakerMetrics,
  BreakerState,
  CandleQuery,
  ExecutionKind,
  LinkState,
  MarketData,
  MarketSubscription,
  OrderOutcome,
  OrderRequest,
  Venue,
  VenueExecution,
  VenueFailure,
  VenueOrder,
  VenueOrderStatus,
} from "./venue.js";
export { onlyReduces } from "./venue.js";
export {
  type ApprovedOrder,
  type Direction,
  ROLE,
  ROLE_NAMES,
  STATUS,
  STATUS_NAMES,
  TIF,
  TIF_NAMES,
  TYPE,
  TYPE_NAMES,
  WorkingOrder,
} from "./working-order.js";
