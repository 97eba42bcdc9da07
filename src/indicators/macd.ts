import { Decimal, pow10 } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Column } from "./column.js";
import { Ema, emaError, emaMemory, fillEma, nextEma } from "./ema.js";
import { type Sign, signOf, TIE, ULP } from "./exact.js";
import { checkPeriod } from "./period.js";
import type { Cursor, Indicator, IndicatorSource, PriceField } from "./source.js";

/** Periods of a {@link Macd}. */
export interface MacdPeriods {
  readonly fast: number;
  readonly slow: number;
  readonly signal: number;
}

/**
 * Moving average convergence divergence (Appel): the line is EMA(fast) - EMA(slow) from where both exist, the signal the EMA of the line, the histogram
 * their difference. All three are shown from the signal's first value on; fast may be the longer one.
 *
 * The values are doubles in price; {@link Macd.compareHistogram} decides exactly, see there.
 */
export class Macd implements Indicator {
  readonly periods: MacdPeriods;
  readonly cursor: Cursor;
  readonly #source: IndicatorSource;
  readonly #fast: Ema;
  readonly #slow: Ema;
  readonly #line: Column;
  readonly #signal: Column;
  /** First bar of the line, and of the signal. */
  readonly #first: number;
  readonly #last: number;
  #exact: { readonly index: number; readonly signal: Decimal } | undefined;

  /** @throws LabError `PERIOD_INVALID`, `UNITS_OVERFLOW`. */
  constructor(source: IndicatorSource, periods: MacdPeriods, field: PriceField = "close") {
    const { fast, slow, signal } = periods;
    this.#fast = new Ema(source, checkPeriod(fast, "MACD's fast average"), field);
    this.#slow = new Ema(source, checkPeriod(slow, "MACD's slow average"), field);
    checkPeriod(signal, "MACD's signal");
    this.periods = { fast, slow, signal };
    this.cursor = source.cursor;
    this.#source = source;
    this.#first = Math.max(fast, slow) - 1;
    this.#last = this.#first + signal - 1;
    const { series, columns } = source;
    const key = `${field}:${fast}:${slow}`;
    this.#line = columns.doubles(series, `macd:${key}`, (values, from, to) => {
      for (let i = Math.max(from, this.#first); i < to; i++) values[i] = this.#fast.unitsAt(i) - this.#slow.unitsAt(i);
    });
    this.#signal = columns.doubles(series, `macd:${key}:${signal}`, (values, from, to) => {
      this.#line.extend();
      fillEma(values, this.#line.values, signal, this.#first, from, to);
    });
  }

  get ready(): boolean {
    return this.cursor.index >= this.#last;
  }

  /** The line: fast less slow average. */
  get value(): number {
    return this.#shown(this.#line);
  }

  /** The signal: the line's average. */
  get signal(): number {
    return this.#shown(this.#signal);
  }

  /** The line less the signal. */
  get histogram(): number {
    return this.value - this.signal;
  }

  #shown(column: Column): number {
    return this.ready ? column.at(this.cursor.index) / pow10(this.#source.series.priceDp) : Number.NaN;
  }

  /**
   * Sign of the histogram: 1 while the line is above its signal. The double's error is at most the sum of the bounds of the two averages, once in the line and
   * once in the signal, the signal's own and four roundings, each in the size of the highest price: closer to zero than that, 40 digits decide.
   * @throws LabError `INDICATOR_NOT_READY`.
   */
  compareHistogram(): Sign {
    if (!this.ready) throw new LabError("INDICATOR_NOT_READY", `MACD needs ${this.#last + 1} bars.`);
    const i = this.cursor.index;
    const { fast, slow, signal } = this.periods;
    const histogram = this.#line.at(i) - this.#signal.at(i);
    const bound = (2 * emaError(fast) + 2 * emaError(slow) + emaError(signal) + 4 * ULP) * this.#source.series.extremes.high;
    if (Math.abs(histogram) > bound) return histogram > 0 ? 1 : -1;
    const average = this.#signalExactly(i);
    const difference = this.#lineExactly(i).minus(average);
    const noise = new Decimal(this.#source.series.extremes.high).times(TIE);
    return difference.abs().lte(noise) ? 0 : signOf(difference);
  }

  #lineExactly(index: number): Decimal {
    return this.#fast.exactly(index).minus(this.#slow.exactly(index));
  }

  /** The signal in price units and 40 digits, from the lines that still matter. */
  #signalExactly(index: number): Decimal {
    const { signal } = this.periods;
    const from = Math.max(this.#last, index - emaMemory(signal));
    let state = this.#exact;
    if (state === undefined || state.index > index || state.index < from)
      state = { index: from, signal: from === this.#last ? this.#seed() : new Decimal(this.#signal.at(from)) };
    let value = state.signal;
    for (let i = state.index + 1; i <= index; i++) value = nextEma(value, this.#lineExactly(i), signal);
    this.#exact = { index, signal: value };
    return value;
  }

  #seed(): Decimal {
    let sum = new Decimal(0);
    for (let i = this.#first; i <= this.#last; i++) sum = sum.plus(this.#lineExactly(i));
    return sum.div(this.periods.signal);
  }
}
