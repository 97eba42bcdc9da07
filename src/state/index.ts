export { type AlgorithmTable, algorithmStore } from "./algorithm-store.js";
export { backupState, restoreState } from "./backup.js";
export type { JournalEntry, JournalFilter } from "./journal.js";
export { Moment, type StateChange } from "./moment.js";
export { DEFAULT_STATE_PATH, openState, type StateView } from "./open.js";
export type {
  EquitySlice,
  FillFilter,
  JournalLine,
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
  StoredAlgorithm,
  StoredBalance,
  StoredExecution,
  StoredFlag,
  StoredIntent,
  StoredOrder,
  StoredPosition,
  StoredRouter,
} from "./records.js";
export { fillOf, fillRow, orderOf, orderRow, type Row } from "./rows.js";
export { SCHEMA_VERSION } from "./schema.js";
export { SessionView } from "./session-view.js";
export { stableJson } from "./stable-json.js";
export type { SessionSummary } from "./summary.js";
export { parseTesserPayload, type TesserEra, type TesserPayload, type TesserPortfolio, type TesserSubAccount } from "./tesser-payload.js";
export { type TesserSummary, TesserView } from "./tesser-view.js";
export { abandonSession, StateWriter, type StateWriterOptions } from "./writer.js";
