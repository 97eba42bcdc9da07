import {
  type CandleUpdate,
  type EpochMs,
  intervalMs,
  type LinkState,
  type MarketEvent,
  type MarketSubscription,
  type MarketTopic,
  type TickerUpdate,
} from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import {
  MAX_TOPIC_CHARACTERS,
  parseBook,
  parseCandles,
  parseTicker,
  parseTrades,
  type Row,
  topicFrame,
  topicName,
  topicOf,
} from "../bybit-wire/index.js";
import { BookGuard } from "./book-guard.js";
import type { CandleHistory } from "./history.js";
import type { BybitTiming } from "./options.js";
import { StreamLink } from "./stream-link.js";

/** What a {@link MarketStream} works with. */
export interface MarketStreamParts {
  readonly url: string;
  readonly timing: BybitTiming;
  readonly random: () => number;
  readonly history: CandleHistory;
  readonly now: () => EpochMs;
  readonly topics: readonly MarketTopic[];
  readonly listener: (event: MarketEvent) => void;
  readonly link: ((state: LinkState, reason?: string) => void) | undefined;
  readonly report: (problem: unknown) => void;
}

/** Candles of one topic: closed ones are told once, in order, without a hole. */
interface CandleState {
  readonly symbol: string;
  readonly interval: string;
  readonly step: number;
  /** Open time of the last closed candle told, of the last that had closed before the first; undefined where there was none. */
  last: EpochMs | undefined;
  /** What arrived while missing candles are asked for. */
  held: CandleUpdate[] | undefined;
}

/** One subscription to public topics, on a connection of its own. */
export class MarketStream implements MarketSubscription {
  readonly topics: readonly MarketTopic[];
  readonly #parts: MarketStreamParts;
  readonly #link: StreamLink;
  readonly #books: Map<string, BookGuard> = new Map();
  readonly #tickers: Map<string, TickerUpdate> = new Map();
  readonly #candles: Map<string, CandleState> = new Map();
  #closed = false;

  /** @throws LabError `TOPICS_EMPTY`, `TOPICS_TOO_MANY`, `INTERVAL_UNKNOWN`, `BOOK_DEPTH`. */
  constructor(parts: MarketStreamParts) {
    this.#parts = parts;
    this.topics = Object.freeze([...parts.topics]);
    const names = [...new Set(parts.topics.map(topicName))];
    const characters = names.reduce((sum, name) => sum + name.length, 0);
    if (names.length === 0) throw new LabError("TOPICS_EMPTY", "Say what to subscribe to: at least one topic.");
    if (characters > MAX_TOPIC_CHARACTERS)
      throw new LabError(
        "TOPICS_TOO_MANY",
        `${names.length} topics have ${characters} characters; one subscription may have ${MAX_TOPIC_CHARACTERS}. Make several.`,
      );
    for (const name of names) {
      const topic = topicOf(name)!;
      if (topic.type === "book") this.#books.set(name, new BookGuard());
      if (topic.type === "candles")
        this.#candles.set(name, {
          symbol: topic.symbol,
          interval: topic.interval,
          step: intervalMs(topic.interval),
          last: undefined,
          held: undefined,
        });
    }
    this.#link = new StreamLink({
      url: parts.url,
      topics: names,
      timing: parts.timing,
      random: parts.random,
      onMessage: (message) => this.#handle(message),
      onSubscribed: (again) => this.#subscribed(again),
      onState: (state, reason) => this.#state(state, reason),
      report: parts.report,
    });
  }

  start(): Promise<void> {
    return this.#link.start();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#link.close();
  }

  /** See {@link StreamLink.synced}. */
  synced(): Promise<void> {
    return this.#link.synced();
  }

  #state(state: LinkState, reason: string | undefined): void {
    if (state === "reconnecting") {
      for (const guard of this.#books.values()) guard.reset();
      this.#tickers.clear();
      // From the break on nothing of a candle is told before what was missed.
      for (const candles of this.#candles.values()) candles.held = [];
    }
    try {
      this.#parts.link?.(state, reason);
    } catch (error) {
      this.#parts.report(error);
    }
  }

  async #subscribed(again: boolean): Promise<void> {
    const candles = [...this.#candles.values()];
    await Promise.all(candles.map((one) => (again ? this.#backfill(one) : this.#begin(one))));
  }

  /** Finds out which candle was the last to close before the stream began: what closes from then on is told, whatever becomes of the stream. */
  async #begin(candles: CandleState): Promise<void> {
    const held: CandleUpdate[] = [];
    candles.held = held;
    const { symbol, interval, step } = candles;
    const newest = await this.#parts.history.newest(symbol, interval);
    // The link broke meanwhile: the next one asks anew.
    if (candles.held !== held) return;
    candles.last = newest;
    candles.held = undefined;
    // One that closed while that was asked is told.
    for (const { time, closed } of held) if (closed && candles.last !== undefined) candles.last = Math.min(candles.last, time - step);
    for (const update of held) this.#candle(candles, update);
  }

  #tell(event: MarketEvent): void {
    if (this.#closed) return;
    try {
      this.#parts.listener(event);
    } catch (error) {
      this.#parts.report(error);
    }
  }

  #handle(message: Row): void {
    const frame = topicFrame(message);
    if (frame === undefined) return;
    const { topic, time, data } = frame;
    if (topic.startsWith("publicTrade.")) for (const trade of parseTrades(data)) this.#tell({ type: "trade", ...trade });
    else if (topic.startsWith("orderbook.")) this.#book(topic, data, frame.delta, time);
    else if (topic.startsWith("tickers.")) this.#ticker(topic, parseTicker(data, time));
    else if (topic.startsWith("kline.")) {
      const candles = this.#candles.get(topic);
      if (candles !== undefined) for (const update of parseCandles(data, candles.symbol)) this.#candle(candles, update);
    }
  }

  #book(topic: string, data: unknown, delta: boolean, time: number): void {
    const guard = this.#books.get(topic);
    if (guard === undefined) return;
    const verdict = guard.judge(parseBook(data), delta, time);
    if (verdict.kind === "update") this.#tell({ type: "book", ...verdict.update });
    else if (verdict.kind === "gap") void this.#link.resubscribe(topic);
  }

  /** A delta holds what changed; what is told holds everything that is known. */
  #ticker(topic: string, update: TickerUpdate): void {
    const whole = { ...this.#tickers.get(topic), ...update };
    this.#tickers.set(topic, whole);
    this.#tell({ type: "ticker", ...whole });
  }

  #candle(candles: CandleState, update: CandleUpdate): void {
    if (candles.held !== undefined) {
      candles.held.push(update);
      return;
    }
    const { last, step } = candles;
    // A closed candle may be pushed twice, and late pushes of it may follow.
    if (last !== undefined && update.time <= last) return;
    const closedBefore = update.closed ? update.time - step : Math.min(update.time - step, candles.last ?? Number.POSITIVE_INFINITY);
    if (last !== undefined && closedBefore > last) {
      candles.held = [update];
      this.#backfill(candles).catch((error: unknown) => {
        this.#parts.report(error);
        this.#link.restart("missing candles could not be loaded");
      });
      return;
    }
    if (update.closed) candles.last = update.time;
    this.#tell({ type: "candle", ...update });
  }

  /** Asks for the closed candles after the last one told, tells them, then what was held back. */
  async #backfill(candles: CandleState): Promise<void> {
    const { symbol, interval, last, step } = candles;
    candles.held ??= [];
    if (last !== undefined) {
      const newest = candles.held.reduce((most, update) => Math.max(most, update.time), this.#parts.now());
      const rows = await this.#parts.history.rows(symbol, interval, last + step, newest + step);
      for (const { time, open, high, low, close, volume } of rows) {
        if (candles.last !== undefined && time <= candles.last) continue;
        candles.last = time;
        this.#tell({
          type: "candle",
          symbol,
          interval: interval as CandleUpdate["interval"],
          time,
          open,
          high,
          low,
          close,
          volume,
          closed: true,
        });
      }
    }
    const held = candles.held;
    candles.held = undefined;
    for (const update of held) this.#candle(candles, update);
  }
}
