import { Decimal, type Ratio } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Column } from "./column.js";
import { checkPeriod } from "./period.js";
import type { Cursor, Indicator, IndicatorSource, PriceField } from "./source.js";

/** Wilder's average of the rises (`sign` 1) or falls (-1) in price units, as doubles; entries before bar `period` are partial sums. */
function wilder(average: Float64Array, prices: Float64Array, period: number, sign: 1 | -1, from: number, to: number): void {
  let value = from > 0 ? average[from - 1]! : 0;
  for (let i = Math.max(1, from); i < to; i++) {
    const change = (prices[i]! - prices[i - 1]!) * sign;
    const moved = change > 0 ? change : 0;
    if (i > period) value = (value * (period - 1) + moved) / period;
    else {
      value += moved;
      if (i === period) value /= period;
    }
    average[i] = value;
  }
}

/**
 * Relative error bound of the double averages: each step rounds three times (at most 2^-53 each) and damps earlier errors by
 * (period - 1) / period, so the sum stays below 3 x period x 2^-53; the seed adds as much. Taken twice for the comparison's own roundings.
 */
const errorBound = (period: number): number => (period * 8 + 8) * 2 ** -53;

/** Below this an average may have lost precision to underflow, and the doubles decide nothing. */
const TINY = 1e-250;

/** Weight below which the rounding of an earlier double average (1e-14 of it) does not reach the 40th digit of a later one. */
const NEGLIGIBLE = 1e-26;

/** A tie in fractions differs by this much at most once its thirds and sevenths are rounded to 40 digits; it stays a tie. */
const TIE = "1e-35";

/** Both averages in 40 digits, as they stand at a bar. */
interface ExactAverages {
  readonly index: number;
  readonly gain: Decimal;
  readonly loss: Decimal;
}

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
  readonly #gain: Column;
  readonly #loss: Column;
  /** The last exact averages: a rising or falling market asks for them bar by bar. */
  #exact: ExactAverages | undefined;

  constructor(source: IndicatorSource, period: number, field: PriceField = "close") {
    this.period = checkPeriod(period, "RSI");
    this.#column = source.series[field];
    const average = (name: string, sign: 1 | -1): Column =>
      source.columns.doubles(source.series, `rsi:${name}:${field}:${period}`, (values, from, to) =>
        wilder(values, source.series[field], period, sign, from, to),
      );
    this.#gain = average("gain", 1);
    this.#loss = average("loss", -1);
    this.cursor = source.cursor;
  }

  get ready(): boolean {
    return this.cursor.index >= this.period;
  }

  get value(): number {
    if (!this.ready) return Number.NaN;
    const gain = this.#gain.at(this.cursor.index);
    const loss = this.#loss.at(this.cursor.index);
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
    const gain = this.#gain.at(i);
    const loss = this.#loss.at(i);
    if (gain > TINY && loss > TINY) {
      const left = gain * (100 * threshold.den - threshold.num);
      const right = loss * threshold.num;
      const distance = left - right;
      if (Math.abs(distance) > errorBound(this.period) * (Math.abs(left) + Math.abs(right))) return distance > 0 ? 1 : -1;
    }
    return this.#compareExactly(i, threshold);
  }

  /**
   * The same decision in 40 digits. A bar without a change scales both averages alike (to nothing, where the period is 1), so the last bar with one
   * decides; from there it goes back until what
   * came before weighs less than {@link NEGLIGIBLE} in both averages, or to what was computed exactly before, or to the first bar.
   */
  #compareExactly(index: number, threshold: Ratio): -1 | 0 | 1 {
    const column = this.#column;
    let last = index;
    while (this.period > 1 && last > this.period && column[last] === column[last - 1]) last--;
    const { gain, loss } = this.#exactly(last);
    const t = new Decimal(threshold.num).div(threshold.den);
    if (loss.isZero()) return sign(new Decimal(100).minus(t));
    if (gain.isZero()) return sign(t.neg());
    const left = gain.times(new Decimal(100).minus(t));
    const right = loss.times(t);
    const difference = left.minus(right);
    return difference.abs().lte(left.plus(right).times(TIE)) ? 0 : sign(difference);
  }

  #exactly(index: number): ExactAverages {
    const from = this.#farEnough(index);
    let state = this.#exact;
    if (state === undefined || state.index > index || state.index < from) state = from === this.period ? this.#seed() : this.#rounded(from);
    const { period } = this;
    const column = this.#column;
    let { gain, loss } = state;
    for (let i = state.index + 1; i <= index; i++) {
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
    this.#exact = { index, gain, loss };
    return this.#exact;
  }

  /** The latest bar whose own averages no longer matter at `index`; the first one where an average has nearly vanished. */
  #farEnough(index: number): number {
    const gain = this.#gain.values;
    const loss = this.#loss.values;
    if (!(gain[index]! > TINY && loss[index]! > TINY)) return this.period;
    const damping = (this.period - 1) / this.period;
    let weight = 1 / NEGLIGIBLE;
    let from = index;
    while (from > this.period && (gain[from]! * weight > gain[index]! || loss[from]! * weight > loss[index]!)) {
      weight *= damping;
      from--;
    }
    return from;
  }

  #rounded(index: number): ExactAverages {
    return { index, gain: new Decimal(this.#gain.at(index)), loss: new Decimal(this.#loss.at(index)) };
  }

  #seed(): ExactAverages {
    const { period } = this;
    let gain = new Decimal(0);
    let loss = new Decimal(0);
    for (let i = 1; i <= period; i++) {
      const change = this.#column[i]! - this.#column[i - 1]!;
      if (change > 0) gain = gain.plus(change);
      else loss = loss.minus(change);
    }
    return { index: period, gain: gain.div(period), loss: loss.div(period) };
  }
}

function sign(value: Decimal): -1 | 0 | 1 {
  return value.isZero() ? 0 : value.isNegative() ? -1 : 1;
}
