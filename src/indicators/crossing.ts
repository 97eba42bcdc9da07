import { MAX_SAFE } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Column } from "./column.js";
import { compareSums, type Sma } from "./sma.js";
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
  for (let i = first; i < fast.length; i++) {
    const now = before + (m * (fast[i]! - fast[i - n]!) - n * (slow[i]! - slow[i - m]!));
    if (now > 0) {
      if (before <= 0) signs[i] = 1;
    } else if (now < 0 && before >= 0) signs[i] = -1;
    before = now;
  }
}

/** The same from any bar on, and where a product could pass 2^53: every bar is decided by the sums themselves, in BigInt if it must be. */
function crossingsBySums(signs: Int8Array, fast: Sma, slow: Sma, from: number, to: number): void {
  const a = fast.sums;
  const b = slow.sums;
  for (let i = Math.max(fast.period, slow.period, from); i < to; i++) {
    const now = compareSums(a.at(i), fast.period, b.at(i), slow.period);
    if (now === 0) continue;
    const before = compareSums(a.at(i - 1), fast.period, b.at(i - 1), slow.period);
    if (now > 0 ? before <= 0 : before >= 0) signs[i] = now;
  }
}

/** Whether average `fast` crosses average `slow` at this bar. Exact: a tie is a tie. */
export class Crossing {
  readonly #signs: Column<Int8Array>;
  readonly #cursor: Cursor;

  /** @throws LabError `SERIES_MIXED` for averages of different symbols. */
  constructor(fast: Sma, slow: Sma) {
    const { series, columns } = fast.source;
    if (slow.source.series !== series) throw new LabError("SERIES_MIXED", "Averages that cross must be of one symbol.");
    this.#cursor = fast.cursor;
    this.#signs = columns.signs(series, `cross:${fast.field}:${fast.period}:${slow.field}:${slow.period}`, (signs, from, to) => {
      const safe = from === 0 && series.extremes.high * fast.period * slow.period * 2 <= MAX_SAFE;
      if (safe) crossings(signs, series[fast.field], series[slow.field], fast.period, slow.period);
      else crossingsBySums(signs, fast, slow, from, to);
    });
  }

  /** 1 where it crosses above at this bar, -1 where below, else 0. */
  get value(): number {
    return this.#signs.at(this.#cursor.index);
  }
}
