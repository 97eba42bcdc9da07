import { type TradeSource, tradesOf } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";
import { type TradeTotals, tradeTotals } from "./trade-totals.js";

export function winRateStat({ count, wins }: TradeTotals): Stat {
  return count === 0 ? undefinedBecause("there are no trades") : defined(wins / count);
}

/** Share of trades with a net profit, as a fraction of all trades; one that broke even is no win. `null` without trades. */
export function winRate(source: TradeSource): number | null {
  return winRateStat(tradeTotals(tradesOf(source))).value;
}
