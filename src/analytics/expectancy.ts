import { type TradeSource, tradesOf } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";
import { type TradeTotals, tradeTotals } from "./trade-totals.js";

export function expectancyStat({ count, losses, net, lost }: TradeTotals): Stat {
  if (count === 0) return undefinedBecause("there are no trades");
  return losses === 0 ? undefinedBecause("there are no losing trades") : defined(net.times(losses).div(lost.times(count)).toNumber());
}

/**
 * Expectancy in units of the average loss: (win rate x average win - loss rate x average loss) / average loss; 0.2 means that a trade
 * earns a fifth of what a losing one costs. In money it is `averageTrade(run).netPnl`. `null` without a losing trade.
 * Source: Tharp, "Trade Your Way to Financial Freedom", 2nd ed. 2007, with the average loss as the unit of risk R.
 */
export function expectancy(source: TradeSource): number | null {
  return expectancyStat(tradeTotals(tradesOf(source))).value;
}
