import { LabError } from "../errors/index.js";
import { type DecimalInput, decimal } from "./decimal.js";
import { gcd, narrow } from "./units.js";

/** An exact fraction num / den in lowest terms, den > 0; both safe integers. Rates, percentages and price factors enter the integer core as these. */
export interface Ratio {
  readonly num: number;
  readonly den: number;
}

const cache = new Map<string, Ratio>();

/**
 * The fraction that a decimal text denotes: `ratio("0.9975")` is 399 / 400.
 * @throws LabError `DECIMAL_INVALID` for text that is no number, `RATIO_TOO_FINE` when numerator or denominator exceed 2^53 - 1.
 */
export function ratio(input: DecimalInput, name = "ratio"): Ratio {
  const key = typeof input === "string" || typeof input === "number" ? String(input) : undefined;
  const known = key === undefined ? undefined : cache.get(key);
  if (known !== undefined) return known;
  const value = decimal(input, name);
  const result = fraction(BigInt(value.toFixed().replace(".", "")), 10n ** BigInt(value.decimalPlaces()), `${name} ${value.toFixed()}`);
  if (key !== undefined && cache.size < 4096) cache.set(key, result);
  return result;
}

/**
 * num / den in lowest terms; den must be positive.
 * @throws LabError `RATIO_TOO_FINE` when numerator or denominator exceed 2^53 - 1.
 */
export function fraction(num: bigint, den: bigint, name: string): Ratio {
  const g = gcd(num < 0n ? -num : num, den);
  const n = narrow(num / g);
  const d = narrow(den / g);
  if (typeof n !== "number" || typeof d !== "number")
    throw new LabError("RATIO_TOO_FINE", `${name} has too many digits for exact arithmetic.`, { details: { name } });
  return Object.freeze({ num: n, den: d });
}
