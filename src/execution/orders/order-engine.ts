import {
  type ApprovedOrder,
  type Bar,
  type Direction,
  type ExactPrice,
  ROLE,
  type ScaledInstrument,
  STATUS,
  TYPE,
  WorkingOrder,
} from "../../core/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import type { RiskChecker } from "../risk/index.js";
import type { Sizer } from "../sizers/index.js";
import { EntryGate } from "./entry-gate.js";
import { FillLog, OrderLog, OUTCOME, SignalLog } from "./logs.js";
import { Outbox } from "./outbox.js";
import { towardEntry } from "./prices.js";
import { KIND, type PendingSignal } from "./signal.js";

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
  /** Entries filled on top of the first. */
  added: number;
  reversal: PendingSignal | null;
}

/**
 * Turns signals into orders and keeps protective legs with their position: decides what a signal means where the position stands, lets entries through the
 * {@link EntryGate}, and puts what passes into the outbox. Everything is recorded as columns, what is refused with its reason.
 */
export class OrderEngine {
  readonly outbox: Outbox = new Outbox();
  readonly orders: OrderLog = new OrderLog();
  readonly fills: FillLog = new FillLog();
  readonly signals: SignalLog = new SignalLog();
  readonly counts: OrderCounts = new OrderCounts();
  /** Positions waiting to be opened the other way round. */
  reversals = 0;
  readonly #portfolio: Portfolio;
  readonly #instruments: readonly ScaledInstrument[];
  readonly #gate: EntryGate;
  readonly #settings: OrderSettings;
  readonly #desks: Desk[];
  #nextId = 1;

  constructor(portfolio: Portfolio, sizer: Sizer, risk: RiskChecker, settings: OrderSettings) {
    this.#portfolio = portfolio;
    this.#instruments = portfolio.instruments;
    this.#gate = new EntryGate(portfolio, sizer, risk, settings.brackets);
    this.#settings = settings;
    this.#desks = portfolio.instruments.map(() => ({ entry: null, exits: [], legs: [], added: 0, reversal: null }));
  }

  /** First error of every sizer or check that threw. */
  get failures(): ReadonlyMap<string, unknown> {
    return this.#gate.failures;
  }

  /** Handles one signal made on a bar whose close is `price` price units. */
  signal(signal: PendingSignal, bar: number, price: number): void {
    const { slot, kind } = signal;
    const row = this.signals.add(bar, slot, kind, signal.confidence, price);
    const desk = this.#desks[slot]!;
    if (desk.reversal !== null && opposes(signal, desk.reversal)) this.#dropReversal(desk);
    const outcome = kind === KIND.enterLong || kind === KIND.enterShort ? this.#entry(signal, bar, price) : this.#exit(signal, bar, price);
    this.signals.settle(row, outcome, outcome === OUTCOME.ordered || outcome === OUTCOME.refused ? this.#nextId - 1 : 0);
  }

  /** A signal for a symbol that has had no candle yet has no price to be sized at. */
  refuseBeforeFirstBar(signal: PendingSignal): void {
    this.signals.settle(this.signals.add(0, signal.slot, signal.kind, signal.confidence, 0), OUTCOME.refused, 0);
    this.counts.refused++;
  }

  /** Whether there is anything to flatten: a position, a working entry, or one that waits for the position to close. */
  isBusy(slot: number): boolean {
    const desk = this.#desks[slot]!;
    return this.#portfolio.quantity[slot] !== 0 || desk.entry !== null || desk.reversal !== null;
  }

  /** Opens the other side where the position has gone flat; called on a bar after the strategy has seen it. */
  openReversal(bar: Bar, slot: number): void {
    const desk = this.#desks[slot]!;
    const { reversal } = desk;
    if (reversal === null || this.#portfolio.quantity[slot] !== 0 || desk.exits.length > 0) return;
    this.#dropReversal(desk);
    this.#entry(reversal, bar.index, bar.closeUnits);
  }

  #dropReversal(desk: Desk): void {
    desk.reversal = null;
    this.reversals--;
  }

  #entry(signal: PendingSignal, bar: number, price: number): number {
    const { slot, direction } = signal;
    const desk = this.#desks[slot]!;
    const position = this.#portfolio.quantity[slot]!;
    if (position * direction < 0) return this.#reverse(signal, bar, price);
    if (desk.entry !== null) {
      if (desk.entry.direction === direction) return this.#ignoreEntry();
      this.#cancelEntry(desk, desk.entry);
    }
    if (position !== 0 && (desk.added >= this.#settings.pyramiding || desk.exits.length > 0)) return this.#ignoreEntry();
    return this.#open(signal, bar, price);
  }

  /** An entry against the position: closes it, if it is not closing already, and waits to open the other side. */
  #reverse(signal: PendingSignal, bar: number, price: number): number {
    const { slot } = signal;
    const desk = this.#desks[slot]!;
    if (desk.reversal !== null) return this.#ignoreEntry();
    const closing = desk.exits.length > 0;
    if (closing && !this.#settings.reverse) return this.#ignoreEntry();
    if (this.#settings.reverse) {
      desk.reversal = signal.copy();
      this.reversals++;
    }
    if (closing) return OUTCOME.waiting;
    this.#close(slot, bar, price, ROLE.reverse);
    return OUTCOME.ordered;
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
    if (cancels) this.#cancelEntry(desk, entry);
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
    let left = position < 0 ? -position : position;
    const cap = this.#gate.orderCap(slot);
    while (left > 0) {
      const quantity = left < cap ? left : cap;
      left -= quantity;
      const order = this.#make(slot, direction, TYPE.market, role, true, quantity, 0, bar, bar + this.#settings.latencyBars, price);
      desk.exits.push(this.#send(order));
    }
  }

  #open(signal: PendingSignal, bar: number, price: number): number {
    const { slot, direction } = signal;
    const gate = this.#gate;
    const limit = gate.limitOf(signal);
    const reference = limit > 0 ? limit : price;
    const quantity = limit < 0 ? 0 : gate.size(signal, reference);
    const type = limit === 0 ? TYPE.market : TYPE.limit;
    const eligible = bar + this.#settings.latencyBars;
    const order = this.#make(slot, direction, type, ROLE.entry, false, quantity, Math.max(limit, 0), bar, eligible, price);
    if (!gate.pass(order, signal, limit, quantity, reference)) {
      order.status = STATUS.refused;
      this.orders.refuse(order, bar, gate.verdict);
      this.counts.refused++;
      return OUTCOME.refused;
    }
    this.#desks[slot]!.entry = this.#send(order);
    return OUTCOME.ordered;
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

  /** Takes an entry back. One made by an earlier signal of the same event has not left yet and never will. */
  #cancelEntry(desk: Desk, entry: ApprovedOrder): void {
    if (entry.status !== STATUS.pending) {
      this.#cancel(entry);
      return;
    }
    entry.status = STATUS.cancelled;
    this.orders.settle(entry, entry.bar, 0);
    desk.entry = null;
  }

  /** Books a fill's consequences for orders: legs for an entry, the end of legs when the position is flat. The portfolio has it already. */
  filled(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, bar: number): void {
    const { slot } = order;
    const desk = this.#desks[slot]!;
    const position = this.#portfolio.quantity[slot]!;
    this.fills.add(order, quantity, price, fee, maker, bar);
    this.orders.settle(order, bar, quantity);
    if (order.role === ROLE.entry) {
      desk.entry = null;
      if (position !== order.direction * quantity) desk.added++;
      this.#protect(desk, order, quantity, bar);
      return;
    }
    if (order.role === ROLE.stopLoss) this.counts.stops++;
    else if (order.role === ROLE.takeProfit) this.counts.targets++;
    else {
      remove(desk.exits, order);
      if (position === 0) this.counts.signalExits++;
    }
    if (position === 0) this.#flat(desk);
    else if (order.sibling !== null) this.#cancel(order.sibling as ApprovedOrder);
  }

  /** Nothing that was meant for a position outlives it: a late exit would otherwise close the next one. */
  #flat(desk: Desk): void {
    desk.added = 0;
    for (let leg = desk.legs.pop(); leg !== undefined; leg = desk.legs.pop()) this.#cancel(leg);
    if (desk.exits.length > 0) for (const exit of desk.exits) this.#cancel(exit);
  }

  /** Places the protective legs of an entry; each is the other's sibling, so that one fill cancels the other. */
  #protect(desk: Desk, entry: WorkingOrder, quantity: number, bar: number): void {
    const { stopLoss, takeProfit } = entry;
    const stop = stopLoss === null ? null : this.#leg(desk, entry, stopLoss, quantity, bar, true);
    const target = takeProfit === null ? null : this.#leg(desk, entry, takeProfit, quantity, bar, false);
    if (stop === null || target === null) return;
    stop.sibling = target;
    target.sibling = stop;
  }

  #leg(desk: Desk, entry: WorkingOrder, price: ExactPrice, quantity: number, bar: number, stop: boolean): ApprovedOrder {
    const { slot } = entry;
    const units = towardEntry(price, entry.direction, this.#instruments[slot]!.tick, stop);
    const direction: Direction = entry.direction > 0 ? -1 : 1;
    const role = stop ? ROLE.stopLoss : ROLE.takeProfit;
    const order = this.#make(slot, direction, stop ? TYPE.stop : TYPE.limit, role, true, quantity, units, bar, bar, entry.reference);
    const leg = this.#send(order);
    desk.legs.push(leg);
    return leg;
  }

  /** An order ended without a fill: rejected by the venue or cancelled. */
  ended(order: WorkingOrder, bar: number, needed: number, available: number): void {
    const desk = this.#desks[order.slot]!;
    if (desk.entry === order) desk.entry = null;
    if (order.role === ROLE.exit || order.role === ROLE.reverse) remove(desk.exits, order);
    if (order.status === STATUS.rejected) {
      this.counts.rejected++;
      this.#gate.fail("INSUFFICIENT_MARGIN", needed, available, "cash");
      this.orders.refuse(order, bar, this.#gate.verdict);
    } else this.orders.settle(order, bar, 0);
  }

  /** Only orders that reduce positions pass from now on. */
  set liquidateOnly(value: boolean) {
    this.#gate.liquidateOnly = value;
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

/** Whether a signal takes back an entry that waits for the position to close: one for the other side, or an exit of its own. */
function opposes(signal: PendingSignal, reversal: PendingSignal): boolean {
  if (signal.kind === KIND.flatten) return true;
  if (signal.kind === KIND.enterLong || signal.kind === KIND.enterShort) return signal.direction !== reversal.direction;
  return (signal.kind === KIND.exitLong) === reversal.direction > 0;
}
