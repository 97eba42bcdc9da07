import type { CandleSeries } from "../core/index.js";
import { Column, type Fill } from "./column.js";

/** Which price of a candle an indicator reads. */
export type PriceField = "open" | "high" | "low" | "close";

/** Where a strategy stands in its series: the bar view of the run. Indicators show this bar and earlier ones, never a later one. */
export interface Cursor {
  readonly index: number;
}

/**
 * Columns computed from candle series, kept by name so that a sweep computes each once. A column is a causal function of the
 * candles: the value at a bar needs only that bar and earlier ones.
 */
export class ColumnCache {
  readonly #columns = new WeakMap<CandleSeries, Map<string, unknown>>();

  /** The column of doubles of that name, computed at its first use. */
  doubles(series: CandleSeries, name: string, fill: Fill<Float64Array>): Column {
    return this.#get(series, name, () => new Column<Float64Array>(series, Float64Array, fill));
  }

  /** The same of signs: -1, 0 and 1. */
  signs(series: CandleSeries, name: string, fill: Fill<Int8Array>): Column<Int8Array> {
    return this.#get(series, name, () => new Column<Int8Array>(series, Int8Array, fill));
  }

  #get<T>(series: CandleSeries, name: string, make: () => T): T {
    let columns = this.#columns.get(series);
    if (columns === undefined) {
      columns = new Map();
      this.#columns.set(series, columns);
    }
    if (!columns.has(name)) columns.set(name, make());
    return columns.get(name) as T;
  }
}

/** What an indicator is made from: a series, where the strategy stands in it, and the run's shared columns. */
export interface IndicatorSource {
  readonly series: CandleSeries;
  readonly cursor: Cursor;
  readonly columns: ColumnCache;
}

/** What every indicator shows of itself. */
export interface Indicator {
  /** True once enough bars have passed. */
  readonly ready: boolean;
  /** The value at this bar as a double; NaN before `ready`. For statistics and charts; decisions use the exact comparisons. */
  readonly value: number;
}
