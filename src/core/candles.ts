import { LabError } from "../errors/index.js";
import type { Decimal } from "./decimal.js";
import { type EpochMs, type Interval, intervalMs } from "./time.js";
import { fromUnits, MAX_SAFE, pow10 } from "./units.js";

/** One candle at the edge: exact decimals. */
export interface Candle {
  readonly time: EpochMs;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
}

/** The columns a candle series is made of. Prices are whole numbers of 10^-priceDp, volumes of 10^-volumeDp, times epoch milliseconds of the candle's open. */
export interface CandleColumns {
  readonly symbol: string;
  readonly interval: Interval;
  readonly priceDp: number;
  readonly volumeDp: number;
  readonly time: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** Where the candles come from, shown with every result. */
  readonly source?: CandleSource;
}

/** Where a series comes from. A synthetic one says so in every chart and result made of it. */
export interface CandleSource {
  /** File name or URL as the user wrote it; no machine path is added. */
  readonly name: string;
  readonly sha256?: string;
  readonly synthetic: boolean;
}

/**
 * An exact columnar candle series: one typed column a field, integers inside (see {@link CandleColumns}), in time order
 * without duplicates. Immutable by convention; slices share the columns.
 */
export class CandleSeries {
  readonly symbol: string;
  readonly interval: Interval;
  readonly intervalMs: number;
  readonly priceDp: number;
  readonly volumeDp: number;
  readonly time: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly source: CandleSource;
  /** Number of candles. */
  readonly length: number;
  #extremes: { low: number; high: number } | undefined;

  constructor(columns: CandleColumns) {
    this.symbol = columns.symbol;
    this.interval = columns.interval;
    this.intervalMs = intervalMs(columns.interval);
    this.priceDp = columns.priceDp;
    this.volumeDp = columns.volumeDp;
    this.time = columns.time;
    this.open = columns.open;
    this.high = columns.high;
    this.low = columns.low;
    this.close = columns.close;
    this.volume = columns.volume;
    this.length = columns.time.length;
    this.source = columns.source ?? { name: "in memory", synthetic: false };
    for (const field of ["open", "high", "low", "close", "volume"] as const)
      if (columns[field].length !== this.length)
        throw new LabError("CANDLES_RAGGED", `Column ${field} has ${columns[field].length} values, time has ${this.length}.`);
  }

  /** Lowest low and highest high in price units, computed once. */
  get extremes(): { low: number; high: number } {
    if (this.#extremes === undefined) {
      let low = Number.POSITIVE_INFINITY;
      let high = 0;
      for (let i = 0; i < this.length; i++) {
        if (this.low[i]! < low) low = this.low[i]!;
        if (this.high[i]! > high) high = this.high[i]!;
      }
      this.#extremes = { low, high };
    }
    return this.#extremes;
  }

  /** The candle at an index, from the end when negative, as exact decimals. */
  at(index: number): Candle | undefined {
    const i = index < 0 ? this.length + index : index;
    if (!(i >= 0 && i < this.length)) return undefined;
    return {
      time: this.time[i]!,
      open: fromUnits(this.open[i]!, this.priceDp),
      high: fromUnits(this.high[i]!, this.priceDp),
      low: fromUnits(this.low[i]!, this.priceDp),
      close: fromUnits(this.close[i]!, this.priceDp),
      volume: fromUnits(this.volume[i]!, this.volumeDp),
    };
  }

  /** Candles [start, end) by index, sharing the columns; negative indices count from the end as in `Array.slice`. */
  slice(start = 0, end: number = this.length): CandleSeries {
    return new CandleSeries({
      ...this.#columns(),
      time: this.time.subarray(start, end),
      open: this.open.subarray(start, end),
      high: this.high.subarray(start, end),
      low: this.low.subarray(start, end),
      close: this.close.subarray(start, end),
      volume: this.volume.subarray(start, end),
    });
  }

  /** The same candles in finer price units, exactly; itself where the units are the same. @throws LabError `UNITS_OVERFLOW`, `NOT_REPRESENTABLE` for coarser ones. */
  withPriceDp(priceDp: number): CandleSeries {
    if (priceDp === this.priceDp) return this;
    const factor = pow10(priceDp - this.priceDp);
    if (priceDp < this.priceDp)
      throw new LabError("NOT_REPRESENTABLE", `${this.symbol} has prices with ${this.priceDp} decimals, more than ${priceDp}.`);
    if (this.extremes.high * factor > MAX_SAFE)
      throw new LabError("UNITS_OVERFLOW", `${this.symbol} prices are too large for units of 1e-${priceDp}.`);
    const scale = (column: Float64Array): Float64Array => column.map((units) => units * factor);
    return new CandleSeries({
      ...this.#columns(),
      priceDp,
      open: scale(this.open),
      high: scale(this.high),
      low: scale(this.low),
      close: scale(this.close),
    });
  }

  #columns(): CandleColumns {
    const { symbol, interval, priceDp, volumeDp, time, open, high, low, close, volume, source } = this;
    return { symbol, interval, priceDp, volumeDp, time, open, high, low, close, volume, source };
  }

  /** Index of the first candle at or after a moment; `length` when there is none. */
  indexAt(time: EpochMs): number {
    let lo = 0;
    let hi = this.length;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if (this.time[mid]! < time) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }

  /** A price column as doubles, for charts and statistics. */
  prices(field: "open" | "high" | "low" | "close"): Float64Array {
    const scale = pow10(this.priceDp);
    return this[field].map((units) => units / scale);
  }

  /** The volumes as doubles, for charts and statistics. */
  volumes(): Float64Array {
    const scale = pow10(this.volumeDp);
    return this.volume.map((units) => units / scale);
  }
}
