import type { Trade } from "../core/index.js";
import { type TradeSource, tradesOf } from "./source.js";

/** Runs of wins and losses, in trades. */
export interface Streaks {
  readonly longestWin: number;
  readonly longestLoss: number;
  /** The run the last trade belongs to: positive for wins, negative for losses, 0 after a trade that broke even or without trades. */
  readonly current: number;
}

/** Longest runs of winning and losing trades in order of exit, and the current one. A trade that breaks even ends both. */
export function streaks(source: TradeSource): Streaks {
  const byExit = tradesOf(source)
    .slice()
    .sort((a: Trade, b: Trade) => a.exitTime - b.exitTime || a.index - b.index);
  let longestWin = 0;
  let longestLoss = 0;
  let current = 0;
  for (const { netPnl } of byExit) {
    if (netPnl.isZero()) current = 0;
    else if (netPnl.isNegative()) current = Math.min(current, 0) - 1;
    else current = Math.max(current, 0) + 1;
    longestWin = Math.max(longestWin, current);
    longestLoss = Math.max(longestLoss, -current);
  }
  return Object.freeze({ longestWin, longestLoss, current });
}
