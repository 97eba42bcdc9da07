import { type EpochMs, timeText } from "../../core/index.js";
import { readEntries } from "../../data/index.js";

/** Where a session's journal stands. */
export interface JournalPlace {
  /** Line from which on rows come that are not recorded yet, where nothing of the session is. */
  readonly from: number;
  /** The newest line: all rows of the lines so far have been given to the recorder. */
  now(): number;
}

/** What a crash took of a session that goes on: what came of its journal after that line, and of the market from that wall time on. */
export interface Missing {
  readonly journal: number;
  readonly from: EpochMs;
}

/** What crashes took of a session since its recording was filled in last. A start that died before it could leaves it to the next. */
export function missingOf(folder: string, session: string): Missing | undefined {
  const mine = readEntries(folder).filter((entry) => entry.session === session);
  const last = mine.findLastIndex((entry) => entry.code === "REFILLED");
  const found = mine.slice(last + 1).flatMap((entry) => (entry.code === "RECOVERED" && entry.journal !== undefined ? [entry] : []));
  if (found.length === 0) return undefined;
  return { journal: Math.max(...found.map((entry) => entry.journal!)), from: Math.min(...found.map((entry) => entry.until)) };
}

/** When nothing was recorded, in words. */
export function outageText(from: EpochMs, to: EpochMs, lost: number, reason: string): string {
  const rows = lost === 0 ? "nothing is lost: it waited in memory" : `${lost} rows are lost`;
  return `Nothing could be recorded from ${timeText(from)} to ${timeText(to)} (${reason}); ${rows}.`;
}
