import type {
  CandleQuery,
  CandleSeries,
  EpochMs,
  Instrument,
  LinkState,
  MarketData,
  MarketEvent,
  MarketSubscription,
  MarketTopic,
} from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { BOOK_DEPTHS } from "../bybit-wire/index.js";
import type { Catalogue } from "./catalogue.js";
import type { BybitClient } from "./client.js";
import { CandleHistory } from "./history.js";
import { MarketStream } from "./market-stream.js";
import type { BybitSettings } from "./options.js";

/** Market data of Bybit: history over REST, streams over WebSocket. Needs no keys. */
export class BybitMarket implements MarketData {
  readonly name: string;
  readonly bookDepths: readonly number[] = BOOK_DEPTHS;
  readonly #settings: BybitSettings;
  readonly #client: BybitClient;
  readonly #catalogue: Catalogue;
  readonly #history: CandleHistory;
  readonly #random: () => number;
  readonly #report: (problem: unknown) => void;
  readonly #streams: Set<MarketStream> = new Set();
  #closed = false;

  constructor(options: {
    name: string;
    settings: BybitSettings;
    client: BybitClient;
    catalogue: Catalogue;
    random: () => number;
    report: (problem: unknown) => void;
  }) {
    this.name = options.name;
    this.#settings = options.settings;
    this.#client = options.client;
    this.#catalogue = options.catalogue;
    this.#history = new CandleHistory(options.client, options.settings.category);
    this.#random = options.random;
    this.#report = options.report;
  }

  async instruments(): Promise<readonly Instrument[]> {
    this.#assertOpen();
    return this.#catalogue.all();
  }

  /** @throws LabError `SYMBOL_UNKNOWN`, `INTERVAL_UNKNOWN`, `CANDLES_GAP`, `VENUE_UNAVAILABLE`, `VENUE_CLOSED`. */
  async candles({ symbol, interval, from, to }: CandleQuery): Promise<CandleSeries> {
    this.#assertOpen();
    await this.#catalogue.get(symbol);
    await this.#timed();
    return this.#history.series(symbol, interval, from, to);
  }

  /** Funding payments of a perpetual in [from, to), oldest first. @throws LabError as {@link BybitMarket.candles}. */
  async funding(options: {
    readonly symbol: string;
    readonly from: EpochMs;
    readonly to: EpochMs;
  }): Promise<readonly { readonly time: EpochMs; readonly rate: string }[]> {
    this.#assertOpen();
    await this.#catalogue.get(options.symbol);
    return this.#history.funding(options.symbol, options.from, options.to);
  }

  /** @throws LabError `SYMBOL_UNKNOWN`, `TOPIC_REFUSED`, `VENUE_UNAVAILABLE`, and for topics that do not exist. */
  async subscribe(
    topics: readonly MarketTopic[],
    listener: (event: MarketEvent) => void,
    link?: (state: LinkState, reason?: string) => void,
  ): Promise<MarketSubscription> {
    this.#assertOpen();
    for (const { symbol } of topics) await this.#catalogue.get(symbol);
    await this.#timed();
    const stream = new MarketStream({
      url: this.#settings.urls.public,
      timing: this.#settings.timing,
      random: this.#random,
      history: this.#history,
      now: () => this.#client.clock.now(),
      topics,
      listener,
      link,
      report: this.#report,
    });
    this.#streams.add(stream);
    try {
      await stream.start();
    } catch (error) {
      this.#streams.delete(stream);
      throw error;
    }
    return {
      topics: stream.topics,
      close: async () => {
        this.#streams.delete(stream);
        await stream.close();
      },
    };
  }

  /** Resolves when everything that Bybit has sent on the streams so far has been told. */
  async synced(): Promise<void> {
    await Promise.all([...this.#streams].map((stream) => stream.synced()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#streams].map((stream) => stream.close()));
    this.#streams.clear();
  }

  /** The server's time decides which candle is closed. */
  async #timed(): Promise<void> {
    if (!this.#client.clock.synced) await this.#client.sync();
  }

  #assertOpen(): void {
    if (this.#closed) throw new LabError("VENUE_CLOSED", `${this.name} is closed: connect again with a new connection.`);
  }
}
