import type { EpochMs } from "../core/index.js";
import type { Database } from "./database.js";
import { JournalAppender } from "./journal.js";
import { type Folded, fold, foldTo, SNAPSHOT_LINES, snapshotText } from "./moment.js";
import type { JournalLine, Json } from "./records.js";
import { stableJson } from "./stable-json.js";

/** Writes a session's journal and, every so many lines, a snapshot of what it folds to. Positions, progress and counts of the router that have not changed are left out. */
export class JournalWriter {
  readonly #db: Database;
  readonly #session: string;
  readonly #appender: JournalAppender;
  #state: Folded;
  #snapshot: number;

  constructor(db: Database, session: string) {
    this.#db = db;
    this.#session = session;
    this.#appender = new JournalAppender(db, session);
    this.#state = foldTo(db, session, this.#appender.sequence);
    this.#snapshot = this.#newestSnapshot();
  }

  /** Number of the newest line. */
  get sequence(): number {
    return this.#appender.sequence;
  }

  /** After a transaction that was rolled back. */
  rewind(): void {
    if (!this.#db.open) return;
    this.#appender.rewind();
    this.#state = foldTo(this.#db, this.#session, this.#appender.sequence);
    this.#snapshot = this.#newestSnapshot();
  }

  /** Call it inside a transaction. */
  append(lines: readonly JournalLine[], now: EpochMs): void {
    for (const line of lines) {
      const payload = JSON.parse(stableJson(line.payload ?? null)) as Json;
      if (this.#isOld(line.kind, payload)) continue;
      this.#appender.append([line], now);
      const { sequence } = this.#appender;
      fold(this.#state, { sequence, time: line.time ?? now, kind: line.kind, symbol: line.symbol, payload });
    }
    if (this.sequence - this.#snapshot >= SNAPSHOT_LINES) this.#takeSnapshot(now);
  }

  #isOld(kind: string, payload: Json): boolean {
    const { positions, progress, router } = this.#state;
    if (kind === "progress") return stableJson(progress) === stableJson(payload);
    if (kind === "router") return stableJson(router) === stableJson(payload);
    if (kind !== "position") return false;
    return stableJson(positions.get((payload as { readonly symbol: string }).symbol)) === stableJson(payload);
  }

  #takeSnapshot(now: EpochMs): void {
    this.#snapshot = this.sequence;
    this.#db
      .prepare("INSERT INTO snapshot (session, sequence, time, payload) VALUES (?, ?, ?, ?)")
      .run(this.#session, this.sequence, now, snapshotText(this.#state));
  }

  #newestSnapshot(): number {
    const newest = this.#db.prepare("SELECT coalesce(max(sequence), 0) FROM snapshot WHERE session = ?").pluck().get(this.#session);
    return newest as number;
  }
}
