import { MAX_SAFE, pow10 } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Cursor, Indicator, IndicatorSource, PriceField } from "./source.js";

/** Checks a window length. @throws LabError `PERIOD_INVALID` unless it is a whole number from 1 to a million. */
export function checkPeriod(period: number, name: string): number {
  if (!Number.isInteger(period) || period < 1 || period > 1e6)
    throw new LabError("PERIOD_INVALID", `${name} needs a whole period from 1 to 1000000, got ${period}.`, { details: { period } });
  return period;
}

/** Rolling sums of a price column in price units: exact, since every sum is checked to stay below 2^53. */
function rollingSums(column: Float64Array, period: number, bound: number): Float64Array {
  if (bound * period > MAX_SAFE)
    throw new LabError(
      "UNITS_OVERFLOW",
      `A sum of ${period} prices of ${bound} units passes 2^53; use a shorter period or a coarser tick.`,
    );
  const sums = new Float64Array(column.length);
  let sum = 0;
  for (let i = 0; i < column.length; i++) {
    sum += column[i]!;
    if (i >= period) sum -= column[i - period]!;
    sums[i] = sum;
  }
  return sums;
}

/** Simple moving average: the exact sum of the last `period` prices over the period. Compare averages with {@link cross} and `compare`. */
export class Sma implements Indicator {
  readonly period: number;
  /** Rolling sums by bar, price units. */
  readonly sums: Float64Array;
  readonly cursor: Cursor;
  readonly #scale: number;

  constructor(source: IndicatorSource, period: number, field: PriceField = "close") {
    const { series } = source;
    this.period = checkPeriod(period, "SMA");
    this.sums = source.columns.get(series, `sma:${field}:${period}`, () => rollingSums(series[field], period, series.extremes.high));
    this.cursor = source.cursor;
    this.#scale = pow10(series.priceDp) * period;
  }

  get ready(): boolean {
    return this.cursor.index >= this.period - 1;
  }

  get value(): number {
    return this.ready ? this.sums[this.cursor.index]! / this.#scale : Number.NaN;
  }

  /** Sign of this average less another of the same series, exact. @throws LabError `INDICATOR_NOT_READY`. */
  compare(other: Sma): -1 | 0 | 1 {
    if (!this.ready || !other.ready)
      throw new LabError(
        "INDICATOR_NOT_READY",
        `SMA(${this.period}) and SMA(${other.period}) need ${Math.max(this.period, other.period)} bars.`,
      );
    const sign = difference(this, other, this.cursor.index);
    return sign > 0 ? 1 : sign < 0 ? -1 : 0;
  }
}

/** A number with the sign of average a less average b at a bar: the sums brought to a common denominator, in BigInt where a product passes 2^53. */
function difference(a: Sma, b: Sma, index: number): number {
  const x = a.sums[index]! * b.period;
  const y = b.sums[index]! * a.period;
  if (x <= MAX_SAFE && y <= MAX_SAFE) return x - y;
  const exact = BigInt(a.sums[index]!) * BigInt(b.period) - BigInt(b.sums[index]!) * BigInt(a.period);
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}

/**
 * Whether average `a` crosses `b` at this bar: 1 from at or below to above, -1 from at or above to below, 0 otherwise and until both
 * have two values. Exact: a tie is a tie.
 */
export function cross(a: Sma, b: Sma): -1 | 0 | 1 {
  const i = a.cursor.index;
  if (i < a.period || i < b.period) return 0;
  const now = difference(a, b, i);
  if (now === 0) return 0;
  const before = difference(a, b, i - 1);
  if (now > 0) return before <= 0 ? 1 : 0;
  return before >= 0 ? -1 : 0;
}
