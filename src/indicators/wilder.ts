import { Decimal } from "../core/index.js";
import type { Column } from "./column.js";
import { ULP } from "./exact.js";

/**
 * Relative error bound of a double average: each step rounds three times (at most 2^-53 each) and damps earlier errors by
 * (period - 1) / period, so the sum stays below 3 x period x 2^-53; the seed adds as much. Taken twice for the comparison's own roundings.
 */
export const wilderError = (period: number): number => (period * 8 + 8) * ULP;

/** Below this an average may have lost precision to underflow, and the doubles decide nothing. */
export const TINY = 1e-250;

/** Weight below which the rounding of an earlier double average (1e-14 of it) does not reach the 40th digit of a later one. */
const NEGLIGIBLE = 1e-26;

/** One step of Wilder's smoothing in doubles. */
export function smooth(average: number, value: number, period: number): number {
  return (average * (period - 1) + value) / period;
}

/**
 * Wilder's average of non-negative whole numbers: the mean of the first `period`, then (average x (period - 1) + next) / period. Doubles by bar, and 40 digits
 * where a decision is too close for them.
 */
export class WilderAverage {
  readonly #column: Column;
  readonly #input: (index: number) => number;
  readonly #period: number;
  /** Bar of the first average, of the inputs up to there. */
  readonly #seedAt: number;
  /** The last exact average: a market that stays close to a threshold asks for it bar by bar. */
  #exact: { readonly index: number; readonly value: Decimal } | undefined;

  /** @param column - the doubles, with partial sums before `seedAt`. */
  constructor(column: Column, input: (index: number) => number, period: number, seedAt: number) {
    this.#column = column;
    this.#input = input;
    this.#period = period;
    this.#seedAt = seedAt;
  }

  /** The average as a double. */
  at(index: number): number {
    return this.#column.at(index);
  }

  /** The average in 40 digits: from the latest bar whose own rounding no longer matters, from what was computed exactly before, or from the first. */
  exactly(index: number): Decimal {
    const from = this.#farEnough(index);
    let state = this.#exact;
    if (state === undefined || state.index > index || state.index < from)
      state = from === this.#seedAt ? this.#seed() : { index: from, value: new Decimal(this.#column.at(from)) };
    let { value } = state;
    for (let i = state.index + 1; i <= index; i++)
      value = value
        .times(this.#period - 1)
        .plus(this.#input(i))
        .div(this.#period);
    this.#exact = { index, value };
    return value;
  }

  #farEnough(index: number): number {
    const average = this.#column.at(index);
    if (!(average > TINY)) return this.#seedAt;
    const damping = (this.#period - 1) / this.#period;
    let weight = 1 / NEGLIGIBLE;
    let from = index;
    while (from > this.#seedAt && this.#column.at(from) * weight > average) {
      weight *= damping;
      from--;
    }
    return from;
  }

  #seed(): { readonly index: number; readonly value: Decimal } {
    let sum = new Decimal(0);
    for (let i = this.#seedAt - this.#period + 1; i <= this.#seedAt; i++) sum = sum.plus(this.#input(i));
    return { index: this.#seedAt, value: sum.div(this.#period) };
  }
}
