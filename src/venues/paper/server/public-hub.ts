import { type InstrumentKind, intervalMs, type MarketEvent } from "../../../core/index.js";
import { BOOK_DEPTHS, type Row, topicOf, wireSide } from "../../bybit-wire/index.js";
import type { PaperExchange } from "../exchange/exchange.js";
import type { Market } from "../exchange/market.js";
import { BookTopic } from "./book-topic.js";
import { tickerRow, turnover, wireIntervalOf } from "./market-routes.js";
import type { Stream } from "./stream.js";

/** The public topics of one category: who listens to what, and what each is sent. */
export class PublicHub {
  readonly #exchange: PaperExchange;
  readonly #category: InstrumentKind;
  readonly #listeners = new Map<string, Set<Stream>>();
  readonly #books = new Map<string, { readonly market: Market; readonly topic: BookTopic }>();
  readonly #tickers = new Map<string, Row>();
  /** Frames sent so far. */
  sent = 0;

  constructor(exchange: PaperExchange, category: InstrumentKind) {
    this.#exchange = exchange;
    this.#category = category;
    exchange.subscribe((event, market) => {
      if (market.category === category) this.#onEvent(event, market);
    });
  }

  /** Adds a listener to a topic and sends what it starts with. @returns why it cannot be, if it cannot. */
  subscribe(stream: Stream, name: string): string | undefined {
    const topic = topicOf(name);
    const market =
      topic === undefined
        ? undefined
        : this.#exchange.markets.find((one) => one.category === this.#category && one.symbol === topic.symbol);
    if (topic === undefined || market === undefined) return `error:handler not found,topic:${name}`;
    if (topic.type === "book" && !BOOK_DEPTHS.includes(topic.depth!)) return `error:handler not found,topic:${name}`;
    if (stream.topics.has(name)) return `error:already subscribed,topic:${name}`;
    stream.topics.add(name);
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(name, listeners);
    }
    listeners.add(stream);
    return undefined;
  }

  /** What a new listener of a topic is sent after its subscription was acknowledged. */
  greet(stream: Stream, name: string): void {
    const topic = topicOf(name)!;
    const market = this.#exchange.market(topic.symbol, this.#category);
    const ts = this.#exchange.clock.now();
    if (topic.type === "book") {
      let known = this.#books.get(name);
      if (known === undefined) {
        known = { market, topic: new BookTopic(market, topic.depth!) };
        this.#books.set(name, known);
      }
      this.#send(stream, name, known.topic.snapshot(name, ts));
    } else if (topic.type === "ticker" && market.last > 0) {
      const row = this.#tickers.get(name) ?? tickerRow(market, ts);
      this.#tickers.set(name, row);
      this.#send(stream, name, JSON.stringify({ topic: name, type: "snapshot", data: row, cs: ts, ts }));
    }
  }

  unsubscribe(stream: Stream, name: string): void {
    stream.topics.delete(name);
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    listeners.delete(stream);
    if (listeners.size > 0) return;
    this.#listeners.delete(name);
    this.#books.delete(name);
    this.#tickers.delete(name);
  }

  leave(stream: Stream): void {
    for (const name of [...stream.topics]) this.unsubscribe(stream, name);
  }

  #send(stream: Stream, name: string, text: string): void {
    this.sent++;
    stream.send(name, text);
  }

  #broadcast(name: string, text: string): void {
    for (const stream of this.#listeners.get(name) ?? []) this.#send(stream, name, text);
  }

  #onEvent(event: MarketEvent, market: Market): void {
    if (this.#listeners.size === 0) return;
    const ts = this.#exchange.clock.now();
    const { symbol } = market;
    if (event.type === "book") {
      for (const [name, { market: own, topic }] of this.#books) {
        if (own !== market) continue;
        const text = topic.update(name, ts);
        if (text !== undefined) this.#broadcast(name, text);
      }
    } else if (event.type === "trade") {
      const name = `publicTrade.${symbol}`;
      if (!this.#listeners.has(name)) return;
      const { time: T, price: p, quantity: v, id } = event;
      const data = [{ T, s: symbol, S: wireSide(event.side), v, p, L: "ZeroPlusTick", i: id, BT: false, RPI: false, seq: market.updates }];
      this.#broadcast(name, JSON.stringify({ topic: name, type: "snapshot", ts, data }));
    } else if (event.type === "ticker") this.#ticker(market, ts);
    else this.#candle(event, market, ts);
  }

  #candle(event: Extract<MarketEvent, { type: "candle" }>, market: Market, ts: number): void {
    const interval = wireIntervalOf(event.interval);
    const name = `kline.${interval}.${market.symbol}`;
    if (interval === undefined || !this.#listeners.has(name)) return;
    const { time, open, close, high, low, volume, closed } = event;
    const end = time + intervalMs(event.interval) - 1;
    const value = market.series === undefined ? "" : turnover(market, market.bar!.index);
    const data = [{ start: time, end, interval, open, close, high, low, volume, turnover: value, confirm: closed, timestamp: ts }];
    this.#broadcast(name, JSON.stringify({ topic: name, data, ts, type: "snapshot" }));
  }

  /** Derivatives are sent what changed since the last message, spot the whole each time. */
  #ticker(market: Market, ts: number): void {
    const name = `tickers.${market.symbol}`;
    if (!this.#listeners.has(name)) return;
    const row = tickerRow(market, ts);
    const before = this.#tickers.get(name);
    this.#tickers.set(name, row);
    if (before === undefined || market.category === "spot") {
      this.#broadcast(name, JSON.stringify({ topic: name, type: "snapshot", data: row, cs: ts, ts }));
      return;
    }
    const changed = Object.fromEntries(Object.entries(row).filter(([key, value]) => before[key] !== value));
    if (Object.keys(changed).length === 0) return;
    this.#broadcast(name, JSON.stringify({ topic: name, type: "delta", data: { symbol: market.symbol, ...changed }, cs: ts, ts }));
  }
}
