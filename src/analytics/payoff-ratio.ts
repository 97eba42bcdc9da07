import { type TradeSource, tradesOf } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";
import { type TradeTotals, tradeTotals } from "./trade-totals.js";

export function payoffRatioStat({ count, wins, losses, won, lost }: TradeTotals): Stat {
  if (count === 0) return undefinedBecause("there are no trades");
  if (wins === 0) return undefinedBecause("there are no winning trades");
  if (losses === 0) return undefinedBecause("there are no losing trades");
  return defined(won.times(losses).div(lost.times(wins)).toNumber());
}

/** Payoff ratio: average net win / average net loss, in money. `null` without a win or without a loss. */
export function payoffRatio(source: TradeSource): number | null {
  return payoffRatioStat(tradeTotals(tradesOf(source))).value;
}
