import { MAX_SAFE } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { compareSums, type Sma } from "./sma.js";
import type { Cursor } from "./source.js";

/**
 * Where one average crosses another, by bar: 1 from at or below to above, -1 from at or above to below, else 0 (also until both have two values). One
 * pass keeps m x (sum of the last n) - n x (sum of the last m), whose sign is that of the difference of the averages; all terms are safe integers.
 */
function crossings(fast: Float64Array, slow: Float64Array, n: number, m: number): Int8Array {
  const signs = new Int8Array(fast.length);
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
  return signs;
}

/** The same where a product could pass 2^53: every bar is decided in BigInt if it must be. */
function crossingsExactly(fast: Sma, slow: Sma): Int8Array {
  const a = fast.sums;
  const b = slow.sums;
  const signs = new Int8Array(a.length);
  for (let i = Math.max(fast.period, slow.period); i < a.length; i++) {
    const now = compareSums(a[i]!, fast.period, b[i]!, slow.period);
    if (now === 0) continue;
    const before = compareSums(a[i - 1]!, fast.period, b[i - 1]!, slow.period);
    if (now > 0 ? before <= 0 : before >= 0) signs[i] = now;
  }
  return signs;
}

/** Whether average `fast` crosses average `slow` at this bar. Exact: a tie is a tie. */
export class Crossing {
  readonly #signs: Int8Array;
  readonly #cursor: Cursor;

  /** @throws LabError `SERIES_MIXED` for averages of different symbols. */
  constructor(fast: Sma, slow: Sma) {
    const { series, columns } = fast.source;
    if (slow.source.series !== series) throw new LabError("SERIES_MIXED", "Averages that cross must be of one symbol.");
    this.#cursor = fast.cursor;
    const safe = series.extremes.high * fast.period * slow.period * 2 <= MAX_SAFE;
    this.#signs = columns.get(series, `cross:${fast.field}:${fast.period}:${slow.field}:${slow.period}`, () =>
      safe ? crossings(series[fast.field], series[slow.field], fast.period, slow.period) : crossingsExactly(fast, slow),
    );
  }

  /** 1 where it crosses above at this bar, -1 where below, else 0. */
  get value(): number {
    return this.#signs[this.#cursor.index]!;
  }
}
