import { MAX_SAFE, pow10 } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Column } from "./column.js";
import { compareTwoProducts, type Sign } from "./exact.js";
import { checkPeriod } from "./period.js";
import type { Cursor, Indicator, IndicatorSource, PriceField } from "./source.js";

/** Rolling sums of a price column in price units. */
function rollingSums(sums: Float64Array, prices: Float64Array, period: number, from: number, to: number): void {
  let sum = from > 0 ? sums[from - 1]! : 0;
  for (let i = from; i < to; i++) {
    sum += prices[i]!;
    if (i >= period) sum -= prices[i - period]!;
    sums[i] = sum;
  }
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
  #sums: Column | undefined;

  /** @throws LabError `PERIOD_INVALID`, `UNITS_OVERFLOW` when a sum could pass 2^53. */
  constructor(source: IndicatorSource, period: number, field: PriceField = "close") {
    const { series } = source;
    this.period = checkPeriod(period, "SMA");
    this.field = field;
    this.source = source;
    this.cursor = source.cursor;
    this.#scale = pow10(series.priceDp) * period;
    this.#checkSize();
  }

  #checkSize(): void {
    const { series } = this.source;
    if (series.extremes.high * this.period > MAX_SAFE)
      throw new LabError(
        "UNITS_OVERFLOW",
        `A sum of ${this.period} prices of ${series.symbol} passes 2^53 units; use a shorter period or a coarser tick.`,
      );
  }

  /** Rolling sums by bar in price units, made at the first use; entries before bar `period` - 1 are partial. */
  get sums(): Column {
    const { field, period } = this;
    const { series, columns } = this.source;
    this.#sums ??= columns.doubles(series, `sma:${field}:${period}`, (sums, from, to) => {
      if (from > 0) this.#checkSize();
      rollingSums(sums, series[field], period, from, to);
    });
    return this.#sums;
  }

  get ready(): boolean {
    return this.cursor.index >= this.period - 1;
  }

  get value(): number {
    return this.ready ? this.sums.at(this.cursor.index) / this.#scale : Number.NaN;
  }

  /** Sign of this average less another of the same symbol at this bar, exact. @throws LabError `INDICATOR_NOT_READY`, `SERIES_MIXED`. */
  compare(other: Sma): Sign {
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
    return this.compareAt(this.cursor.index, other);
  }

  /** The same at any bar from where both have a value: sign of a/n - b/m for whole sums, by their products. */
  compareAt(index: number, other: Sma): Sign {
    return compareTwoProducts(this.sums.at(index), other.period, other.sums.at(index), this.period);
  }
}
