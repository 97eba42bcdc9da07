import { MAX_SAFE } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Column } from "./column.js";
import { Ema } from "./ema.js";
import type { Sign } from "./exact.js";
import { Sma } from "./sma.js";
import type { Cursor } from "./source.js";

/**
 * Where one average crosses another, by bar: 1 from at or below to above, -1 from at or above to below, else 0 (also until both have two values). One
 * pass keeps m x (sum of the last n) - n x (sum of the last m), whose sign is that of the difference of the averages; all terms are safe integers.
 */
function crossings(signs: Int8Array, fast: Float64Array, slow: Float64Array, n: number, m: number): void {
  const first = Math.max(n, m);
  let difference = 0;
  for (let i = 0; i < Math.min(first, fast.length); i++) {
    difference += m * fast[i]! - n * slow[i]!;
    if (i >= n) difference -= m * fast[i - n]!;
    if (i >= m) difference += n * slow[i - m]!;
  }
  let before = difference;
  if (fast === slow) {
    crossingsOfOne(signs, fast, n, m, before);
    return;
  }
  for (let i = first; i < fast.length; i++) {
    const now = before + (m * (fast[i]! - fast[i - n]!) - n * (slow[i]! - slow[i - m]!));
    if (now > 0) {
      if (before <= 0) signs[i] = 1;
    } else if (now < 0 && before >= 0) signs[i] = -1;
    before = now;
  }
}

/** The rest of it for averages of one price, which most are: each price is read once for both. */
function crossingsOfOne(signs: Int8Array, prices: Float64Array, n: number, m: number, difference: number): void {
  let before = difference;
  const both = m - n;
  for (let i = Math.max(n, m); i < prices.length; i++) {
    const now = before + (both * prices[i]! - m * prices[i - n]! + n * prices[i - m]!);
    if (now > 0) {
      if (before <= 0) signs[i] = 1;
    } else if (now < 0 && before >= 0) signs[i] = -1;
    before = now;
  }
}

/** The same from any bar on, for averages of any kind: every bar is decided by their own exact comparison. */
function crossingsByComparison(signs: Int8Array, compareAt: (index: number) => Sign, first: number, from: number, to: number): void {
  const start = Math.max(first, from);
  if (start >= to) return;
  let before = compareAt(start - 1);
  for (let i = start; i < to; i++) {
    const now = compareAt(i);
    if (now > 0 ? before <= 0 : now < 0 && before >= 0) signs[i] = now;
    before = now;
  }
}

/** Whether average `fast` crosses average `slow` at this bar. Exact: a tie is a tie. Made by {@link crossingOf}, which knows whether the series grows. */
export class Crossing {
  /** The column of the signs. */
  protected readonly signs: Column<Int8Array>;
  /** Its entries: read directly, because this is asked once a bar. */
  readonly #values: Int8Array;
  protected readonly cursor: Cursor;

  /** @throws LabError `SERIES_MIXED` for averages of different symbols, `INDICATOR_KIND` for a simple and an exponential one. */
  constructor(fast: Sma | Ema, slow: Sma | Ema) {
    const { series, columns } = fast.source;
    if (slow.source.series !== series) throw new LabError("SERIES_MIXED", "Averages that cross must be of one symbol.");
    this.cursor = fast.cursor;
    const [n, m] = [fast.period, slow.period];
    const name = `${fast.field}:${n}:${slow.field}:${m}`;
    const first = Math.max(n, m);
    if (fast instanceof Sma && slow instanceof Sma)
      this.signs = columns.signs(series, `cross:${name}`, (signs, from, to) => {
        const safe = from === 0 && series.extremes.high * n * m * 2 <= MAX_SAFE;
        if (safe) crossings(signs, series[fast.field], series[slow.field], n, m);
        else crossingsByComparison(signs, (i) => fast.compareAt(i, slow), first, from, to);
      });
    else if (fast instanceof Ema && slow instanceof Ema)
      this.signs = columns.signs(series, `cross-ema:${name}`, (signs, from, to) =>
        crossingsByComparison(signs, (i) => fast.compareAt(i, slow), first, from, to),
      );
    else
      throw new LabError("INDICATOR_KIND", "Averages that cross are both simple or both exponential: give two of sma() or two of ema().");
    this.#values = this.signs.values;
  }

  /** 1 where it crosses above at this bar, -1 where below, else 0. As short as it is the compiler builds it into every handler, whatever else that holds. */
  get value(): number {
    return this.#values[this.cursor.index]!;
  }
}

/** The same in a series that grows: the column follows when it is asked. */
class FollowingCrossing extends Crossing {
  override get value(): number {
    return this.signs.at(this.cursor.index);
  }
}

/** Where one average crosses another. @throws LabError, see {@link Crossing}. */
export function crossingOf(fast: Sma | Ema, slow: Sma | Ema): Crossing {
  const { series } = fast.source;
  return series.capacity > series.length ? new FollowingCrossing(fast, slow) : new Crossing(fast, slow);
}
