/** Records in a chunk, as a power of two. */
const SHIFT = 8;
const MASK = (1 << SHIFT) - 1;

/** What a log without records has: runs of a sweep that trade nothing cost nothing. */
const NONE = new Float64Array(0);

/**
 * An append-only log of numeric records, a fixed number of fields each, in typed chunks: keeping everything costs no object per event, and growing moves
 * nothing. Records are written in place and read by row.
 */
export class RecordLog {
  readonly fields: number;
  /** Number of records. */
  length = 0;
  readonly #chunks: Float64Array[] = [];
  /** The chunk that the last {@link RecordLog.add} or {@link RecordLog.seek} lies in. */
  data: Float64Array = NONE;

  constructor(fields: number) {
    this.fields = fields;
  }

  /** Makes room for a record; its fields lie in `data` from the place returned. */
  add(): number {
    const row = this.length++;
    const within = row & MASK;
    const chunk = row >>> SHIFT;
    if (chunk === this.#chunks.length) this.#chunks.push(new Float64Array(this.fields << SHIFT));
    this.data = this.#chunks[chunk]!;
    return within * this.fields;
  }

  /** Where a record's fields lie in `data`, which is set to its chunk. */
  seek(row: number): number {
    this.data = this.#chunks[row >>> SHIFT]!;
    return (row & MASK) * this.fields;
  }

  /** One field of one record. */
  get(row: number, field: number): number {
    return this.#chunks[row >>> SHIFT]![(row & MASK) * this.fields + field]!;
  }
}
