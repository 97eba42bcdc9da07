import { LabError } from "../errors/index.js";
import { CandleSeries, type CandleSource } from "./candles.js";
import type { DecimalInput } from "./decimal.js";
import { type EpochMs, type Interval, timeText } from "./time.js";
import { toUnits } from "./units.js";

/** A finished candle as exact text or decimals, as venues publish it. */
export interface CandleInput {
  /** Open time. */
  readonly time: EpochMs;
  readonly open: DecimalInput;
  readonly high: DecimalInput;
  readonly low: DecimalInput;
  readonly close: DecimalInput;
  readonly volume: DecimalInput;
  /** Checked where given. */
  readonly symbol?: string;
  /** Checked where given. */
  readonly interval?: Interval;
  /** A venue's candle that has not closed yet is refused. */
  readonly closed?: boolean;
}

/** What a growing series is made from. */
export interface CandleBufferOptions {
  readonly symbol: string;
  readonly interval: Interval;
  /** Decimals of prices and volumes; finer values are refused, not rounded. */
  readonly priceDp: number;
  readonly volumeDp: number;
  readonly source?: CandleSource;
  /** Candles it may ever hold; memory is only used for those it has. 16,777,216 unless given. */
  readonly capacity?: number;
}

const CAPACITY = 2 ** 24;
/** Columns of a series. */
const FIELDS = 6;

/**
 * A candle series that grows: what a live session appends closed candles to. Its columns are views that follow one resizable buffer each, so a bar view or
 * an indicator made from it sees every appended candle; slices are of what there was.
 */
export class CandleBuffer extends CandleSeries {
  readonly #buffers: readonly ArrayBuffer[];
  readonly #capacity: number;

  /** @throws LabError `INTERVAL_UNKNOWN`, `OPTION_INVALID` for decimals or a capacity out of range. */
  constructor(options: CandleBufferOptions) {
    const { symbol, interval, priceDp, volumeDp, source, capacity = CAPACITY } = options;
    for (const [name, value, max] of [
      ["priceDp", priceDp, 15],
      ["volumeDp", volumeDp, 15],
      ["capacity", capacity, 2 ** 28],
    ] as const)
      if (!Number.isInteger(value) || value < 0 || value > max)
        throw new LabError("OPTION_INVALID", `${name} must be a whole number from 0 to ${max}, got ${value}.`, {
          details: { name, value },
        });
    const buffers = Array.from({ length: FIELDS }, () => new ArrayBuffer(0, { maxByteLength: capacity * Float64Array.BYTES_PER_ELEMENT }));
    const column = (i: number): Float64Array => new Float64Array(buffers[i]!);
    const columns = { time: column(0), open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
    super({ symbol, interval, priceDp, volumeDp, ...columns, source: source ?? { name: "appended candle by candle", synthetic: false } });
    this.#buffers = buffers;
    this.#capacity = capacity;
  }

  /** A growing copy of a series, to go on from its history. */
  static from(history: CandleSeries, options: { readonly capacity?: number } = {}): CandleBuffer {
    const { symbol, interval, priceDp, volumeDp, source } = history;
    const buffer = new CandleBuffer({ symbol, interval, priceDp, volumeDp, source, ...options });
    history.assertValid();
    buffer.#resize(history.length);
    for (const field of ["time", "open", "high", "low", "close", "volume"] as const) buffer[field].set(history[field]);
    return buffer;
  }

  override get capacity(): number {
    return this.#capacity;
  }

  /**
   * Appends a closed candle. It is checked as a whole first: a refused one changes nothing.
   * @returns its index.
   * @throws LabError `CANDLE_FOREIGN` for another symbol or interval, `CANDLE_OPEN` for one that has not closed, `NOT_REPRESENTABLE` for more decimals than the
   *   series has, `UNITS_OVERFLOW`, `DECIMAL_INVALID`, and what {@link CandleBuffer.appendUnits} throws.
   */
  append(candle: CandleInput): number {
    const { symbol, interval, priceDp, volumeDp } = this;
    if ((candle.symbol ?? symbol) !== symbol || (candle.interval ?? interval) !== interval)
      throw new LabError(
        "CANDLE_FOREIGN",
        `A candle of ${candle.symbol ?? symbol}, ${candle.interval ?? interval}, does not belong to ${symbol}, ${interval}.`,
        { details: { symbol: candle.symbol, interval: candle.interval } },
      );
    if (candle.closed === false)
      throw new LabError("CANDLE_OPEN", `The candle of ${symbol} at ${momentText(candle.time)} has not closed; only closed ones are kept.`);
    const price = (field: "open" | "high" | "low" | "close"): number => toUnits(candle[field], priceDp, "exact", `${symbol} ${field}`);
    const volume = toUnits(candle.volume, volumeDp, "exact", `${symbol} volume`);
    return this.appendUnits(candle.time, price("open"), price("high"), price("low"), price("close"), volume);
  }

  /**
   * The same in whole units: prices of 10^-priceDp, volume of 10^-volumeDp.
   * @throws LabError `CANDLE_ORDER` for a time not after the last, `CANDLE_SPACING` for one that is not whole intervals after it (gaps are allowed),
   *   `CANDLES_INVALID` for prices that are no whole units above zero or not between low and high, `CANDLES_FULL` beyond the capacity.
   */
  appendUnits(time: EpochMs, open: number, high: number, low: number, close: number, volume: number): number {
    const index = this.length;
    this.#checkTime(time);
    const prices = [open, high, low, close];
    if (!prices.every((units) => Number.isSafeInteger(units) && units > 0) || !Number.isSafeInteger(volume) || volume < 0)
      throw this.#invalid(time, `prices must be whole units above zero and the volume none below, got ${prices.join(", ")} and ${volume}`);
    if (high < Math.max(open, close) || low > Math.min(open, close))
      throw this.#invalid(time, `open ${open} and close ${close} must lie between low ${low} and high ${high}`);
    if (index === this.#capacity)
      throw new LabError("CANDLES_FULL", `${this.symbol}: the series holds ${index} candles, as many as it was made for.`);
    this.#resize(index + 1);
    this.time[index] = time;
    this.open[index] = open;
    this.high[index] = high;
    this.low[index] = low;
    this.close[index] = close;
    this.volume[index] = volume;
    return index;
  }

  #checkTime(time: EpochMs): void {
    if (!Number.isSafeInteger(time)) throw this.#invalid(time, `its time ${time} is no whole number of milliseconds`);
    const last = this.time[this.length - 1];
    if (last === undefined) return;
    const details = { symbol: this.symbol, time, last };
    if (time <= last)
      throw new LabError("CANDLE_ORDER", `${this.symbol}: a candle of ${momentText(time)} is not after the last, of ${momentText(last)}.`, {
        details,
      });
    if ((time - last) % this.intervalMs !== 0)
      throw new LabError(
        "CANDLE_SPACING",
        `${this.symbol}: a candle of ${momentText(time)} is not whole intervals of ${this.interval} after the last, of ${momentText(last)}.`,
        { details },
      );
  }

  #invalid(time: EpochMs, problem: string): LabError {
    return new LabError("CANDLES_INVALID", `${this.symbol}, candle of ${momentText(time)}: ${problem}.`, {
      details: { symbol: this.symbol, time },
    });
  }

  #resize(length: number): void {
    for (const buffer of this.#buffers) buffer.resize(length * Float64Array.BYTES_PER_ELEMENT);
  }
}

function momentText(time: EpochMs): string {
  return Number.isSafeInteger(time) && Math.abs(time) <= 8.64e15 ? timeText(time) : String(time);
}
