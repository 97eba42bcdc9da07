import { checkOptions } from "./checks.js";
import type { Curve } from "./curve.js";
import { isRounding } from "./moments.js";
import { perPeriod } from "./risk-free.js";
import { type AnnualOptions, curveOf, type Returns } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";

/** Options of {@link sortino}. */
export interface SortinoOptions extends AnnualOptions {
  /** Minimum acceptable return a year as a fraction, 0 unless given; per period for plain returns without `periodsPerYear`. */
  readonly targetReturn?: number;
}

export function sortinoStat(curve: Curve, targetReturn = 0): Stat {
  const target = perPeriod("targetReturn", targetReturn, curve.periodsPerYear);
  const returns = curve.returns;
  if (returns.value === null) return returns;
  const n = returns.value.length;
  if (n < 2) return undefinedBecause("there are fewer than 2 points");
  let sum = 0;
  let squaresBelow = 0;
  for (let i = 0; i < n; i++) {
    const excess = returns.value[i]! - target;
    sum += excess;
    if (excess < 0) squaresBelow += excess * excess;
  }
  const downside = Math.sqrt(squaresBelow / n);
  if (isRounding(downside, curve, target)) return undefinedBecause("no return is below the target");
  return defined((sum / n / downside) * Math.sqrt(curve.periodsPerYear));
}

/**
 * Annualised Sortino ratio: (mean return - target) / downside deviation, per period, x sqrt(periods per year). The downside deviation
 * is sqrt(mean(min(r - target, 0)^2)) over all periods, not over the losing ones. `null` when no return is below the target.
 * Source: Sortino and Price, "Performance Measurement in a Downside Risk Framework", J. of Investing 3(3), 1994.
 * @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN`, and those of a bad source.
 */
export function sortino(source: Returns, options: SortinoOptions = {}): number | null {
  checkOptions("sortino", options, ["targetReturn", "periodsPerYear"]);
  return sortinoStat(curveOf(source, options), options.targetReturn).value;
}
