import {
  type ApprovedOrder,
  type EpochMs,
  ROLE,
  type ScaledInstrument,
  type SeriesBar,
  TYPE,
  type WorkingOrder,
} from "../../core/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import type { RiskChecker } from "../risk/index.js";
import type { RouterSnapshot } from "../router/index.js";
import type { BarHistory, Sizer } from "../sizers/index.js";
import { AlertLog } from "./alerts.js";
import { Desk } from "./desk.js";
import { EntryGate } from "./entry-gate.js";
import { Exits } from "./exits.js";
import { Groups } from "./groups.js";
import { Issuer, type Moment } from "./issuer.js";
import type { Job } from "./job.js";
import { FillLog, type OrderLog, OUTCOME, SignalLog } from "./logs.js";
import type { Outbox } from "./outbox.js";
import { lookAtRisk, type RiskLookParts } from "./risk-watch.js";
import { Routing } from "./routing.js";
import { isRouted, OrderCounts, type OrderSettings } from "./settings.js";
import { Settlement } from "./settlement.js";
import { KIND, type PendingSignal } from "./signal.js";

/**
 * Turns signals into orders: decides what a signal means where the position stands, lets entries through the {@link EntryGate}, and puts what passes into the
 * outbox. What becomes of orders is {@link Settlement}'s. Everything is recorded as columns, what is refused with its reason.
 */
export class OrderEngine {
  readonly outbox: Outbox;
  readonly orders: OrderLog;
  readonly fills: FillLog = new FillLog();
  readonly signals: SignalLog = new SignalLog();
  readonly counts: OrderCounts = new OrderCounts();
  readonly alerts: AlertLog = new AlertLog();
  /** One desk a strategy and instrument: strategy x instruments + slot. */
  readonly desks: readonly Desk[];
  /** What becomes of orders once they have left. */
  readonly settlement: Settlement;
  /** Positions waiting to be opened the other way round. */
  reversals = 0;
  readonly #slots: number;
  readonly #gate: EntryGate;
  readonly #settings: OrderSettings;
  readonly #issuer: Issuer;
  readonly #exits: Exits;
  readonly #groups: Groups;
  readonly #look: RiskLookParts;
  readonly #at: Moment = { time: 0, bar: 0, price: 0 };
  readonly #barOf: (slot: number) => number;
  readonly #portfolio: Portfolio;
  #onRouting: () => void = () => {};
  /** Entries and exits that take more than one order; null in a run that has had none. */
  routing: Routing | null = null;

  /** @param barOf - the bar of a slot in a replay of candles. */
  constructor(
    portfolio: Portfolio,
    sizer: Sizer,
    risk: RiskChecker,
    settings: OrderSettings,
    strategies = 1,
    barOf: (slot: number) => number = () => 0,
  ) {
    this.#barOf = barOf;
    this.#portfolio = portfolio;
    this.#slots = portfolio.instruments.length;
    this.#settings = settings;
    this.#issuer = new Issuer(settings.latencyBars);
    this.outbox = this.#issuer.outbox;
    this.orders = this.#issuer.orders;
    const slots = this.#slots;
    this.desks = Array.from({ length: slots * strategies }, (_, i) => new Desk(i % slots, Math.floor(i / slots)));
    this.#gate = new EntryGate(portfolio, sizer, risk, settings, this.alerts, this.desks);
    this.#exits = new Exits(this.#issuer, this.#gate, portfolio, strategies > 1);
    this.#groups = new Groups(this.desks, this.#exits, this.alerts, portfolio, settings.groupExit ?? "market", barOf);
    this.#look = { desks: this.desks, slots, gate: this.#gate, exits: this.#exits, alerts: this.alerts, barOf };
    this.settlement = new Settlement({
      desks: this.desks,
      slots,
      portfolio,
      issuer: this.#issuer,
      exits: this.#exits,
      groups: this.#groups,
      fills: this.fills,
      counts: this.counts,
      alerts: this.alerts,
      gate: this.#gate,
      settings,
    });
    if (isRouted(settings)) this.#route();
  }

  /** Calls back once there is a {@link OrderEngine.routing}: now, or when the first hint needs one. */
  onRouting(call: () => void): void {
    if (this.routing !== null) call();
    else this.#onRouting = call;
  }

  /** What carries entries and exits of more than one order, made when it is first needed. */
  #route(): Routing {
    if (this.routing !== null) return this.routing;
    this.routing = new Routing({
      issuer: this.#issuer,
      gate: this.#gate,
      exits: this.#exits,
      groups: this.#groups,
      portfolio: this.#portfolio,
      alerts: this.alerts,
      counts: this.counts,
      settings: this.#settings,
      barOf: this.#barOf,
    });
    this.#exits.routing = this.settlement.routing = this.routing;
    this.#onRouting();
    return this.routing;
  }

  /** The candles of each instrument, for sizers that look back. */
  set bars(bars: readonly BarHistory[]) {
    this.#gate.bars = bars;
  }

  /** Whether the risk checker looks at the account. */
  get watches(): boolean {
    return this.#gate.watch !== undefined;
  }

  /** Lets the risk checker look at the account, see {@link lookAtRisk}. @returns whether it decides otherwise from now on. */
  watchRisk(time: EpochMs, isClose: boolean): boolean {
    return lookAtRisk(this.#gate.watch!, this.#look, time, isClose);
  }

  /** Tries exits again that were given up, its marks up to date; see {@link Settlement.givenUp}. @returns whether any was. */
  tryAgain(time: EpochMs): boolean {
    return this.settlement.givenUp.tryAgain(time, (slot) => this.#lastOf(slot, time));
  }

  /** First error of every sizer or check that threw. */
  get failures(): ReadonlyMap<string, unknown> {
    return this.#gate.failures;
  }

  /** Instruments of the run, in whole units. */
  get instruments(): readonly ScaledInstrument[] {
    return this.#gate.instruments;
  }

  /** Number of the order made last, 0 before the first. */
  get lastId(): number {
    return this.#issuer.lastId;
  }

  /** Only orders that reduce positions pass while this is set. */
  get liquidateOnly(): boolean {
    return this.#gate.liquidateOnly;
  }
  set liquidateOnly(value: boolean) {
    this.#gate.liquidateOnly = value;
  }

  /** By instrument: whether a venue takes its orders. Entries of one without are refused; null where nobody asks. */
  get routes(): readonly boolean[] | null {
    return this.#gate.routes;
  }
  set routes(value: readonly boolean[] | null) {
    this.#gate.routes = value;
  }

  /** While trading is disabled entries are refused; exits pass. */
  get tradingEnabled(): boolean {
    return this.#gate.tradingEnabled;
  }
  set tradingEnabled(value: boolean) {
    this.#gate.tradingEnabled = value;
  }

  /** Handles one signal made at a moment at which its instrument's last price is `price` price units; `bar` is its bar in a replay of candles. */
  signal(signal: PendingSignal, time: EpochMs, bar: number, price: number): void {
    const { slot, kind, strategy } = signal;
    const row = this.signals.add(time, slot, strategy, kind, signal.confidence, price);
    const desk = this.desks[strategy * this.#slots + slot]!;
    const at = this.#moment(time, bar, price);
    if (desk.reversal !== null && opposes(signal, desk.reversal)) this.#dropReversal(desk);
    const outcome = kind === KIND.enterLong || kind === KIND.enterShort ? this.#entry(desk, signal, at) : this.#exit(desk, signal, at);
    this.signals.settle(row, outcome, outcome === OUTCOME.ordered || outcome === OUTCOME.refused ? this.#issuer.lastId : 0);
  }

  #moment(time: EpochMs, bar: number, price: number): Moment {
    const at = this.#at;
    at.time = time;
    at.bar = bar;
    at.price = price;
    return at;
  }

  /** A moment at the last price of an instrument. */
  #lastOf(slot: number, time: EpochMs): Moment {
    return this.#moment(time, this.#barOf(slot), this.#portfolio.mark[slot]!);
  }

  /** A signal for a symbol that has had no price yet cannot be sized. */
  refuseWithoutPrice(signal: PendingSignal, time: EpochMs): void {
    this.signals.settle(this.signals.add(time, signal.slot, signal.strategy, signal.kind, signal.confidence, 0), OUTCOME.refused, 0);
    this.counts.refused++;
    if (signal.isEntry && signal.group !== "") this.#groups.failed(signal.group, signal.strategy, this.#moment(time, 0, 0));
  }

  /** Whether a strategy has anything to flatten: a position, an entry that works or may still fill, or one that waits for the position to close. */
  isBusy(slot: number, strategy = 0): boolean {
    const desk = this.desks[strategy * this.#slots + slot]!;
    return desk.held !== 0 || desk.isEntering || desk.reversal !== null || desk.mayStillEnter;
  }

  /** Opens the other side of a bar's instrument where the position has gone flat; called after the strategies have seen it. */
  openReversals(bar: SeriesBar, time: EpochMs): void {
    for (let at = bar.slot; at < this.desks.length; at += this.#slots) this.#openReversal(this.desks[at]!, time, bar.index, bar.closeUnits);
  }

  /** The same away from candles: opens every reversal of an instrument whose position has gone flat, at its last price. */
  openReversalsAt(slot: number, time: EpochMs, price: number): void {
    for (let at = slot; at < this.desks.length; at += this.#slots) this.#openReversal(this.desks[at]!, time, 0, price);
  }

  #openReversal(desk: Desk, time: EpochMs, bar: number, price: number): void {
    const { reversal } = desk;
    if (reversal === null || desk.held !== 0 || desk.exits.length > 0 || desk.leaving.length > 0 || desk.isEntering) return;
    this.#dropReversal(desk);
    this.#entry(desk, reversal, this.#moment(time, bar, price));
  }

  #dropReversal(desk: Desk): void {
    desk.reversal = null;
    this.reversals--;
  }

  #entry(desk: Desk, signal: PendingSignal, at: Moment): number {
    const { direction } = signal;
    const position = desk.held;
    if (desk.leaving.length > 0) this.#exits.disown(desk, -direction);
    if (position * direction < 0) return this.#reverse(desk, signal, at);
    if (desk.isEntering) {
      if (desk.entering === direction) return this.#ignoreEntry(desk, signal, at);
      this.#exits.abandonEntry(desk, at.time);
    }
    if (position !== 0 && (desk.added >= this.#settings.pyramiding || desk.exits.length > 0)) return this.#ignoreEntry(desk, signal, at);
    return this.#open(desk, signal, at);
  }

  /** An entry against the position: closes it, if it is not closing already, and waits to open the other side. */
  #reverse(desk: Desk, signal: PendingSignal, at: Moment): number {
    if (desk.reversal !== null) return this.#ignoreEntry(desk, signal, at);
    const closing = isWorking(desk.leaveJob) ? desk.exits.length > 0 : desk.isClosing;
    if (closing && !this.#settings.reverse) return this.#ignoreEntry(desk, signal, at);
    if (this.#settings.reverse) {
      desk.reversal = signal.copy();
      this.reversals++;
    }
    if (closing) return OUTCOME.waiting;
    if (desk.isEntering) this.#exits.abandonEntry(desk, at.time);
    this.#exits.close(desk, at, ROLE.reverse, "");
    // Without reversals the position is only closed, and the leg is missing.
    if (!this.#settings.reverse) this.#groups.ignored(desk, signal, at);
    return OUTCOME.ordered;
  }

  #ignoreEntry(desk: Desk, signal: PendingSignal, at: Moment): number {
    this.counts.entriesIgnored++;
    if (signal.group !== "") this.#groups.ignored(desk, signal, at);
    return OUTCOME.ignored;
  }

  #exit(desk: Desk, signal: PendingSignal, at: Moment): number {
    const { kind } = signal;
    const position = desk.held;
    const side = kind === KIND.flatten ? 0 : kind === KIND.exitLong ? 1 : -1;
    let cancels = desk.isEntering && (side === 0 || side === desk.entering);
    if (cancels) this.#exits.abandonEntry(desk, at.time);
    if (desk.leaving.length > 0 && this.#exits.disown(desk, side)) cancels = true;
    const closes = side === 0 ? position !== 0 : position * side > 0;
    if (!closes) {
      if (cancels) return OUTCOME.cancelledEntry;
      this.counts.exitsFromFlat++;
      return OUTCOME.fromFlat;
    }
    const reason = signal.reason !== "" ? signal.reason : kind === KIND.flatten ? "FLATTEN" : "";
    const { leaveJob } = desk;
    if (isWorking(leaveJob) ? leaveJob.next !== "" || !this.routing!.isUrgent(reason) : desk.isClosing) {
      this.counts.exitsIgnored++;
      return OUTCOME.ignored;
    }
    if (signal.hint !== undefined && leaveJob === null) this.#route();
    // What closes a part already is a part of this.
    for (const exit of desk.exits) exit.isPart = false;
    if (this.routing === null || leaveJob !== null || !this.routing.leave(desk, signal, reason, at))
      this.#exits.close(desk, at, ROLE.exit, reason);
    return OUTCOME.ordered;
  }

  #open(desk: Desk, signal: PendingSignal, at: Moment): number {
    if (signal.hint !== undefined) return this.#schedule(desk, signal, at);
    const { slot, direction } = signal;
    const gate = this.#gate;
    const limit = gate.limitOf(signal);
    const reference = limit > 0 ? limit : at.price;
    const quantity = limit < 0 ? 0 : gate.size(signal, reference, at.time);
    const { routing } = this;
    const price = limit > 0 ? limit : limit === 0 && routing !== null ? routing.entryPrice(slot, direction, at.price) : 0;
    const type = limit === 0 && price === 0 ? TYPE.market : TYPE.limit;
    const order = this.#issuer.make(slot, signal.strategy, direction, type, ROLE.entry, false, quantity, price, at, false);
    order.group = signal.group;
    if (!(this.#groups.isOpen(signal, gate) && gate.pass(order, signal, limit, quantity, reference)))
      return this.#refuse(order, signal, at);
    if (routing === null || limit !== 0) desk.entry = this.#issuer.send(order);
    else if (!routing.enter(desk, order, at, signal.override)) return this.#refuse(order, signal, at);
    if (!signal.override) gate.leaves(order);
    else this.alerts.of(order, at.time, "RISK_OVERRIDDEN", `order ${order.id} left without the risk check, as ordered`);
    return OUTCOME.ordered;
  }

  /** Records why an entry may not leave: the gate's verdict says so. A leg of a group fails with it. */
  #refuse(order: WorkingOrder, signal: PendingSignal, at: Moment): number {
    this.#issuer.refuse(order, at.time, this.#gate.verdict);
    this.counts.refused++;
    if (signal.group !== "") this.#groups.failed(signal.group, signal.strategy, at);
    return OUTCOME.refused;
  }

  /** An entry that an algorithm works off: the whole passes the gate, then its children leave one by one. */
  #schedule(desk: Desk, signal: PendingSignal, at: Moment): number {
    const gate = this.#gate;
    const limit = gate.limitOf(signal);
    const quantity = gate.size(signal, at.price, at.time);
    const draft = this.#issuer.draft(signal.slot, signal.strategy, signal.direction, ROLE.entry, quantity, at);
    draft.group = signal.group;
    let passed = this.#groups.isOpen(signal, gate) && gate.pass(draft, signal, limit, quantity, at.price);
    const why = limit > 0 ? "a limit and a hint exclude each other" : passed ? this.#route().schedule(desk, draft, signal, at) : undefined;
    if (passed && why !== undefined) passed = gate.fail("HINT_INVALID", quantity, 0, "quantity", why);
    if (passed) {
      if (!signal.override) gate.leaves(draft);
      return OUTCOME.ordered;
    }
    this.#issuer.adopt(draft);
    return this.#refuse(draft, signal, at);
  }

  /** Style, working quotes and counts of the router; where nothing is routed, what it would have counted. */
  routerSnapshot(): RouterSnapshot {
    return this.routing?.quotes?.router.snapshot() ?? this.#issuer.taker.snapshot();
  }

  /** Every order that is not final, as they were made. */
  open(): ApprovedOrder[] {
    return this.desks.flatMap((desk) => desk.open()).sort((a, b) => a.id - b.id);
  }

  /** Asks for the cancel of one order. An entry is abandoned: a fill that still comes is closed at once. A leg of a group fails with it. */
  cancel(order: ApprovedOrder, time: EpochMs): void {
    const desk = this.deskOf(order);
    if (desk.entry === order || desk.job?.orders.includes(order)) {
      this.#exits.abandonEntry(desk, time);
      if (order.group !== "") this.#groups.failed(order.group, order.strategy, this.#lastOf(order.slot, time));
    } else {
      if (order.role === ROLE.entry) order.abandoned = true;
      if (this.#issuer.cancel(order, time)) this.settlement.forget(desk, order);
    }
  }

  /** Takes back everything that enters for a strategy in an instrument: orders, an algorithm between two of its children, an entry that waits for the position to close. */
  cancelEntries(slot: number, strategy: number, time: EpochMs): void {
    const desk = this.desks[strategy * this.#slots + slot]!;
    if (desk.reversal !== null) this.#dropReversal(desk);
    this.#exits.abandonEntry(desk, time);
    for (const order of [...desk.leaving]) if (order.role === ROLE.entry) this.cancel(order, time);
  }

  /** The desk an order belongs to. */
  deskOf(order: WorkingOrder): Desk {
    return this.desks[order.strategy * this.#slots + order.slot]!;
  }
}

/** Whether a signal takes back an entry that waits for the position to close: one for the other side, or an exit of its own. */
function opposes(signal: PendingSignal, reversal: PendingSignal): boolean {
  if (signal.kind === KIND.flatten) return true;
  if (signal.isEntry) return signal.direction !== reversal.direction;
  return (signal.kind === KIND.exitLong) === reversal.direction > 0;
}

/** Whether an exit of several orders is under way and will see to the rest; one that has made way for another will not, though its orders may not be over. */
function isWorking(leaveJob: Job | null): leaveJob is Job {
  return leaveJob !== null && !leaveJob.preempted;
}
