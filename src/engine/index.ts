export { Audit, CHANGED } from "./audit.js";
export {
  type AuditRecord,
  type AuditSnapshot,
  AuditStream,
  type SignalOutput,
  type StateChanges,
  StateReplica,
} from "./audit-stream.js";
export { CoinFees, cashFee, isCoinFee, type NetFill } from "./coin-fees.js";
export type { Command, CommandFilter, OpenCommand } from "./commands.js";
export {
  clientOrderId,
  type EdgeRequest,
  type EdgeSnapshot,
  toAmendRequest,
  toOrderRequest,
  VenueEdge,
  type VenueEdgeOptions,
} from "./edge.js";
export { Engine } from "./engine.js";
export type { EngineParts } from "./engine-parts.js";
export { type EventRecord, type EventWorld, eventOf, eventRecord } from "./event-record.js";
export {
  type AccountSnapshotEvent,
  type BookEvent,
  type CandleEvent,
  type CommandEvent,
  type ConnectivityEvent,
  type EngineEvent,
  EVENT,
  FillEvent,
  type FundingEvent,
  type HeldPosition,
  type LiquidationEvent,
  OrderEvent,
  REPORT,
  REPORT_NAMES,
  type ShutdownEvent,
  type TimerEvent,
  TradeEvent,
  type TradingStateEvent,
} from "./events.js";
export { type EngineMeta, type FeedEvent, TradingEngine, type TradingEngineOptions, type UserState } from "./facade.js";
export { fillAtEdge } from "./fill-at-edge.js";
export { Links, type VenueLinks } from "./links.js";
export { Seats, type StrategySeat, type Thrown } from "./seats.js";
export { type EngineState, engineState, type OrderState, orderState, type PositionState } from "./state.js";
