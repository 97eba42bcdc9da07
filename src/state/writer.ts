import { type Clock, type EpochMs, type Fill, systemClock } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { type Database, guarded, openToWrite, statement } from "./database.js";
import { EquityWriter } from "./equity-chunks.js";
import { GroupCommit } from "./group-commit.js";
import { linesOf } from "./journal-lines.js";
import { JournalWriter } from "./journal-writer.js";
import { putLive, readIntent } from "./live-tables.js";
import { holder, keepLock, releaseLock, takeLock } from "./lock.js";
import type { JournalLine, SessionBatch, SessionEvent, SessionStart, StoredIntent } from "./records.js";
import {
  FILL_COLUMNS,
  fillRow,
  ORDER_COLUMNS,
  orderRow,
  POSITION_COLUMNS,
  positionRow,
  progressRow,
  type Row,
  TRADE_COLUMNS,
  tradeRow,
} from "./rows.js";

/** `INSERT` of named values that replaces what has the same key, or leaves it alone. */
function upsert(table: string, columns: readonly string[], key: readonly string[], conflict: "replace" | "keep"): string {
  const names = ["session", ...columns];
  const values = names.map((name) => `@${name}`).join(", ");
  const changes = columns.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
  const action = conflict === "keep" ? "NOTHING" : `UPDATE SET ${changes.join(", ")}`;
  return `INSERT INTO ${table} (${names.join(", ")}) VALUES (${values}) ON CONFLICT (session, ${key.join(", ")}) DO ${action}`;
}

const PUT_ORDER = upsert("orders", ORDER_COLUMNS, ["id"], "replace");
const PUT_FILL = upsert("fills", FILL_COLUMNS, ["id"], "keep");
const PUT_POSITION = upsert("positions", POSITION_COLUMNS, ["symbol"], "replace");
const PUT_TRADE = upsert("trades", TRADE_COLUMNS, ["trade"], "replace");
const PUT_EVENT = "INSERT INTO event (session, time, level, code, message) VALUES (@session, @time, @level, @code, @message)";
const PUT_PROGRESS = `UPDATE session SET bars = @bars, market_time = coalesce(@market_time, market_time), equity = @equity, balance = @balance, fees = @fees, funding = @funding
  WHERE id = @session`;
const PUT_SESSION = `INSERT INTO session (id, strategy, params, settings, data, venue, currency, initial_cash, periods_per_year, warnings, started, status, bars, equity, balance, fees, funding)
  VALUES (@id, @strategy, @params, @settings, @data, @venue, @currency, @initial_cash, @periods_per_year, @warnings, @started, 'running', 0, @initial_cash, @initial_cash, '0', '0')`;

/**
 * Marks a session whose thread or process has gone without a word as interrupted and lets go of its file. Does nothing for one that has ended.
 * @throws LabError as opening does.
 */
export function abandonSession(path: string, session: string): void {
  const db = openToWrite(path);
  const release = db.transaction(() => {
    // Another process that still holds the file is only out of reach.
    const held = holder(db, Date.now());
    if (held?.session === session && held.pid !== process.pid) return;
    db.prepare("UPDATE session SET status = 'interrupted' WHERE id = ? AND status = 'running'").run(session);
    releaseLock(db, session);
  });
  try {
    guarded(path, () => release.immediate());
  } finally {
    db.close();
  }
}

/** Options of a {@link StateWriter}. */
export interface StateWriterOptions {
  /** Wall clock; the machine's unless given. */
  readonly clock?: Clock;
  /** The largest the file may become, in bytes; as large as its disk has room unless given. */
  readonly maxBytes?: number;
  /** Go on with an interrupted or ended session of the file instead of starting a new one. */
  readonly resume?: boolean;
}

/**
 * The one writer of a session. Each call is one transaction, on disk when it returns; writing the same thing twice changes no table. Everything written also
 * stands in the session's journal, in the order it was written. While it is open no other session can write to the file, readers can.
 */
export class StateWriter {
  readonly path: string;
  readonly session: string;
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #equity: EquityWriter;
  readonly #journal: JournalWriter;
  readonly #group: GroupCommit = new GroupCommit((batches) => this.#writeAll(batches));

  /**
   * Opens (or makes) a state file and enters a session, or goes on with one.
   * @throws LabError `STATE_LOCKED` while another session writes to it, `SESSION_EXISTS`, `SESSION_UNKNOWN` for one to go on with that the file does not hold, and
   *   what opening throws.
   */
  constructor(path: string, start: SessionStart, options: StateWriterOptions = {}) {
    this.path = path;
    this.session = start.id;
    this.#clock = options.clock ?? systemClock;
    this.#db = openToWrite(path, options.maxBytes);
    try {
      this.#equity = new EquityWriter(this.#db, start.id);
      this.#journal = new JournalWriter(this.#db, start.id);
      this.#transaction(() => this.#begin(start, options.resume ?? false));
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  #begin(start: SessionStart, resume: boolean): void {
    const now = this.#clock.now();
    takeLock(this.#db, this.path, start.id, now);
    const known = this.#db.prepare("SELECT id FROM session").pluck().all() as string[];
    if (resume) {
      if (!known.includes(start.id)) throw unknownName("SESSION_UNKNOWN", "session to go on with", start.id, known);
      this.#db.prepare("UPDATE session SET status = 'running', ended = NULL, error = NULL WHERE id = ?").run(start.id);
      this.#journal.append([{ kind: "session", payload: { resumed: true } }], now);
      return;
    }
    if (known.includes(start.id))
      throw new LabError("SESSION_EXISTS", `${this.path} already holds a session ${start.id}.`, { details: { session: start.id } });
    this.#db.prepare(PUT_SESSION).run({
      id: start.id,
      strategy: start.strategy,
      params: JSON.stringify(start.params),
      settings: JSON.stringify(start.settings),
      data: JSON.stringify(start.data),
      venue: start.venue,
      currency: start.currency,
      initial_cash: start.initialCash.toFixed(),
      periods_per_year: start.periodsPerYear,
      warnings: JSON.stringify(start.warnings),
      started: now,
    });
    const { id, strategy, params, settings, venue } = start;
    this.#journal.append([{ kind: "session", payload: { id, strategy, params, settings, venue } }], now);
  }

  /** The order that a client id of this session stands for, as it was about to be sent. What still waits to be committed is not there yet. */
  intent(clientOrderId: string): StoredIntent | undefined {
    return readIntent(this.#db, this.session, clientOrderId);
  }

  /** Whether an execution of the venue has been taken in. */
  hasExecution(executionId: string): boolean {
    return (
      statement(this.#db, "SELECT 1 FROM execution WHERE session = ? AND execution_id = ?").get(this.session, executionId) !== undefined
    );
  }

  /** Number of the newest line of the journal. */
  get sequence(): number {
    return this.#journal.sequence;
  }

  /** False once the session has ended. */
  get isOpen(): boolean {
    return this.#db.open;
  }

  /**
   * Writes what has changed.
   * @throws LabError `STATE_LOCK_LOST`, `STATE_CONFLICT` for a fill that differs from the one stored under its id, `STATE_EQUITY_GAP`, `STATE_CLOSED`; then
   *   nothing of the batch is written.
   */
  write(batch: SessionBatch): void {
    this.#transaction(() => {
      keepLock(this.#db, this.path, this.session, this.#clock.now());
      this.#put(batch);
    });
  }

  /**
   * Writes what has changed together with everything else of this turn of the event loop, in one transaction. Resolves when it is on disk.
   * Rejects as {@link write} throws; then nothing of this batch is written.
   */
  commit(batch: SessionBatch): Promise<void> {
    return this.#group.commit(batch);
  }

  /** Whether anything waits to be committed. */
  get isBusy(): boolean {
    return this.#group.isBusy;
  }

  /** Resolves when everything that was to be committed so far has been, or was refused. */
  settled(): Promise<void> {
    return this.#group.settled();
  }

  /** Tells other processes that the session is alive; a session that has nothing to write calls it every few seconds. @throws LabError `STATE_LOCK_LOST`. */
  heartbeat(): void {
    this.#transaction(() => keepLock(this.#db, this.path, this.session, this.#clock.now()));
  }

  /** Writes the last batch and how the session ended, lets go of the file and closes it. */
  end(
    status: "completed" | "stopped" | "failed",
    batch: SessionBatch = {},
    error?: { readonly code: string; readonly message: string },
  ): void {
    try {
      this.#group.flush();
      this.#transaction(() => {
        const now = this.#clock.now();
        keepLock(this.#db, this.path, this.session, now);
        this.#put(batch, [{ kind: "session", payload: { ended: status, error } }]);
        const failure = error === undefined ? null : JSON.stringify({ code: error.code, message: error.message });
        this.#db.prepare("UPDATE session SET status = ?, ended = ?, error = ? WHERE id = ?").run(status, now, failure, this.session);
        releaseLock(this.#db, this.session);
      });
    } finally {
      this.close();
    }
  }

  /** Closes without ending: the session will be found interrupted. What is not on disk yet is written first. */
  close(): void {
    this.#group.flush();
    this.#db.close();
  }

  #writeAll(batches: readonly SessionBatch[]): void {
    this.#transaction(() => {
      keepLock(this.#db, this.path, this.session, this.#clock.now());
      for (const batch of batches) this.#put(batch);
    });
  }

  #put(batch: SessionBatch, more: readonly JournalLine[] = []): void {
    const now: EpochMs = this.#clock.now();
    this.#run(PUT_ORDER, batch.orders?.map(orderRow));
    for (const fill of batch.fills ?? []) this.#putFill(fill);
    this.#run(PUT_POSITION, batch.positions?.map(positionRow));
    this.#run(PUT_TRADE, batch.trades?.map(tradeRow));
    this.#run(PUT_EVENT, batch.events?.map(eventRow));
    if (batch.equity !== undefined) this.#equity.write(batch.equity);
    if (batch.warnings !== undefined)
      this.#db.prepare("UPDATE session SET warnings = ? WHERE id = ?").run(JSON.stringify(batch.warnings), this.session);
    if (batch.progress !== undefined) this.#run(PUT_PROGRESS, [progressRow(batch.progress)]);
    putLive(this.#db, this.session, batch, now);
    this.#journal.append([...linesOf(batch), ...more], now);
  }

  #run(sql: string, rows: readonly Row[] | undefined): void {
    if (rows === undefined || rows.length === 0) return;
    const put = statement(this.#db, sql);
    for (const row of rows) put.run({ session: this.session, ...row });
  }

  #putFill(fill: Fill): void {
    const row = { session: this.session, ...fillRow(fill) };
    if (statement(this.#db, PUT_FILL).run(row).changes === 1) return;
    const stored = this.#db.prepare(`SELECT ${FILL_COLUMNS.join(", ")} FROM fills WHERE session = ? AND id = ?`).get(this.session, fill.id);
    if (JSON.stringify(stored) !== JSON.stringify(fillRow(fill)))
      throw new LabError(
        "STATE_CONFLICT",
        `Fill ${fill.id} of session ${this.session} is stored with other values; a fill never changes.`,
        {
          details: { fill: fillRow(fill), stored },
        },
      );
  }

  #transaction(run: () => void): void {
    if (!this.#db.open)
      throw new LabError("STATE_CLOSED", `Session ${this.session} has ended; nothing more can be written to ${this.path}.`);
    try {
      guarded(this.path, () => this.#db.transaction(run).immediate());
    } catch (error) {
      this.#journal.rewind();
      this.#equity.rewind();
      throw error;
    }
  }
}

function eventRow({ time, level, code, message }: SessionEvent): Row {
  return { time, level, code, message };
}
