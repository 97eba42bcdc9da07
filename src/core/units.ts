import { LabError } from "../errors/index.js";
import { Decimal, type DecimalInput, decimal } from "./decimal.js";
import { plainUnits, scaledDecimal } from "./plain-decimal.js";

/**
 * Integers inside: a price, a quantity or an amount of money is a whole number of units of 10^-dp, held in a double while
 * it is at most 2^53 - 1 in size. Every product is checked against {@link MAX_SAFE}; beyond it BigInt takes over.
 */
export const MAX_SAFE: number = Number.MAX_SAFE_INTEGER;

/** 10^k for 0 <= k <= 15, exact in a double. */
export function pow10(k: number): number {
  return 10 ** k;
}

/** How a value that lies between two units is placed. */
export type Rounding = "floor" | "ceil" | "exact";

/**
 * A decimal as a whole number of units of 10^-dp.
 * @throws LabError `NOT_REPRESENTABLE` when rounding is `"exact"` and the value lies between two units,
 *   `UNITS_OVERFLOW` when the result exceeds 2^53 - 1.
 */
export function toUnits(input: DecimalInput, dp: number, rounding: Rounding = "exact", name = "value"): number {
  const units = toWideUnits(input, dp, rounding, name);
  if (typeof units === "number") return units;
  const value = decimal(input, name).toFixed();
  throw new LabError("UNITS_OVERFLOW", `${name} ${value} is too large to hold in units of 1e-${dp}.`, { details: { name, value, dp } });
}

/** The same for amounts that may be of any size: a BigInt beyond 2^53 - 1. @throws LabError `NOT_REPRESENTABLE`. */
export function toWideUnits(input: DecimalInput, dp: number, rounding: Rounding = "exact", name = "value"): number | bigint {
  const text = typeof input === "string" ? input : Decimal.isDecimal(input) ? input.toFixed() : "";
  const plain = plainUnits(text, dp);
  if (plain !== undefined) return plain;
  const value = decimal(input, name);
  if (rounding === "exact" && value.decimalPlaces() > dp)
    throw new LabError("NOT_REPRESENTABLE", `${name} ${value.toFixed()} has more than ${dp} decimals.`, {
      details: { name, value: value.toFixed(), dp },
    });
  const placed = value.toDecimalPlaces(dp, rounding === "ceil" ? Decimal.ROUND_CEIL : Decimal.ROUND_FLOOR);
  return narrow(BigInt(placed.toFixed(dp).replace(".", "")));
}

/** Units of 10^-dp as an exact decimal, however many digits they have. */
export function fromUnits(units: number | bigint, dp: number): Decimal {
  if (typeof units === "number") return Number.isSafeInteger(units) ? scaledDecimal(units, dp) : new Decimal(`${BigInt(units)}e-${dp}`);
  const small = narrow(units);
  return typeof small === "number" ? scaledDecimal(small, dp) : new Decimal(`${units}e-${dp}`);
}

/** Units of 10^-dp as plain text with exactly dp decimals; no rounding takes place. */
export function unitsText(units: number | bigint, dp: number): string {
  return fromUnits(units, dp).toFixed(dp);
}

/** Units of 10^-dp as the nearest double: for statistics and charts, never for a decision on money. */
export function unitsNumber(units: number | bigint, dp: number): number {
  return Number(units) / pow10(dp);
}

/** Floor of x / d for a safe integer x and a positive safe integer d; the double quotient is corrected by its remainder. */
export function floorDiv(x: number, d: number): number {
  let q = Math.floor(x / d);
  const r = x - q * d;
  if (r < 0) q--;
  else if (r >= d) q++;
  return q;
}

/** Floor of x / d for BigInt, also for negative x; d must be positive. */
export function floorDivBig(x: bigint, d: bigint): bigint {
  const q = x / d;
  return x % d < 0n ? q - 1n : q;
}

/** x / d rounded half away from zero: the rounding of fees and funding. d must be positive. */
export function roundDivBig(x: bigint, d: bigint): bigint {
  return x < 0n ? -((-x * 2n + d) / (2n * d)) : (x * 2n + d) / (2n * d);
}

/** A BigInt as a plain number where that is exact, else itself: money stays a double as long as it can. */
export function narrow(value: bigint): number | bigint {
  return value <= BigInt(MAX_SAFE) && value >= -BigInt(MAX_SAFE) ? Number(value) : value;
}

/** Greatest common divisor of two non-negative integers. */
export function gcd(a: bigint, b: bigint): bigint {
  let x = a;
  let y = b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
