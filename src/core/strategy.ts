import type { Decimal, DecimalInput } from "./decimal.js";
import type { OrderBookView } from "./order-book.js";
import type { Fill, Side } from "./orders.js";
import type { ExactPrice } from "./price.js";
import type { EpochMs } from "./time.js";

/** What a strategy asks for, in Tesser's terms. `flatten` closes whatever is open. */
export const SIGNALS = ["enterLong", "exitLong", "enterShort", "exitShort", "flatten"] as const;
export type SignalKind = (typeof SIGNALS)[number];

/** A price a strategy may give: text and Decimals are exact, {@link ExactPrice} is exact and fast, a JS number counts at its shortest decimal text. */
export type PriceInput = DecimalInput | ExactPrice;

/**
 * How an order is to be worked, in Tesser's terms; without one it goes out whole. `algorithm` names a built-in one or one made by `defineAlgorithm`. Quantities are in base
 * currency, times in milliseconds, offsets in basis points of the price.
 */
export type ExecutionHint =
  | { readonly algorithm: "twap"; readonly durationMs: number; readonly slices?: number }
  | { readonly algorithm: "vwap"; readonly durationMs: number; readonly participationRate?: DecimalInput }
  | { readonly algorithm: "iceberg"; readonly displayQuantity: DecimalInput; readonly limitOffsetBps?: DecimalInput }
  | {
      readonly algorithm: "pegged";
      readonly offsetBps: DecimalInput;
      readonly clipQuantity?: DecimalInput;
      readonly refreshMs: number;
      readonly minChaseBps?: DecimalInput;
    }
  | { readonly algorithm: "sniper"; readonly triggerPrice: PriceInput; readonly timeoutMs?: number }
  | { readonly algorithm: "trailingStop"; readonly activationPrice?: PriceInput; readonly callbackRate: DecimalInput }
  | { readonly algorithm: string & {}; readonly params?: Readonly<Record<string, unknown>> };

/** Why a position is left: what the router decides by. Only `TAKE_PROFIT` may rest; any other text is urgent. */
export const EXIT_REASONS = ["TAKE_PROFIT", "STOP_LOSS", "SIGNAL", "FLATTEN", "MAX_HOLD", "KILL_SWITCH"] as const;

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
  /** In base currency, instead of what the sizer says; it passes risk and filters like any other. */
  quantity?: DecimalInput;
  /** How the entry is worked. */
  hint?: ExecutionHint;
  /** Legs that belong together carry one group: when one fails, what the others filled is closed. */
  group?: string;
}

/** Options of an exit. */
export interface ExitOptions {
  confidence?: number;
  /** One of {@link EXIT_REASONS} or the strategy's own; `SIGNAL` (for flatten `FLATTEN`) unless given. */
  reason?: string;
  /** How the exit is worked. */
  hint?: ExecutionHint;
  group?: string;
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

/** A market trade as a strategy sees it. One reused object: keep its numbers. `price` and `quantity` are the nearest doubles of the exact values. */
export interface TradeView {
  readonly symbol: string;
  readonly time: EpochMs;
  /** Side of the taker. */
  readonly side: Side;
  readonly price: number;
  readonly quantity: number;
  /** The exact price. */
  readonly exact: ExactPrice;
}

/** A running strategy. Handlers are synchronous: a returned promise is an error, since live and backtest could not agree on its order. */
export interface Strategy {
  onCandle?(bar: Bar, context: StrategyContext): void;
  onTrade?(trade: TradeView, context: StrategyContext): void;
  /** A book has changed. The view is reused. */
  onBook?(book: OrderBookView, context: StrategyContext): void;
  onFill?(fill: Fill, context: StrategyContext): void;
  /** Called at the interval the definition asks for, in the run's time. */
  onTimer?(time: EpochMs, context: StrategyContext): void;
  /** A venue's link was lost; orders may be working there. */
  onDisconnect?(venue: string, context: StrategyContext): void;
  /** An operator has switched trading off: exits still pass. */
  onTradingDisabled?(context: StrategyContext): void;
  /** An operator asks to close positions: the strategy may do it its own way with exits; without this handler everything is flattened at the market. */
  closePositions?(context: StrategyContext): void;
}
