import { checkOptions } from "./checks.js";
import type { Curve } from "./curve.js";
import { varyingMoments } from "./moments.js";
import { curveOf, type Returns } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";

/** Options of {@link skewness}. */
export interface SkewnessOptions {
  /** The adjusted estimator G1 (pandas, spreadsheets) in place of g1; `false` unless given. */
  readonly unbiased?: boolean;
}

export function skewnessStat(curve: Curve, unbiased = false): Stat {
  const moments = varyingMoments(curve);
  if (moments.value === null) return moments;
  const { count: n, m2, m3 } = moments.value;
  const g1 = m3 / (m2 * Math.sqrt(m2));
  if (!unbiased) return defined(g1);
  return n < 3 ? undefinedBecause("there are fewer than 3 points") : defined((g1 * Math.sqrt(n * (n - 1))) / (n - 2));
}

/**
 * Skewness of the returns per period: g1 = m3 / m2^1.5 with population moments. It is biased toward 0 in small samples; `unbiased`
 * gives G1 = g1 sqrt(n (n - 1)) / (n - 2). `null` without variance. Source: Joanes and Gill, "Comparing Measures of Sample Skewness
 * and Kurtosis", The Statistician 47(1), 1998.
 */
export function skewness(source: Returns, options: SkewnessOptions = {}): number | null {
  checkOptions("skewness", options, ["unbiased"]);
  return skewnessStat(curveOf(source), options.unbiased).value;
}
