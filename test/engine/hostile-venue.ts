import { Decimal, type OrderRequest, type VenueExecution, type VenueOrder, type VenueOrderStatus } from "../../src/core/index.js";
import type { EdgeRequest, EngineEvent, VenueEdge } from "../../src/engine/index.js";

/** A source of choices, from 0 to below 1. */
export type Chance = () => number;

/** What a venue has of its own. */
interface VenueRules {
  /** Where there is more than one. */
  readonly name?: string;
  /** Whether coins are traded, of which nobody can owe any. */
  readonly spot?: boolean;
  /** `USDT` unless given. */
  readonly feeCurrency?: string;
  /** A coin of which buys pay a thousandth as their fee, which leaves parts of a lot. */
  readonly coin?: string;
}

/** Decimals of the lots that anything fills in. */
const LOT_DP = 2;

interface Held {
  readonly request: OrderRequest;
  quantity: Decimal;
  price: Decimal | undefined;
  trigger: Decimal | undefined;
  filled: Decimal;
  status: VenueOrderStatus;
  reason: string | undefined;
}

/**
 * A venue that does everything a venue may: rejects, fills in parts, fills what is being cancelled, tells in any order and twice. It keeps its own books, so that
 * an engine's can be held against them.
 */
export class HostileVenue {
  position: Decimal = new Decimal(0);
  readonly orders = new Map<string, Held>();
  readonly executions: VenueExecution[] = [];
  /** What was not told yet: each tells the engine something. */
  readonly #untold: (() => readonly EngineEvent[])[] = [];
  readonly #edge: VenueEdge;
  readonly #chance: Chance;
  readonly #rules: VenueRules;
  /** At which everything fills. */
  price: Decimal = new Decimal(100);
  #time = 1_000;
  /** Probability of rejecting, lower for the calm end of a test. */
  hostility = 1;

  constructor(edge: VenueEdge, chance: Chance, rules: VenueRules = {}) {
    this.#edge = edge;
    this.#chance = chance;
    this.#rules = rules;
  }

  get quiet(): boolean {
    return this.#untold.length === 0;
  }

  live(): Held[] {
    return [...this.orders.values()].filter((one) => one.status === "working" || one.status === "partiallyFilled");
  }

  #is(probability: number): boolean {
    return this.#chance() < probability * this.hostility;
  }

  ask(request: EdgeRequest): void {
    if (request.type === "place") this.#place(request);
    else if (request.type === "cancel") this.#cancel(request);
    else this.#amend(request);
  }

  #place(asked: Extract<EdgeRequest, { type: "place" }>): void {
    const { request } = asked;
    if (this.#is(0.06)) {
      const failure = { ok: false as const, definite: true, code: "REJECTED", message: "not today" };
      this.#untold.push(() => this.#edge.outcome(asked, failure, this.#time));
      return;
    }
    const held: Held = {
      request,
      quantity: request.quantity,
      price: request.price,
      trigger: request.triggerPrice,
      filled: new Decimal(0),
      status: "working",
      reason: undefined,
    };
    this.orders.set(request.clientOrderId, held);
    if (this.#is(0.04)) held.status = "rejected";
    this.#tell(held);
    if (request.type === "market") while (this.#isLive(held)) this.#fill(held);
  }

  #isLive(held: Held): boolean {
    return held.status === "working" || held.status === "partiallyFilled";
  }

  /** Fills a part of an order; one that reduces, or sells coins, no further than the position. */
  #fill(held: Held): void {
    const sign = held.request.side === "buy" ? 1 : -1;
    let most = held.quantity.minus(held.filled);
    if (held.request.reduceOnly === true || (this.#rules.spot === true && sign < 0)) {
      const open = this.position.times(-sign).toDecimalPlaces(LOT_DP, Decimal.ROUND_FLOOR);
      if (open.lte(0)) {
        this.#end(held, "cancelled", this.#rules.spot === true ? "no coins" : "no position");
        return;
      }
      most = Decimal.min(most, open);
    }
    const quantity = this.#chance() < 0.5 ? most : Decimal.min(most, Math.max(1, Math.floor(this.#chance() * most.toNumber())));
    held.filled = held.filled.plus(quantity);
    held.status = held.filled.eq(held.quantity) ? "filled" : "partiallyFilled";
    const { coin, feeCurrency = "USDT" } = this.#rules;
    const inCoin = coin !== undefined && sign > 0;
    const fee = inCoin ? quantity.div(1_000) : new Decimal("0.01");
    this.position = this.position.plus(quantity.times(sign)).minus(inCoin ? fee : 0);
    const execution: VenueExecution = {
      executionId: `e${this.executions.length}`,
      venueOrderId: "v",
      clientOrderId: held.request.clientOrderId,
      symbol: held.request.symbol,
      side: held.request.side,
      kind: "trade",
      quantity,
      price: this.price,
      fee,
      feeCurrency: inCoin ? coin : feeCurrency,
      liquidity: "taker",
      time: this.#time++,
    };
    this.executions.push(execution);
    this.#untold.push(() => this.#edge.execution(execution, this.#rules.name));
    if (this.#is(0.2)) this.#untold.push(() => this.#edge.execution(execution, this.#rules.name));
    this.#tell(held);
  }

  #end(held: Held, status: VenueOrderStatus, reason?: string): void {
    held.status = status;
    held.reason = reason;
    this.#tell(held);
  }

  #told(held: Held): VenueOrder {
    const { request } = held;
    return {
      venueOrderId: "v",
      clientOrderId: request.clientOrderId,
      symbol: request.symbol,
      side: request.side,
      type: request.type,
      quantity: held.quantity,
      filledQuantity: held.filled,
      averagePrice: undefined,
      price: held.price,
      triggerPrice: held.trigger,
      timeInForce: "gtc",
      postOnly: false,
      reduceOnly: request.reduceOnly ?? false,
      status: held.trigger !== undefined && held.status === "working" ? "untriggered" : held.status,
      createdAt: this.#time,
      updatedAt: this.#time++,
      reason: held.reason,
    };
  }

  #tell(held: Held): void {
    const told = this.#told(held);
    this.#untold.push(() => this.#edge.order(told, this.#rules.name));
    if (this.#is(0.2)) this.#untold.push(() => this.#edge.order(told, this.#rules.name));
  }

  #cancel(asked: Extract<EdgeRequest, { type: "cancel" }>): void {
    const held = this.orders.get(asked.clientOrderId);
    if (held === undefined || !this.#isLive(held)) {
      const failure = { ok: false as const, definite: true, code: "NOT_FOUND", message: "gone" };
      this.#untold.push(() => this.#edge.outcome(asked, failure, this.#time));
      return;
    }
    if (this.#is(0.3)) this.#fill(held);
    if (this.#isLive(held)) this.#end(held, "cancelled");
  }

  #amend(asked: Extract<EdgeRequest, { type: "amend" }>): void {
    const held = this.orders.get(asked.request.clientOrderId);
    const { quantity } = asked.request;
    if (held === undefined || !this.#isLive(held) || this.#is(0.15) || quantity?.lte(held.filled)) {
      const failure = { ok: false as const, definite: true, code: "REJECTED", message: "no amend" };
      this.#untold.push(() => this.#edge.outcome(asked, failure, this.#time));
      return;
    }
    held.quantity = quantity ?? held.quantity;
    const told = this.#told(held);
    this.#untold.push(() => this.#edge.outcome(asked, { ok: true, order: told }, this.#time));
  }

  /** Something happens in the market: an order that rests may fill. */
  move(): void {
    const live = this.live();
    if (live.length === 0) return;
    const held = live[Math.floor(this.#chance() * live.length)]!;
    this.#fill(held);
  }

  /** Tells one thing of those not told yet, whichever. */
  tell(): readonly EngineEvent[] {
    if (this.#untold.length === 0) return [];
    const at = Math.floor(this.#chance() * this.#untold.length);
    return this.#untold.splice(at, 1)[0]!();
  }
}
