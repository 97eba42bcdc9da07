import { MAX_SAFE, narrow } from "../core/index.js";
import type { Portfolio } from "../portfolio/index.js";

/**
 * Equity by bar in cash units, with the largest drawdown. Between two fills equity is a straight function of the close, so a segment is filled in one
 * tight loop when the position changes; a segment whose values could pass 2^53, and one that holds an inverse contract, whose value is no straight function of the
 * price, is computed bar by bar by the portfolio, and kept as the nearest doubles.
 */
export class EquityCurve {
  readonly values: Float64Array;
  /** Bars filled so far. */
  length = 0;
  // Doubles from the start: a field that first holds nothing, or a small integer, holds its numbers as objects, and the loop of a segment would make one a bar.
  #peak = 0.5;
  #trough = 0.5;
  #worst = -0.5;

  constructor(values: Float64Array, initial: number) {
    this.values = values;
    this.#peak = initial;
    this.#trough = initial;
    this.#worst = 0;
  }

  /** Fills the bars up to `end` for a single instrument whose position has not changed since the last call. `high` bounds the closes. */
  extend(end: number, portfolio: Portfolio, closes: Float64Array, high: number): void {
    if (end <= this.length) return;
    const { valueScale, instrument } = portfolio.instruments[0]!;
    const perPrice = portfolio.quantity[0]! * valueScale;
    const base = portfolio.flow;
    const bends = instrument.kind === "inverse" && perPrice !== 0;
    if (bends || portfolio.isBig || Math.abs(base) + Math.abs(perPrice) * high > MAX_SAFE) {
      this.#extendByBar(end, portfolio, closes);
      return;
    }
    if (perPrice === 0) {
      const { values } = this;
      for (let i = this.length; i < end; i++) values[i] = base;
      this.#see(base);
      this.length = end;
      return;
    }
    const { values } = this;
    let peak = this.#peak;
    let trough = this.#trough;
    let worst = this.#worst;
    for (let i = this.length; i < end; i++) {
      const equity = base + perPrice * closes[i]!;
      values[i] = equity;
      if (equity > peak) {
        const drawdown = (peak - trough) / peak;
        if (drawdown > worst) worst = drawdown;
        peak = equity;
        trough = equity;
      } else if (equity < trough) trough = equity;
    }
    this.#peak = peak;
    this.#worst = worst;
    this.#trough = trough;
    this.length = end;
  }

  #extendByBar(end: number, portfolio: Portfolio, closes: Float64Array): void {
    const mark = portfolio.mark[0]!;
    for (let i = this.length; i < end; i++) {
      portfolio.mark[0] = closes[i]!;
      this.push(portfolio.equityUnits());
    }
    portfolio.mark[0] = mark;
  }

  /** Adds one bar. */
  push(equity: number | bigint): void {
    const value = Number(typeof equity === "bigint" ? narrow(equity) : equity);
    this.values[this.length++] = value;
    this.#see(value);
  }

  #see(equity: number): void {
    if (equity > this.#peak) {
      this.#settle();
      this.#peak = equity;
      this.#trough = equity;
    } else if (equity < this.#trough) this.#trough = equity;
  }

  #settle(): void {
    const drawdown = (this.#peak - this.#trough) / this.#peak;
    if (drawdown > this.#worst) this.#worst = drawdown;
  }

  /** Largest fall from a peak, as a fraction of the peak; the starting cash is the first peak. */
  get maxDrawdown(): number {
    this.#settle();
    return this.#worst;
  }
}
