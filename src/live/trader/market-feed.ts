import {
  type CandleBuffer,
  type CandleUpdate,
  type EpochMs,
  type LinkState,
  type MarketData,
  type MarketEvent,
  type MarketSubscription,
  type MarketTopic,
  OrderBook,
  type ScaledInstrument,
  toUnits,
} from "../../core/index.js";
import { EVENT, TradeEvent } from "../../engine/index.js";
import { LabError } from "../../errors/index.js";
import { CandleBuilder } from "./candle-builder.js";
import type { TradeSpec } from "./contracts.js";
import type { LiveTrader } from "./trader.js";

/** How late a trade may come. */
const LATE_MS = 1_000;

/** What hears of the market besides the trader. */
interface FeedWatch {
  /** The strategy hears of the market from here on. */
  begun(): void;
  event(event: MarketEvent): void;
  candle(candle: Pick<CandleUpdate, "symbol" | "time">): void;
  link(state: LinkState, reason: string | undefined): void;
  /** What the venue sent cannot be taken, or the strategy threw at it. */
  refused(error: unknown): void;
  /** The venue did not answer when it was asked for candles that were missed: it is asked again. */
  unanswered(error: unknown): void;
  /** It has answered: none is waited for any more. */
  answered(): void;
}

/** What a feed is made of. */
export interface MarketFeedParts {
  readonly market: MarketData;
  readonly trader: LiveTrader;
  readonly spec: TradeSpec;
  readonly instruments: readonly ScaledInstrument[];
  readonly buffers: readonly CandleBuffer[];
  /** What the strategy wants besides candles. */
  readonly feeds: readonly string[];
  /** Levels of a side of an order book to subscribe to; the venue's usual unless given. */
  readonly bookDepth?: number | undefined;
  readonly watch: FeedWatch;
  /** Now, in the market's time. */
  readonly now: () => EpochMs;
}

/** Brings market data to the trader: closed candles in order and without gaps, trades and books where the strategy wants them. */
export class MarketFeed {
  /** Time of the newest event. */
  time: EpochMs = 0;
  readonly #parts: MarketFeedParts;
  readonly #trade: TradeEvent = new TradeEvent();
  readonly #books: readonly OrderBook[];
  readonly #builders: (CandleBuilder | undefined)[];
  #subscription: MarketSubscription | undefined;
  #ready = false;
  #healthy = false;
  /** The link is broken: candles that a connector tells before it is healthy again were missed. */
  #broke = false;
  #closed = false;
  #waiting: CandleUpdate[] = [];
  /** Symbols whose interval under way at a gap is to be asked for once it has closed: trades tell a part of it only. */
  readonly #owed: boolean[];
  /** Candles may have been missed: those that are built wait for them. */
  #behind = false;
  #catching = false;

  constructor(parts: MarketFeedParts) {
    this.#parts = parts;
    const { instruments, buffers, spec } = parts;
    this.#owed = instruments.map(() => false);
    this.#books = instruments.map((one) => new OrderBook(one.instrument.symbol, one.priceDp, one.quantityDp, spec.bookDepth));
    this.#builders = instruments.map((one, slot) =>
      spec.candles === "venue"
        ? undefined
        : new CandleBuilder({
            symbol: one.instrument.symbol,
            interval: spec.interval,
            priceDp: buffers[slot]!.priceDp,
            volumeDp: buffers[slot]!.volumeDp,
            from: parts.now(),
            done: (candle) => this.#candle(candle),
          }),
    );
  }

  /** Subscribes, then fetches what closed meanwhile: the strategy sees those candles without a say. */
  async open(): Promise<void> {
    const { market, spec, feeds, watch } = this.#parts;
    // A recording keeps trades and books whether or not the strategy wants them: orders are filled by them.
    const all = spec.record !== undefined;
    const { bookDepth } = this.#parts;
    const depth = bookDepth === undefined ? {} : { depth: bookDepth };
    const topics: MarketTopic[] = spec.symbols.flatMap((symbol) => [
      ...(spec.candles === "venue" ? [{ type: "candles" as const, symbol, interval: spec.interval }] : []),
      ...(all || spec.candles === "trades" || feeds.includes("trades") ? [{ type: "trades" as const, symbol }] : []),
      ...(all || feeds.includes("book") ? [{ type: "book" as const, symbol, ...depth }] : []),
    ]);
    this.#subscription = await market.subscribe(
      topics,
      (event) => this.#event(event),
      (state, reason) => {
        this.#healthy = state === "healthy";
        this.#broke = state === "reconnecting" || (this.#broke && !this.#healthy);
        // Trades were missed before they come again: at the start, and after a gap.
        if (state === "healthy") this.#gap();
        // What was under way lacks trades from now on: it must not close by the clock as if it were whole.
        else if (state === "reconnecting") this.#broken();
        watch.link(state, reason);
        if (state === "healthy" && this.#ready) this.#missed();
      },
    );
    this.#gap();
    this.#behind = false;
    for (const slot of spec.symbols.keys()) await this.#catchUp(slot);
    this.#ready = true;
    watch.begun();
    if (this.#behind) this.#missed();
    else this.#flush();
  }

  #broken(): void {
    this.#behind = true;
    for (const builder of this.#builders) builder?.broken();
  }

  /** Candles are whole from now on: by the wall clock where the market is real, else from the next trade, since a recorded one says what time it is by its events alone. */
  #gap(): void {
    for (const [slot, builder] of this.#builders.entries()) {
      builder?.broken(this.#parts.spec.real ? this.#parts.now() : undefined);
      this.#owed[slot] = builder !== undefined && this.#parts.spec.market === undefined;
    }
  }

  /** The interval in which trades came again has closed: the venue has it whole. */
  #closes(slot: number, time: EpochMs): void {
    if (this.#owed[slot] !== true || time < (this.#builders[slot]?.whole ?? Number.POSITIVE_INFINITY)) return;
    this.#owed[slot] = false;
    this.#missed();
  }

  /** Candles may be missing: they are asked for before those that are built are taken. It never throws. */
  #missed(): void {
    this.#behind = true;
    if (!this.#catching && this.#ready && this.#healthy && !this.#closed) void this.#recover();
  }

  async #recover(): Promise<void> {
    const { spec, watch } = this.#parts;
    this.#catching = true;
    try {
      while (this.#behind) {
        this.#behind = false;
        for (const slot of spec.symbols.keys()) await this.#catchUp(slot);
      }
    } catch (error) {
      if (this.#closed) return;
      // The next tick asks again: a hole would stay for ever.
      if (error instanceof LabError && error.code === "VENUE_UNAVAILABLE") {
        this.#behind = true;
        watch.unanswered(error);
      } else watch.refused(error);
    } finally {
      this.#catching = false;
    }
    if (this.#behind) return;
    watch.answered();
    this.#flush();
  }

  #flush(): void {
    for (const candle of this.#waiting.splice(0)) this.#candle(candle);
  }

  /**
   * Time has passed: candles built from trades close with it. Trades are on their way for a while, so that the clock counts late; a recorded market's time is that of
   * its own events, since orders and fills come by another way and may be ahead.
   */
  passed(time: EpochMs): void {
    const known = this.#parts.spec.real ? time - LATE_MS : this.time;
    for (const [slot, builder] of this.#builders.entries()) {
      this.#closes(slot, known);
      builder?.passed(known);
    }
    if (this.#behind) this.#missed();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#subscription?.close();
  }

  async #catchUp(slot: number): Promise<void> {
    const { market, spec, buffers, trader, watch } = this.#parts;
    // A recorded market in this process has waited: what it told last is not old, and the strategy has its say.
    const waited = spec.market !== undefined;
    // Whose time is that of its own events has told none of those that were missed: all that have closed count.
    const to = spec.real ? this.#parts.now() : Number.MAX_SAFE_INTEGER;
    const symbol = spec.symbols[slot]!;
    const buffer = buffers[slot]!;
    if (buffer.length === 0) return;
    const from = buffer.time[buffer.length - 1]! + buffer.intervalMs;
    const missed = (await market.candles({ symbol, interval: spec.interval, from, to })).withPriceDp(buffer.priceDp);
    const lots = 10 ** (buffer.volumeDp - missed.volumeDp);
    for (let i = 0; i < missed.length; i++) {
      const last = buffer.time[buffer.length - 1]!;
      if (missed.time[i]! <= last) continue;
      // What the stream has told since, and waits for what was missed, is not too old: the strategy has its say.
      if (this.#waiting.some((one) => one.symbol === symbol && one.time <= missed.time[i]!)) break;
      const { time, open, high, low, close, volume } = missed;
      const candle = [time[i]!, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]! * lots] as const;
      trader.process({ type: "candle", slot, candle }, {}, !waited);
      if (waited) watch.candle({ symbol, time: time[i]! });
    }
  }

  #event(event: MarketEvent): void {
    const { watch, spec } = this.#parts;
    const slot = spec.symbols.indexOf(event.symbol);
    if (slot < 0) return;
    if (event.time > this.time) this.time = event.time;
    watch.event(event);
    if (event.type === "candle") {
      if (event.closed) this.#candle(event);
      return;
    }
    // Thrown on, it would end in the venue's hands: a warning there, or the end of the process.
    try {
      this.#tick(event, slot);
    } catch (error) {
      watch.refused(error);
    }
  }

  /** A trade or a book, for the builder of candles and for a strategy that wants them. */
  #tick(event: MarketEvent, slot: number): void {
    const { spec, feeds, trader } = this.#parts;
    const { priceDp, quantityDp } = this.#parts.instruments[slot]!;
    if (event.type === "trade") {
      if (!spec.real) this.#closes(slot, event.time);
      this.#builders[slot]?.trade(event);
      if (!feeds.includes("trades") || !this.#ready) return;
      const trade = this.#trade;
      trade.slot = slot;
      trade.time = event.time;
      trade.direction = event.side === "buy" ? 1 : -1;
      trade.price = toUnits(event.price, priceDp, "floor");
      trade.quantity = toUnits(event.quantity, quantityDp, "floor");
      trader.tick(trade);
    } else if (event.type === "book" && feeds.includes("book")) {
      const book = this.#books[slot]!;
      if (event.kind === "snapshot") book.clear();
      for (const [price, size] of event.bids) book.set(1, toUnits(price, priceDp, "floor"), toUnits(size, quantityDp, "floor"));
      for (const [price, size] of event.asks) book.set(-1, toUnits(price, priceDp, "floor"), toUnits(size, quantityDp, "floor"));
      book.time = event.time;
      if (this.#ready) trader.tick({ kind: EVENT.book, slot, time: event.time, book });
    }
  }

  /**
   * A closed candle: once, in order; one that was announced or built before the history was complete waits. One that a connector found out about after an outage is seen
   * without a say, as one is that was asked for here.
   */
  #candle(candle: CandleUpdate): void {
    const { spec, buffers, trader, watch } = this.#parts;
    const slot = spec.symbols.indexOf(candle.symbol);
    const buffer = buffers[slot]!;
    const last = buffer.length === 0 ? undefined : buffer.time[buffer.length - 1]!;
    const hole = last !== undefined && candle.time > last + buffer.intervalMs;
    const missing = this.#behind || this.#catching;
    if (!this.#ready || (missing && (spec.candles === "trades" || (hole && !this.#broke)))) {
      this.#waiting.push(candle);
      return;
    }
    if (last !== undefined && candle.time <= last) return;
    try {
      const units = (field: "open" | "high" | "low" | "close"): number => toUnits(candle[field], buffer.priceDp, "exact", field);
      const volume = toUnits(candle.volume, buffer.volumeDp, "exact", "volume");
      const whole = [candle.time, units("open"), units("high"), units("low"), units("close"), volume] as const;
      trader.process({ type: "candle", slot, candle: whole }, {}, this.#broke);
      watch.candle(candle);
    } catch (error) {
      watch.refused(error);
    }
  }
}
