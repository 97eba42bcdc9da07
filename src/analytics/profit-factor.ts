import { type TradeSource, tradesOf } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";
import { type TradeTotals, tradeTotals } from "./trade-totals.js";

export function profitFactorStat({ count, losses, won, lost }: TradeTotals): Stat {
  if (count === 0) return undefinedBecause("there are no trades");
  return losses === 0 ? undefinedBecause("there are no losing trades") : defined(won.div(lost).toNumber());
}

/** Profit factor: net profit of the winners / net loss of the losers, both summed exactly. `null` without a losing trade. */
export function profitFactor(source: TradeSource): number | null {
  return profitFactorStat(tradeTotals(tradesOf(source))).value;
}
