import type { Decimal, DecimalInput, Side } from "../../core/index.js";
import type { PositionSide, RouterAction } from "./prices.js";

/** An order that a router knows to be working: what identifies it. */
export interface WorkingRef {
  readonly tradeId: string;
  readonly action: RouterAction;
}

/** What else there is to know about a plan. */
export interface PlanMetadata {
  /** Number of the quote, 1 for the first retry. */
  readonly retryN?: number;
  /** Id of the trade that a retry or a fallback belongs to. */
  readonly baseTradeId?: string;
  /** The exit working for this trade is to be cancelled first. */
  readonly preemptWorking?: boolean;
  readonly [key: string]: unknown;
}

/** How one intent reaches the venue. Look at `suppress` first: a suppressed plan is not to be sent. */
export interface ExecutionPlan {
  /** Id under which the order is sent and registered. */
  readonly tradeId: string;
  readonly action: RouterAction;
  readonly asset: string;
  readonly positionSide: PositionSide;
  /** Side of the order. */
  readonly side: Side;
  readonly strategy: string;
  readonly orderType: "market" | "limit";
  /** For a limit order, in whole ticks. */
  readonly limitPrice: Decimal | undefined;
  /** What is to be sent; undefined where the caller named none. */
  readonly quantity: Decimal | undefined;
  readonly postOnly: boolean;
  /** Seconds the order may rest; 0 at the market. */
  readonly ttlS: number;
  readonly isMaker: boolean;
  readonly suppress: boolean;
  readonly reason: string;
  /** Working orders to cancel before this one is sent. */
  readonly cancels: readonly WorkingRef[];
  readonly metadata: PlanMetadata;
}

/** What a strategy wants of a trade. */
export interface RouterIntent {
  readonly tradeId: string;
  readonly asset: string;
  /** Side of the position, `LONG` or `SHORT`. */
  readonly side: PositionSide | "long" | "short";
  /** Price to quote around; without one above zero the order takes. */
  readonly referencePrice?: DecimalInput | null | undefined;
  /** Spread of the market; not known unless given. */
  readonly spreadBps?: DecimalInput | null | undefined;
  /** In base currency; needed for remainders after partial fills. */
  readonly quantity?: DecimalInput;
  /** For a guard per strategy and symbol. */
  readonly strategy?: string;
}

/** The wish to leave a position. */
export interface ExitIntent extends RouterIntent {
  /** Why: only the reasons of `restingReasons` may rest, in any case but not with blanks around them. */
  readonly reason?: string;
}

/** Whether a plan can be sent at all: an order type there is, and a limit that is a price. */
export function isSane(plan: Pick<ExecutionPlan, "orderType" | "limitPrice">): boolean {
  if (plan.orderType === "market") return true;
  return plan.orderType === "limit" && plan.limitPrice !== undefined && plan.limitPrice.isFinite() && plan.limitPrice.gt(0);
}
