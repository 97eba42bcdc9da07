import type { Venue } from "../../core/index.js";

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

/** One rule that every venue keeps. */
export interface ConformanceCase {
  readonly name: string;
  /** Only for harnesses whose link can be broken. */
  readonly needsLink?: boolean;
  /** Resolves when the venue keeps the rule. @throws LabError `VENUE_NONCONFORMING` saying what it did instead. */
  run(make: MakeHarness): Promise<void>;
}
