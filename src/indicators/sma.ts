import { MAX_SAFE, pow10 } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { checkPeriod } from "./period.js";
import type { Cursor, Indicator, IndicatorSource, PriceField } from "./source.js";

/** Rolling sums of a price column in price units. */
function rollingSums(column: Float64Array, period: number): Float64Array {
  const sums = new Float64Array(column.length);
  let sum = 0;
  for (let i = 0; i < column.length; i++) {
    sum += column[i]!;
    if (i >= period) sum -= column[i - period]!;
    sums[i] = sum;
  }
  return sums;
}

/**
 * Simple moving average: the exact sum of the last `period` prices over the period. Sums are whole price units below 2^53 (checked), so comparing two
 * averages is exact: see {@link Sma.compare} and `Crossing`.
 */
export class Sma implements Indicator {
  readonly period: number;
  readonly field: PriceField;
  readonly source: IndicatorSource;
  readonly cursor: Cursor;
  readonly #scale: number;
  #sums: Float64Array | undefined;

  /** @throws LabError `PERIOD_INVALID`, `UNITS_OVERFLOW` when a sum could pass 2^53. */
  constructor(source: IndicatorSource, period: number, field: PriceField = "close") {
    const { series } = source;
    this.period = checkPeriod(period, "SMA");
    this.field = field;
    this.source = source;
    this.cursor = source.cursor;
    this.#scale = pow10(series.priceDp) * period;
    if (series.extremes.high * period > MAX_SAFE)
      throw new LabError(
        "UNITS_OVERFLOW",
        `A sum of ${period} prices of ${series.symbol} passes 2^53 units; use a shorter period or a coarser tick.`,
      );
  }

  /** Rolling sums by bar in price units, made at the first use; entries before bar `period` - 1 are partial. */
  get sums(): Float64Array {
    const { series, columns } = this.source;
    this.#sums ??= columns.get(series, `sma:${this.field}:${this.period}`, () => rollingSums(series[this.field], this.period));
    return this.#sums;
  }

  get ready(): boolean {
    return this.cursor.index >= this.period - 1;
  }

  get value(): number {
    return this.ready ? this.sums[this.cursor.index]! / this.#scale : Number.NaN;
  }

  /** Sign of this average less another of the same symbol at this bar, exact. @throws LabError `INDICATOR_NOT_READY`, `SERIES_MIXED`. */
  compare(other: Sma): -1 | 0 | 1 {
    if (other.source.series !== this.source.series)
      throw new LabError(
        "SERIES_MIXED",
        "Averages that are compared exactly must be of one symbol; compare their values as doubles instead.",
      );
    if (!this.ready || !other.ready)
      throw new LabError(
        "INDICATOR_NOT_READY",
        `SMA(${this.period}) and SMA(${other.period}) need ${Math.max(this.period, other.period)} bars.`,
      );
    return compareSums(this.sums[this.cursor.index]!, this.period, other.sums[this.cursor.index]!, other.period);
  }
}

/** Sign of a/n - b/m for whole sums: the products are compared, in BigInt where one passes 2^53. */
export function compareSums(a: number, n: number, b: number, m: number): -1 | 0 | 1 {
  const x = a * m;
  const y = b * n;
  if (x <= MAX_SAFE && y <= MAX_SAFE) return x > y ? 1 : x < y ? -1 : 0;
  const exact = BigInt(a) * BigInt(m) - BigInt(b) * BigInt(n);
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}
