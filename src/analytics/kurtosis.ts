import { checkOptions } from "./checks.js";
import type { Curve } from "./curve.js";
import { varyingMoments } from "./moments.js";
import { curveOf, type Returns } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";

/** Options of {@link kurtosis}. */
export interface KurtosisOptions {
  /** Subtract the normal distribution's 3; `false` unless given. */
  readonly excess?: boolean;
  /** The adjusted estimator G2 (pandas, spreadsheets) in place of g2; `false` unless given. */
  readonly unbiased?: boolean;
}

export function kurtosisStat(curve: Curve, { excess = false, unbiased = false }: KurtosisOptions = {}): Stat {
  const moments = varyingMoments(curve);
  if (moments.value === null) return moments;
  const { count: n, m2, m4 } = moments.value;
  let g2 = m4 / (m2 * m2) - 3;
  if (unbiased) {
    if (n < 4) return undefinedBecause("there are fewer than 4 points");
    g2 = ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * g2 + 6);
  }
  return defined(excess ? g2 : g2 + 3);
}

/**
 * Kurtosis of the returns per period, 3 for a normal distribution: m4 / m2^2 with population moments. It is biased low for fat tails
 * in small samples; `unbiased` gives G2 (+ 3). pandas' `kurt()` is `{ excess: true, unbiased: true }`. `null` without variance.
 * Source: Joanes and Gill, "Comparing Measures of Sample Skewness and Kurtosis", The Statistician 47(1), 1998.
 */
export function kurtosis(source: Returns, options: KurtosisOptions = {}): number | null {
  checkOptions("kurtosis", options, ["excess", "unbiased"]);
  return kurtosisStat(curveOf(source), options).value;
}
