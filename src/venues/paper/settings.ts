import type { Ratio, WorkingOrder } from "../../core/index.js";
import type { FeeRates, MaintenanceMargin } from "../../portfolio/index.js";

/** When something happened: the bar of a replay of candles (-1 in one of trades and books) and its time. */
export interface MatchTime {
  readonly index: number;
  /** Epoch milliseconds. */
  readonly time: number;
}

/**
 * Who learns what became of an order, and books it on the order (`fill`, `end`) before it returns. Called while the market is matched: requests made in answer
 * take effect on the same bar.
 */
export interface MatchSink {
  accepted(order: WorkingOrder): void;
  filled(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, at: MatchTime): void;
  /** Refused by the venue at its fill: the entry cannot be paid for. Numbers are cash units. */
  rejected(order: WorkingOrder, needed: number, available: number, at: MatchTime): void;
  /** Cancelled by its owner, or by the venue for a reason of {@link CANCEL}. */
  cancelled(order: WorkingOrder, reason?: string): void;
  /** A conditional order reached its trigger; what it becomes follows. */
  triggered?(order: WorkingOrder, at: MatchTime): void;
  /**
   * The venue closes a position whose margin is gone: `signed` quantity units at a price, with the taker's fee. It must be booked on the account before this returns; a loss beyond
   * the account's equity is covered with `Portfolio.cover`.
   */
  liquidated?(slot: number, signed: number, price: number, fee: number | bigint, at: MatchTime): void;
}

/** Why a venue cancels an order by itself, in Bybit's words. */
export const CANCEL: {
  readonly postOnly: "EC_PostOnlyWillTakeLiquidity";
  readonly ioc: "EC_NoImmediateQtyToFill";
  readonly fok: "EC_NoEnoughQtyToFill";
  readonly reduceOnly: "EC_ReduceOnlyNoPosition";
  readonly sibling: "EC_OtherLegFilled";
} = {
  postOnly: "EC_PostOnlyWillTakeLiquidity",
  ioc: "EC_NoImmediateQtyToFill",
  fok: "EC_NoEnoughQtyToFill",
  reduceOnly: "EC_ReduceOnlyNoPosition",
  sibling: "EC_OtherLegFilled",
};

/**
 * Where a resting order stands among those at its price: behind all that was there when it came (`conservative`), or before them (`optimistic`). Only trades and books can tell.
 */
export type QueueModel = "conservative" | "optimistic";

/** Costs and limits of the paper venue. */
export interface MatchSettings {
  readonly fees: FeeRates;
  /** Fraction that market and stop fills are worse by; a fill against a recorded order book already pays its spread and depth, and nothing more. */
  readonly slippage: Ratio;
  readonly leverage: number;
  /** Share of the volume of a candle, a trade or a level that orders may have; all of it unless given. What is beyond waits (market and resting orders) or ends (IOC). */
  readonly participation?: Ratio;
  readonly queue?: QueueModel;
  /** Liquidates contracts; without it a position is held whatever it loses. */
  readonly margin?: MaintenanceMargin;
}
