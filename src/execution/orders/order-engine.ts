import {
  type ApprovedOrder,
  type Bar,
  type Direction,
  type ExactPrice,
  exactPrice,
  type PriceInput,
  ROLE,
  type ScaledInstrument,
  STATUS,
  TYPE,
  WorkingOrder,
} from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import { checkFilters } from "../compliance/index.js";
import type { BoundRisk, RiskChecker, RiskState, Verdict } from "../risk/index.js";
import type { BoundSizer, Sizer, SizingState } from "../sizers/index.js";
import { FillLog, OrderLog, OUTCOME, SignalLog } from "./logs.js";
import { Outbox } from "./outbox.js";
import { KIND, KIND_NAMES, type PendingSignal } from "./signal.js";

/** How signals become orders. */
export interface OrderSettings {
  readonly brackets: boolean;
  readonly pyramiding: number;
  readonly reverse: boolean;
  /** Bars from a signal to the first bar its order may fill on. */
  readonly latencyBars: number;
}

/** What happened to signals, counted. */
export class OrderCounts {
  entriesIgnored = 0;
  exitsIgnored = 0;
  exitsFromFlat = 0;
  refused = 0;
  rejected = 0;
  stops = 0;
  targets = 0;
  signalExits = 0;
}

/** The orders of one instrument that matter for the next decision. */
interface Desk {
  entry: ApprovedOrder | null;
  exits: ApprovedOrder[];
  legs: ApprovedOrder[];
  added: number;
  reversal: PendingSignal | null;
}

/**
 * Turns signals into orders and keeps protective legs with their position: checks the signal, sizes it, asks risk and the venue's filters, and puts what
 * passes into the outbox. Everything is recorded as columns, what is refused with its reason.
 */
export class OrderEngine {
  readonly outbox: Outbox = new Outbox();
  readonly orders: OrderLog = new OrderLog();
  readonly fills: FillLog = new FillLog();
  readonly signals: SignalLog = new SignalLog();
  readonly counts: OrderCounts = new OrderCounts();
  /** First message of every sizer or check that threw. */
  readonly failures: Map<string, unknown> = new Map();
  /** Positions waiting to be opened the other way round. */
  reversals = 0;
  readonly #portfolio: Portfolio;
  readonly #instruments: readonly ScaledInstrument[];
  readonly #sizers: BoundSizer[];
  readonly #risks: BoundRisk[];
  readonly #settings: OrderSettings;
  readonly #desks: Desk[];
  readonly #verdict: Verdict = { code: "NONE", asked: 0, limit: 0, units: "quantity" };
  readonly #sizing: SizingState = { equity: 0, price: 0, kind: "enterLong", confidence: 1 };
  readonly #state: RiskState = { position: 0, price: 0, equity: 0, liquidateOnly: false };
  #nextId = 1;

  constructor(portfolio: Portfolio, sizer: Sizer, risk: RiskChecker, settings: OrderSettings) {
    this.#portfolio = portfolio;
    this.#instruments = portfolio.instruments;
    this.#sizers = portfolio.instruments.map((i) => sizer.bind(i));
    this.#risks = portfolio.instruments.map((i) => risk.bind(i));
    this.#settings = settings;
    this.#desks = portfolio.instruments.map(() => ({ entry: null, exits: [], legs: [], added: 0, reversal: null }));
  }

  /** Handles one signal made on a bar whose close is `price` price units. */
  signal(signal: PendingSignal, bar: number, price: number): void {
    const { slot, kind } = signal;
    const row = this.signals.add(bar, slot, kind, signal.confidence, price);
    this.#dropReversal(this.#desks[slot]!);
    const outcome = kind === KIND.enterLong || kind === KIND.enterShort ? this.#entry(signal, bar, price) : this.#exit(signal, bar, price);
    this.signals.settle(row, outcome, outcome === OUTCOME.ordered || outcome === OUTCOME.refused ? this.#nextId - 1 : 0);
  }

  /** A signal for a symbol that has had no candle yet has no price to be sized at. */
  refuseBeforeFirstBar(signal: PendingSignal): void {
    this.signals.settle(this.signals.add(0, signal.slot, signal.kind, signal.confidence, 0), OUTCOME.refused, 0);
    this.counts.refused++;
  }

  /** Opens the other side of positions that went flat on this bar; called after the strategy has seen it. */
  openReversals(bars: readonly Bar[]): void {
    for (let slot = 0; slot < this.#desks.length; slot++) {
      const desk = this.#desks[slot]!;
      const bar = bars[slot]!;
      const { reversal } = desk;
      if (reversal === null || this.#portfolio.quantity[slot] !== 0 || desk.exits.length > 0) continue;
      this.#dropReversal(desk);
      this.#entry(reversal, bar.index, bar.closeUnits);
    }
  }

  #dropReversal(desk: Desk): void {
    if (desk.reversal === null) return;
    desk.reversal = null;
    this.reversals--;
  }

  #entry(signal: PendingSignal, bar: number, price: number): number {
    const { slot } = signal;
    const desk = this.#desks[slot]!;
    const direction: Direction = signal.kind === KIND.enterLong ? 1 : -1;
    const position = this.#portfolio.quantity[slot]!;
    if (position * direction < 0) {
      if (desk.exits.length > 0) return this.#ignoreEntry();
      if (this.#settings.reverse) {
        desk.reversal = signal.copy();
        this.reversals++;
      }
      this.#close(slot, bar, price, ROLE.reverse);
      return OUTCOME.ordered;
    }
    if (desk.entry !== null) {
      if (desk.entry.direction === direction) return this.#ignoreEntry();
      this.#cancel(desk.entry);
    }
    if (position !== 0) {
      if (desk.added >= this.#settings.pyramiding || desk.exits.length > 0) return this.#ignoreEntry();
      desk.added++;
    }
    return this.#open(signal, direction, bar, price);
  }

  #ignoreEntry(): number {
    this.counts.entriesIgnored++;
    return OUTCOME.ignored;
  }

  #exit(signal: PendingSignal, bar: number, price: number): number {
    const { slot, kind } = signal;
    const desk = this.#desks[slot]!;
    const position = this.#portfolio.quantity[slot]!;
    const { entry } = desk;
    const cancels = entry !== null && (kind === KIND.flatten || (kind === KIND.exitLong) === entry.direction > 0);
    if (cancels) this.#cancel(entry);
    const closes = kind === KIND.flatten ? position !== 0 : kind === KIND.exitLong ? position > 0 : position < 0;
    if (!closes) {
      if (cancels) return OUTCOME.cancelledEntry;
      this.counts.exitsFromFlat++;
      return OUTCOME.fromFlat;
    }
    if (desk.exits.length > 0) {
      this.counts.exitsIgnored++;
      return OUTCOME.ignored;
    }
    this.#close(slot, bar, price, ROLE.exit);
    return OUTCOME.ordered;
  }

  /** Closes a position at the market, reduce-only; above an order cap in several orders. */
  #close(slot: number, bar: number, price: number, role: number): void {
    const desk = this.#desks[slot]!;
    const position = this.#portfolio.quantity[slot]!;
    const direction: Direction = position > 0 ? -1 : 1;
    const instrument = this.#instruments[slot]!;
    let left = position < 0 ? -position : position;
    const most = Math.min(this.#risks[slot]!.orderCap, instrument.maxQuantity);
    const cap = most >= left ? left : Math.max(instrument.lot, Math.floor(most / instrument.lot) * instrument.lot);
    while (left > 0) {
      const quantity = left < cap ? left : cap;
      left -= quantity;
      const order = this.#make(slot, direction, TYPE.market, role, true, quantity, 0, bar, bar + this.#settings.latencyBars, price);
      desk.exits.push(this.#send(order));
    }
  }

  #open(signal: PendingSignal, direction: Direction, bar: number, price: number): number {
    const { slot } = signal;
    const instrument = this.#instruments[slot]!;
    const limit = signal.limit === undefined ? 0 : this.#limitPrice(signal.limit, direction, instrument);
    const reference = limit > 0 ? limit : price;
    const quantity = limit >= 0 ? this.#size(signal, slot, reference) : 0;
    const type = limit === 0 ? TYPE.market : TYPE.limit;
    const order = this.#make(
      slot,
      direction,
      type,
      ROLE.entry,
      false,
      quantity,
      Math.max(limit, 0),
      bar,
      bar + this.#settings.latencyBars,
      price,
    );
    if (!this.#pass(order, signal, instrument, quantity, reference, limit)) {
      order.status = STATUS.refused;
      this.orders.refuse(order, bar, this.#verdict);
      this.counts.refused++;
      return OUTCOME.refused;
    }
    this.#desks[slot]!.entry = this.#send(order);
    return OUTCOME.ordered;
  }

  /** Signal, size, risk and venue filters, in that order; the verdict says what refused. */
  #pass(
    order: WorkingOrder,
    signal: PendingSignal,
    instrument: ScaledInstrument,
    quantity: number,
    reference: number,
    limit: number,
  ): boolean {
    const { slot, direction } = order;
    const verdict = this.#verdict;
    if (limit < 0) return this.#fail("PRICE_INVALID", limit, 0, "price");
    if (instrument.instrument.kind === "spot" && direction < 0) return this.#fail("SHORT_ON_SPOT", order.quantity, 0, "quantity");
    if (this.#settings.brackets && !this.#bracket(order, signal, instrument, reference)) return false;
    if (quantity < 0) return false;
    if (quantity === 0) return verdict.code === "BELOW_LOT" ? false : this.#fail("ZERO_SIZE", 0, 0, "quantity");
    const state = this.#state;
    state.position = this.#portfolio.quantity[slot]!;
    state.price = reference;
    state.equity = this.#sizing.equity;
    try {
      if (!this.#risks[slot]!.check(order, state, verdict)) return false;
    } catch (error) {
      this.#note("risk check", error);
      return this.#fail("CHECK_FAILED", quantity, 0, "quantity");
    }
    return checkFilters(order, instrument, reference, verdict);
  }

  #fail(code: Verdict["code"], asked: number, limit: number, units: Verdict["units"]): false {
    const verdict = this.#verdict;
    verdict.code = code;
    verdict.asked = asked;
    verdict.limit = limit;
    verdict.units = units;
    return false;
  }

  /** Quantity units floored to the lot; 0 or -1 with the verdict set where there is nothing to order. */
  #size(signal: PendingSignal, slot: number, price: number): number {
    const sizing = this.#sizing;
    sizing.equity = this.#portfolio.equityUnits();
    sizing.price = price;
    sizing.kind = KIND_NAMES[signal.kind]!;
    sizing.confidence = signal.confidence;
    this.#verdict.code = "NONE";
    let units: number;
    try {
      units = this.#sizers[slot]!.units(sizing);
    } catch (error) {
      const badPrice = error instanceof LabError && error.code === "SIZE_PRICE";
      if (!badPrice) this.#note("sizer", error);
      this.#fail(badPrice ? "BAD_PRICE_FOR_SIZE" : "SIZE_INVALID", price, 0, "price");
      return -1;
    }
    const { lot } = this.#instruments[slot]!;
    const quantity = lot === 1 ? units : units - (units % lot);
    if (quantity === 0 && units > 0) this.#fail("BELOW_LOT", units, lot, "quantity");
    return quantity;
  }

  #note(what: string, error: unknown): void {
    if (!this.failures.has(what)) this.failures.set(what, error);
  }

  /** A resting entry's price in whole ticks away from crossing, or -1 for a price that is none. */
  #limitPrice(input: PriceInput, direction: Direction, instrument: ScaledInstrument): number {
    const price = priceOf(input, instrument.priceDp);
    if (price === null) return -1;
    const units = direction > 0 ? price.floorTo(instrument.tick) : price.ceilTo(instrument.tick);
    return units > 0 ? units : -1;
  }

  /** Checks and keeps the protective prices of an entry: each must lie on its side of the price once rounded toward the entry. */
  #bracket(order: WorkingOrder, signal: PendingSignal, instrument: ScaledInstrument, reference: number): boolean {
    if (signal.stopLoss !== undefined) {
      const stop = priceOf(signal.stopLoss, instrument.priceDp);
      if (stop === null) return this.#fail("PRICE_INVALID", 0, 0, "price");
      const units = towardEntry(stop, order.direction, instrument.tick, true);
      if (order.direction > 0 ? !(units < reference && units > 0) : !(units > reference))
        return this.#fail("STOP_WRONG_SIDE", units, reference, "price");
      order.stopLoss = stop;
    }
    if (signal.takeProfit !== undefined) {
      const target = priceOf(signal.takeProfit, instrument.priceDp);
      if (target === null) return this.#fail("PRICE_INVALID", 0, 0, "price");
      const units = towardEntry(target, order.direction, instrument.tick, false);
      if (order.direction > 0 ? !(units > reference) : !(units < reference && units > 0))
        return this.#fail("TARGET_WRONG_SIDE", units, reference, "price");
      order.takeProfit = target;
    }
    return true;
  }

  #make(
    slot: number,
    direction: Direction,
    type: number,
    role: number,
    reduceOnly: boolean,
    quantity: number,
    price: number,
    bar: number,
    eligible: number,
    reference: number,
  ): WorkingOrder {
    const order = new WorkingOrder(this.#nextId++, slot, direction, type, role, reduceOnly, quantity, price, bar, eligible);
    order.reference = reference;
    this.orders.add(order);
    return order;
  }

  /** The one place where an order becomes an approved one. */
  #send(order: WorkingOrder): ApprovedOrder {
    const approved = order as ApprovedOrder;
    this.outbox.put(approved);
    return approved;
  }

  #cancel(order: ApprovedOrder): void {
    if (order.status === STATUS.working) this.outbox.put(order);
  }

  /** Books a fill's consequences for orders: legs for an entry, the end of legs when the position is flat. The portfolio has it already. */
  filled(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, bar: number): void {
    const desk = this.#desks[order.slot]!;
    this.fills.add(order, quantity, price, fee, maker, bar);
    this.orders.settle(order, bar, quantity);
    if (order.role === ROLE.entry) {
      desk.entry = null;
      if (order.stopLoss !== null) this.#leg(desk, order, order.stopLoss, quantity, bar, true);
      if (order.takeProfit !== null) this.#leg(desk, order, order.takeProfit, quantity, bar, false);
      return;
    }
    if (order.role === ROLE.stopLoss) this.counts.stops++;
    else if (order.role === ROLE.takeProfit) this.counts.targets++;
    else {
      remove(desk.exits, order);
      if (this.#portfolio.quantity[order.slot] === 0) this.counts.signalExits++;
    }
    if (this.#portfolio.quantity[order.slot] === 0) this.#flat(desk);
  }

  /** Nothing that was meant for a position outlives it: a late exit would otherwise close the next one. */
  #flat(desk: Desk): void {
    desk.added = 0;
    for (let leg = desk.legs.pop(); leg !== undefined; leg = desk.legs.pop()) this.#cancel(leg);
    if (desk.exits.length > 0) for (const exit of desk.exits) this.#cancel(exit);
  }

  #leg(desk: Desk, entry: WorkingOrder, price: ExactPrice, quantity: number, bar: number, stop: boolean): void {
    const { slot } = entry;
    const units = towardEntry(price, entry.direction, this.#instruments[slot]!.tick, stop);
    const direction: Direction = entry.direction > 0 ? -1 : 1;
    const role = stop ? ROLE.stopLoss : ROLE.takeProfit;
    const order = this.#make(slot, direction, stop ? TYPE.stop : TYPE.limit, role, true, quantity, units, bar, bar, entry.reference);
    desk.legs.push(this.#send(order));
  }

  /** An order ended without a fill: rejected by the venue or cancelled. */
  ended(order: WorkingOrder, bar: number, needed: number, available: number): void {
    const desk = this.#desks[order.slot]!;
    if (desk.entry === order) desk.entry = null;
    if (order.role === ROLE.exit || order.role === ROLE.reverse) remove(desk.exits, order);
    if (order.status === STATUS.rejected) {
      this.counts.rejected++;
      this.#fail("INSUFFICIENT_MARGIN", needed, available, "cash");
      this.orders.refuse(order, bar, this.#verdict);
    } else this.orders.settle(order, bar, 0);
  }

  /** Only orders that reduce positions pass from now on. */
  set liquidateOnly(value: boolean) {
    this.#state.liquidateOnly = value;
  }
}

function remove(orders: ApprovedOrder[], order: WorkingOrder): void {
  if (orders.length === 1 && orders[0] === order) {
    orders.pop();
    return;
  }
  const at = orders.indexOf(order as ApprovedOrder);
  if (at >= 0) orders.splice(at, 1);
}

/** A price input in price units, or null for one that is no price: a signal with it is refused, not thrown. */
function priceOf(input: PriceInput, dp: number): ExactPrice | null {
  try {
    return exactPrice(input, dp);
  } catch {
    return null;
  }
}

/** A protective price in whole ticks toward the entry: up for a long's stop and a short's target, down for the others. */
function towardEntry(price: ExactPrice, direction: Direction, tick: number, stop: boolean): number {
  return direction > 0 === stop ? price.ceilTo(tick) : price.floorTo(tick);
}
