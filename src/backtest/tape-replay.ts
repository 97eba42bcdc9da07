import { type MarketTape, OrderBook, pow10, type SeriesBar, TAPE, type WorkingOrder } from "../core/index.js";
import { type CandleEvent, type Engine, EVENT, FillEvent, OrderEvent, REPORT, TradeEvent } from "../engine/index.js";
import { REQUEST } from "../execution/index.js";
import type { Portfolio } from "../portfolio/index.js";
import { type MatchSettings, type MatchSink, type MatchTime, type TickMarket, TickMatcher } from "../venues/paper/index.js";
import type { EquityCurve } from "./equity-curve.js";
import { payFunding, type SlotFunding } from "./funding.js";
import type { ReplayObserver, RunReplay, ToldEvent } from "./run-replay.js";

/** What a replay of tapes is made of. */
export interface TapeReplayParts {
  readonly engine: Engine;
  readonly portfolio: Portfolio;
  readonly curve: EquityCurve;
  /** The tape of each instrument; undefined where it has candles only and is traded at their closes. */
  readonly tapes: readonly (MarketTape | undefined)[];
  /** One bar view an instrument, all of one interval. */
  readonly bars: readonly SeriesBar[];
  /** For each instrument and step, the bar of its series, or -1. Absent for one instrument. */
  readonly steps: readonly Int32Array[] | undefined;
  /** Begin of each step; the candles of a step close `intervalMs` later. */
  readonly times: Float64Array;
  readonly intervalMs: number;
  readonly match: MatchSettings;
  readonly funding: readonly SlotFunding[];
  /** Milliseconds from a request to its arrival at the venue. */
  readonly latencyMs: number;
  readonly timerMs: number | undefined;
  /** The first step to take: those before it were a warm-up. */
  readonly start: number;
}

/** A request on its way to the venue. */
interface InFlight {
  readonly order: WorkingOrder;
  readonly kind: number;
  readonly quantity: number;
  readonly price: number;
  readonly at: number;
}

/**
 * Feeds trades and books to the engine in virtual time, several symbols merged by time, and matches its orders on the paper venue: the venue sees an event first, then
 * the engine, then what it asks for sets out and arrives `latencyMs` later. Candles close after every tick before their end and before every tick at it. A step is one
 * candle; equity is taken at its close.
 */
export class TapeReplay implements MatchSink, RunReplay {
  readonly engine: Engine;
  readonly portfolio: Portfolio;
  readonly curve: EquityCurve;
  position: number;
  readonly length: number;
  readonly #parts: TapeReplayParts;
  readonly #markets: TickMarket[];
  readonly #matcher: TickMatcher;
  readonly #candles: readonly CandleEvent[];
  readonly #next: number[];
  readonly #trade: TradeEvent = new TradeEvent();
  readonly #fill: FillEvent = new FillEvent();
  readonly #order: OrderEvent = new OrderEvent();
  readonly #at: { index: number; time: number } = { index: -1, time: 0 };
  readonly #inFlight: InFlight[] = [];
  readonly #observer: ReplayObserver | undefined;
  /** The venue is in the middle of a match. */
  #matching = false;
  #fundingNext = 0;
  #timerNext: number;
  /** When something is due that is no tick: an arrival, a timer, a payment. */
  #due = Number.POSITIVE_INFINITY;

  constructor(parts: TapeReplayParts, observer?: ReplayObserver) {
    this.#parts = parts;
    this.engine = parts.engine;
    this.portfolio = parts.portfolio;
    this.curve = parts.curve;
    this.length = parts.times.length;
    this.#markets = parts.portfolio.instruments.map(({ instrument, priceDp, quantityDp }, slot) => ({
      book: new OrderBook(instrument.symbol, priceDp, quantityDp, parts.tapes[slot]?.sight?.depth),
      last: 0,
      lastSize: 0,
      mark: 0,
    }));
    this.#matcher = new TickMatcher(parts.portfolio, parts.match, this, this.#markets);
    this.#candles = parts.bars.map((bar) => ({ kind: 0, bar }));
    this.#next = parts.tapes.map(() => 0);
    this.#observer = observer;
    const { timerMs, start } = parts;
    this.position = start;
    this.#timerNext = timerMs === undefined ? Number.POSITIVE_INFINITY : Math.ceil(parts.times[start]! / timerMs) * timerMs;
    this.#findDue();
  }

  run(end: number = this.length): void {
    while (this.position < end) this.step();
  }

  fillCurve(): void {}

  closePositions(): void {
    this.tell({ kind: EVENT.command, command: "closePositions" });
  }

  tell(event: ToldEvent["event"]): void {
    this.engine.processOther({ ...event, time: this.#at.time });
    this.#send();
  }

  step(): void {
    const i = this.position++;
    const close = this.#parts.times[i]! + this.#parts.intervalMs;
    this.#ticksBefore(close);
    while (this.#due < close) this.#happen();
    this.#at.time = close;
    this.#close(i);
    if (i === this.length - 1) {
      this.#drain();
      this.#payLast(close);
    }
    this.curve.push(this.portfolio.equityUnits());
    this.#observer?.barDone?.(i);
  }

  #ticksBefore(end: number): void {
    const { tapes } = this.#parts;
    const next = this.#next;
    for (;;) {
      let first = -1;
      let time = end;
      for (let slot = 0; slot < tapes.length; slot++) {
        const at = tapes[slot]?.time[next[slot]!];
        if (at !== undefined && at < time) {
          first = slot;
          time = at;
        }
      }
      if (first < 0) return;
      while (this.#due <= time) this.#happen();
      this.#at.time = time;
      this.#tick(first, tapes[first]!, next[first]!++);
    }
  }

  #tick(slot: number, tape: MarketTape, i: number): void {
    const market = this.#markets[slot]!;
    const { time } = this.#at;
    const heard = tape.sight?.unheard.has(i) !== true;
    if (tape.kind[i] === TAPE.trade) {
      const level = tape.start[i]!;
      const event = this.#trade;
      event.slot = slot;
      event.time = time;
      event.direction = tape.side[i]! < 0 ? -1 : 1;
      event.price = tape.price[level]!;
      event.quantity = tape.size[level]!;
      market.last = market.mark = event.price;
      market.lastSize = event.quantity;
      this.#matching = true;
      this.#matcher.onTrade(slot, tape.side[i]!, event.price, event.quantity, this.#at);
      this.#matched();
      if (heard) this.engine.processOther(event);
    } else {
      tape.apply(i, market.book);
      this.#report(slot, tape, i);
      this.#matching = true;
      this.#matcher.onBook(slot, this.#at);
      this.#matched();
      if (heard) this.engine.processOther({ kind: EVENT.book, slot, time, book: market.book });
    }
    if (this.engine.outbox.size > 0) this.#send();
  }

  /** Tells the venue which levels were reported. */
  #report(slot: number, tape: MarketTape, i: number): void {
    if (tape.kind[i] === TAPE.snapshot) {
      const { book } = this.#markets[slot]!;
      this.#matcher.bookReset(slot);
      for (const { direction, price, limit } of this.#matcher.orders(slot)) {
        const at = limit > 0 ? limit : price;
        this.#matcher.levelChanged(slot, direction, at, book.size(direction, at));
      }
      return;
    }
    const first = tape.start[i]!;
    const asks = first + tape.bids[i]!;
    const end = tape.start[i + 1]!;
    for (let at = first; at < end; at++) this.#matcher.levelChanged(slot, at < asks ? 1 : -1, tape.price[at]!, tape.size[at]!);
  }

  /** Closes the candles of a step; an instrument without ticks trades at its close. */
  #close(i: number): void {
    const { bars, steps, tapes } = this.#parts;
    for (const [slot, bar] of bars.entries()) {
      const index = steps === undefined ? i : steps[slot]![i]!;
      if (index < 0) continue;
      bar.index = index;
      if (tapes[slot] !== undefined) continue;
      const market = this.#markets[slot]!;
      market.last = market.mark = bar.closeUnits;
      market.lastSize = Math.floor(bar.volume * pow10(this.portfolio.instruments[slot]!.quantityDp));
      this.#matching = true;
      this.#matcher.onTrade(slot, 0, market.last, market.lastSize, this.#at);
      this.#matched();
    }
    for (let slot = 0; slot < bars.length; slot++) {
      if (steps !== undefined && steps[slot]![i]! < 0) continue;
      this.engine.process(this.#candles[slot]!);
      if (this.engine.outbox.size > 0) this.#send();
    }
  }

  /** What is on its way when the data ends still arrives. */
  #drain(): void {
    while (this.#inFlight.length > 0) {
      this.#at.time = this.#inFlight[0]!.at;
      this.#arrive(this.#inFlight.shift()!);
    }
    this.#findDue();
  }

  #findDue(): void {
    const funding = this.#parts.funding[this.#fundingNext]?.time ?? Number.POSITIVE_INFINITY;
    this.#due = Math.min(this.#inFlight[0]?.at ?? Number.POSITIVE_INFINITY, funding, this.#timerNext);
  }

  /** Lets the next thing happen that is due: an arrival before a payment before a timer of the same moment. */
  #happen(): void {
    this.#at.time = this.#due;
    if (this.#inFlight[0]?.at === this.#due) this.#arrive(this.#inFlight.shift()!);
    else if (this.#parts.funding[this.#fundingNext]?.time === this.#due) this.#pay(this.#parts.funding[this.#fundingNext++]!);
    else {
      this.engine.processOther({ kind: EVENT.timer, time: this.#due });
      this.#timerNext += this.#parts.timerMs!;
      this.#send();
    }
    this.#findDue();
  }

  /** Books the payments due up to the last close: nothing comes after it. */
  #payLast(close: number): void {
    const { funding } = this.#parts;
    for (let due = funding[this.#fundingNext]; due !== undefined && due.time <= close; due = funding[++this.#fundingNext]) this.#pay(due);
    this.#findDue();
  }

  #pay(due: SlotFunding): void {
    const { mark } = this.#markets[due.slot]!;
    if (mark !== 0) payFunding(this.portfolio, due, mark);
  }

  /** The venue is done: what its words made leave sets out now, as it does from a session. It never arrives in the middle of a match. */
  #matched(): void {
    this.#matching = false;
    if (this.engine.outbox.size > 0) this.#send();
  }

  #send(): void {
    if (this.#matching) return;
    const { outbox } = this.engine;
    const { latencyMs } = this.#parts;
    for (let order = outbox.take(); order !== undefined; order = outbox.take()) {
      const request: InFlight = { order, kind: outbox.kind, quantity: outbox.quantity, price: outbox.price, at: this.#at.time + latencyMs };
      if (latencyMs === 0) this.#arrive(request);
      else this.#inFlight.push(request);
    }
    if (latencyMs > 0) this.#findDue();
  }

  #arrive({ order, kind, quantity, price }: InFlight): void {
    this.#matching = true;
    if (kind === REQUEST.cancel) this.#matcher.cancel(order);
    else if (kind === REQUEST.amend) this.#amend(order, quantity, price);
    // One that was cancelled on its way is taken and ended at once by the cancel that follows it.
    else this.#matcher.submit(order, this.#at);
    this.#matched();
  }

  #amend(order: WorkingOrder, quantity: number, price: number): void {
    const keeps = order.isLive && price === order.price && quantity <= order.quantity;
    const event = this.#about(order, order.isLive ? REPORT.amended : REPORT.amendFailed);
    event.quantity = quantity;
    event.price = price;
    this.engine.processOther(event);
    if (order.isLive) this.#matcher.amended(order, keeps, this.#at);
  }

  #about(order: WorkingOrder, report: number): OrderEvent {
    const event = this.#order;
    event.order = order;
    event.report = report;
    event.time = this.#at.time;
    event.why = "";
    return event;
  }

  accepted(order: WorkingOrder): void {
    this.engine.processOther(this.#about(order, REPORT.accepted));
  }

  filled(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, at: MatchTime): void {
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

  rejected(order: WorkingOrder, needed: number, available: number): void {
    const event = this.#about(order, REPORT.rejected);
    event.needed = needed;
    event.available = available;
    this.engine.processOther(event);
    if (this.engine.outbox.size > 0) this.#send();
  }

  cancelled(order: WorkingOrder, reason = ""): void {
    const event = this.#about(order, REPORT.cancelled);
    event.why = reason;
    this.engine.processOther(event);
    if (this.engine.outbox.size > 0) this.#send();
  }

  liquidated(slot: number, quantity: number, price: number, fee: number | bigint, at: MatchTime): void {
    this.engine.processOther({ kind: EVENT.liquidation, slot, quantity, price, fee, time: at.time });
    const equity = BigInt(this.portfolio.equityUnits());
    if (equity < 0n) this.portfolio.cover(-equity);
    if (this.engine.outbox.size > 0) this.#send();
  }
}
