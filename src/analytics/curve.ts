import { type EpochMs, timeText, YEAR_MS } from "../core/index.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";

/** What a {@link Curve} is made of: equity values, or simple returns per period. Columns are checked by `curveOf`. */
export interface CurveColumns {
  readonly kind: "equity" | "returns";
  readonly values: Float64Array;
  /** Equity before the first value; 1 for returns. */
  readonly initial: number;
  readonly time: Float64Array | undefined;
  readonly periodsPerYear: number | undefined;
}

/** Every source of returns in one form, with the returns and the equity derived from each other on demand, once. */
export class Curve {
  readonly kind: "equity" | "returns";
  readonly length: number;
  readonly initial: number;
  readonly time: Float64Array | undefined;
  /** Periods in a year; 1 when unknown, so that annual values become values per period. */
  readonly periodsPerYear: number;
  readonly isAnnual: boolean;
  readonly #values: Float64Array;
  #returns: Stat<Float64Array> | undefined;
  #equity: Stat<Float64Array> | undefined;

  constructor(columns: CurveColumns) {
    this.kind = columns.kind;
    this.length = columns.values.length;
    this.initial = columns.initial;
    this.time = columns.time;
    this.periodsPerYear = columns.periodsPerYear ?? 1;
    this.isAnnual = columns.periodsPerYear !== undefined;
    this.#values = columns.values;
  }

  /** Simple returns, one a point. Undefined when equity was spent before the last point: a later return would have no base. */
  get returns(): Stat<Float64Array> {
    this.#returns ??= this.kind === "returns" ? this.#unlessEmpty(this.#values) : this.#returnsOfEquity();
    return this.#returns;
  }

  /** Equity at each point; returns compound from {@link initial}. Undefined when a return is below -1: debt does not compound. */
  get equity(): Stat<Float64Array> {
    this.#equity ??= this.kind === "equity" ? this.#unlessEmpty(this.#values) : this.#compound();
    return this.#equity;
  }

  /**
   * Length in years of 365 days, from the real times: first to last, and the one period that the first point stands for.
   * Without times, points over periods per year; without both, the number of periods.
   */
  get years(): number {
    if (this.time === undefined || this.length === 0) return this.length / this.periodsPerYear;
    return (this.time[this.length - 1]! - this.time[0]!) / YEAR_MS + 1 / this.periodsPerYear;
  }

  /** When a point was taken; the equity before the first point (index -1) carries the first point's time. */
  timeAt(index: number): EpochMs | null {
    return this.time?.[Math.max(0, index)] ?? null;
  }

  /** A point for a message: `point 3 (2024-05-01T00:15:00Z)`. */
  point(index: number): string {
    const time = this.timeAt(index);
    return time === null ? `point ${index}` : `point ${index} (${timeText(time)})`;
  }

  #unlessEmpty(values: Float64Array): Stat<Float64Array> {
    return values.length === 0 ? undefinedBecause("there are no points") : defined(values);
  }

  #returnsOfEquity(): Stat<Float64Array> {
    const equity = this.#values;
    const returns = new Float64Array(equity.length);
    let previous = this.initial;
    for (let i = 0; i < equity.length; i++) {
      if (previous <= 0) return undefinedBecause(`equity was ${previous} at ${this.point(i - 1)}: later returns have no base`);
      const value = equity[i]!;
      returns[i] = value / previous - 1;
      previous = value;
    }
    return this.#unlessEmpty(returns);
  }

  #compound(): Stat<Float64Array> {
    const returns = this.#values;
    const equity = new Float64Array(returns.length);
    let value = this.initial;
    for (let i = 0; i < returns.length; i++) {
      if (returns[i]! < -1) return undefinedBecause(`the return at ${this.point(i)} is ${returns[i]}, below -1: debt does not compound`);
      value *= 1 + returns[i]!;
      equity[i] = value;
    }
    if (!Number.isFinite(value)) return undefinedBecause("the compounded returns are too large for a number");
    return this.#unlessEmpty(equity);
  }
}
