import { endianness } from "node:os";
import type { EquityPoints } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Database } from "./database.js";
import type { EquitySlice } from "./records.js";

/** Points a chunk holds: a flush rewrites at most one partly filled chunk, 64 KiB. */
const CHUNK = 4096;

interface ChunkRow {
  readonly start: number;
  readonly time: Buffer;
  readonly value: Buffer;
}

/** Files hold little-endian doubles; a big-endian machine swaps. */
function swapped(bytes: Buffer): Buffer {
  return endianness() === "BE" ? bytes.swap64() : bytes;
}

function toBlob(values: Float64Array): Buffer {
  return swapped(Buffer.from(values.slice().buffer));
}

function fromBlob(blob: Buffer): Float64Array {
  const copy = new Float64Array(blob.length / 8);
  Buffer.from(copy.buffer).set(swapped(blob));
  return copy;
}

/** Writes points of a session's equity curve in chunks; what was written before at the same indices is replaced. */
export class EquityWriter {
  readonly #db: Database;
  readonly #session: string;
  /** The last, partly filled chunk. */
  readonly #time: Float64Array = new Float64Array(CHUNK);
  readonly #value: Float64Array = new Float64Array(CHUNK);
  #length = 0;
  /** Whether what is on disk has to be looked at first. */
  #stale = false;

  /** Goes on where the session's curve ends. */
  constructor(db: Database, session: string) {
    this.#db = db;
    this.#session = session;
    this.#load();
  }

  /** A transaction has failed: what was written in it is not there. */
  rewind(): void {
    this.#stale = true;
  }

  #load(): void {
    this.#stale = false;
    this.#length = 0;
    const last = this.#db
      .prepare("SELECT start, time, value FROM equity WHERE session = ? ORDER BY start DESC LIMIT 1")
      .get(this.#session) as ChunkRow | undefined;
    if (last === undefined) return;
    const time = fromBlob(last.time);
    this.#time.set(time);
    this.#value.set(fromBlob(last.value));
    this.#length = last.start + time.length;
  }

  /** Number of points written. */
  get length(): number {
    return this.#length;
  }

  /** @throws LabError `STATE_EQUITY_GAP` for points that do not continue the curve or overwrite an earlier chunk. */
  write({ start, time, value }: EquitySlice): void {
    if (this.#stale) this.#load();
    // The newest point may be written again, the last of a full chunk, too.
    const newest = Math.max(0, this.#length - 1);
    const open = newest - (newest % CHUNK);
    if (time.length !== value.length || start > this.#length || start < open)
      throw new LabError(
        "STATE_EQUITY_GAP",
        `Equity points from index ${start} (${time.length} times, ${value.length} values) do not continue a curve of ${this.#length} points.`,
        { details: { start, length: this.#length } },
      );
    const put = this.#db.prepare(
      "INSERT INTO equity (session, start, time, value) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET time = excluded.time, value = excluded.value",
    );
    let index = start;
    while (index < start + time.length) {
      const chunk = index - (index % CHUNK);
      const end = Math.min(chunk + CHUNK, start + time.length);
      this.#time.set(time.subarray(index - start, end - start), index - chunk);
      this.#value.set(value.subarray(index - start, end - start), index - chunk);
      put.run(this.#session, chunk, toBlob(this.#time.subarray(0, end - chunk)), toBlob(this.#value.subarray(0, end - chunk)));
      index = end;
    }
    this.#length = start + time.length;
  }
}

/** The equity curve of a session. */
export function readEquity(db: Database, session: string, initial: number, periodsPerYear: number): EquityPoints {
  const rows = db.prepare("SELECT start, time, value FROM equity WHERE session = ? ORDER BY start").all(session) as ChunkRow[];
  const length = rows.reduce((sum, row) => sum + row.time.length / 8, 0);
  const time = new Float64Array(length);
  const value = new Float64Array(length);
  for (const row of rows) {
    time.set(fromBlob(row.time), row.start);
    value.set(fromBlob(row.value), row.start);
  }
  return { time, value, initial, periodsPerYear };
}
