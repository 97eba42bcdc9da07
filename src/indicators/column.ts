import type { CandleSeries } from "../core/index.js";

/** Numbers by bar. */
export type Values = Float64Array | Int8Array;

/**
 * Computes the entries of bars `from` to `to` - 1. It goes on from earlier entries and candles alone, so that filling a column bar by bar gives the very
 * numbers that filling it at once does.
 */
export type Fill<T extends Values> = (values: T, from: number, to: number) => void;

/** A column computed from a candle series; where the series grows, it follows. */
export class Column<T extends Values = Float64Array> {
  /** The entries by bar. Where the series grows it is a view that lengthens with {@link Column.extend}. */
  readonly values: T;
  readonly #series: CandleSeries;
  readonly #fill: Fill<T>;

  constructor(series: CandleSeries, kind: { new (of: ArrayBuffer): T; readonly BYTES_PER_ELEMENT: number }, fill: Fill<T>) {
    const size = kind.BYTES_PER_ELEMENT;
    const grows = series.capacity > series.length;
    this.values = new kind(
      grows ? new ArrayBuffer(series.length * size, { maxByteLength: series.capacity * size }) : new ArrayBuffer(series.length * size),
    );
    this.#series = series;
    this.#fill = fill;
    fill(this.values, 0, series.length);
  }

  /** The entry of a bar. */
  at(index: number): number {
    if (index >= this.values.length) this.extend();
    return this.values[index]!;
  }

  /** Brings the column up to a series that has grown. */
  extend(): void {
    const { values } = this;
    const from = values.length;
    const to = this.#series.length;
    if (to === from) return;
    const buffer = values.buffer as ArrayBuffer;
    buffer.resize(to * values.BYTES_PER_ELEMENT);
    try {
      this.#fill(values, from, to);
    } catch (error) {
      buffer.resize(from * values.BYTES_PER_ELEMENT);
      throw error;
    }
  }
}
