import type { EquityPoints, Fill, Order, PerformanceSource, Position, Trade } from "../core/index.js";
import { Decimal } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { type Database, guarded } from "./database.js";
import { readEquity } from "./equity-chunks.js";
import { type JournalEntry, type JournalFilter, readJournal } from "./journal.js";
import { checkJournal } from "./journal-check.js";
import { readAlgorithms, readExecutions, readFlags, readIntents } from "./live-tables.js";
import { holder } from "./lock.js";
import { diffMoments, foldTo, historyTo, Moment, type StateChange } from "./moment.js";
import type {
  FillFilter,
  Json,
  OrderFilter,
  SessionEvent,
  SessionRecord,
  StoredAlgorithm,
  StoredBalance,
  StoredExecution,
  StoredIntent,
  StoredRouter,
} from "./records.js";
import { fillOf, orderOf, positionOf, type Row, tradeOf } from "./rows.js";
import { stableJson } from "./stable-json.js";
import { type SessionSummary, summarize } from "./summary.js";

const ORDER_STATUSES: readonly Order["status"][] = ["working", "partiallyFilled", "filled", "cancelled", "rejected", "refused"];

/**
 * A read-only look into a state file, also while a session writes to it: every read is as fresh as the file's last commit. It looks at one session, the
 * newest unless {@link session} chose another; `sessions()` lists them all. It is a source for every statistic: `analytics.sharpe(state.open(path))`.
 */
export class SessionView implements PerformanceSource {
  readonly format = "tesserlab";
  readonly path: string;
  readonly #db: Database;
  readonly #session: string | undefined;

  constructor(path: string, db: Database, session?: string) {
    this.path = path;
    this.#db = db;
    this.#session = session;
  }

  /** Every session of the file, the newest first. A running one whose writer is gone is shown as interrupted. */
  sessions(): readonly SessionRecord[] {
    return this.#read(() => {
      const alive = holder(this.#db, Date.now())?.session;
      const rows = this.#db.prepare("SELECT * FROM session ORDER BY started DESC, rowid DESC").all() as Row[];
      return rows.map((row) => sessionOf(row, alive));
    });
  }

  /** The same file, looking at another session. Closing either closes both. @throws LabError `SESSION_UNKNOWN` with the nearest id. */
  session(id: string): SessionView {
    return new SessionView(this.path, this.#db, this.#resolve(id));
  }

  /** The session looked at. @throws LabError `STATE_EMPTY` for a file without sessions. */
  get record(): SessionRecord {
    return this.#recordOf(this.#session);
  }

  /**
   * What times of orders are: a replay of candles as a backtest does it stamps them with the `open` of the candle at whose close they were decided; every other session
   * with the `moment`.
   */
  get orderTimes(): "open" | "moment" {
    const { trade, feed } = this.record.settings;
    return trade === undefined && feed !== "ticks" ? "open" : "moment";
  }

  /** What a reader of the session's numbers must know. */
  get warnings(): readonly string[] {
    return this.record.warnings.map((warning) => warning.message);
  }

  /** Positions, flat ones too: with what was realised on them. */
  positions(session?: string): readonly Position[] {
    return this.#rows("positions", session, "symbol").map(positionOf);
  }

  /** Orders in the order they were made. @throws LabError `ORDER_STATUS` for an unknown status, `OPTION_UNKNOWN`. */
  orders(filter: OrderFilter = {}): readonly Order[] {
    checkKeys(filter, ["status", "symbol", "session"]);
    if (filter.status !== undefined && !ORDER_STATUSES.includes(filter.status))
      throw unknownName("ORDER_STATUS", "order status", String(filter.status), ORDER_STATUSES);
    return this.#rows("orders", filter.session, "sequence", { status: filter.status, symbol: filter.symbol }).map(orderOf);
  }

  /** Fills in the order they happened. @throws LabError `OPTION_UNKNOWN`. */
  fills(filter: FillFilter = {}): readonly Fill[] {
    checkKeys(filter, ["symbol", "session"]);
    return this.#rows("fills", filter.session, "sequence", { symbol: filter.symbol }).map(fillOf);
  }

  /** Round trips; one still open when the session ended, valued at the last close, has the exit reason `end`. */
  get trades(): readonly Trade[] {
    return this.#rows("trades", undefined, "trade").map(tradeOf);
  }

  /** The equity curve, a point a bar. */
  get equity(): EquityPoints {
    return this.#read(() => {
      const { id, initialCash, periodsPerYear } = this.record;
      return readEquity(this.#db, id, initialCash.toNumber(), periodsPerYear);
    });
  }

  /** The wallet balance of the settlement currency. */
  balances(session?: string): readonly StoredBalance[] {
    const { currency, balance } = this.#recordOf(session ?? this.#session);
    return [{ currency, quantity: balance, rate: new Decimal(1) }];
  }

  /** The session's log: start, warnings, failure. */
  events(session?: string): readonly SessionEvent[] {
    return this.#rows("event", session, "sequence").map((row) => {
      const { time, level, code, message } = row as unknown as SessionEvent;
      return { time, level, code, message };
    });
  }

  /** Lines of the session's journal. Nothing for a file of a release that kept none. @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`. */
  journal(filter: JournalFilter = {}): readonly JournalEntry[] {
    return this.#live(filter.session, (db, id) => readJournal(db, id, filter), []);
  }

  /** Number of the newest line of the journal; 0 without one. */
  get sequence(): number {
    return this.journal({ last: true, limit: 1 })[0]?.sequence ?? 0;
  }

  /**
   * How the session stood right after a line of its journal.
   * @example state.open(path).at(1200).positions()
   * @throws LabError `SEQUENCE_UNKNOWN` for a number the journal does not have.
   */
  at(sequence: number): Moment {
    const newest = this.sequence;
    if (!(Number.isSafeInteger(sequence) && sequence >= 1 && sequence <= newest))
      throw new LabError(
        "SEQUENCE_UNKNOWN",
        newest === 0 ? `${this.path} holds no journal of this session.` : `The journal has the lines 1 to ${newest}, got ${sequence}.`,
        { details: { sequence, newest } },
      );
    return this.#live(undefined, (db, id) => new Moment(id, foldTo(db, id, sequence), historyTo(db, id, sequence)), undefined)!;
  }

  /** What changed between two lines of the journal, by path; `to` is the newest unless given. @throws LabError `SEQUENCE_UNKNOWN`. */
  diff(from: number, to: number = this.sequence): readonly StateChange[] {
    return diffMoments(this.at(from), this.at(to));
  }

  /** Orders as they were about to be sent, with what became of them. */
  intents(session?: string): readonly StoredIntent[] {
    return this.#live(session, readIntents, []);
  }

  /** The venue's executions that were taken in, by time. */
  executions(session?: string): readonly StoredExecution[] {
    return this.#live(session, readExecutions, []);
  }

  /** States of the execution algorithms under way. */
  algorithms(session?: string): readonly StoredAlgorithm[] {
    return this.#live(session, readAlgorithms, []);
  }

  /** What the session's router has done: planned, missed, tried again, escalated, by the names of `router.snapshot()`. Absent from files of a release that kept none. */
  get router(): StoredRouter | undefined {
    return this.journal({ kind: "router", last: true, limit: 1 })[0]?.payload as StoredRouter | undefined;
  }

  /** Switches that are set in the file, such as `liquidateOnly`: they outlive sessions. */
  flags(): ReadonlyMap<string, Json> {
    const flags = this.#live(undefined, (db) => readFlags(db), []);
    return new Map(flags.map(({ name, value }) => [name, value]));
  }

  /** The whole session as JSON that is the same text for the same state: keys sorted, decimals as text. */
  raw(): string {
    const { record } = this;
    return stableJson(
      {
        format: this.format,
        session: record,
        positions: this.positions(),
        orders: this.orders(),
        fills: this.fills(),
        trades: this.trades,
        intents: this.intents(),
        executions: this.executions(),
        algorithms: this.algorithms(),
        router: this.router,
        flags: this.flags(),
        journalLines: this.sequence,
      },
      2,
    );
  }

  /**
   * Folds the journal from its first line and compares: with what its snapshots fold to, and with the tables. Tells what disagrees; nothing for a sound file.
   */
  replay(): readonly string[] {
    return this.#live(
      undefined,
      (db, id) => checkJournal(db, id, { orders: this.orders(), fills: this.fills(), positions: this.positions() }),
      [],
    );
  }

  /** The figures a person asks for first. */
  summary(): SessionSummary {
    return this.#read(() =>
      this.#db.transaction(() =>
        summarize({
          record: this.record,
          equity: this.equity,
          orders: this.orders(),
          fills: this.fills(),
          trades: this.trades,
          positions: this.positions(),
          router: this.router,
          flags: this.flags(),
        }),
      )(),
    );
  }

  /** What SQLite's own check finds wrong with the file; nothing for a sound one. Reads the whole file. */
  check(): readonly string[] {
    return this.#read(() =>
      (this.#db.pragma("integrity_check") as { integrity_check: string }[])
        .map((row) => row.integrity_check)
        .filter((text) => text !== "ok"),
    );
  }

  /** Lets go of the file. Reading afterwards throws `STATE_CLOSED`. */
  close(): void {
    this.#db.close();
  }

  /** Reads tables that files of schema 1 do not have. */
  #live<T>(session: string | undefined, read: (db: Database, session: string) => T, otherwise: T): T {
    return this.#read(() => {
      const id = session === undefined ? (this.#session ?? this.record.id) : this.#resolve(session);
      return (this.#db.pragma("user_version", { simple: true }) as number) < 2 ? otherwise : read(this.#db, id);
    });
  }

  #resolve(id: string): string {
    const ids = this.#read(() => this.#db.prepare("SELECT id FROM session").pluck().all() as string[]);
    if (!ids.includes(id)) throw unknownName("SESSION_UNKNOWN", "session", id, ids);
    return id;
  }

  #recordOf(session: string | undefined): SessionRecord {
    const sessions = this.sessions();
    if (session !== undefined) this.#resolve(session);
    const found = session === undefined ? sessions[0] : sessions.find((one) => one.id === session);
    if (found === undefined) throw new LabError("STATE_EMPTY", `${this.path} holds no session yet.`, { details: { path: this.path } });
    return found;
  }

  #rows(table: string, session: string | undefined, order: string, equal: Readonly<Record<string, string | undefined>> = {}): Row[] {
    return this.#read(() => {
      const wanted = Object.entries(equal).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const where = ["session = ?", ...wanted.map(([column]) => `${column} = ?`)].join(" AND ");
      const id = session === undefined ? (this.#session ?? this.record.id) : this.#resolve(session);
      return this.#db
        .prepare(`SELECT * FROM ${table} WHERE ${where} ORDER BY ${order}`)
        .all(id, ...wanted.map(([, value]) => value)) as Row[];
    });
  }

  #read<T>(read: () => T): T {
    if (!this.#db.open) throw new LabError("STATE_CLOSED", `This view of ${this.path} is closed; open the file again.`);
    return guarded(this.path, read);
  }
}

function checkKeys(filter: object, known: readonly string[]): void {
  for (const key of Object.keys(filter)) if (!known.includes(key)) throw unknownName("OPTION_UNKNOWN", "filter", key, known);
}

function sessionOf(row: Row, alive: string | undefined): SessionRecord {
  const json = <T>(column: string): T => JSON.parse(row[column] as string) as T;
  const exact = (column: string): Decimal => new Decimal(row[column] as string);
  return {
    id: row.id as string,
    strategy: row.strategy as string,
    params: json<Record<string, Json>>("params"),
    settings: json<Record<string, Json>>("settings"),
    data: json("data"),
    venue: row.venue as string,
    currency: row.currency as string,
    initialCash: exact("initial_cash"),
    periodsPerYear: row.periods_per_year as number,
    warnings: json("warnings"),
    status: row.status === "running" && row.id !== alive ? "interrupted" : (row.status as SessionRecord["status"]),
    error: row.error === null ? undefined : json("error"),
    started: row.started as number,
    ended: (row.ended as number | null) ?? undefined,
    bars: row.bars as number,
    marketTime: (row.market_time as number | null) ?? undefined,
    equity: exact("equity"),
    balance: exact("balance"),
    fees: exact("fees"),
    funding: exact("funding"),
  };
}
