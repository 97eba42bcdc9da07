import { LabError } from "../errors/index.js";
import { Decimal, type DecimalInput, decimal } from "./decimal.js";
import { gcd, MAX_SAFE } from "./units.js";

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
  const dp = value.decimalPlaces();
  const den = 10n ** BigInt(dp);
  const num = BigInt(value.times(new Decimal(10).pow(dp)).toFixed(0));
  const g = gcd(num < 0n ? -num : num, den);
  const result = Object.freeze({ num: Number(num / g), den: Number(den / g) });
  if (Math.abs(result.num) > MAX_SAFE || result.den > MAX_SAFE)
    throw new LabError("RATIO_TOO_FINE", `${name} ${value.toFixed()} has too many digits for exact arithmetic.`, {
      details: { name, value: value.toFixed() },
    });
  if (key !== undefined && cache.size < 4096) cache.set(key, result);
  return result;
}
