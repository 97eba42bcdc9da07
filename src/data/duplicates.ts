import { timeText } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { type PlainColumns, pickRows } from "./plain-columns.js";
import { KEPT_LINES } from "./row-order.js";

/** What to do with several rows of one time that disagree. */
export type DuplicatePolicy = "error" | "first" | "last";

/** Rows left out because another row has their time. */
export interface Duplicates {
  /** Rows equal to one that is kept. */
  readonly identical: number;
  /** Rows that disagree with the one kept; only with the policy `"first"` or `"last"`. */
  readonly conflicting: number;
  /** Lines of the rows left out, the first {@link KEPT_LINES}. */
  readonly lines: readonly number[];
}

/**
 * Keeps one row of each time in sorted columns.
 * @throws LabError `DATA_CONFLICT` when rows of one time disagree and no policy says which counts.
 */
export function removeDuplicates(
  columns: PlainColumns,
  policy: DuplicatePolicy,
  file: string,
): { columns: PlainColumns; duplicates: Duplicates } {
  const { time, line } = columns;
  const kept: number[] = [];
  const lines: number[] = [];
  let identical = 0;
  let conflicting = 0;
  if (!hasRepeats(time)) return { columns, duplicates: { identical, conflicting, lines } };
  for (let i = 0; i < time.length; i++) {
    const before = kept[kept.length - 1];
    if (before === undefined || time[before] !== time[i]) {
      kept.push(i);
      continue;
    }
    const same = sameCandle(columns, before, i);
    if (!same && policy === "error") throw conflict(columns, before, i, file);
    const dropped = !same && policy === "last" ? before : i;
    if (dropped === before) kept[kept.length - 1] = i;
    if (same) identical++;
    else conflicting++;
    if (lines.length < KEPT_LINES) lines.push(line[dropped]!);
  }
  return { columns: pickRows(columns, Uint32Array.from(kept)), duplicates: { identical, conflicting, lines } };
}

function hasRepeats(time: Float64Array): boolean {
  for (let i = 1; i < time.length; i++) if (time[i] === time[i - 1]) return true;
  return false;
}

function sameCandle({ open, high, low, close, volume }: PlainColumns, a: number, b: number): boolean {
  return [open, high, low, close, volume].every((column) => column[a] === column[b]);
}

function conflict({ time, line }: PlainColumns, a: number, b: number, file: string): LabError {
  return new LabError(
    "DATA_CONFLICT",
    `${file} has two different candles for ${timeText(time[a]!)}, on lines ${line[a]} and ${line[b]}. ` +
      'Mend the file, or say which row counts: duplicates: "first" or "last".',
    { details: { time: time[a], lines: [line[a], line[b]] } },
  );
}
