export { Audit, CHANGED } from "./audit.js";
export { Engine, type EngineParts } from "./engine.js";
export { type CandleEvent, type CommandEvent, type EngineEvent, EVENT, FillEvent, OrderEvent } from "./events.js";
