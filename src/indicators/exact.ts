import { Decimal, type ExactPrice, MAX_SAFE, pow10 } from "../core/index.js";

export type Sign = -1 | 0 | 1;

/** Unit of rounding of a double. */
export const ULP: number = 2 ** -53;

/** A tie in fractions differs by this much of the terms at most once they are rounded to 40 digits; it stays a tie. */
export const TIE = "1e-35";

/** Sign of a decimal. */
export function signOf(value: Decimal): Sign {
  return value.isZero() ? 0 : value.isNegative() ? -1 : 1;
}

/** Sign of a - b in 40 digits, where a difference that is rounding's alone counts as none. */
export function compareDecimals(a: Decimal, b: Decimal, scale: Decimal = a.abs().plus(b.abs())): Sign {
  const difference = a.minus(b);
  return difference.abs().lte(scale.times(TIE)) ? 0 : signOf(difference);
}

/**
 * Sign of one product of whole numbers less another, exact: doubles decide where they are exact, or further apart than the rounding of a handful of factors;
 * BigInt decides the rest.
 */
export function compareProducts(a: readonly number[], b: readonly number[]): Sign {
  let x = 1;
  let y = 1;
  for (const factor of a) x *= factor;
  for (const factor of b) y *= factor;
  const [sizeX, sizeY] = [Math.abs(x), Math.abs(y)];
  const exact = sizeX <= MAX_SAFE && sizeY <= MAX_SAFE;
  if (exact || Math.abs(x - y) > (sizeX + sizeY) * 32 * ULP) return x > y ? 1 : x < y ? -1 : 0;
  const big = (factors: readonly number[]): bigint => factors.reduce((product, factor) => product * BigInt(factor), 1n);
  const [p, q] = [big(a), big(b)];
  return p > q ? 1 : p < q ? -1 : 0;
}

/** The same for two factors each, without lists: sign of a x b - c x d. */
export function compareTwoProducts(a: number, b: number, c: number, d: number): Sign {
  const x = a * b;
  const y = c * d;
  const [sizeX, sizeY] = [Math.abs(x), Math.abs(y)];
  if ((sizeX <= MAX_SAFE && sizeY <= MAX_SAFE) || Math.abs(x - y) > (sizeX + sizeY) * 32 * ULP) return x > y ? 1 : x < y ? -1 : 0;
  return compareProducts([a, b], [c, d]);
}

/** A price in units of 10^-dp, of any fineness, as a decimal of 40 digits. */
export function decimalUnits(price: ExactPrice, dp: number): Decimal {
  return new Decimal(price.units)
    .times(price.num)
    .div(price.den)
    .times(new Decimal(10).pow(dp - price.dp));
}

/** The same as the nearest double, good to four roundings. */
export function doubleUnits(price: ExactPrice, dp: number): number {
  const units = (price.units * price.num) / price.den;
  return dp >= price.dp ? units * pow10(dp - price.dp) : units / pow10(price.dp - dp);
}
