import type {
  CandleSeries,
  EpochMs,
  Instrument,
  Interval,
  LinkState,
  MarketData,
  MarketEvent,
  MarketSubscription,
  MarketTopic,
} from "../../core/index.js";
import { intervalMs } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { PaperExchange } from "./exchange/exchange.js";
import type { Market } from "./exchange/market.js";

/** Market data of the paper exchange in process: what has happened there, and what happens. Candles of an interval that nobody recorded are not made up. */
export class PaperMarketData implements MarketData {
  readonly name = "paper";
  readonly #exchange: PaperExchange;
  readonly #open = new Set<() => void>();
  #closed = false;

  constructor(exchange: PaperExchange) {
    this.#exchange = exchange;
  }

  async instruments(): Promise<readonly Instrument[]> {
    return this.#exchange.markets.map((market) => market.instrument);
  }

  /** @throws LabError `SYMBOL_UNKNOWN`, `INTERVAL_UNKNOWN` where the symbol has no candles of that length. */
  async candles(options: {
    readonly symbol: string;
    readonly interval: Interval;
    readonly from: EpochMs;
    readonly to: EpochMs;
  }): Promise<CandleSeries> {
    const market = this.#exchange.market(options.symbol);
    const { series } = market;
    if (series === undefined || series.intervalMs !== intervalMs(options.interval))
      throw new LabError("INTERVAL_UNKNOWN", `The paper exchange has no candles of ${options.interval} of ${options.symbol}.`, {
        details: { symbol: options.symbol, interval: options.interval, recorded: series?.interval },
      });
    return series.slice(series.indexAt(options.from), Math.min(series.indexAt(options.to), market.closed));
  }

  /** @throws LabError `SYMBOL_UNKNOWN`, `VENUE_CLOSED`. */
  async subscribe(
    topics: readonly MarketTopic[],
    listener: (event: MarketEvent) => void,
    link?: (state: LinkState, reason?: string) => void,
  ): Promise<MarketSubscription> {
    if (this.#closed) throw new LabError("VENUE_CLOSED", "This connection to the paper exchange is closed; connect again.");
    const wanted = topics.map((topic) => ({ topic, market: this.#exchange.market(topic.symbol) }));
    const stop = this.#exchange.subscribe((event, market) => {
      if (wanted.some((one) => one.market === market && matches(one.topic, event))) listener(plain(event));
    });
    link?.("healthy");
    for (const { topic, market } of wanted) if (topic.type === "book") this.#snapshot(market, listener);
    const close = (): void => {
      if (!this.#open.delete(close)) return;
      stop();
      link?.("closed");
    };
    this.#open.add(close);
    return {
      topics,
      close: async () => close(),
    };
  }

  /** A book starts with a snapshot. */
  #snapshot(market: Market, listener: (event: MarketEvent) => void): void {
    if (market.updates === 0) return;
    listener({ type: "book", symbol: market.symbol, time: market.book.time, kind: "snapshot", ...market.levels(Number.MAX_SAFE_INTEGER) });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const close of [...this.#open]) close();
  }
}

function matches(topic: MarketTopic, event: MarketEvent): boolean {
  if (topic.type === "candles") return event.type === "candle" && intervalMs(event.interval) === intervalMs(topic.interval);
  return event.type === (topic.type === "trades" ? "trade" : topic.type);
}

/** A book message of a recording writes its levels only for who reads them; who gets it here may keep it. */
function plain(event: MarketEvent): MarketEvent {
  if (event.type !== "book") return event;
  const { type, symbol, time, kind, bids, asks } = event;
  return { type, symbol, time, kind, bids, asks };
}
