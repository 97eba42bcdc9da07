import type { Decimal, Trade } from "../core/index.js";
import { type TradeSource, tradesOf } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";
import { tradeTotals } from "./trade-totals.js";

/** Means over trades. Money is exact to 40 digits, in the settlement currency. */
export interface AverageTrade {
  readonly netPnl: Decimal;
  /** Mean net P&L of the winners; `null` when there are none. */
  readonly win: Decimal | null;
  /** Mean net P&L of the losers, negative; `null` when there are none. */
  readonly loss: Decimal | null;
  /** Mean return on the entry's value, as a fraction. */
  readonly return: number;
  /** Mean bars held. */
  readonly bars: number;
  /** Mean milliseconds held. */
  readonly duration: number;
}

export function averageTradeStat(trades: readonly Trade[]): Stat<AverageTrade> {
  const { count, wins, losses, won, lost, net } = tradeTotals(trades);
  if (count === 0) return undefinedBecause("there are no trades");
  const mean = (of: (trade: Trade) => number): number => trades.reduce((sum, trade) => sum + of(trade), 0) / count;
  return defined(
    Object.freeze({
      netPnl: net.div(count),
      win: wins === 0 ? null : won.div(wins),
      loss: losses === 0 ? null : lost.neg().div(losses),
      return: mean((trade) => trade.return),
      bars: mean((trade) => trade.bars),
      duration: mean((trade) => trade.exitTime - trade.entryTime),
    }),
  );
}

/** The average trade, win and loss, after fees. `null` without trades. */
export function averageTrade(source: TradeSource): AverageTrade | null {
  return averageTradeStat(tradesOf(source)).value;
}
