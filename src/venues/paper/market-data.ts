import type {
  CandleQuery,
  CandleSeries,
  Instrument,
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
import { throwLater } from "./throw-later.js";

/** Market data of the paper exchange in process: what has happened there, and what happens. Candles of an interval that nobody recorded are not made up. */
export class PaperMarketData implements MarketData {
  readonly name = "paper";
  readonly #exchange: PaperExchange;
  readonly #open = new Set<() => void>();
  readonly #report: (error: unknown) => void;
  #closed = false;

  /** @param report - hears what a listener throws; it is thrown in a task of its own unless given. */
  constructor(exchange: PaperExchange, options: { readonly report?: (error: unknown) => void } = {}) {
    this.#exchange = exchange;
    this.#report = options.report ?? throwLater;
  }

  #assertOpen(): void {
    if (this.#closed) throw new LabError("VENUE_CLOSED", "This connection to the paper exchange is closed; connect again.");
  }

  async instruments(): Promise<readonly Instrument[]> {
    return this.#exchange.markets.map((market) => market.instrument);
  }

  /** @throws LabError `SYMBOL_UNKNOWN`, `INTERVAL_UNKNOWN` where the symbol has no candles of that length. */
  async candles({ symbol, interval, from, to }: CandleQuery): Promise<CandleSeries> {
    this.#assertOpen();
    const market = this.#exchange.market(symbol);
    const { series } = market;
    if (series === undefined || series.intervalMs !== intervalMs(interval))
      throw new LabError("INTERVAL_UNKNOWN", `The paper exchange has no candles of ${interval} of ${symbol}.`, {
        details: { symbol, interval, recorded: series?.interval },
      });
    const last = Math.min(series.indexAt(to), market.closed);
    return series.slice(Math.min(series.indexAt(from), last), last);
  }

  /** @throws LabError `SYMBOL_UNKNOWN`, `VENUE_CLOSED`. */
  async subscribe(
    topics: readonly MarketTopic[],
    listener: (event: MarketEvent) => void,
    link?: (state: LinkState, reason?: string) => void,
  ): Promise<MarketSubscription> {
    this.#assertOpen();
    const tell = (event: MarketEvent): void => {
      try {
        listener(event);
      } catch (error) {
        this.#report(error);
      }
    };
    const wanted = topics.map((topic) => ({ topic, market: this.#exchange.market(topic.symbol) }));
    const stop = this.#exchange.subscribe((event, market) => {
      if (wanted.some((one) => one.market === market && matches(one.topic, event))) tell(plain(event));
    });
    link?.("healthy");
    for (const { topic, market } of wanted) if (topic.type === "book") this.#snapshot(market, tell);
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
  #snapshot(market: Market, tell: (event: MarketEvent) => void): void {
    if (market.updates === 0) return;
    tell({ type: "book", symbol: market.symbol, time: market.book.time, kind: "snapshot", ...market.levels(Number.MAX_SAFE_INTEGER) });
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
