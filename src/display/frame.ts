import type { MimeBundle } from "./mime.js";
import { type Table, table } from "./table.js";

// Frames of other packages, recognised by their shape: the packages are not loaded.

/** What a danfojs DataFrame looks like from outside. */
interface DanfoFrame {
  readonly columns: readonly string[];
  readonly index: readonly (string | number)[];
  readonly getColumnData: readonly (readonly unknown[])[];
}

/** A danfojs frame as a table with its index as the first column; `undefined` for anything else. */
export function frameTable(value: unknown): Table | undefined {
  if (typeof value !== "object" || value === null || value.constructor?.name !== "DataFrame") return undefined;
  const frame = value as Partial<DanfoFrame>;
  if (!Array.isArray(frame.columns) || !Array.isArray(frame.index) || !Array.isArray(frame.getColumnData)) return undefined;
  const columns: Record<string, readonly unknown[]> = { "": frame.index };
  for (const [i, name] of frame.columns.entries()) columns[name] = frame.getColumnData[i]!;
  return table(columns);
}

/** What a nodejs-polars DataFrame looks like from outside. */
interface PolarsFrame {
  readonly columns: readonly string[];
  readonly height: number;
  head(rows: number): PolarsFrame;
  tail(rows: number): PolarsFrame;
  getColumn(name: string): { toArray(): readonly unknown[] };
}

/** Rows of a polars frame that are taken out of it to be shown, from either end. */
const POLARS_ROWS = 10;

function isPolarsFrame(value: unknown): value is PolarsFrame {
  // A polars frame is a proxy that answers only to reading: `in` finds nothing.
  if (typeof value !== "object" || value === null || typeof (value as Partial<PolarsFrame>).getColumn !== "function") return false;
  const { columns, height, head, tail } = value as Partial<PolarsFrame>;
  return Array.isArray(columns) && typeof height === "number" && typeof head === "function" && typeof tail === "function";
}

/**
 * A polars frame as a table of its first and last rows, with polars' own text; `undefined` for anything else. Its own rich form is not used:
 * it holds every row, and whole numbers that JSON cannot carry.
 */
export function polarsBundle(value: unknown): MimeBundle | undefined {
  if (!isPolarsFrame(value)) return undefined;
  const isLong = value.height > 2 * POLARS_ROWS;
  const parts = isLong ? [value.head(POLARS_ROWS), value.tail(POLARS_ROWS)] : [value];
  const columns = value.columns.map((name) => [name, parts.flatMap((part) => part.getColumn(name).toArray())] as const);
  const size = `${value.height.toLocaleString("en-US")} rows × ${columns.length} columns`;
  const title = isLong ? `${size}: the first and the last ${POLARS_ROWS}` : size;
  return { "text/html": table(Object.fromEntries(columns), { title }).toHtml(), "text/plain": String(value) };
}
