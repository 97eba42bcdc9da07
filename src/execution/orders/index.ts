export { ALERTS, type Alert, type AlertCode, AlertLog } from "./alerts.js";
export { type Decision, DecisionLog } from "./decisions.js";
export { Desk } from "./desk.js";
export { HandledSignal, handleSignal, type SignalContext, type SignalInput } from "./handle-signal.js";
export { FillLog, OrderLog, OUTCOME, OUTCOME_NAMES, SignalLog } from "./logs.js";
export { OrderEngine } from "./order-engine.js";
export { Outbox, REQUEST, REQUEST_NAMES } from "./outbox.js";
export { OrderCounts, type OrderSettings } from "./settings.js";
export { KIND, KIND_NAMES, PendingSignal } from "./signal.js";
