import type { CandleSeries, MarketData, MarketTape, Venue } from "../../core/index.js";
import { hasMembers, LabError, unknownName, wrongInput } from "../../errors/index.js";
import { ReplayDriver } from "./driver.js";
import { PaperExchange } from "./exchange/exchange.js";
import { EXCHANGE_OPTIONS, type ExchangeOptions } from "./exchange/options.js";
import type { ReplayFeed, ReplaySpeed } from "./feed.js";
import { PaperMarketData } from "./market-data.js";
import { type PaperServer, type PaperServerOptions, paperServer } from "./server/server.js";
import { PaperVenue } from "./venue.js";

/** What a paper venue is made with: a feed, and how the exchange treats orders. */
export type PaperOptions<Data = CandleSeries> = Omit<ExchangeOptions, "data"> & { readonly feed?: ReplayFeed<Data> };

/** A paper exchange in process, connected. The recording stands still until it is played or stepped. */
export interface PaperConnection {
  readonly venue: Venue;
  readonly market: MarketData;
  readonly exchange: PaperExchange;
  /** Plays to the end at the feed's speed, or at another one. */
  play(speed?: ReplaySpeed): Promise<void>;
  pause(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The paper exchange, described: what a session is told to trade on. It is plain data and can be sent to where the session runs; `connectPaper` opens what was sent.
 */
export class PaperDescriptor<Data = CandleSeries> {
  readonly kind = "paper" as const;
  readonly feed: ReplayFeed<Data> | undefined;
  /** How the exchange treats orders, where it is not as usual. */
  readonly options: Omit<ExchangeOptions, "data"> | undefined;

  constructor(feed: ReplayFeed<Data> | undefined, options: Omit<ExchangeOptions, "data"> | undefined) {
    this.feed = feed;
    this.options = options;
    Object.freeze(this);
  }

  /** Opens it in this process. @throws LabError what making a paper exchange throws. */
  connect(): Promise<PaperConnection> {
    return connectPaper(this as unknown as PaperDescriptor<CandleSeries | MarketTape>);
  }
}

/** The data come with the feed. */
const KNOWN: readonly string[] = ["feed", ...EXCHANGE_OPTIONS.filter((name) => name !== "data")];

function describe<Data extends CandleSeries | MarketTape = CandleSeries>(options: PaperOptions<Data> = {}): PaperDescriptor<Data> {
  if (!hasMembers(options) || "close" in options || "books" in options)
    throw wrongInput("OPTION_INVALID", "paper", "options such as { feed: replay(btc) }", options);
  const { feed, ...rest } = options;
  for (const key of Object.keys(rest)) if (!KNOWN.includes(key)) throw unknownName("OPTION_UNKNOWN", "paper option", key, KNOWN);
  if (feed !== undefined && feed.kind !== "replay")
    throw new LabError("FEED_INVALID", "feed is what replay(series) returns: paper({ feed: replay(btc) }).");
  return new PaperDescriptor(feed, Object.keys(rest).length === 0 ? undefined : Object.freeze(rest));
}

/** What `paper` is: a function that describes a paper exchange, and the server of one. */
export interface PaperHelper {
  <Data extends CandleSeries | MarketTape = CandleSeries>(options?: PaperOptions<Data>): PaperDescriptor<Data>;
  /**
   * Serves a paper exchange as Bybit's v5 on the loopback.
   * @example const server = await paper.serve({ data: btc, speed: 60 }); server.url
   * @throws LabError, see `paperServer`.
   */
  serve(options?: PaperServerOptions): Promise<PaperServer>;
}

/**
 * The paper exchange: it matches as a backtest does.
 * @example paper({ feed: replay(btc), balances: { USDT: "10000" }, leverage: 2 })
 * @throws LabError `FEED_INVALID`, `OPTION_UNKNOWN`.
 */
export const paper: PaperHelper = Object.assign(describe, { serve: paperServer });

/** Opens a described paper exchange in this process. @throws LabError what making a paper exchange throws. */
export async function connectPaper(
  of: Pick<PaperDescriptor<CandleSeries | MarketTape>, "feed" | "options">,
  exchange: PaperExchange = new PaperExchange({ ...of.options, ...(of.feed !== undefined && { data: of.feed.data }) }),
): Promise<PaperConnection> {
  const venue = new PaperVenue(exchange);
  const market = new PaperMarketData(exchange);
  const driver = new ReplayDriver(exchange);
  await venue.connect();
  return {
    venue,
    market,
    exchange,
    play: (speed = of.feed?.speed ?? "max") => driver.play(speed),
    pause: () => driver.pause(),
    async close() {
      await driver.pause();
      await market.close();
      await venue.close();
    },
  };
}
