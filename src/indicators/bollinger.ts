import { type DecimalInput, ExactPrice, MAX_SAFE, pow10, type Ratio, ratio } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Column } from "./column.js";
import { compareProducts, type Sign } from "./exact.js";
import { checkPeriod } from "./period.js";
import { Sma } from "./sma.js";
import type { Cursor, Indicator, IndicatorSource, PriceField } from "./source.js";

/**
 * n x (sum of squares) - (square of the sum) of the last n prices: n^2 times their population variance, a whole number. Prices are taken from their
 * window's newest, which leaves it the same and keeps it exact in a double while windows span fewer than 2^53 / n^2 square units.
 */
function spreads(values: Float64Array, prices: Float64Array, n: number, from: number, to: number): void {
  for (let i = Math.max(from, n - 1); i < to; i++) {
    const newest = prices[i]!;
    let sum = 0;
    let squares = 0;
    for (let j = i - n + 1; j < i; j++) {
      const distance = prices[j]! - newest;
      sum += distance;
      squares += distance * distance;
    }
    values[i] = n * squares - sum * sum;
  }
}

/**
 * Bollinger bands: the simple average of the last `period` prices and `multiplier` population standard deviations above and below it.
 *
 * Values are doubles in price. Whether a price is beyond a band is decided exactly, without a root: close > mean + k x sigma means that
 * n x close - sum is positive and its square exceeds k^2 x (n x sum of squares - sum^2), whole numbers on both sides.
 */
export class Bollinger implements Indicator {
  readonly period: number;
  readonly multiplier: Ratio;
  readonly cursor: Cursor;
  readonly #mean: Sma;
  readonly #spread: Column;
  readonly #prices: Float64Array;
  readonly #scale: number;
  readonly #dp: number;

  /** @throws LabError `PERIOD_INVALID`, `UNITS_OVERFLOW`, `PARAM_INVALID` for a negative multiplier. */
  constructor(source: IndicatorSource, period: number, multiplier: DecimalInput | Ratio = 2, field: PriceField = "close") {
    const { series, columns } = source;
    this.period = checkPeriod(period, "Bollinger");
    this.multiplier = typeof multiplier === "object" && "num" in multiplier ? multiplier : ratio(multiplier, "multiplier");
    if (this.multiplier.num < 0)
      throw new LabError("PARAM_INVALID", `Bollinger's multiplier must not be negative, got ${String(multiplier)}.`, {
        details: { multiplier },
      });
    this.cursor = source.cursor;
    this.#mean = new Sma(source, period, field);
    this.#prices = series[field];
    this.#dp = series.priceDp;
    this.#scale = pow10(series.priceDp) * period;
    this.#spread = columns.doubles(series, `bollinger:${field}:${period}`, (values, from, to) =>
      spreads(values, series[field], period, from, to),
    );
  }

  get ready(): boolean {
    return this.cursor.index >= this.period - 1;
  }

  /** The middle band: the mean. */
  get value(): number {
    return this.#mean.value;
  }

  /** The population standard deviation. */
  get deviation(): number {
    return this.ready ? Math.sqrt(Math.max(0, this.#spread.at(this.cursor.index))) / this.#scale : Number.NaN;
  }

  get upper(): number {
    return this.value + (this.multiplier.num / this.multiplier.den) * this.deviation;
  }

  get lower(): number {
    return this.value - (this.multiplier.num / this.multiplier.den) * this.deviation;
  }

  /** Sign of this bar's price less the upper band, exact. @throws LabError `INDICATOR_NOT_READY`. */
  compareUpper(): Sign {
    return this.#beyond(this.#distance());
  }

  /** Sign of this bar's price less the lower band, exact. @throws LabError `INDICATOR_NOT_READY`. */
  compareLower(): Sign {
    const sign = this.#beyond(-this.#distance());
    return sign === 0 ? 0 : (-sign as Sign);
  }

  /** Sign of |price - mean| less a distance in price, exact. @throws LabError `INDICATOR_NOT_READY`. */
  compareMean(distance: ExactPrice): Sign {
    const { units, num, den, dp } = distance;
    const finer = dp - this.#dp;
    const up = finer > 0 ? pow10(finer) : 1;
    const down = finer < 0 ? pow10(-finer) : 1;
    return compareProducts([Math.abs(this.#distance()), den, up], [units, num, this.period, down]);
  }

  /** period x price - sum of the last prices: the distance from the mean, times the period, in price units. */
  #distance(): number {
    if (!this.ready) throw new LabError("INDICATOR_NOT_READY", `Bollinger(${this.period}) needs ${this.period} bars.`);
    const i = this.cursor.index;
    let sum = 0;
    const newest = this.#prices[i]!;
    for (let j = i - this.period + 1; j < i; j++) sum += newest - this.#prices[j]!;
    return sum;
  }

  /** Sign of a distance (times the period) less multiplier x deviation (times the period). */
  #beyond(distance: number): Sign {
    const { num, den } = this.multiplier;
    const spread = this.#spreadExactly();
    if (distance <= 0) return distance === 0 && (num === 0 || spread === 0) ? 0 : -1;
    if (typeof spread === "number") return compareProducts([distance, distance, den, den], [num, num, spread]);
    const left = (BigInt(distance) * BigInt(den)) ** 2n;
    const right = BigInt(num) ** 2n * spread;
    return left > right ? 1 : left < right ? -1 : 0;
  }

  /** The column's whole number, made again in BigInt where it was too large for a double. */
  #spreadExactly(): number | bigint {
    const i = this.cursor.index;
    const spread = this.#spread.at(i);
    const n = this.period;
    let widest = 0;
    for (let j = i - n + 1; j < i; j++) widest = Math.max(widest, Math.abs(this.#prices[j]! - this.#prices[i]!));
    if (n * n * widest * widest <= MAX_SAFE) return spread;
    let sum = 0n;
    let squares = 0n;
    for (let j = i - n + 1; j < i; j++) {
      const distance = BigInt(this.#prices[j]! - this.#prices[i]!);
      sum += distance;
      squares += distance * distance;
    }
    return BigInt(n) * squares - sum * sum;
  }
}

/** A distance in price as an exact price: `distance("0.25")`. */
export function exactDistance(of: Ratio): ExactPrice {
  return new ExactPrice(1, 0, of.num, of.den);
}
