export { FillLog, OrderLog, OUTCOME, OUTCOME_NAMES, SignalLog } from "./logs.js";
export { OrderCounts, OrderEngine, type OrderSettings } from "./order-engine.js";
export { Outbox } from "./outbox.js";
export { KIND, KIND_NAMES, PendingSignal } from "./signal.js";
