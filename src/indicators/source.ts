import type { CandleSeries } from "../core/index.js";

/** Which price of a candle an indicator reads. */
export type PriceField = "open" | "high" | "low" | "close";

/** Where a strategy stands in its series: the bar view of the run. Indicators show this bar and earlier ones, never a later one. */
export interface Cursor {
  readonly index: number;
}

/**
 * Columns computed from one candle series, kept by name so that a sweep computes each once. A column is a causal function of the
 * candles: the value at a bar needs only that bar and earlier ones.
 */
export class ColumnCache {
  readonly #columns = new WeakMap<CandleSeries, Map<string, unknown>>();

  /** The column of that name, computed at its first use. */
  get<T>(series: CandleSeries, name: string, compute: () => T): T {
    let columns = this.#columns.get(series);
    if (columns === undefined) {
      columns = new Map();
      this.#columns.set(series, columns);
    }
    if (!columns.has(name)) columns.set(name, compute());
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
