import type { Decimal, DecimalInput } from "./decimal.js";
import type { Fill } from "./orders.js";
import type { ExactPrice } from "./price.js";
import type { EpochMs } from "./time.js";

/** What a strategy asks for, in Tesser's terms. `flatten` closes whatever is open. */
export const SIGNALS = ["enterLong", "exitLong", "enterShort", "exitShort", "flatten"] as const;
export type SignalKind = (typeof SIGNALS)[number];

/** A price a strategy may give: text and Decimals are exact, {@link ExactPrice} is exact and fast, a JS number counts at its shortest decimal text. */
export type PriceInput = DecimalInput | ExactPrice;

/** Options of an entry. */
export interface EntryOptions {
  /** Protective stop: below the price for a long, above it for a short. */
  stopLoss?: PriceInput;
  /** Take-profit: above the price for a long, below it for a short. */
  takeProfit?: PriceInput;
  /** Rest at this price instead of buying at the market. */
  limit?: PriceInput;
  /** 0 to 1, a statistic for sizers and reports. */
  confidence?: number;
}

/** Options of an exit. */
export interface ExitOptions {
  confidence?: number;
}

/**
 * The candle a strategy looks at: this bar and earlier ones only. It is one reused object: keep its numbers, not the object.
 * `open` to `volume` are the nearest doubles of the exact values, `exact` the exact prices, `openUnits` to `closeUnits` whole price units.
 */
export interface Bar {
  readonly symbol: string;
  /** Position in the series, from 0. */
  readonly index: number;
  /** Open time of the candle. */
  readonly time: EpochMs;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly openUnits: number;
  readonly highUnits: number;
  readonly lowUnits: number;
  readonly closeUnits: number;
  readonly exact: ExactBar;
  /** The close of an earlier bar of the same symbol: 0 is this bar; undefined before the first. */
  closeAgo(bars: number): number | undefined;
}

/** A bar's prices for exact arithmetic: `bar.exact.low.times("0.98")`. */
export interface ExactBar {
  readonly open: ExactPrice;
  readonly high: ExactPrice;
  readonly low: ExactPrice;
  readonly close: ExactPrice;
}

/** What a strategy may do and know while it handles an event. Signals become orders after the handler returns. */
export interface StrategyContext {
  readonly symbol: string;
  readonly isFlat: boolean;
  readonly isLong: boolean;
  readonly isShort: boolean;
  /** Signed position, long positive. */
  readonly position: Decimal;
  /** Equity marked at this bar's close. */
  readonly equity: Decimal;
  enterLong(options?: EntryOptions): void;
  exitLong(options?: ExitOptions): void;
  enterShort(options?: EntryOptions): void;
  exitShort(options?: ExitOptions): void;
  flatten(options?: ExitOptions): void;
  /** The same context for another symbol of the run. */
  of(symbol: string): StrategyContext;
}

/** A running strategy. Handlers are synchronous: a returned promise is an error, since live and backtest could not agree on its order. */
export interface Strategy {
  onCandle?(bar: Bar, context: StrategyContext): void;
  onFill?(fill: Fill, context: StrategyContext): void;
}
