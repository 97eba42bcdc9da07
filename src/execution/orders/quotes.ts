import {
  type ApprovedOrder,
  type Clock,
  Decimal,
  type Direction,
  type EpochMs,
  fromUnits,
  ROLE,
  type ScaledInstrument,
  TYPE,
  toUnits,
  type WorkingOrder,
} from "../../core/index.js";
import {
  type ExecutionPlan,
  type FillNote,
  Router,
  type RouterConfig,
  type RouterHooks,
  type RouterOrder,
  routerHooks,
} from "../router/index.js";
import type { Desk } from "./desk.js";
import type { Job } from "./job.js";

/** The router in whole units: what it is asked of an engine's orders, and what it answers. */
export class Quotes {
  readonly router: Router;
  readonly #instruments: readonly ScaledInstrument[];
  readonly #clock: { time: EpochMs } & Clock;
  /** Best prices by slot in price units, -1 while no book is known. */
  readonly #bids: Float64Array;
  readonly #asks: Float64Array;
  /** Jobs by the quote of theirs that works. */
  readonly #byTrade = new Map<string, Job>();

  constructor(config: RouterConfig, instruments: readonly ScaledInstrument[], hooks?: RouterHooks) {
    this.#instruments = instruments;
    const clock = { time: 0, now: (): EpochMs => clock.time };
    this.#clock = clock;
    const ticks = Object.fromEntries(instruments.map(({ instrument, name }) => [name, instrument.tickSize]));
    this.router = new Router(config, { clock, guard: "strategy-symbol", ticks });
    for (const { stage, hook } of routerHooks(hooks)) this.router.registerHook(stage, hook);
    this.#bids = new Float64Array(instruments.length).fill(-1);
    this.#asks = new Float64Array(instruments.length).fill(-1);
  }

  /** How many quotes work for a job, as far as is known. */
  get size(): number {
    return this.#byTrade.size;
  }

  set time(time: EpochMs) {
    this.#clock.time = time;
  }

  book(slot: number, bid: number, ask: number): void {
    this.#bids[slot] = bid;
    this.#asks[slot] = ask;
  }

  /** Spread in basis points of the middle, or null where no book is known. */
  #spread(slot: number): Decimal | null {
    const [bid, ask] = [this.#bids[slot]!, this.#asks[slot]!];
    if (bid <= 0 || ask <= 0) return null;
    return new Decimal(ask - bid).times(20_000).div(bid + ask);
  }

  /** Where an entry would rest, in whole ticks of price units; 0 where it would go to the market. */
  entryPrice(slot: number, direction: Direction, price: number): number {
    const { style, maxSpreadBps } = this.router.config;
    if (style !== "maker_entry" && style !== "maker_both") return 0;
    const spread = this.#spread(slot);
    if (spread?.gt(maxSpreadBps)) return 0;
    const { name, priceDp } = this.#instruments[slot]!;
    return this.#units(slot, direction, this.router.makerPrice(name, sideOf(direction), fromUnits(price, priceDp)));
  }

  /** A price in whole ticks of price units, away from crossing. An override of the tick may be finer than the instrument's. */
  #units(slot: number, direction: Direction, price: Decimal): number {
    const { priceDp, tick } = this.#instruments[slot]!;
    if (price.lte(0)) return 0;
    const units = toUnits(price, priceDp, direction > 0 ? "floor" : "ceil", "limit price");
    const over = units % tick;
    if (over === 0) return units;
    return direction > 0 ? units - over : units + tick - over;
  }

  /** Plans an entry that has passed its checks. */
  planEntry(order: WorkingOrder, price: number): ExecutionPlan {
    const { slot, direction, strategy, quantity } = order;
    const { name, priceDp, quantityDp } = this.#instruments[slot]!;
    return this.router.planEntry({
      tradeId: `t${order.id}`,
      asset: name,
      side: direction > 0 ? "LONG" : "SHORT",
      referencePrice: fromUnits(price, priceDp),
      spreadBps: this.#spread(slot),
      quantity: fromUnits(quantity, quantityDp),
      strategy: String(strategy),
    });
  }

  /** Plans an exit of what a desk holds. */
  planExit(desk: Desk, quantity: number, reason: string, price: number): ExecutionPlan {
    const { slot, strategy, held } = desk;
    const { name, priceDp, quantityDp } = this.#instruments[slot]!;
    return this.router.planExit({
      tradeId: `x${strategy}-${slot}`,
      asset: name,
      side: held > 0 ? "LONG" : "SHORT",
      referencePrice: fromUnits(price, priceDp),
      spreadBps: this.#spread(slot),
      quantity: fromUnits(quantity, quantityDp),
      strategy: String(strategy),
      reason: reason === "" ? "SIGNAL" : reason,
    });
  }

  /** The next quote of a missed entry. */
  planRetry(job: Job, price: number): ExecutionPlan {
    const { slot } = job.desk;
    return this.router.retryPlan(job.quote!, fromUnits(price, this.#instruments[slot]!.priceDp), { spreadBps: this.#spread(slot) });
  }

  /** What a plan means in whole units. */
  shape(slot: number, direction: Direction, plan: ExecutionPlan): { type: number; price: number; quantity: number } {
    const quantity = toUnits(plan.quantity!, this.#instruments[slot]!.quantityDp, "floor", "quantity");
    if (plan.orderType === "market") return { type: TYPE.market, price: 0, quantity };
    return { type: TYPE.limit, price: this.#units(slot, direction, plan.limitPrice!), quantity };
  }

  /** Gives an entry the type and price of its plan, which a hook may have changed. @returns whether that changes it. */
  reshape(order: WorkingOrder, plan: ExecutionPlan): boolean {
    const { type, price } = this.shape(order.slot, order.direction, plan);
    if (type === order.type && price === order.price) return false;
    order.type = type;
    order.price = price;
    return true;
  }

  /** A planned order has been made: it works for a job from now on. */
  rest(job: Job, order: ApprovedOrder, plan: ExecutionPlan): void {
    order.postOnly = plan.postOnly;
    job.quote = this.router.registerWorking(plan);
    this.#byTrade.set(keyOf(job.quote), job);
  }

  /** Jobs whose quotes have rested long enough. */
  expired(time: EpochMs): Job[] {
    return this.router.expired(time).flatMap((quote) => this.#byTrade.get(keyOf(quote)) ?? []);
  }

  /** Books a fill of one of a job's quotes, late ones too. */
  filled(job: Job, order: WorkingOrder, quantity: number): FillNote {
    const tradeId = job.childIds.get(order.id)!;
    const action = job.role === ROLE.entry ? ("ENTER" as const) : ("EXIT" as const);
    const note = this.router.noteFill({ tradeId, action }, fromUnits(quantity, this.#instruments[order.slot]!.quantityDp));
    // Filled whole, it works no more.
    if (note.order === undefined) this.#byTrade.delete(keyOf({ tradeId, action }));
    return note;
  }

  /** The working quote of a job has ended. */
  ended(job: Job): void {
    if (job.quote === null) return;
    this.#byTrade.delete(keyOf(job.quote));
    this.router.noteCancel(job.quote);
  }

  /** A quote's new total in quantity units, for an amend. */
  unitsOf(slot: number, quantity: Decimal): number {
    return toUnits(quantity, this.#instruments[slot]!.quantityDp, "floor", "quantity");
  }
}

function keyOf(quote: Pick<RouterOrder, "action" | "tradeId">): string {
  return `${quote.action} ${quote.tradeId}`;
}

function sideOf(direction: Direction): "buy" | "sell" {
  return direction > 0 ? "buy" : "sell";
}
