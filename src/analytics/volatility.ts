import { checkOptions } from "./checks.js";
import type { Curve } from "./curve.js";
import { curveMoments, sampleDeviation } from "./moments.js";
import { type AnnualOptions, curveOf, type Returns } from "./source.js";
import { defined, type Stat } from "./stat.js";

export function volatilityStat(curve: Curve): Stat {
  const moments = curveMoments(curve);
  return moments.value === null ? moments : defined(sampleDeviation(moments.value) * Math.sqrt(curve.periodsPerYear));
}

/**
 * Annualised volatility as a fraction: the sample standard deviation (n - 1) of the returns per period x sqrt(periods per year);
 * exactly 0 when they do not vary. `null` with fewer than two points. The square root assumes returns without autocorrelation.
 */
export function volatility(source: Returns, options: AnnualOptions = {}): number | null {
  checkOptions("volatility", options, ["periodsPerYear"]);
  return volatilityStat(curveOf(source, options)).value;
}
