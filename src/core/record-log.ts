/**
 * An append-only log of numeric records in one typed array, a fixed number of fields a record. Records are written in place and read by row, so that
 * keeping everything costs no object per event.
 */
export class RecordLog {
  readonly fields: number;
  data: Float64Array;
  /** Number of records. */
  length = 0;
  #capacity: number;

  constructor(fields: number, capacity = 64) {
    this.fields = fields;
    this.#capacity = capacity;
    this.data = new Float64Array(fields * capacity);
  }

  /** Makes room for a record and returns where its first field lies in `data`. Read `data` after this call: it may have moved. */
  add(): number {
    if (this.length === this.#capacity) {
      this.#capacity *= 4;
      const grown = new Float64Array(this.fields * this.#capacity);
      grown.set(this.data);
      this.data = grown;
    }
    return this.length++ * this.fields;
  }

  /** One field of one record. */
  get(row: number, field: number): number {
    return this.data[row * this.fields + field]!;
  }

  /** Overwrites one field of one record. */
  set(row: number, field: number, value: number): void {
    this.data[row * this.fields + field] = value;
  }
}
