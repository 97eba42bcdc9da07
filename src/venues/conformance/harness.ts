import type { CandleSeries, MarketData, Venue } from "../../core/index.js";

/** What the suite needs of a venue's maker: the venue, and hands on the market that it trades on. */
export interface VenueHarness {
  /** A new venue on a new account, not connected yet. The suite closes it. */
  readonly venue: Venue;
  /** A symbol to trade, and another text that no symbol has. */
  readonly symbol: string;
  /** A price near which the suite trades, and a quantity that two orders of half of it can be made of; both of the instrument's steps, as text. */
  readonly price: string;
  readonly quantity: string;
  /** Makes the market show these best prices, each with that quantity. Resolves once the venue's matching has seen it. */
  quote(bid: string, ask: string, size: string): Promise<void> | void;
  /**
   * Makes the market print a trade at a price; `side` is the taker's. A resting order at that price with nothing before it fills up to the trade's quantity; one that the price goes
   * through fills.
   */
  trade(price: string, quantity: string, side: "buy" | "sell"): Promise<void> | void;
  /** Breaks the account's link from outside; absent where there is no link to break. It must come back by itself. */
  breakLink?(): Promise<void> | void;
  /** Puts away what the harness made. */
  close(): Promise<void> | void;
}

/** Makes a harness anew for every case. */
export type MakeHarness = () => Promise<VenueHarness> | VenueHarness;

/** What the suite needs of a source of market data: the source, and hands on the market that it tells of. */
export interface MarketHarness {
  /** New market data. The suite closes it. */
  readonly market: MarketData;
  /** A symbol that is quoted and traded by hand, its price and a quantity, of its steps. */
  readonly symbol: string;
  readonly price: string;
  readonly quantity: string;
  quote(bid: string, ask: string, size: string): Promise<void> | void;
  trade(price: string, quantity: string, side: "buy" | "sell"): Promise<void> | void;
  /** Candles of another symbol that are known beforehand; more than a thousand of them have closed, and at least eight are to come. */
  readonly candles: {
    readonly series: CandleSeries;
    /** How many of the series have closed. */
    closed(): number;
    /** Closes the next ones. */
    close(count: number): Promise<void> | void;
  };
  /** Loses the next message of the book on its way; absent where nothing can be lost. */
  loseBook?(): Promise<void> | void;
  /** Breaks the streams from outside; absent where there is no link to break. They must come back by themselves. */
  breakLink?(): Promise<void> | void;
  close(): Promise<void> | void;
}

/** Makes market data anew for every case. */
export type MakeMarketHarness = () => Promise<MarketHarness> | MarketHarness;

/** One rule that all market data keep. */
export interface MarketCase {
  readonly name: string;
  /** Only for harnesses with these hands. */
  readonly needs?: "breakLink" | "loseBook";
  /** Resolves when the market data keep the rule. @throws LabError `VENUE_NONCONFORMING` saying what they did instead. */
  run(make: MakeMarketHarness): Promise<void>;
}

/** One rule that every venue keeps. */
export interface ConformanceCase {
  readonly name: string;
  /** Only for harnesses whose link can be broken. */
  readonly needsLink?: boolean;
  /** Resolves when the venue keeps the rule. @throws LabError `VENUE_NONCONFORMING` saying what it did instead. */
  run(make: MakeHarness): Promise<void>;
}
