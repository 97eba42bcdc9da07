/**
 * A statistic that may be undefined: a value, or `null` with the reason in words. Undefined is an expected outcome (no trades, no
 * variance, one point), so it is never an exception, and never 0, NaN or infinity in disguise.
 *
 * The scheme of this folder: the plain functions (`sharpe(run)`) return the value or `null`; `summary(run)` keeps the reasons.
 */
export type Stat<T = number> = { readonly value: T; readonly reason?: undefined } | { readonly value: null; readonly reason: string };

/** A defined statistic; a number that overflowed is undefined instead. */
export function defined<T>(value: T): Stat<T> {
  return typeof value === "number" && !Number.isFinite(value) ? { value: null, reason: "the result is too large for a number" } : { value };
}

/** An undefined statistic. */
export function undefinedBecause<T = number>(reason: string): Stat<T> {
  return { value: null, reason };
}
