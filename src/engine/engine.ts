import type { EpochMs, SeriesBar, Strategy } from "../core/index.js";
import { OrderEngine, type Outbox } from "../execution/index.js";
import type { Portfolio } from "../portfolio/index.js";
import { Audit, CHANGED } from "./audit.js";
import { CommandDesk } from "./command-desk.js";
import { type Command, longForm } from "./commands.js";
import type { SymbolDesk } from "./desk.js";
import { type EngineParts, seatsOf } from "./engine-parts.js";
import {
  type BookEvent,
  type CandleEvent,
  type EngineEvent,
  EVENT,
  type FillEvent,
  type OrderEvent,
  REPORT,
  type TradeEvent,
} from "./events.js";
import { fillAtEdge } from "./fill-at-edge.js";
import { Links } from "./links.js";
import { settleReport } from "./order-reports.js";
import { Seats, settled } from "./seats.js";
import { SignalQueue } from "./signal-queue.js";
import { applySnapshot } from "./snapshot.js";

/**
 * The one engine: events in, audit out. `process` is synchronous and deterministic; it changes only the engine's own state, and what is to leave waits
 * in `outbox`. A backtest, a sweep, a paper session and a live one differ only in who feeds it and who empties the outbox.
 */
export class Engine {
  readonly portfolio: Portfolio;
  readonly orders: OrderEngine;
  readonly outbox: Outbox;
  readonly seats: Seats;
  readonly links: Links = new Links();
  /** True once a shutdown was processed. */
  isShutdown = false;
  #strategy: Strategy;
  readonly #queue: SignalQueue = new SignalQueue();
  readonly #bars: readonly SeriesBar[];
  readonly #audit: Audit = new Audit();
  readonly #offset: number;
  readonly #atOnce: boolean;
  readonly #desks: readonly SymbolDesk[];
  /** Whether there is something to do after every candle, signals or not. */
  #everyCandle: boolean;
  readonly #commands: CommandDesk;
  readonly #policies: NonNullable<EngineParts["policies"]>;
  /** Time of the last price of each slot that came from a trade or a book; -1 for none. */
  readonly #ticked: Float64Array;
  /** Time of the last event that was no candle. */
  #time: EpochMs = 0;
  /** True while trading is off by somebody's word. */
  #isOff = false;
  /** True while the strategy hears of a fill inside a bar that has not closed. */
  #insideBar = false;

  /** @throws LabError `STRATEGY_TWICE`, `SYMBOL_UNKNOWN`, `COMMAND_INVALID` for a policy that is none. */
  constructor(parts: EngineParts) {
    const seats = seatsOf(parts.strategy);
    this.portfolio = parts.portfolio;
    this.orders = new OrderEngine(parts.portfolio, parts.sizer, parts.risk, parts.orders, seats.length, (slot) => parts.bars[slot]!.index);
    this.orders.bars = parts.bars;
    this.outbox = this.orders.outbox;
    this.seats = new Seats(seats, this.orders, parts.portfolio, this.#queue, () => this.#mark());
    this.#strategy = this.seats.first;
    this.#bars = parts.bars;
    this.#offset = parts.candleOffset ?? 0;
    this.#atOnce = parts.decides === "events";
    this.#ticked = new Float64Array(parts.portfolio.instruments.length).fill(-1);
    this.#desks = this.seats.desks;
    this.#everyCandle = this.#atOnce || this.seats.others !== null || this.orders.watches;
    this.orders.onRouting(() => this.#workBeforeStrategies());
    this.#commands = new CommandDesk(this.orders, this.seats, parts.portfolio);
    this.#policies = parts.policies ?? {};
    for (const policy of Object.values(this.#policies)) longForm(policy);
  }

  /** Number of the last event. */
  get sequence(): number {
    return this.#audit.sequence;
  }

  /** The bar view of each instrument. */
  get bars(): readonly SeriesBar[] {
    return this.#bars;
  }

  /** Brings the portfolio's marks up to the last prices known: before someone looks at equity. */
  refresh(): void {
    this.#mark();
  }

  /** Time of the latest event in the run's time. */
  get time(): EpochMs {
    let time = this.#time;
    for (const bar of this.#bars) if (bar.index >= 0 && bar.time + this.#offset > time) time = bar.time + this.#offset;
    return time;
  }

  /** Handles one event. The audit is reused by the next call. */
  process(event: EngineEvent): Audit {
    return event.kind === EVENT.candle ? this.candles(event.bar, event.bar.index + 1) : this.processOther(event);
  }

  /**
   * Handles the candles of an instrument from where its bar view stands up to, not including, `end`: the same as moving the view and calling `process` for each, up to the
   * first that changes something. The view stands at the last one handled. For drivers with nothing to do between candles that ask for nothing.
   */
  candles(bar: SeriesBar, end: number): Audit {
    const audit = this.#begin(EVENT.candle);
    for (;;) {
      const first = bar.index;
      this.#tell(bar, end);
      audit.sequence += bar.index - first;
      if (this.#queue.length > 0 || this.orders.reversals > 0 || this.#everyCandle) this.#afterCandle(audit, bar);
      if (audit.changed !== 0 || bar.index + 1 >= end) return audit;
      bar.index++;
      audit.sequence++;
    }
  }

  /** Tells the first strategy of candles up to the first on which there is more to do. A function of its own, so that the compiler spends what it builds in on the strategy. */
  #tell(bar: SeriesBar, end: number): void {
    const desk = this.#desks[bar.slot]!;
    const queue = this.#queue;
    const strategy = this.#strategy;
    const { isLarge } = bar;
    const last = this.#everyCandle || this.orders.reversals > 0 ? bar.index : end - 1;
    for (let i = bar.index; ; ) {
      if (isLarge && (i & 7) === 0) bar.touch();
      const returned: unknown = strategy.onCandle?.(bar, desk);
      if (returned !== undefined) settled(returned);
      if (queue.length > 0 || i >= last) return;
      bar.index = ++i;
    }
  }

  /**
   * Handles an event that is no candle: the same as `process`, for drivers that know. Candles come so much more often that the compiler would otherwise
   * build their whole path into every place that reports a fill.
   */
  processOther(event: Exclude<EngineEvent, CandleEvent>): Audit {
    const audit = this.#begin(event.kind);
    if (event.kind === EVENT.fill) this.#onFill(event, audit);
    else if (event.kind === EVENT.order) this.#onOrder(event, audit);
    else if (event.kind === EVENT.trade) this.#onTrade(event, audit);
    else if (event.kind === EVENT.book) this.#onBook(event, audit);
    else this.#onRare(event, audit);
    return audit;
  }

  #begin(kind: number): Audit {
    const audit = this.#audit;
    audit.sequence++;
    audit.kind = kind;
    audit.changed = 0;
    return audit;
  }

  #afterCandle(audit: Audit, bar: SeriesBar): void {
    const { seats, orders } = this;
    if (seats.others !== null) seats.candle(bar);
    const time = bar.time + this.#offset;
    if (this.#queue.length > 0 || orders.reversals > 0) this.#drain(audit, time);
    else if (this.#atOnce || orders.watches) this.#mark();
    if (orders.watches) this.#watch(audit, time, true);
    this.#tryAgain(audit, time);
    if (orders.reversals === 0) return;
    orders.openReversals(bar, time);
    audit.changed |= CHANGED.orders;
  }

  /**
   * Lets the router and algorithms see a close before the strategies do: what has rested long enough is over by then. They stand before the first strategy, so that a
   * run without them has nothing to ask on a candle.
   */
  #workBeforeStrategies(): void {
    const first = this.#strategy;
    this.#everyCandle = true;
    this.#strategy = {
      onCandle: (bar, context) => {
        this.#work(bar as SeriesBar);
        return first.onCandle?.(bar, context);
      },
    };
  }

  #work(bar: SeriesBar): void {
    const routing = this.orders.routing!;
    if (routing.active === 0) return;
    this.#mark();
    routing.candle(bar, bar.time + this.#offset);
    this.#audit.changed |= CHANGED.orders;
  }

  /** Lets the risk checker look at the account. What has no candles has no closes: every look counts as one. */
  #watch(audit: Audit, time: EpochMs, isClose: boolean): void {
    const changed = this.orders.watchRisk(time, isClose || this.#bars.every(({ index }) => index < 0));
    if (changed && !isClose) audit.changed |= CHANGED.state;
    if (this.outbox.size > 0) audit.changed |= CHANGED.orders;
  }

  #onTrade(event: TradeEvent, audit: Audit): void {
    this.#price(event.slot, event.price, event.time);
    const { routing } = this.orders;
    if (routing !== null && routing.active > 0) {
      routing.trade(event.slot, event.price, event.quantity, event.time);
      audit.changed |= CHANGED.orders;
    }
    this.seats.trade(event);
    if (this.#atOnce && this.orders.watches) this.#watch(audit, event.time, false);
    this.#decide(audit, event.time);
  }

  #onBook(event: BookEvent, audit: Audit): void {
    const bid = event.book.priceAt(1, 0);
    const ask = event.book.priceAt(-1, 0);
    if (bid > 0 && ask > 0) this.#price(event.slot, Math.floor((bid + ask) / 2), event.time);
    const { routing } = this.orders;
    if (routing !== null) {
      routing.book(event.slot, bid, ask, event.time);
      audit.changed |= CHANGED.orders;
    }
    this.seats.book(event.slot, event.book);
    if (this.#atOnce && this.orders.watches) this.#watch(audit, event.time, false);
    this.#decide(audit, event.time);
  }

  /** Sets the last price of a slot as a trade or a book had left it, without anything else: when a journal is fed again that does not hold every tick. */
  restorePrice(slot: number, price: number, time: EpochMs): void {
    this.portfolio.mark[slot] = price;
    this.#ticked[slot] = time;
  }

  /** Time of the last price of a slot that came from a trade or a book; -1 for none. */
  tickedAt(slot: number): EpochMs {
    return this.#ticked[slot]!;
  }

  #price(slot: number, price: number, time: EpochMs): void {
    this.restorePrice(slot, price, time);
    this.#time = time;
  }

  /** Turns what strategies have asked for into orders, and opens reversals where that need not wait for a close. */
  #decide(audit: Audit, time: EpochMs): void {
    if (this.#queue.length > 0) this.#drain(audit, time);
    this.#tryAgain(audit, time);
    if (this.#atOnce && this.orders.reversals > 0) {
      for (let slot = 0; slot < this.#bars.length; slot++) this.orders.openReversalsAt(slot, time, this.portfolio.mark[slot]!);
      audit.changed |= CHANGED.orders;
    }
  }

  /** Exits that were given up while their position is open are tried again. */
  #tryAgain(audit: Audit, time: EpochMs): void {
    if (this.orders.settlement.givenUp.size === 0) return;
    this.#mark();
    if (this.orders.tryAgain(time)) audit.changed |= CHANGED.orders;
  }

  /** Marks positions at the last price known: a close, or a later trade or book. Inside a bar they keep the marks they have. */
  #mark(): void {
    if (this.#insideBar) return;
    const bars = this.#bars;
    const ticked = this.#ticked;
    for (let slot = 0; slot < bars.length; slot++) {
      const bar = bars[slot]!;
      if (bar.index >= 0 && !(ticked[slot]! > bar.time + this.#offset)) this.portfolio.mark[slot] = bar.closeUnits;
    }
  }

  /** Turns the signals into orders, at the last prices. */
  #drain(audit: Audit, time: EpochMs): void {
    this.#mark();
    const { orders } = this;
    const bars = this.#bars;
    const queue = this.#queue;
    const { mark } = this.portfolio;
    for (let i = 0; i < queue.length; i++) {
      const signal = queue.at(i);
      const { slot } = signal;
      if (mark[slot] === 0) orders.refuseWithoutPrice(signal, time);
      else orders.signal(signal, time, bars[slot]!.index, mark[slot]!);
    }
    if (queue.length > 0) audit.changed |= CHANGED.signals | CHANGED.orders;
    queue.length = 0;
  }

  #onFill(event: FillEvent, audit: Audit): void {
    const { order, quantity, price, fee } = event;
    this.#time = event.time;
    this.portfolio.apply(order.slot, order.direction * quantity, price, fee);
    this.orders.settlement.filled(order, quantity, price, fee, event.maker, event.time, event.withheld);
    audit.changed |= CHANGED.position | CHANGED.orders;
    if (this.seats.hearsFills(order.strategy)) this.#tellFill(event);
    if (!this.#atOnce) return;
    if (this.orders.watches) this.#watch(audit, event.time, false);
    this.#decide(audit, event.time);
  }

  /**
   * In a replay of candles the bar of a fill has not closed: while the strategy hears of it, bars and indicators stand where they stood before. What it asks for
   * waits for the close.
   */
  #tellFill(event: FillEvent): void {
    const { slot, strategy } = event.order;
    const fill = fillAtEdge(event, event.order, this.portfolio.instruments[slot]!, this.orders.fills.length);
    const open = this.#offset > 0 ? [] : this.#bars.filter((bar) => bar.index >= 0 && bar.time === event.time);
    for (const bar of open) bar.index--;
    this.#insideBar = !this.#atOnce;
    try {
      this.seats.fill(strategy, slot, fill);
    } finally {
      this.#insideBar = false;
      for (const bar of open) bar.index++;
    }
  }

  #onOrder(event: OrderEvent, audit: Audit): void {
    audit.changed |= CHANGED.orders;
    const { order, report, time } = event;
    const { settlement } = this.orders;
    if (report === REPORT.accepted) {
      settlement.accepted(order, time);
      return;
    }
    this.#time = time;
    settleReport(settlement, event);
    if (settlement.givenUp.size > 0) this.#everyCandle = true;
    if (this.#atOnce) this.#decide(audit, time);
  }

  /** Events that come by the hour rather than by the second. */
  #onRare(event: Exclude<EngineEvent, CandleEvent | FillEvent | OrderEvent | TradeEvent | BookEvent>, audit: Audit): void {
    if (event.time !== undefined && event.time > this.#time) this.#time = event.time;
    const { time } = this;
    this.#mark();
    if (event.kind === EVENT.timer) {
      const { routing } = this.orders;
      // In a replay of candles decisions are stamped with the open time, so that timers of the bar that has closed would come after them.
      if (routing !== null && routing.active > 0 && this.#offset > 0) {
        routing.poll(time);
        audit.changed |= CHANGED.orders;
      }
      this.seats.timer(time);
    } else if (event.kind === EVENT.connectivity) {
      if (this.links.update(event) && event.state === "reconnecting") {
        const why = event.reason === undefined ? "" : `: ${event.reason}`;
        this.orders.alerts.about(-1, time, "LINK_LOST", `${event.link} link to ${event.venue} lost${why}`);
        this.seats.disconnect(event.venue, time);
        this.#follow(this.#policies.disconnect, time, event.venue);
      }
      audit.changed |= CHANGED.state;
    } else if (event.kind === EVENT.tradingState) {
      const before = this.orders.tradingEnabled;
      this.orders.tradingEnabled = event.enabled;
      const isOff = !event.enabled && (this.#isOff || event.waits !== true);
      if (isOff && !this.#isOff) {
        this.seats.tradingDisabled(time);
        this.#follow(this.#policies.tradingDisabled, time);
      }
      this.#isOff = isOff;
      if (before !== event.enabled) audit.changed |= CHANGED.state;
    } else if (event.kind === EVENT.account) {
      if (applySnapshot(event, this.orders, this.portfolio)) audit.changed |= CHANGED.position | CHANGED.orders;
    } else if (event.kind === EVENT.liquidation) {
      this.portfolio.apply(event.slot, event.quantity, event.price, event.fee);
      this.orders.settlement.liquidated(event.slot, event.quantity, event.price, event.fee, time, event.cause ?? "liquidation");
      audit.changed |= CHANGED.position | CHANGED.orders;
    } else if (event.kind === EVENT.funding) {
      this.portfolio.applyFunding(event.amount);
      audit.changed |= CHANGED.position;
    } else if (event.kind === EVENT.shutdown) {
      this.isShutdown = true;
      audit.changed |= CHANGED.state;
      return;
    } else {
      this.#commands.run(event.command, time, (slot) => this.#bars[slot]!.index);
      audit.changed |= CHANGED.orders;
    }
    this.#decide(audit, time);
  }

  /** Carries out a policy; what strategies have asked for goes before it. */
  #follow(policy: Command | undefined, time: EpochMs, venue?: string): void {
    if (policy === undefined) return;
    this.#drain(this.#audit, time);
    const command = longForm(policy);
    const named = venue !== undefined && this.portfolio.instruments.some((one) => one.instrument.venue === venue);
    const narrow = named && (command.type === "cancelOrders" || command.type === "closePositions") && command.filter === undefined;
    this.#commands.run(narrow ? { ...command, filter: { venue } } : command, time, (slot) => this.#bars[slot]!.index);
    this.#audit.changed |= CHANGED.orders;
  }
}
