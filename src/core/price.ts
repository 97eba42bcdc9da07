import { LabError } from "../errors/index.js";
import { Decimal, type DecimalInput, decimal } from "./decimal.js";
import { type Ratio, ratio } from "./ratio.js";
import { floorDiv, floorDivBig, MAX_SAFE, narrow, pow10, toWideUnits } from "./units.js";

/**
 * An exact price as the fraction units x num / den, where units count 10^-dp: what a stop at 98 % of a low is before it is
 * rounded to a tick. Made by `bar.exact`, immutable, cheap enough for the hot path.
 */
export class ExactPrice {
  readonly units: number;
  readonly dp: number;
  readonly num: number;
  readonly den: number;

  constructor(units: number, dp: number, num = 1, den = 1) {
    this.units = units;
    this.dp = dp;
    this.num = num;
    this.den = den;
  }

  /**
   * This price times a decimal factor, exactly.
   * @throws LabError `RATIO_TOO_FINE` when the product of the factors has too many digits.
   */
  times(factor: DecimalInput | Ratio): ExactPrice {
    const by = typeof factor === "object" && "num" in factor ? factor : ratio(factor, "factor");
    const num = this.num * by.num;
    const den = this.den * by.den;
    if (Math.abs(num) > MAX_SAFE || den > MAX_SAFE)
      throw new LabError(
        "RATIO_TOO_FINE",
        `${this.toDecimal().toFixed()} times ${by.num}/${by.den} has too many digits for exact arithmetic.`,
      );
    return new ExactPrice(this.units, this.dp, num, den);
  }

  /** Whole units of 10^-dp, rounded down to a multiple of `step`. */
  floorTo(step: number): number {
    return floorUnits(this.units, this.num, this.den, step);
  }

  /** Whole units of 10^-dp, rounded up to a multiple of `step`. */
  ceilTo(step: number): number {
    return ceilUnits(this.units, this.num, this.den, step);
  }

  /** The same price in units of another 10^-dp, exactly. @throws LabError `UNITS_OVERFLOW`. */
  rescale(dp: number): ExactPrice {
    if (dp === this.dp) return this;
    const finer = Math.max(0, dp - this.dp);
    const units = narrow(BigInt(this.units) * 10n ** BigInt(finer));
    const den = narrow(BigInt(this.den) * 10n ** BigInt(Math.max(0, this.dp - dp)));
    if (typeof units !== "number" || typeof den !== "number")
      throw new LabError("UNITS_OVERFLOW", `Price ${this.toDecimal().toFixed()} cannot be held in units of 1e-${dp}.`);
    return new ExactPrice(units, dp, this.num, den);
  }

  /** The price as a decimal of 40 digits. */
  toDecimal(): Decimal {
    return new Decimal(this.units).times(this.num).div(this.den).div(pow10(this.dp));
  }

  toString(): string {
    return this.toDecimal().toFixed();
  }
}

/** units x num / den rounded down to a multiple of step, exactly; for non-negative units. */
export function floorUnits(units: number, num: number, den: number, step: number): number {
  const scaled = units * num;
  const divisor = den * step;
  if (scaled <= MAX_SAFE && scaled >= 0 && divisor <= MAX_SAFE) return floorDiv(scaled, divisor) * step;
  return Number(floorDivBig(BigInt(units) * BigInt(num), BigInt(den) * BigInt(step))) * step;
}

/** units x num / den rounded up to a multiple of step, exactly; for non-negative units. */
export function ceilUnits(units: number, num: number, den: number, step: number): number {
  const scaled = units * num;
  const divisor = den * step;
  if (scaled <= MAX_SAFE && scaled >= 0 && divisor <= MAX_SAFE) {
    const floor = floorDiv(scaled, divisor);
    return (floor * divisor === scaled ? floor : floor + 1) * step;
  }
  return -Number(floorDivBig(-BigInt(units) * BigInt(num), BigInt(den) * BigInt(step))) * step;
}

/**
 * Any price input as an {@link ExactPrice} in units of 10^-dp. One with more digits than 2^53 holds, such as 41234.560000000005 from `bar.low * 0.98`, keeps
 * its whole units and the fact that it lies between two of them, which is all that rounding to a tick asks for.
 * @throws LabError `PRICE_INVALID` for what is no number above zero, or too large.
 */
export function exactPrice(input: DecimalInput | ExactPrice, dp: number, name = "price"): ExactPrice {
  if (input instanceof ExactPrice) return input.rescale(dp);
  const value = positivePrice(input, name);
  const spare = value.decimalPlaces() - dp;
  const units = toWideUnits(value, Math.max(dp, value.decimalPlaces()));
  if (typeof units === "number" && spare <= 15) return new ExactPrice(units, dp, 1, spare > 0 ? pow10(spare) : 1);
  const below = toWideUnits(value, dp, "floor");
  if (typeof below !== "number" || below > (MAX_SAFE - 1) / 2 || spare <= 0)
    throw new LabError("PRICE_INVALID", `${name} ${value.toFixed()} is too large to hold in units of 1e-${dp}.`, {
      details: { name, value: value.toFixed() },
    });
  return new ExactPrice(2 * below + 1, dp, 1, 2);
}

function positivePrice(input: DecimalInput, name: string): Decimal {
  const refuse = (shown: string): LabError =>
    new LabError("PRICE_INVALID", `${name} must be a price greater than zero, got ${shown}.`, { details: { name, value: shown } });
  let value: Decimal;
  try {
    value = decimal(input, name);
  } catch {
    throw refuse(String(input));
  }
  if (!value.gt(0)) throw refuse(value.toFixed());
  return value;
}
