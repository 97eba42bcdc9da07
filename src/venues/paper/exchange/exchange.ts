import { type Clock, decimal, type EpochMs, type MarketEvent, parseTime, ratio, TAPE } from "../../../core/index.js";
import { LabError } from "../../../errors/index.js";
import { RatedAmount } from "../../../portfolio/index.js";
import { PaperAccount } from "./account.js";
import { applyBook, applyTicker, applyTrade, type Feeder, tapeLevels, textLevels } from "./feeding.js";
import { Ids } from "./ids.js";
import type { Market } from "./market.js";
import { makeMarkets, marketOf, type Pool } from "./markets.js";
import { type ExchangeOptions, type ExchangeSettings, readExchangeOptions } from "./options.js";
import { TapeBook, tapeTrade } from "./tape-event.js";
import { makeTimeline, type Step } from "./timeline.js";

/** Hears of the market in the order it happens; `market` is whose it is. */
export type MarketListener = (event: MarketEvent, market: Market) => void;

/** What one call of `next` did: an event of the market at its time, or (asked for) a pause inside one: in a bar in which something was filled, before a trade or a book that filled or ended orders is told. */
export interface Advance {
  readonly time: EpochMs;
  readonly kind: "event" | "fills";
}

/**
 * The paper exchange: recorded or pushed markets, accounts that trade on them, and one clock, which stands at the last event. Nothing happens by itself: `next` releases one event, so that a
 * replay is deterministic whatever drives it; {@link ReplayDriver} drives it at a speed.
 *
 * A bar of candles is matched with its open time, as a backtest does, and told when it closes. While a bar is matched, requests that a listener makes act on the same bar; `next({ fills:
 * true })` also returns between the phases of a bar in which something was filled, and between what a trade or a book did to orders and the word of it, so that a client at the other end
 * of a wire has the same chance.
 */
export class PaperExchange {
  readonly settings: ExchangeSettings;
  readonly pools: readonly Pool[];
  readonly markets: readonly Market[];
  /** The market's time. */
  readonly clock: Clock = { now: () => this.#now };
  readonly #ids: Ids;
  readonly #accounts = new Map<string, PaperAccount>();
  readonly #listeners = new Set<MarketListener>();
  readonly #later: { readonly due: number; readonly action: () => void }[] = [];
  readonly #funding: { readonly market: Market; readonly time: number; readonly rate: string }[];
  readonly #steps: Generator<Advance, void, void>;
  readonly #timeline: readonly Step[];
  #now: EpochMs;
  #position = 0;
  #matching: Market | undefined;

  /** @throws LabError for options that are misspelt or out of range, `DATA_SYMBOL_TWICE`, `SYMBOL_UNKNOWN` for funding of another symbol. */
  constructor(options: ExchangeOptions) {
    this.settings = readExchangeOptions(options);
    this.pools = makeMarkets(this.settings);
    this.markets = this.pools.flatMap((pool) => pool.markets);
    this.#ids = new Ids(this.settings.seed);
    this.#timeline = makeTimeline(this.markets);
    this.#now = this.#timeline[0]?.from ?? 0;
    this.#funding = this.settings.funding
      .map(({ symbol, time, rate }) => ({ market: this.#contract(symbol), time: parseTime(time), rate: decimal(rate).toFixed() }))
      .filter(({ time }) => time > this.#now)
      .sort((a, b) => a.time - b.time);
    for (const market of this.markets) this.#announceFunding(market);
    this.#steps = this.#run();
  }

  #contract(symbol: string): Market {
    const found = this.markets.find((one) => one.symbol === symbol && one.category !== "spot");
    return found ?? marketOf(this.pools, symbol, "linear");
  }

  /** The account of a name, made when it is first asked for. */
  account(name = "main"): PaperAccount {
    let account = this.#accounts.get(name);
    if (account === undefined) {
      account = new PaperAccount(name, {
        pools: this.pools,
        settings: this.settings,
        ids: this.#ids,
        now: () => this.#now,
        eligible: (market, due, reduceOnly) => this.#eligible(market, due, reduceOnly),
        later: (action) => this.#delay(action),
      });
      this.#accounts.set(name, account);
    }
    return account;
  }

  /** The market of a symbol. @throws LabError `SYMBOL_UNKNOWN`. */
  market(symbol: string, category?: Market["category"]): Market {
    return marketOf(this.pools, symbol, category);
  }

  /** Hears of every market; returns how to stop. */
  subscribe(listener: MarketListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #publish(event: MarketEvent, market: Market): void {
    for (const listener of [...this.#listeners]) listener(event, market);
  }

  /** Time of the next recorded event, undefined at the end. */
  get nextTime(): EpochMs | undefined {
    return this.#timeline[this.#position]?.time;
  }

  /** Recorded events, and how many of them have been released. */
  get progress(): { readonly released: number; readonly total: number } {
    return { released: this.#position, total: this.#timeline.length };
  }

  /**
   * Releases the next event: all candles that close at one time, or one trade or book message.
   * @param options.fills - return as well between the phases of a bar in which something was filled, and before a trade or a book that filled or ended orders is told.
   * @returns what happened, undefined at the end of the recording.
   */
  next(options: { readonly fills?: boolean } = {}): Advance | undefined {
    for (;;) {
      const { value, done } = this.#steps.next();
      if (done === true) return undefined;
      if (value.kind === "event" || options.fills === true) return value;
    }
  }

  *#run(): Generator<Advance, void, void> {
    for (const step of this.#timeline) {
      if (step.kind === "candles") yield* this.#candles(step.markets, step.bars, step.time);
      else for (const _ of this.#tape(step.market, step.index, step.time)) yield { time: this.#now, kind: "fills" };
      if (this.#position === this.#timeline.length - 1) this.#payLast();
      this.#position++;
      yield { time: this.#now, kind: "event" };
    }
  }

  *#candles(markets: readonly Market[], bars: readonly number[], closes: EpochMs): Generator<Advance, void, void> {
    for (const [i, market] of markets.entries()) {
      market.bar!.index = bars[i]!;
      if (!market.byCandles) continue;
      this.#advance(market.bar!.time);
      this.#payFunding(market, market.bar!.openUnits);
    }
    for (const market of markets) {
      if (!market.byCandles) continue;
      this.#matching = market;
      for (const account of this.#accounts.values())
        for (const _ of account.poolOf(market).candles(market).phases(market.bar!)) yield { time: this.#now, kind: "fills" };
      this.#matching = undefined;
    }
    this.#advance(closes);
    for (const market of markets) {
      market.closed = market.bar!.index + 1;
      // Where trades are recorded, they say what the last price is, once there was one.
      if (market.byCandles || market.last === 0) market.setLast(market.bar!.closeUnits, 0);
    }
    this.#markAll(markets);
    for (const market of markets) {
      const { symbol, series } = market;
      const candle = market.candle(market.bar!.index);
      this.#publish({ type: "candle", symbol, interval: series!.interval, ...candle, closed: true }, market);
      if (market.byCandles) this.#publish({ type: "ticker", ...market.ticker(closes) }, market);
    }
  }

  *#tape(market: Market, index: number, time: EpochMs): Generator<void, void, void> {
    const tape = market.tape!;
    this.#advance(time);
    const at = { index: -1, time: this.#now };
    const first = tape.start[index]!;
    if (tape.kind[index] === TAPE.trade) {
      this.#payFunding(market, tape.price[first]!);
      yield* applyTrade(this.#feeder, market, tapeTrade(tape, index), tape.price[first]!, tape.size[first]!, tape.side[index]!, at);
    } else yield* applyBook(this.#feeder, market, new TapeBook(tape, index), tapeLevels(tape, index), at);
  }

  readonly #feeder: Feeder = {
    accounts: () => this.#accounts.values(),
    publish: (event, market) => this.#publish(event, market),
    marked: (market) => this.#markAll([market]),
  };

  /**
   * Takes what a live market says, as it comes. Candles are only told on; orders are matched by trades, books and the mark price of tickers.
   * @throws LabError `SYMBOL_UNKNOWN`, `EXCHANGE_REPLAYS` for a symbol whose market is recorded.
   */
  push(event: MarketEvent): void {
    const market = marketOf(this.pools, event.symbol);
    if (market.tape !== undefined || market.byCandles)
      throw new LabError("EXCHANGE_REPLAYS", `${event.symbol} is replayed from a recording; only a market without data can be pushed.`);
    this.#advance(event.time);
    const at = { index: -1, time: this.#now };
    if (event.type === "trade") {
      const price = market.priceUnits(event.price);
      this.#payFunding(market, price);
      const size = market.sizeUnits(event.quantity);
      throughout(applyTrade(this.#feeder, market, event, price, size, event.side === "buy" ? 1 : -1, at));
    } else if (event.type === "book") throughout(applyBook(this.#feeder, market, event, textLevels(market, event), at));
    else if (event.type === "ticker") applyTicker(this.#feeder, market, event, at);
    else this.#publish(event, market);
  }

  /** Moves the clock, and lets arrive what was on its way. Time never goes back. */
  #advance(time: EpochMs): void {
    while (this.#later.length > 0 && this.#later[0]!.due <= time) {
      const { due, action } = this.#later.shift()!;
      if (due > this.#now) this.#now = due;
      action();
    }
    if (time > this.#now) this.#now = time;
  }

  #delay(action: () => void): number {
    const [least, most] = this.settings.latencyMs;
    const delay = most === 0 ? 0 : least + Math.floor(this.#ids.random() * (most - least + 1));
    const due = this.#now + delay;
    if (delay === 0) action();
    else {
      let at = this.#later.length;
      while (at > 0 && this.#later[at - 1]!.due > due) at--;
      this.#later.splice(at, 0, { due, action });
    }
    return due;
  }

  /** The first bar that an order arriving now may fill on: this one for what reduces while it is matched, else one that opens at or after now. */
  #eligible(market: Market, due: EpochMs, reduceOnly: boolean): number {
    const { series, closed } = market;
    if (this.#matching === market) return reduceOnly ? closed : closed + this.settings.latencyBars;
    let bar = closed + this.settings.latencyBars - 1;
    while (bar < series!.length && series!.time[bar]! < due) bar++;
    return bar;
  }

  #markAll(markets: readonly Market[]): void {
    for (const account of this.#accounts.values())
      for (const market of markets) account.poolOf(market).portfolio.mark[market.slot] = market.mark > 0 ? market.mark : market.last;
  }

  #announceFunding(market: Market): void {
    const next = this.#funding.find((one) => one.market === market);
    market.fundingRate = next?.rate;
    market.nextFundingTime = next?.time;
  }

  /** At the end of a recording, what is due by then is paid at the last prices: no candle opens after it. */
  #payLast(): void {
    for (const market of this.markets) {
      const price = market.byCandles ? market.last : market.mark > 0 ? market.mark : market.last;
      if (price > 0) this.#payFunding(market, price);
    }
  }

  /** Books the payments of a market that are due, on the positions' value at a price. */
  #payFunding(market: Market, price: number): void {
    if (market.nextFundingTime === undefined) return;
    while (market.nextFundingTime !== undefined && market.nextFundingTime <= this.#now) {
      const rate = decimal(market.fundingRate!);
      const amount = new RatedAmount(market.scaled, ratio(rate.abs()));
      for (const account of this.#accounts.values()) account.payFunding(market, { positive: rate.isPositive(), amount }, price);
      this.#funding.splice(
        this.#funding.findIndex((one) => one.market === market),
        1,
      );
      this.#announceFunding(market);
    }
  }
}

/** Takes all steps of what a live market says: nobody waits inside it. */
function throughout(steps: Iterable<void>): void {
  for (const _ of steps);
}
