import { Decimal, ExactPrice, MAX_SAFE, pow10 } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Column } from "./column.js";
import { compareDecimals, decimalUnits, doubleUnits, type Sign, ULP } from "./exact.js";
import { checkPeriod } from "./period.js";
import type { Cursor, Indicator, IndicatorSource, PriceField } from "./source.js";

/**
 * Fills an exponential average: the mean of the first `period` inputs, then average + (input - average) x 2 / (period + 1). Before that, partial sums.
 * @param input - what is averaged, from bar `first` on.
 */
export function fillEma(values: Float64Array, input: Float64Array, period: number, first: number, from: number, to: number): void {
  const factor = 2 / (period + 1);
  const seedAt = first + period - 1;
  let value = from > first ? values[from - 1]! : 0;
  for (let i = Math.max(first, from); i < to; i++) {
    if (i > seedAt) value = (input[i]! - value) * factor + value;
    else {
      value += input[i]!;
      if (i === seedAt) value /= period;
    }
    values[i] = value;
  }
}

/** One step in 40 digits. */
export function nextEma(value: Decimal, input: Decimal | number, period: number): Decimal {
  return value
    .times(period - 1)
    .plus(new Decimal(input).times(2))
    .div(period + 1);
}

/**
 * Error bound of the double average in the size of its inputs. A step rounds the difference, the factor and the product (three times a share of at most
 * 2 / (period + 1)) and the sum (once), and keeps (period - 1) / (period + 1) of earlier errors: at most (period / 2 + 4.5) x 2^-53 in all, with the seed's
 * division. Taken twice.
 */
export const emaError = (period: number): number => (period + 12) * ULP;

/** Bars after which what stood before, rounded to a double, no longer reaches the 40th digit: (1 - 2 / (period + 1)) to that power is below 1e-32. */
export const emaMemory = (period: number): number => Math.ceil(37 * (period + 1));

/**
 * Exponential moving average with factor 2 / (period + 1), seeded by the simple average of the first `period` prices, which is its first value.
 *
 * `value` is a double. {@link Ema.compare} decides exactly: where doubles are closer than their error bound of (period + 12) x 2^-53 of the highest price, 40
 * digits decide.
 */
export class Ema implements Indicator {
  readonly period: number;
  readonly field: PriceField;
  readonly source: IndicatorSource;
  readonly cursor: Cursor;
  readonly #column: Column;
  readonly #prices: Float64Array;
  #exact: { readonly index: number; readonly value: Decimal } | undefined;

  /** @throws LabError `PERIOD_INVALID`, `UNITS_OVERFLOW` when the first sum could pass 2^53. */
  constructor(source: IndicatorSource, period: number, field: PriceField = "close") {
    const { series, columns } = source;
    this.period = checkPeriod(period, "EMA");
    this.field = field;
    this.source = source;
    this.cursor = source.cursor;
    this.#prices = series[field];
    if (series.extremes.high * period > MAX_SAFE)
      throw new LabError(
        "UNITS_OVERFLOW",
        `A sum of ${period} prices of ${series.symbol} passes 2^53 units; use a shorter period or a coarser tick.`,
      );
    this.#column = columns.doubles(series, `ema:${field}:${period}`, (values, from, to) =>
      fillEma(values, series[field], period, 0, from, to),
    );
  }

  get ready(): boolean {
    return this.cursor.index >= this.period - 1;
  }

  get value(): number {
    return this.ready ? this.#column.at(this.cursor.index) / pow10(this.source.series.priceDp) : Number.NaN;
  }

  /**
   * Sign of this average less a price, or less another average of the same symbol, at this bar.
   * @throws LabError `INDICATOR_NOT_READY`, `SERIES_MIXED` for an average of another symbol.
   */
  compare(other: Ema | ExactPrice): Sign {
    const ready = this.ready && (other instanceof ExactPrice || other.ready);
    if (!ready)
      throw new LabError("INDICATOR_NOT_READY", `EMA(${this.period}) is compared from its bar ${this.period} on, when both have a value.`);
    return this.compareAt(this.cursor.index, other);
  }

  /** The same at any bar from where both have a value. */
  compareAt(index: number, other: Ema | ExactPrice): Sign {
    const { series } = this.source;
    const value = this.#column.at(index);
    let bound = emaError(this.period) * series.extremes.high;
    if (other instanceof ExactPrice) {
      const price = doubleUnits(other, series.priceDp);
      bound += price * 4 * ULP;
      if (Math.abs(value - price) > bound) return value > price ? 1 : -1;
      return compareDecimals(this.exactly(index), decimalUnits(other, series.priceDp));
    }
    if (other.source.series !== series) throw new LabError("SERIES_MIXED", "Averages that are compared exactly must be of one symbol.");
    const than = other.unitsAt(index);
    bound += emaError(other.period) * series.extremes.high;
    if (Math.abs(value - than) > bound) return value > than ? 1 : -1;
    return compareDecimals(this.exactly(index), other.exactly(index));
  }

  /** The double in price units. */
  unitsAt(index: number): number {
    return this.#column.at(index);
  }

  /** In price units and 40 digits: from the prices that still matter. */
  exactly(index: number): Decimal {
    const { period } = this;
    const prices = this.#prices;
    const from = Math.max(period - 1, index - emaMemory(period));
    let state = this.#exact;
    if (state === undefined || state.index > index || state.index < from)
      state = { index: from, value: from === period - 1 ? this.#seed() : new Decimal(this.#column.at(from)) };
    let { value } = state;
    for (let i = state.index + 1; i <= index; i++) value = nextEma(value, prices[i]!, period);
    this.#exact = { index, value };
    return value;
  }

  #seed(): Decimal {
    let sum = 0;
    for (let i = 0; i < this.period; i++) sum += this.#prices[i]!;
    return new Decimal(sum).div(this.period);
  }
}
