import type { Decimal } from "./decimal.js";
import type { EpochMs } from "./time.js";

/** An equity curve as doubles, one point a bar: for statistics and charts. */
export interface EquityPoints {
  /** Epoch milliseconds of each point: the open time of the bar at whose close it was taken. */
  readonly time: Float64Array;
  /** Equity in the settlement currency. */
  readonly value: Float64Array;
  /** Equity before the first point. */
  readonly initial: number;
  /** Points a year holds at this spacing, for annualising: 365 days x 24 hours. */
  readonly periodsPerYear: number;
}

/** How a round trip ended; a `liquidation` is the venue's, for want of margin. `end` marks a position still open at the end of the data, valued at the last close. */
export type ExitReason = "signal" | "stop" | "target" | "reverse" | "liquidation" | "end";

/** One round trip from flat to flat, exact. */
export interface Trade {
  readonly index: number;
  readonly symbol: string;
  readonly side: "long" | "short";
  /** Largest quantity held. */
  readonly quantity: Decimal;
  readonly entryTime: EpochMs;
  /** Average entry price. */
  readonly entryPrice: Decimal;
  readonly exitTime: EpochMs;
  /** Average exit price. */
  readonly exitPrice: Decimal;
  /** P&L before fees, in the settlement currency. */
  readonly grossPnl: Decimal;
  readonly fees: Decimal;
  /** P&L after fees. */
  readonly netPnl: Decimal;
  /** Net P&L over the entry's value, as a fraction. */
  readonly return: number;
  readonly bars: number;
  readonly exitReason: ExitReason;
}

/** What every statistic can be computed from: a backtest run, a live or paper session, a stored session. */
export interface PerformanceSource {
  readonly equity: EquityPoints;
  readonly trades: readonly Trade[];
}
