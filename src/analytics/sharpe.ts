import { checkOptions } from "./checks.js";
import type { Curve } from "./curve.js";
import { sampleDeviation, varyingMoments } from "./moments.js";
import { perPeriod } from "./risk-free.js";
import { type AnnualOptions, curveOf, type Returns } from "./source.js";
import { defined, type Stat } from "./stat.js";

/** Options of {@link sharpe}. */
export interface SharpeOptions extends AnnualOptions {
  /** Risk-free return a year as a fraction, 0 unless given; per period for plain returns without `periodsPerYear`. */
  readonly riskFreeReturn?: number;
}

export function sharpeStat(curve: Curve, riskFreeReturn = 0): Stat {
  const riskFree = perPeriod("riskFreeReturn", riskFreeReturn, curve.periodsPerYear);
  const moments = varyingMoments(curve);
  if (moments.value === null) return moments;
  return defined(((moments.value.mean - riskFree) / sampleDeviation(moments.value)) * Math.sqrt(curve.periodsPerYear));
}

/**
 * Annualised Sharpe ratio: (mean return - risk-free return) / sample standard deviation (n - 1), per period, x sqrt(periods per year).
 * `null` with fewer than two points or without variance. Source: Sharpe, "The Sharpe Ratio", J. of Portfolio Management 21(1), 1994.
 *
 * The square root assumes returns without autocorrelation (Lo, "The Statistics of Sharpe Ratios", Financial Analysts Journal 58(4),
 * 2002); `sharpe(dailyReturns(run))` depends on it less than one of minute bars.
 * @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN`, and those of a bad source.
 */
export function sharpe(source: Returns, options: SharpeOptions = {}): number | null {
  checkOptions("sharpe", options, ["riskFreeReturn", "periodsPerYear"]);
  return sharpeStat(curveOf(source, options), options.riskFreeReturn).value;
}
