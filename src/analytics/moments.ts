import type { Curve } from "./curve.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";

/** Central moments of the returns per period: `m2` to `m4` are means of powers of the deviation from the mean (population). */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
  readonly m3: number;
  readonly m4: number;
}

/** Rounding of a return made from two doubles: what varies by less does not vary. */
const ROUNDING = 4 * Number.EPSILON;

function momentsAbout(shift: number, values: Float64Array): Moments {
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  for (let i = 0; i < values.length; i++) {
    const d = values[i]! - shift;
    const dd = d * d;
    s1 += d;
    s2 += dd;
    s3 += dd * d;
    s4 += dd * dd;
  }
  const count = values.length;
  const a = s1 / count;
  const m2 = Math.max(0, s2 / count - a * a);
  const m3 = s3 / count - (3 * a * s2) / count + 2 * a * a * a;
  const m4 = s4 / count - (4 * a * s3) / count + (6 * a * a * s2) / count - 3 * a * a * a * a;
  return { count, mean: shift + a, m2, m3, m4 };
}

/**
 * Moments in one pass of sums about zero; a second pass about the mean when the mean exceeds a standard deviation, where the first
 * would cancel. Relative error of `m2` is below 5 n eps either way (Chan, Golub, LeVeque, "Algorithms for Computing the Sample
 * Variance", The American Statistician 37(3), 1983).
 */
export function momentsOf(values: Float64Array): Moments {
  const first = momentsAbout(0, values);
  return first.mean * first.mean > first.m2 ? momentsAbout(first.mean, values) : first;
}

/** Whether a deviation is no more than the rounding of the returns it was computed from. */
export function isRounding(deviation: number, curve: Curve, mean: number): boolean {
  return deviation <= ROUNDING * (Math.abs(mean) + (curve.kind === "equity" ? 1 : 0));
}

/** Moments of a curve's returns, `m2` exactly 0 where only rounding varies; undefined with fewer than two points. */
export function curveMoments(curve: Curve): Stat<Moments> {
  const returns = curve.returns;
  if (returns.value === null) return returns;
  if (returns.value.length < 2) return undefinedBecause("there are fewer than 2 points");
  const moments = momentsOf(returns.value);
  return defined(isRounding(Math.sqrt(moments.m2), curve, moments.mean) ? { ...moments, m2: 0, m3: 0, m4: 0 } : moments);
}

/** Moments of returns that vary, for ratios over a deviation; undefined without variance as well. */
export function varyingMoments(curve: Curve): Stat<Moments> {
  const moments = curveMoments(curve);
  return moments.value?.m2 === 0 ? undefinedBecause("the returns do not vary") : moments;
}

/** Sample standard deviation: the sum of squares over n - 1. */
export function sampleDeviation({ count, m2 }: Moments): number {
  return Math.sqrt((m2 * count) / (count - 1));
}
