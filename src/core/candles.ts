import { LabError, unknownName } from "../errors/index.js";
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

const PRICES: readonly ("open" | "high" | "low" | "close")[] = ["open", "high", "low", "close"];

/**
 * An exact columnar candle series: one typed column a field, integers inside (see {@link CandleColumns}), in time order
 * without duplicates. Immutable by convention, but for one that grows by appending (`CandleBuffer`); slices share the columns.
 */
export class CandleSeries {
  /** As the exchange writes it: `BTCUSDT`. */
  readonly symbol: string;
  /** Time from one candle to the next: `5m`. */
  readonly interval: Interval;
  /** The interval in milliseconds. */
  readonly intervalMs: number;
  /** Decimals of the prices: `open`, `high`, `low` and `close` are in units of 10^-priceDp. */
  readonly priceDp: number;
  /** Decimals of the volumes: `volume` is in units of 10^-volumeDp. */
  readonly volumeDp: number;
  /** Open times, epoch milliseconds. */
  readonly time: Float64Array;
  /** Opening prices as integers, in units of 10^-priceDp; `prices("open")` gives them as numbers, `at(i)` one candle in decimals. */
  readonly open: Float64Array;
  /** Highest prices as integers, in units of 10^-priceDp; `prices("high")` gives them as numbers. */
  readonly high: Float64Array;
  /** Lowest prices as integers, in units of 10^-priceDp; `prices("low")` gives them as numbers. */
  readonly low: Float64Array;
  /** Closing prices as integers, in units of 10^-priceDp; `prices("close")` gives them as numbers. */
  readonly close: Float64Array;
  /** Volumes as integers, in units of 10^-volumeDp. */
  readonly volume: Float64Array;
  /** Where the candles come from, and whether they are synthetic. */
  readonly source: CandleSource;
  readonly #extremes: { low: number; high: number } = { low: Number.POSITIVE_INFINITY, high: 0 };
  /** Candles that {@link CandleSeries.extremes} has seen, and those that were found valid: a series that grows is looked at from there on. */
  #seen = 0;
  #valid = 0;

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
    this.source = columns.source ?? { name: "in memory", synthetic: false };
    for (const field of ["open", "high", "low", "close", "volume"] as const)
      if (columns[field].length !== this.length)
        throw new LabError("CANDLES_RAGGED", `Column ${field} has ${columns[field].length} values, time has ${this.length}.`);
  }

  /** Number of candles. */
  get length(): number {
    return this.time.length;
  }

  /** Candles it can ever hold: its length, unless it grows. */
  get capacity(): number {
    return this.time.length;
  }

  /**
   * Checks once that times rise and that prices are whole units above zero: what a series built by hand may get wrong and nothing after it would notice.
   * @throws LabError `CANDLES_INVALID` naming the candle.
   */
  assertValid(): void {
    const { time, open, high, low, close } = this;
    const sound = (units: number): boolean => Number.isSafeInteger(units) && units > 0;
    const fail = (i: number, problem: string): LabError =>
      new LabError("CANDLES_INVALID", `${this.symbol}, candle ${i}: ${problem}.`, { details: { symbol: this.symbol, index: i } });
    for (let i = this.#valid; i < this.length; i++) {
      if (!Number.isSafeInteger(time[i]!)) throw fail(i, `its time ${time[i]} is no whole number of milliseconds`);
      if (i > 0 && time[i]! <= time[i - 1]!) throw fail(i, `its time ${time[i]} is not after ${time[i - 1]}`);
      if (!(sound(open[i]!) && sound(high[i]!) && sound(low[i]!) && sound(close[i]!)))
        throw fail(i, `prices must be whole units above zero, got ${open[i]}, ${high[i]}, ${low[i]}, ${close[i]}`);
      if (high[i]! < Math.max(open[i]!, close[i]!) || low[i]! > Math.min(open[i]!, close[i]!))
        throw fail(i, `open ${open[i]} and close ${close[i]} must lie between low ${low[i]} and high ${high[i]}`);
    }
    this.#valid = this.length;
  }

  /** Lowest low and highest high in price units, each candle looked at once. */
  get extremes(): { readonly low: number; readonly high: number } {
    const extremes = this.#extremes;
    for (; this.#seen < this.length; this.#seen++) {
      extremes.low = Math.min(extremes.low, this.low[this.#seen]!);
      extremes.high = Math.max(extremes.high, this.high[this.#seen]!);
    }
    return extremes;
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

  /** A price column as doubles, for charts and statistics. @throws LabError `CANDLE_FIELD`. */
  prices(field: "open" | "high" | "low" | "close"): Float64Array {
    if (!PRICES.includes(field)) throw unknownName("CANDLE_FIELD", "price of a candle", String(field), PRICES);
    const scale = pow10(this.priceDp);
    return this[field].map((units) => units / scale);
  }

  /** The volumes as doubles, for charts and statistics. */
  volumes(): Float64Array {
    const scale = pow10(this.volumeDp);
    return this.volume.map((units) => units / scale);
  }
}
