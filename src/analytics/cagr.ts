import { checkOptions } from "./checks.js";
import type { Curve } from "./curve.js";
import { type AnnualOptions, curveOf, type Returns } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";
import { totalReturnStat } from "./total-return.js";

export function cagrStat(curve: Curve): Stat {
  const total = totalReturnStat(curve);
  if (total.value === null) return total;
  if (total.value < -1) return undefinedBecause("the loss exceeds the initial equity");
  const rate = Math.expm1(Math.log1p(total.value) / curve.years);
  return Number.isFinite(rate) ? defined(rate) : undefinedBecause(`the span of ${curve.years * 365} days is too short to annualise`);
}

/**
 * Compound annual growth rate as a fraction: (final / initial)^(1 / years) - 1, years being the real span in years of 365 days
 * (points over `periodsPerYear` for plain returns; without it, growth per period). `null` when more than everything was lost.
 */
export function cagr(source: Returns, options: AnnualOptions = {}): number | null {
  checkOptions("cagr", options, ["periodsPerYear"]);
  return cagrStat(curveOf(source, options)).value;
}
