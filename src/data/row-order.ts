import { type PlainColumns, pickRows } from "./plain-columns.js";

/** How many lines a report names for one kind of finding; all are counted. */
export const KEPT_LINES = 1000;

/** Rows that stood after a later one. */
export interface OutOfOrder {
  readonly count: number;
  /** Their lines, the first {@link KEPT_LINES}. */
  readonly lines: readonly number[];
  /** Whether the whole file runs from new to old. */
  readonly descending: boolean;
}

/** Puts rows in time order; rows of one time keep the order of the file. Ordered columns come back as they are. */
export function sortRows(columns: PlainColumns): { columns: PlainColumns; outOfOrder: OutOfOrder } {
  const { time, line } = columns;
  const lines: number[] = [];
  let count = 0;
  let falls = 0;
  let latest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < time.length; i++) {
    const at = time[i]!;
    if (at >= latest) latest = at;
    else {
      count++;
      if (lines.length < KEPT_LINES) lines.push(line[i]!);
    }
    if (i > 0 && at <= time[i - 1]!) falls++;
  }
  const descending = count > 0 && falls === time.length - 1;
  if (count === 0) return { columns, outOfOrder: { count, lines, descending } };
  const positions = Uint32Array.from(time, (_, i) => i).sort((a, b) => time[a]! - time[b]! || a - b);
  return { columns: pickRows(columns, positions), outOfOrder: { count, lines, descending } };
}
