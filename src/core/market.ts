import type { Side } from "./orders.js";
import type { EpochMs, Interval } from "./time.js";

/** A market trade as a venue publishes it. Prices and quantities are exact text, as received. */
export interface PublicTrade {
  readonly symbol: string;
  readonly time: EpochMs;
  readonly id: string;
  /** Side of the taker. */
  readonly side: Side;
  readonly price: string;
  readonly quantity: string;
}

/** Price and size of one level of an order book, exact text; size `"0"` removes the level. */
export type BookLevel = readonly [price: string, size: string];

/** A whole order book (`snapshot`) or the levels that changed (`delta`). Best levels come first in a snapshot. */
export interface BookUpdate {
  readonly symbol: string;
  readonly time: EpochMs;
  readonly kind: "snapshot" | "delta";
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** A candle as a venue pushes it; only a `closed` one is final. */
export interface CandleUpdate {
  readonly symbol: string;
  readonly interval: Interval;
  /** Open time. */
  readonly time: EpochMs;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly closed: boolean;
}

/** Prices of the moment; what a venue does not say is absent. */
export interface TickerUpdate {
  readonly symbol: string;
  readonly time: EpochMs;
  readonly last?: string;
  readonly mark?: string;
  readonly index?: string;
  readonly bid?: string;
  readonly ask?: string;
  /** Rate of the next funding payment, as a fraction of the position's value, and when it is due. */
  readonly fundingRate?: string;
  readonly nextFundingTime?: EpochMs;
}

/** A message of a market data stream. */
export type MarketEvent =
  | ({ readonly type: "trade" } & PublicTrade)
  | ({ readonly type: "book" } & BookUpdate)
  | ({ readonly type: "candle" } & CandleUpdate)
  | ({ readonly type: "ticker" } & TickerUpdate);

/** What can be subscribed to. */
export type MarketTopic =
  | { readonly type: "trades"; readonly symbol: string }
  | { readonly type: "book"; readonly symbol: string; readonly depth?: number }
  | { readonly type: "candles"; readonly symbol: string; readonly interval: Interval }
  | { readonly type: "ticker"; readonly symbol: string };

/** What a strategy may be fed with. */
export const FEEDS = ["candles", "trades", "book"] as const;
export type Feed = (typeof FEEDS)[number];
