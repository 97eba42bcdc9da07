import type { AmendRequest, OrderRequest, VenueExecution, VenueFailure, VenueOrder } from "../../core/index.js";
import { backoffMs, sleep } from "../../resilience/index.js";
import type { AccountReader } from "./account.js";
import type { OrderTracker } from "./tracker.js";

/** Share of recv_window on top of it, after which a request that is nowhere to be found certainly never landed: 3 s of the usual 5. */
const MARGIN = 0.6;

/** What became of an order whose request was not answered. */
export type Fate =
  | { readonly kind: "landed"; readonly order: VenueOrder }
  /** Bybit answered after the last moment at which it could have landed, and has never heard of it. */
  | { readonly kind: "never" }
  /** Bybit does not answer. */
  | { readonly kind: "unknown"; readonly failure: VenueFailure };

/** Finds out what became of orders. */
export class Reconciler {
  readonly #reader: AccountReader;
  readonly #tracker: OrderTracker;
  readonly #recvWindow: number;
  readonly #limitMs: number;
  readonly #random: () => number;
  readonly #closing: AbortSignal;

  constructor(options: {
    reader: AccountReader;
    tracker: OrderTracker;
    recvWindow: number;
    limitMs: number;
    random: () => number;
    closing: AbortSignal;
  }) {
    this.#reader = options.reader;
    this.#tracker = options.tracker;
    this.#recvWindow = options.recvWindow;
    this.#limitMs = options.limitMs;
    this.#random = options.random;
    this.#closing = options.closing;
  }

  /**
   * Looks for an order by its client id: among open orders, in the history, among executions, and on the stream, with growing waits.
   * @param sentAt - when its request left, by the steady clock of `performance.now()`.
   */
  async fate(symbol: string, clientOrderId: string, sentAt: number): Promise<Fate> {
    const landedBy = sentAt + this.#recvWindow * (1 + MARGIN);
    let failure: VenueFailure = {
      ok: false,
      definite: false,
      code: "OUTCOME_UNKNOWN",
      message: `Order ${clientOrderId}: Bybit does not say what became of it.`,
    };
    for (let attempt = 1; ; attempt++) {
      const asked = performance.now();
      const left = Math.max(1, sentAt + this.#limitMs - asked);
      const found = await this.#look(symbol, clientOrderId, AbortSignal.timeout(Math.ceil(left)));
      const streamed = this.#tracker.get(clientOrderId);
      if (streamed !== undefined) return { kind: "landed", order: streamed };
      if (found !== undefined && "venueOrderId" in found) return { kind: "landed", order: found };
      if (found === undefined && asked > landedBy) return { kind: "never" };
      if (found !== undefined) failure = { ...failure, message: `${failure.message} ${found.message}` };
      const wait = Math.max(backoffMs(attempt, { baseMs: 100, maxMs: 2_000, random: this.#random }), 1);
      if (performance.now() + wait > sentAt + this.#limitMs || this.#closing.aborted) return { kind: "unknown", failure };
      const told = await Promise.race([
        this.#tracker.when(clientOrderId, () => true, wait),
        sleep(wait, this.#closing).catch(() => undefined),
      ]);
      if (told !== undefined) return { kind: "landed", order: told };
    }
  }

  async #look(symbol: string, clientOrderId: string, signal: AbortSignal): Promise<VenueOrder | VenueFailure | undefined> {
    const options = { always: true, signals: [signal], priority: "cancel" } as const;
    const found = await this.#reader.find(symbol, { orderLinkId: clientOrderId }, options);
    if (found !== undefined) return found;
    const executions = await this.#reader.executionsOf(symbol, clientOrderId, options);
    if (!Array.isArray(executions)) return executions as VenueFailure;
    return executions.length === 0 ? undefined : orderOf(executions);
  }
}

/** What executions alone prove of an order: it landed and traded; whether it still rests is not known. */
function orderOf(executions: readonly VenueExecution[]): VenueOrder {
  const first = executions[0]!;
  const filled = executions.reduce((sum, one) => sum.plus(one.quantity), first.quantity.times(0));
  const value = executions.reduce((sum, one) => sum.plus(one.quantity.times(one.price)), filled.times(0));
  const times = executions.map((one) => one.time);
  return {
    venueOrderId: first.venueOrderId,
    clientOrderId: first.clientOrderId,
    symbol: first.symbol,
    side: first.side,
    type: "limit",
    quantity: filled,
    filledQuantity: filled,
    averagePrice: filled.isZero() ? undefined : value.div(filled),
    price: undefined,
    triggerPrice: undefined,
    timeInForce: "gtc",
    postOnly: false,
    reduceOnly: false,
    status: "unknown",
    createdAt: Math.min(...times),
    updatedAt: Math.max(...times),
    reason: undefined,
  };
}

/** Whether an order found under an id can be the one that was asked for. What may have been amended since (quantity, prices) does not count against a known amendment. */
export function matchesIntent(order: VenueOrder, request: OrderRequest, amended = false): boolean {
  if (order.symbol !== request.symbol || order.side !== request.side) return false;
  // Found by its executions only: side and symbol are all that is known.
  if (order.status === "unknown" && order.price === undefined && order.triggerPrice === undefined)
    return order.filledQuantity.lte(request.quantity);
  if (order.type !== request.type || order.reduceOnly !== (request.reduceOnly ?? false)) return false;
  if (amended) return true;
  const limit = request.price !== undefined;
  if (!order.quantity.eq(request.quantity)) return false;
  if (limit && (order.price === undefined || !order.price.eq(request.price))) return false;
  return request.triggerPrice === undefined || (order.triggerPrice?.eq(request.triggerPrice) ?? false);
}

/** Whether an order stands as an amendment asked. */
export function matchesAmend(order: VenueOrder, { quantity, price, triggerPrice }: AmendRequest): boolean {
  const same = (value: VenueOrder["price"], wanted: VenueOrder["price"]): boolean => wanted === undefined || (value?.eq(wanted) ?? false);
  return same(order.quantity, quantity) && same(order.price, price) && same(order.triggerPrice, triggerPrice);
}

/** An order as it is right after the venue took the request, before it told more. */
export function acknowledged(request: OrderRequest, venueOrderId: string, time: number): VenueOrder {
  const market = request.price === undefined;
  return {
    venueOrderId,
    clientOrderId: request.clientOrderId,
    symbol: request.symbol,
    side: request.side,
    type: request.type,
    quantity: request.quantity,
    filledQuantity: request.quantity.times(0),
    averagePrice: undefined,
    price: request.price,
    triggerPrice: request.triggerPrice,
    timeInForce: market ? "ioc" : (request.timeInForce ?? "gtc"),
    postOnly: request.postOnly ?? false,
    reduceOnly: request.reduceOnly ?? false,
    status: "pending",
    createdAt: time,
    updatedAt: time,
    reason: undefined,
  };
}
