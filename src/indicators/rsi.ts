import { Decimal, type Ratio } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { checkPeriod } from "./period.js";
import type { Cursor, Indicator, IndicatorSource, PriceField } from "./source.js";

interface Averages {
  readonly gain: Float64Array;
  readonly loss: Float64Array;
}

/** Wilder's averages of rises and falls in price units, as doubles; entries before bar `period` are unset. */
function wilder(column: Float64Array, period: number): Averages {
  const gain = new Float64Array(column.length);
  const loss = new Float64Array(column.length);
  let g = 0;
  let l = 0;
  for (let i = 1; i < column.length; i++) {
    const change = column[i]! - column[i - 1]!;
    const up = change > 0 ? change : 0;
    const down = change < 0 ? -change : 0;
    if (i <= period) {
      g += up;
      l += down;
      if (i === period) {
        g /= period;
        l /= period;
      }
    } else {
      g = (g * (period - 1) + up) / period;
      l = (l * (period - 1) + down) / period;
    }
    gain[i] = g;
    loss[i] = l;
  }
  return { gain, loss };
}

/**
 * Relative error bound of the double averages: each step rounds three times (at most 2^-53 each) and damps earlier errors by
 * (period - 1) / period, so the sum stays below 3 x period x 2^-53; the seed adds as much. Taken twice for the comparison's own roundings.
 */
const errorBound = (period: number): number => (period * 8 + 8) * 2 ** -53;

/** Below this an average may have lost precision to underflow, and the doubles decide nothing. */
const TINY = 1e-250;

/**
 * Relative strength index in Wilder's smoothing (New Concepts in Technical Trading Systems, 1978): 100 - 100 / (1 + average gain /
 * average loss). The first value stands at bar `period`; no losses give 100, else no gains give 0.
 *
 * `value` is a double. {@link Rsi.compare} decides against a threshold on the averages, and where the doubles are closer than their
 * error bound it decides again in 40 digits from the same prices.
 */
export class Rsi implements Indicator {
  readonly period: number;
  readonly cursor: Cursor;
  readonly #column: Float64Array;
  readonly #averages: Averages;

  constructor(source: IndicatorSource, period: number, field: PriceField = "close") {
    this.period = checkPeriod(period, "RSI");
    this.#column = source.series[field];
    this.#averages = source.columns.get(source.series, `rsi:${field}:${period}`, () => wilder(this.#column, period));
    this.cursor = source.cursor;
  }

  get ready(): boolean {
    return this.cursor.index >= this.period;
  }

  get value(): number {
    if (!this.ready) return Number.NaN;
    const gain = this.#averages.gain[this.cursor.index]!;
    const loss = this.#averages.loss[this.cursor.index]!;
    return loss === 0 ? 100 : gain === 0 ? 0 : 100 - 100 / (1 + gain / loss);
  }

  /**
   * Sign of the RSI less a threshold. RSI <= t means gain x (100 - t) <= loss x t, which needs no division.
   * @param threshold - an exact fraction, as made by `ratio("30")`.
   * @throws LabError `INDICATOR_NOT_READY` before bar `period`.
   */
  compare(threshold: Ratio): -1 | 0 | 1 {
    if (!this.ready) throw new LabError("INDICATOR_NOT_READY", `RSI(${this.period}) needs ${this.period + 1} bars.`);
    const i = this.cursor.index;
    const gain = this.#averages.gain[i]!;
    const loss = this.#averages.loss[i]!;
    if (gain > TINY && loss > TINY) {
      const left = gain * (100 * threshold.den - threshold.num);
      const right = loss * threshold.num;
      const distance = left - right;
      if (Math.abs(distance) > errorBound(this.period) * (Math.abs(left) + Math.abs(right))) return distance > 0 ? 1 : -1;
    }
    return this.#compareExactly(i, threshold);
  }

  /** The same decision in 40 digits, from as many bars back as still weigh 1e-40 in the averages, or from the start where that is nearer. */
  #compareExactly(index: number, threshold: Ratio): -1 | 0 | 1 {
    const { period } = this;
    const column = this.#column;
    const memory = Math.ceil(period * 100);
    const from = Math.max(period, index - memory);
    const exactStart = from === period;
    let gain = new Decimal(exactStart ? 0 : this.#averages.gain[from]!);
    let loss = new Decimal(exactStart ? 0 : this.#averages.loss[from]!);
    if (exactStart) {
      for (let i = 1; i <= period; i++) {
        const change = column[i]! - column[i - 1]!;
        if (change > 0) gain = gain.plus(change);
        else loss = loss.minus(change);
      }
      gain = gain.div(period);
      loss = loss.div(period);
    }
    for (let i = from + 1; i <= index; i++) {
      const change = column[i]! - column[i - 1]!;
      gain = gain
        .times(period - 1)
        .plus(change > 0 ? change : 0)
        .div(period);
      loss = loss
        .times(period - 1)
        .plus(change < 0 ? -change : 0)
        .div(period);
    }
    const t = new Decimal(threshold.num).div(threshold.den);
    if (loss.isZero()) return sign(new Decimal(100).minus(t));
    if (gain.isZero()) return sign(t.neg());
    return sign(gain.times(new Decimal(100).minus(t)).minus(loss.times(t)));
  }
}

function sign(value: Decimal): -1 | 0 | 1 {
  return value.isZero() ? 0 : value.isNegative() ? -1 : 1;
}
