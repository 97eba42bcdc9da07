export { type SessionClock, wallClock } from "./clock.js";
export { type SessionEvents, SessionHandle, type SessionReport } from "./handle.js";
export type { SessionFeed, SessionOptions, SessionVenue, StrategyModule } from "./options.js";
export { startSession } from "./start.js";
