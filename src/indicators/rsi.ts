import { Decimal, type Ratio } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { compareDecimals, type Sign, signOf } from "./exact.js";
import { checkPeriod } from "./period.js";
import type { Cursor, Indicator, IndicatorSource, PriceField } from "./source.js";
import { smooth, TINY, WilderAverage, wilderError } from "./wilder.js";

/** Wilder's average of the rises (`sign` 1) or falls (-1) in price units, as doubles; entries before bar `period` are partial sums. */
function average(values: Float64Array, prices: Float64Array, period: number, sign: 1 | -1, from: number, to: number): void {
  let value = from > 0 ? values[from - 1]! : 0;
  for (let i = Math.max(1, from); i < to; i++) {
    const change = (prices[i]! - prices[i - 1]!) * sign;
    const moved = change > 0 ? change : 0;
    if (i > period) value = smooth(value, moved, period);
    else {
      value += moved;
      if (i === period) value /= period;
    }
    values[i] = value;
  }
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
  readonly #prices: Float64Array;
  readonly #gain: WilderAverage;
  readonly #loss: WilderAverage;

  constructor(source: IndicatorSource, period: number, field: PriceField = "close") {
    this.period = checkPeriod(period, "RSI");
    this.cursor = source.cursor;
    const prices = source.series[field];
    this.#prices = prices;
    const of = (name: string, sign: 1 | -1): WilderAverage => {
      const column = source.columns.doubles(source.series, `rsi:${name}:${field}:${period}`, (values, from, to) =>
        average(values, prices, period, sign, from, to),
      );
      return new WilderAverage(column, (i) => Math.max(0, (prices[i]! - prices[i - 1]!) * sign), period, period);
    };
    this.#gain = of("gain", 1);
    this.#loss = of("loss", -1);
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
  compare(threshold: Ratio): Sign {
    if (!this.ready) throw new LabError("INDICATOR_NOT_READY", `RSI(${this.period}) needs ${this.period + 1} bars.`);
    const i = this.cursor.index;
    const gain = this.#gain.at(i);
    const loss = this.#loss.at(i);
    if (gain > TINY && loss > TINY) {
      const left = gain * (100 * threshold.den - threshold.num);
      const right = loss * threshold.num;
      const distance = left - right;
      if (Math.abs(distance) > wilderError(this.period) * (Math.abs(left) + Math.abs(right))) return distance > 0 ? 1 : -1;
    }
    return this.#compareExactly(i, threshold);
  }

  /** The same decision in 40 digits. A bar without a change scales both averages alike (to nothing, where the period is 1), so the last bar with one decides. */
  #compareExactly(index: number, threshold: Ratio): Sign {
    const prices = this.#prices;
    let last = index;
    while (this.period > 1 && last > this.period && prices[last] === prices[last - 1]) last--;
    const gain = this.#gain.exactly(last);
    const loss = this.#loss.exactly(last);
    const t = new Decimal(threshold.num).div(threshold.den);
    if (loss.isZero()) return signOf(new Decimal(100).minus(t));
    if (gain.isZero()) return signOf(t.neg());
    return compareDecimals(gain.times(new Decimal(100).minus(t)), loss.times(t));
  }
}
