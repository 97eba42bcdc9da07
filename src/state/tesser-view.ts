import type { Decimal, EpochMs, EquityPoints, Fill, PerformanceSource, Trade } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { type Database, guarded } from "./database.js";
import type { FillFilter, OrderFilter, SessionEvent, SessionRecord, StoredBalance, StoredOrder, StoredPosition } from "./records.js";
import { stableJson } from "./stable-json.js";
import { parseTesserPayload, type TesserEra, type TesserPayload, type TesserPortfolio, type TesserSubAccount } from "./tesser-payload.js";

/** A Tesser state at a glance. It stores no realised P&L and no history, so none is shown. */
export interface TesserSummary extends Partial<TesserPortfolio> {
  readonly format: "tesser";
  readonly era: TesserEra;
  /** When Tesser last wrote the file, UTC as it wrote it. */
  readonly updatedAt: string;
  readonly marketTime: EpochMs | undefined;
  readonly balances: readonly StoredBalance[];
  readonly subAccounts: readonly TesserSubAccount[];
  readonly openOrders: number;
  readonly openPositions: number;
  readonly lastPrices: ReadonlyMap<string, Decimal>;
  readonly strategyState: unknown;
  readonly warnings: readonly string[];
}

const MONEY_WARNING =
  "Balances are as Tesser stored them. For perpetuals it books the traded notional as cash and then the realised P&L again, so they are not the money in the account.";
const VENUE_WARNING = "Tesser stores symbols without their venue: positions of one symbol on two venues have overwritten each other.";

/** A read-only look at a Tesser `live_state.db`. It reads what it looks at anew each time, also while Tesser writes. */
export class TesserView implements PerformanceSource {
  readonly format = "tesser";
  readonly path: string;
  readonly #db: Database;

  constructor(path: string, db: Database) {
    this.path = path;
    this.#db = db;
  }

  /** What a reader of these numbers must know. */
  get warnings(): readonly string[] {
    const { era, portfolio } = this.#payload().payload;
    return [...(portfolio === undefined ? [] : [MONEY_WARNING]), ...(era === "H" ? [VENUE_WARNING] : [])];
  }

  /** None: a Tesser file holds the state of one run and no sessions. */
  sessions(): readonly SessionRecord[] {
    return [];
  }

  /** @throws LabError `SESSION_UNKNOWN`, always: a Tesser file has no sessions. */
  session(id: string): never {
    throw unknownName("SESSION_UNKNOWN", "session", id, []);
  }

  /** Positions with the last price Tesser saw, flat ones too. */
  positions(): readonly StoredPosition[] {
    return this.#payload().payload.positions;
  }

  /** The open orders. @throws LabError `OPTION_UNKNOWN`, `SESSION_UNKNOWN`. */
  orders(filter: OrderFilter = {}): readonly StoredOrder[] {
    const known = ["status", "symbol", "session"];
    for (const key of Object.keys(filter)) if (!known.includes(key)) throw unknownName("OPTION_UNKNOWN", "filter", key, known);
    if (filter.session !== undefined) this.session(filter.session);
    const matches = (order: StoredOrder): boolean =>
      (filter.status === undefined || order.status === filter.status) && (filter.symbol === undefined || order.symbol === filter.symbol);
    return this.#payload().payload.orders.filter(matches);
  }

  /** @throws LabError `STATE_NO_HISTORY`: Tesser stores none. */
  fills(_filter: FillFilter = {}): readonly Fill[] {
    throw this.#noHistory("fills");
  }

  /** @throws LabError `STATE_NO_HISTORY`: Tesser stores none. */
  get trades(): readonly Trade[] {
    throw this.#noHistory("trades");
  }

  /** @throws LabError `STATE_NO_HISTORY`: Tesser stores none. */
  get equity(): EquityPoints {
    throw this.#noHistory("equity curve");
  }

  balances(): readonly StoredBalance[] {
    return this.#payload().payload.balances;
  }

  /** None: Tesser logs to a file of its own. */
  events(): readonly SessionEvent[] {
    return [];
  }

  /** The whole state as JSON that is the same text for the same state: keys sorted, decimals as text. */
  raw(): string {
    const { payload, updatedAt } = this.#payload();
    return stableJson({ format: this.format, updatedAt, ...payload }, 2);
  }

  summary(): TesserSummary {
    const { payload, updatedAt } = this.#payload();
    const { era, portfolio, positions, balances, subAccounts, orders, lastPrices, marketTime, strategyState } = payload;
    return {
      format: "tesser",
      era,
      updatedAt,
      marketTime,
      ...portfolio,
      balances,
      subAccounts,
      openOrders: orders.length,
      openPositions: positions.filter((position) => !position.quantity.isZero()).length,
      lastPrices,
      strategyState,
      warnings: this.warnings,
    };
  }

  /** What SQLite's own check finds wrong with the file; nothing for a sound one. */
  check(): readonly string[] {
    return guarded(this.path, () =>
      (this.#db.pragma("integrity_check") as { integrity_check: string }[])
        .map((row) => row.integrity_check)
        .filter((text) => text !== "ok"),
    );
  }

  close(): void {
    this.#db.close();
  }

  #payload(): { payload: TesserPayload; updatedAt: string } {
    if (!this.#db.open) throw new LabError("STATE_CLOSED", `This view of ${this.path} is closed; open the file again.`);
    const row = guarded(this.path, () => this.#db.prepare("SELECT payload, updated_at FROM state WHERE id = 1").get()) as
      | { payload: string; updated_at: string }
      | undefined;
    if (row === undefined)
      throw new LabError("STATE_EMPTY", `${this.path} is a Tesser state file into which nothing has been written yet.`, {
        details: { path: this.path },
      });
    return { payload: parseTesserPayload(row.payload), updatedAt: row.updated_at };
  }

  #noHistory(what: string): LabError {
    return new LabError(
      "STATE_NO_HISTORY",
      `${this.path} is a Tesser state file: it holds positions, open orders and balances, but no ${what}.`,
      { details: { path: this.path } },
    );
  }
}
