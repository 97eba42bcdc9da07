import type { Balance, EpochMs, OrderRequest, Position, VenueExecution, VenueFailure, VenueOrder } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import {
  type Category,
  isFinal,
  pageOf,
  parseExecution,
  parseOrder,
  parsePosition,
  parseWallet,
  type Row,
  type WirePosition,
  wholeNumber,
} from "../bybit-wire/index.js";
import type { Catalogue } from "./catalogue.js";
import type { BybitClient, RequestOptions } from "./client.js";

/** Longest stretch that one question for executions may span, and how far back Bybit answers. */
const WINDOW_MS = 7 * 86_400_000;
const HISTORY_MS = 730 * 86_400_000;

/** Questions about an account. Each throws `VENUE_UNAVAILABLE` where Bybit does not answer: an empty list must never stand for "not known". */
export class AccountReader {
  readonly #client: BybitClient;
  readonly #catalogue: Catalogue;
  readonly #category: Category;
  readonly #intent: (clientOrderId: string) => OrderRequest | undefined;
  readonly #report: (problem: unknown) => void;

  constructor(options: {
    client: BybitClient;
    catalogue: Catalogue;
    category: Category;
    intent: (clientOrderId: string) => OrderRequest | undefined;
    report: (problem: unknown) => void;
  }) {
    this.#client = options.client;
    this.#catalogue = options.catalogue;
    this.#category = options.category;
    this.#intent = options.intent;
    this.#report = options.report;
  }

  /** Reads an order; what it was when we placed it says its type where Bybit's words (on spot) are not clear, and on spot, which has no such word, whether it only reduces. */
  order(row: Row): VenueOrder {
    const order = parseOrder(row);
    const intent = order.clientOrderId === "" ? undefined : this.#intent(order.clientOrderId);
    if (intent === undefined || intent.symbol !== order.symbol) return order;
    return { ...order, type: intent.type, ...(this.#category === "spot" && { reduceOnly: intent.reduceOnly ?? false }) };
  }

  execution(row: Row): VenueExecution {
    return parseExecution(row, (symbol, side) => this.#catalogue.feeCurrency(symbol, side));
  }

  async openOrders(symbol?: string, options: RequestOptions = {}): Promise<readonly VenueOrder[]> {
    const scopes = await this.#scopes(symbol);
    const orders: VenueOrder[] = [];
    for (const scope of scopes)
      orders.push(
        ...this.#each(await this.#rows("/v5/order/realtime", { ...scope, openOnly: 0, limit: 50 }, options), (row) => this.order(row)),
      );
    return orders.filter((order) => !isFinal(order.status));
  }

  /**
   * One order by its client id or Bybit's: among the open and the just closed, then in the history.
   * @returns undefined where Bybit answers both times that it has none; the failure where it does not answer.
   */
  async find(
    symbol: string,
    id: { readonly orderLinkId: string } | { readonly orderId: string },
    options: RequestOptions = {},
  ): Promise<VenueOrder | undefined | VenueFailure> {
    for (const path of ["/v5/order/realtime", "/v5/order/history"]) {
      const reply = await this.#client.get(path, { category: this.#category, symbol, ...id }, true, options);
      if (!reply.ok) {
        if (reply.kind === "gone") continue;
        return reply.failure;
      }
      const found = this.#each(pageOf(reply.envelope.result).rows, (row) => this.order(row)).find((order) =>
        "orderId" in id ? order.venueOrderId === id.orderId : order.clientOrderId === id.orderLinkId,
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Executions of one order by its client id. */
  async executionsOf(
    symbol: string,
    clientOrderId: string,
    options: RequestOptions = {},
  ): Promise<readonly VenueExecution[] | VenueFailure> {
    const rows = await this.#client.pages(
      "/v5/execution/list",
      { category: this.#category, symbol, orderLinkId: clientOrderId, limit: 100 },
      true,
      options,
    );
    return Array.isArray(rows) ? this.#executed(rows).filter((one) => one.clientOrderId === clientOrderId) : rows;
  }

  /** @param windows - whether a question may span a week only; a server of one's own has no such rule, and its times may be those of a replay. */
  async executions(since: EpochMs, until: EpochMs, symbol: string | undefined, windows: boolean): Promise<readonly VenueExecution[]> {
    const found = new Map<string, VenueExecution>();
    if (!windows) return (await this.recentExecutions(since, symbol)).filter((one) => one.time >= since);
    for (let from = Math.max(since, until - HISTORY_MS); from <= until; from += WINDOW_MS) {
      const window = { category: this.#category, symbol, startTime: from, endTime: Math.min(until, from + WINDOW_MS - 1), limit: 100 };
      for (const execution of this.#executed(await this.#rows("/v5/execution/list", window))) found.set(execution.executionId, execution);
    }
    return [...found.values()];
  }

  /**
   * Executions as they happened, oldest first: those of one moment by Bybit's sequence, and of one sequence against the list, which has the newest first. Their order
   * decides what of a position each has closed, and with it the balance while something is still open.
   */
  #executed(rows: readonly Row[]): readonly VenueExecution[] {
    const all = this.#each([...rows].reverse(), (row) => ({ execution: this.execution(row), seq: wholeNumber(row, "seq") ?? 0 }));
    return all.sort((a, b) => a.execution.time - b.execution.time || a.seq - b.seq).map(({ execution }) => execution);
  }

  /** Executions from a moment on, or of the last week where none is given. */
  async recentExecutions(since?: EpochMs, symbol?: string): Promise<readonly VenueExecution[]> {
    const rows = await this.#rows(
      "/v5/execution/list",
      { category: this.#category, symbol, startTime: since, limit: 100 },
      { always: true },
    );
    return this.#executed(rows);
  }

  /** Positions that are not flat. @throws LabError `POSITION_MODE` for an account that holds both sides of a symbol apart. */
  async positions(): Promise<readonly WirePosition[]> {
    if (this.#category === "spot") return [];
    const positions: WirePosition[] = [];
    for (const scope of await this.#scopes(undefined))
      positions.push(...this.#each(await this.#rows("/v5/position/list", { ...scope, limit: 200 }), parsePosition));
    const open = positions.filter(({ position }) => !position.quantity.isZero());
    for (const { position, positionIdx } of open) assertOneWay(position, positionIdx);
    return open;
  }

  async balances(): Promise<readonly Balance[]> {
    const reply = await this.#client.get("/v5/account/wallet-balance", { accountType: "UNIFIED" }, true);
    if (!reply.ok) throw unavailable("Balances", reply.failure);
    return parseWallet(reply.envelope.result.list);
  }

  /** What a question for all symbols must name: linear needs a settlement coin, one after the other. */
  async #scopes(symbol: string | undefined): Promise<readonly Readonly<Record<string, string>>[]> {
    const category = this.#category;
    if (symbol !== undefined) return [{ category, symbol }];
    if (category !== "linear") return [{ category }];
    return (await this.#catalogue.settlements()).map((settleCoin) => ({ category, settleCoin }));
  }

  async #rows(
    path: string,
    params: Readonly<Record<string, string | number | undefined>>,
    options: RequestOptions = {},
  ): Promise<readonly Row[]> {
    const rows = await this.#client.pages(path, params, true, options);
    if (!Array.isArray(rows)) throw unavailable(path, rows);
    return rows;
  }

  /** Reads rows; one that cannot be read is reported and left out. */
  #each<T>(rows: readonly Row[], read: (row: Row) => T): T[] {
    return rows.flatMap((row) => {
      try {
        return [read(row)];
      } catch (error) {
        this.#report(error);
        return [];
      }
    });
  }
}

/** @throws LabError `POSITION_MODE`. */
function assertOneWay({ symbol }: Position, positionIdx: number): void {
  if (positionIdx !== 0)
    throw new LabError(
      "POSITION_MODE",
      `${symbol} is in hedge mode at Bybit. Tesserlab trades in one-way mode: switch the account's position mode first.`,
      {
        details: { symbol, positionIdx },
      },
    );
}

/** The error of a question that Bybit did not answer. */
export function unavailable(what: string, failure: VenueFailure): LabError {
  return new LabError(failure.code === "AUTH" ? "VENUE_AUTH" : "VENUE_UNAVAILABLE", `${what}: no answer from Bybit. ${failure.message}`, {
    details: { failure },
  });
}
