import type { EquityPoints, Fill, Order, PerformanceSource, Position, Trade } from "../core/index.js";
import { Decimal } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { type Database, guarded } from "./database.js";
import { readEquity } from "./equity-chunks.js";
import { holder } from "./lock.js";
import type { FillFilter, Json, OrderFilter, SessionEvent, SessionRecord, StoredBalance } from "./records.js";
import { fillOf, orderOf, positionOf, type Row, tradeOf } from "./rows.js";
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
