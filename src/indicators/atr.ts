import { type Decimal, type ExactPrice, MAX_SAFE, pow10 } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { compareDecimals, decimalUnits, doubleUnits, type Sign, ULP } from "./exact.js";
import { checkPeriod } from "./period.js";
import type { Cursor, Indicator, IndicatorSource } from "./source.js";
import { smooth, TINY, WilderAverage, wilderError } from "./wilder.js";

/**
 * Average true range in Wilder's smoothing (New Concepts in Technical Trading Systems, 1978): the true range is the largest of high - low, |high - last close|
 * and |low - last close| (the first bar has its own close for the last); the first value is the mean of `period` of them, at bar `period` - 1.
 *
 * `value` is a double in price; {@link Atr.compare} decides exactly: the relative error of the double is below (8 x period + 8) x 2^-53, and closer than that
 * 40 digits decide.
 */
export class Atr implements Indicator {
  readonly period: number;
  readonly cursor: Cursor;
  readonly #dp: number;
  readonly #average: WilderAverage;

  /** @throws LabError `PERIOD_INVALID`, `UNITS_OVERFLOW` when a sum of ranges could pass 2^53. */
  constructor(source: IndicatorSource, period: number) {
    this.period = checkPeriod(period, "ATR");
    this.cursor = source.cursor;
    const { series, columns } = source;
    this.#dp = series.priceDp;
    const { high, low, close } = series;
    if (series.extremes.high * period > MAX_SAFE)
      throw new LabError(
        "UNITS_OVERFLOW",
        `A sum of ${period} ranges of ${series.symbol} passes 2^53 units; use a shorter period or a coarser tick.`,
      );
    const range = (i: number): number => {
      const last = close[i - 1] ?? close[i]!;
      return Math.max(high[i]! - low[i]!, Math.abs(high[i]! - last), Math.abs(low[i]! - last));
    };
    const column = columns.doubles(series, `atr:${period}`, (values, from, to) => {
      let value = from > 0 ? values[from - 1]! : 0;
      for (let i = from; i < to; i++) {
        if (i >= period) value = smooth(value, range(i), period);
        else {
          value += range(i);
          if (i === period - 1) value /= period;
        }
        values[i] = value;
      }
    });
    this.#average = new WilderAverage(column, range, period, period - 1);
  }

  get ready(): boolean {
    return this.cursor.index >= this.period - 1;
  }

  get value(): number {
    return this.ready ? this.#average.at(this.cursor.index) / pow10(this.#dp) : Number.NaN;
  }

  /** Sign of the ATR less a distance in price, such as `bar.exact.close.times("0.01")`. @throws LabError `INDICATOR_NOT_READY`. */
  compare(distance: ExactPrice): Sign {
    return this.#compare(doubleUnits(distance, this.#dp), () => decimalUnits(distance, this.#dp));
  }

  /**
   * The same for a distance that is computed: the double is looked at first, and must be good to eight roundings.
   * @throws LabError `INDICATOR_NOT_READY`.
   */
  compareComputed(distance: number, exactly: () => Decimal): Sign {
    const scale = pow10(this.#dp);
    return this.#compare(distance * scale, () => exactly().times(scale));
  }

  #compare(distance: number, exactly: () => Decimal): Sign {
    if (!this.ready) throw new LabError("INDICATOR_NOT_READY", `ATR(${this.period}) needs ${this.period} bars.`);
    const i = this.cursor.index;
    const value = this.#average.at(i);
    const bound = (wilderError(this.period) + 16 * ULP) * (value + Math.abs(distance));
    if (value > TINY && Math.abs(value - distance) > bound) return value > distance ? 1 : -1;
    return compareDecimals(this.#average.exactly(i), exactly());
  }
}
