import type { Decimal } from "./decimal.js";
import type { EpochMs } from "./time.js";

/** Direction of an order or a fill. */
export type Side = "buy" | "sell";

/**
 * How an order executes. A `stop` becomes a market order when the price reaches its trigger against the position it guards (a sell when the price falls to it),
 * a `takeProfit` when it reaches it in the other direction; `stopLimit` and `takeProfitLimit` become limit orders.
 */
export type OrderType = "market" | "limit" | "stop" | "stopLimit" | "takeProfit" | "takeProfitLimit";

/** Which price triggers a conditional order. */
export type TriggerBy = "last" | "mark" | "index";

/** How long an order stays: good till cancelled, immediate or cancel, fill or kill. */
export type TimeInForce = "gtc" | "ioc" | "fok";

/** Where an order stands. `cancelled`, `rejected` and `filled` are final. */
export type OrderStatus = "working" | "partiallyFilled" | "filled" | "cancelled" | "rejected" | "refused";

/** Why an order exists: which leg of a signal it is. */
export type OrderRole = "entry" | "exit" | "stopLoss" | "takeProfit" | "reverse";
/** An order at the edge, exact. `refused` orders never left the engine: `reason` says why. */
export interface Order {
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly role: OrderRole;
  readonly quantity: Decimal;
  readonly filledQuantity: Decimal;
  /** Limit price, for limit orders. */
  readonly price: Decimal | undefined;
  /** Trigger price, for stop orders. */
  readonly triggerPrice: Decimal | undefined;
  readonly reduceOnly: boolean;
  readonly timeInForce: TimeInForce;
  readonly status: OrderStatus;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly reason: Refusal | undefined;
  /** Why it leaves a position: `STOP_LOSS`, `TAKE_PROFIT`, `SIGNAL`, `FLATTEN`, `REVERSE`, `LIQUIDATION`, `GROUP_FAILED`, `UNPROTECTED`, the code of a risk check that reduces, or the strategy's own; absent for an entry. */
  readonly exitReason?: string;
  /** For a protective leg: id of the entry it protects. */
  readonly entryId?: string;
  /** How the router (`maker_entry`, `exit_ttl_market_fallback`…) or an algorithm (`twap a1-3`) sent it; absent for an order that went out as it was. */
  readonly route?: string;
}

/** An execution at the edge, exact. `fee` is positive when paid, in `feeCurrency`. */
export interface Fill {
  readonly id: string;
  readonly orderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly role: OrderRole;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly fee: Decimal;
  readonly feeCurrency: string;
  readonly liquidity: "maker" | "taker";
  readonly time: EpochMs;
}

/** An open or flat position at the edge; `quantity` is signed, long positive. */
export interface Position {
  readonly symbol: string;
  readonly quantity: Decimal;
  readonly averageEntry: Decimal | undefined;
  readonly markPrice: Decimal | undefined;
  readonly unrealizedPnl: Decimal;
  readonly realizedPnl: Decimal;
  readonly fees: Decimal;
}

/** Why an order or a signal was refused: a value, never an exception. `code` is stable; `numbers` holds what was compared, as exact text. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly numbers: Readonly<Record<string, string>>;
}

/** Stable names of the reasons an order or a signal is refused for. */
export const REFUSALS = [
  "NONE",
  "ZERO_SIZE",
  "BELOW_LOT",
  "BELOW_MIN_QUANTITY",
  "ABOVE_MAX_QUANTITY",
  "BELOW_MIN_NOTIONAL",
  "MAX_ORDER_QUANTITY",
  "MAX_ORDER_NOTIONAL",
  "MAX_POSITION_QUANTITY",
  "LIQUIDATE_ONLY",
  "INSUFFICIENT_MARGIN",
  "SHORT_ON_SPOT",
  "STOP_WRONG_SIDE",
  "TARGET_WRONG_SIDE",
  "PRICE_INVALID",
  "SIZE_INVALID",
  "CHECK_FAILED",
  "CUSTOM_CHECK",
  "UNKNOWN_SYMBOL",
  "BAD_PRICE_FOR_SIZE",
  "VENUE_REJECTED",
  "GROUP_FAILED",
  "TRADING_DISABLED",
  "UNROUTABLE",
  "NO_VOLATILITY",
  "INSUFFICIENT_BALANCE",
  "PORTFOLIO_HEAT",
  "ORDER_RATE",
  "DRAWDOWN_STOP",
  "PRICE_COLLAR",
  "NO_REFERENCE_PRICE",
  "HINT_INVALID",
  "HOOK_SUPPRESSED",
] as const;
export type RefusalCode = (typeof REFUSALS)[number];
