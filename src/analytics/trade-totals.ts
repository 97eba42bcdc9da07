import { Decimal, type Trade } from "../core/index.js";

/** Exact sums over trades; money in the settlement currency. A trade of exactly zero net P&L is neither a win nor a loss. */
export interface TradeTotals {
  readonly count: number;
  readonly wins: number;
  readonly losses: number;
  /** Sum of the winners' net P&L. */
  readonly won: Decimal;
  /** Sum of the losers' net P&L without its sign. */
  readonly lost: Decimal;
  readonly net: Decimal;
  readonly fees: Decimal;
}

/** Adds up trades exactly, fees included in every P&L. */
export function tradeTotals(trades: readonly Trade[]): TradeTotals {
  let wins = 0;
  let losses = 0;
  let won = new Decimal(0);
  let lost = new Decimal(0);
  let fees = new Decimal(0);
  for (const trade of trades) {
    fees = fees.plus(trade.fees);
    if (trade.netPnl.isZero()) continue;
    if (trade.netPnl.isNegative()) {
      losses++;
      lost = lost.minus(trade.netPnl);
    } else {
      wins++;
      won = won.plus(trade.netPnl);
    }
  }
  return { count: trades.length, wins, losses, won, lost, net: won.minus(lost), fees };
}
