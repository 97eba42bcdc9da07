import type { SeriesBar, WorkingOrder } from "../core/index.js";
import { type CandleEvent, type Engine, EVENT, FillEvent, OrderEvent, REPORT } from "../engine/index.js";
import { REQUEST } from "../execution/index.js";
import type { FeeRates, Portfolio } from "../portfolio/index.js";
import { CandleMatcher, type MatchSettings, type MatchSink, type MatchTime } from "../venues/paper/index.js";
import type { EquityCurve } from "./equity-curve.js";
import { payFunding, type SlotFunding } from "./funding.js";
import type { ReplayObserver, RunReplay, ToldEvent } from "./run-replay.js";

/** Bars looked at ahead for one that concerns working orders. */
const LOOKAHEAD = 32;

/** What a replay is made of. */
export interface ReplayParts {
  readonly engine: Engine;
  readonly portfolio: Portfolio;
  readonly curve: EquityCurve;
  /** One bar view an instrument, all of one interval. */
  readonly bars: readonly SeriesBar[];
  readonly closes: readonly Float64Array[];
  /** Bound of the closes, for a single instrument. */
  readonly high: number;
  /** For each instrument and step, the bar of its series, or -1: which candles share a time. Absent for one instrument. */
  readonly steps: readonly Int32Array[] | undefined;
  readonly length: number;
  readonly match: MatchSettings & { readonly fees: FeeRates };
  readonly funding: readonly SlotFunding[];
  readonly times: Float64Array;
  readonly intervalMs: number;
  readonly timerMs: number | undefined;
  /** The first step to take: those before it were a warm-up. */
  readonly start: number;
}

/**
 * Feeds candles to the engine in virtual time and matches its orders on the paper venue: first a bar is matched against working orders, then the engine
 * sees it close, then what it asks for reaches the venue. A backtest runs it to the end, a paper session steps it.
 */
export class Replay implements MatchSink, RunReplay {
  readonly engine: Engine;
  readonly portfolio: Portfolio;
  readonly curve: EquityCurve;
  /** The next step to take, from 0. */
  position: number;
  readonly length: number;
  readonly #bars: readonly SeriesBar[];
  readonly #closes: readonly Float64Array[];
  readonly #high: number;
  readonly #steps: readonly Int32Array[] | undefined;
  readonly #times: Float64Array;
  readonly #intervalMs: number;
  readonly #timerMs: number | undefined;
  readonly #funding: readonly SlotFunding[];
  readonly #liquidates: boolean;
  readonly #matcher: CandleMatcher;
  readonly #events: CandleEvent[];
  readonly #fill: FillEvent = new FillEvent();
  readonly #order: OrderEvent = new OrderEvent();
  readonly #single: boolean;
  readonly #observer: ReplayObserver | undefined;
  /** When strategies are next told of time. */
  #timerNext: number;
  /** First step at which a funding payment is due. */
  #fundingStep: number;
  #fundingIndex = 0;

  constructor(parts: ReplayParts, observer?: ReplayObserver) {
    this.#bars = parts.bars;
    this.#closes = parts.closes;
    this.#high = parts.high;
    this.#steps = parts.steps;
    this.#times = parts.times;
    this.#intervalMs = parts.intervalMs;
    this.#timerMs = parts.timerMs;
    this.#funding = parts.funding;
    this.#liquidates = parts.match.margin !== undefined;
    this.engine = parts.engine;
    this.portfolio = parts.portfolio;
    this.curve = parts.curve;
    this.length = parts.length;
    this.#matcher = new CandleMatcher(parts.portfolio, parts.match, this);
    this.#events = parts.bars.map((bar) => ({ kind: 0, bar }));
    this.#single = parts.steps === undefined;
    const { timerMs, times, start } = parts;
    this.position = start;
    this.#timerNext = timerMs === undefined ? Number.POSITIVE_INFINITY : Math.ceil(times[start]! / timerMs) * timerMs;
    this.#observer = observer;
    this.#fundingStep = this.#nextFundingStep(start);
  }

  /** The first step from `step` on that begins at or after the next payment; beyond the end when there is none. */
  #nextFundingStep(step: number): number {
    const due = this.#funding[this.#fundingIndex]?.time;
    if (due === undefined) return this.length;
    let at = step;
    while (at < this.length && this.#times[at]! < due) at++;
    return at;
  }

  /** Runs to a step, by default to the end. */
  run(end: number = this.length): void {
    if (this.#single && this.#observer === undefined && this.#timerMs === undefined) this.#runSingle(end);
    else while (this.position < end) this.step();
    this.fillCurve();
  }

  /** Brings the equity curve up to the last step taken; a single instrument's is filled lazily. */
  fillCurve(): void {
    this.#extendCurve(this.position);
  }

  /** Fills a single instrument's curve up to a step before which its position has not changed. */
  #extendCurve(end: number): void {
    if (this.#single) this.curve.extend(end, this.portfolio, this.#closes[0]!, this.#high);
  }

  /**
   * The loop of a single instrument: what a bar needs only now and then is asked for only then. Bars that touch no working order are the engine's alone; they are looked for a
   * few ahead, so that a strategy that acts on every bar does not have many looked at anew for each.
   */
  #runSingle(end: number): void {
    const bar = this.#bars[0]!;
    const { engine } = this;
    const matcher = this.#matcher;
    const book = matcher.book(0);
    const liquidates = this.#liquidates;
    let i = this.position;
    while (i < end) {
      const next = Math.min(end, this.#fundingStep);
      while (i < next) {
        bar.index = i;
        if (book.count !== 0 || liquidates) matcher.onBar(bar);
        const quiet = liquidates ? i + 1 : book.count === 0 ? next : matcher.nextConcern(bar, i + 1, Math.min(next, i + LOOKAHEAD));
        if (engine.candles(bar, quiet).changed !== 0) this.#send();
        i = bar.index + 1;
      }
      if (i === end) break;
      bar.index = i;
      this.#payFunding(i);
    }
    this.position = end;
    if (end === this.length) this.#payLast();
  }

  /** Takes one step: all candles of one time. */
  step(): void {
    const i = this.position++;
    const bars = this.#bars;
    const steps = this.#steps;
    if (steps === undefined) bars[0]!.index = i;
    else for (let slot = 0; slot < bars.length; slot++) if (steps[slot]![i]! >= 0) bars[slot]!.index = steps[slot]![i]!;
    const here = (slot: number): boolean => steps === undefined || steps[slot]![i]! >= 0;
    if (i === this.#fundingStep) this.#payFunding(i);
    for (let slot = 0; slot < bars.length; slot++) if (here(slot)) this.#matcher.onBar(bars[slot]!);
    for (let slot = 0; slot < bars.length; slot++) {
      if (!here(slot)) continue;
      this.engine.process(this.#events[slot]!);
      if (this.engine.outbox.size > 0) this.#send();
    }
    this.#tellTime(i);
    if (i === this.length - 1) this.#payLast();
    if (!this.#single) this.#markAndPush();
    this.#observer?.barDone?.(i);
  }

  /** Tells strategies of time up to the close of a step, after its candles. */
  #tellTime(i: number): void {
    const close = this.#times[i]! + this.#intervalMs;
    for (; this.#timerNext <= close; this.#timerNext += this.#timerMs!) {
      this.engine.processOther({ kind: EVENT.timer, time: this.#timerNext });
      if (this.engine.outbox.size > 0) this.#send();
    }
  }

  #markAndPush(): void {
    const bars = this.#bars;
    for (let slot = 0; slot < bars.length; slot++) if (bars[slot]!.index >= 0) this.portfolio.mark[slot] = bars[slot]!.closeUnits;
    this.curve.push(this.portfolio.equityUnits());
  }

  /** Closes every position at the market on the next bar; the engine is told through the same command path as live. */
  closePositions(): void {
    this.tell({ kind: EVENT.command, command: "closePositions" });
  }

  tell(event: ToldEvent["event"]): void {
    this.engine.processOther(event);
    this.#send();
  }

  #send(): void {
    const { outbox } = this.engine;
    for (let order = outbox.take(); order !== undefined; order = outbox.take()) {
      if (outbox.kind === REQUEST.open) this.#matcher.submit(order);
      else if (outbox.kind === REQUEST.cancel) this.#matcher.cancel(order);
      else this.#amended(order, outbox.quantity, outbox.price);
    }
  }

  /** Books the funding payments due before this bar's open, on the position's value at that open; of a symbol without a candle here at its last close. */
  #payFunding(index: number): void {
    const bars = this.#bars;
    const funding = this.#funding;
    const time = this.#times[index]!;
    this.#extendCurve(index);
    for (let due = funding[this.#fundingIndex]; due !== undefined && due.time <= time; due = funding[++this.#fundingIndex]) {
      const bar = bars[due.slot]!;
      if (bar.index >= 0) payFunding(this.portfolio, due, bar.time === time ? bar.openUnits : bar.closeUnits);
    }
    this.#fundingStep = this.#nextFundingStep(index + 1);
  }

  /** Books the payments due after the last open, at or before the last close, on the position's value at that close: no candle opens after it. */
  #payLast(): void {
    const last = this.length - 1;
    const close = this.#times[last]! + this.#intervalMs;
    const funding = this.#funding;
    let due = funding[this.#fundingIndex];
    if (due === undefined || due.time > close) return;
    this.#extendCurve(last);
    for (; due !== undefined && due.time <= close; due = funding[++this.#fundingIndex]) {
      const bar = this.#bars[due.slot]!;
      if (bar.index >= 0) payFunding(this.portfolio, due, bar.closeUnits);
    }
  }

  accepted(order: WorkingOrder): void {
    const event = this.#order;
    event.order = order;
    event.report = REPORT.accepted;
    event.time = this.#bars[order.slot]!.time;
    this.engine.processOther(event);
  }

  filled(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, at: MatchTime): void {
    this.#extendCurve(at.index);
    const event = this.#fill;
    event.order = order;
    event.quantity = quantity;
    event.price = price;
    event.fee = fee;
    event.maker = maker;
    event.time = at.time;
    this.engine.processOther(event);
    this.#observer?.filled?.(order, quantity, price, fee, maker, at);
    if (this.engine.outbox.size > 0) this.#send();
  }

  rejected(order: WorkingOrder, needed: number, available: number, at: MatchTime): void {
    const event = this.#order;
    event.order = order;
    event.report = REPORT.rejected;
    event.time = at.time;
    event.needed = needed;
    event.available = available;
    event.why = "";
    this.engine.processOther(event);
    if (this.engine.outbox.size > 0) this.#send();
  }

  cancelled(order: WorkingOrder, reason = ""): void {
    const event = this.#order;
    event.order = order;
    event.report = REPORT.cancelled;
    event.time = this.#bars[order.slot]!.time;
    event.why = reason;
    this.engine.processOther(event);
    if (this.engine.outbox.size > 0) this.#send();
  }

  liquidated(slot: number, quantity: number, price: number, fee: number | bigint, at: MatchTime): void {
    this.#extendCurve(at.index);
    this.engine.processOther({ kind: EVENT.liquidation, slot, quantity, price, fee, time: at.time });
    const equity = BigInt(this.portfolio.equityUnits());
    if (equity < 0n) this.portfolio.cover(-equity);
    if (this.engine.outbox.size > 0) this.#send();
  }

  /** In a replay of candles an amend takes at once. */
  #amended(order: WorkingOrder, quantity: number, price: number): void {
    const event = this.#order;
    event.order = order;
    event.report = REPORT.amended;
    event.time = this.#bars[order.slot]!.time;
    event.quantity = quantity;
    event.price = price;
    this.engine.processOther(event);
    this.#matcher.amended(order);
  }
}
