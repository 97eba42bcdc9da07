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

/** What a nodejs-polars Series looks like from outside: a plain object full of methods. */
interface PolarsSeries {
  readonly name: string;
  readonly length: number;
  readonly dtype: unknown;
  head(rows: number): PolarsSeries;
  tail(rows: number): PolarsSeries;
  toArray(): readonly unknown[];
}

/** Rows of a polars frame that are taken out of it to be shown, from either end. */
const POLARS_ROWS = 10;

function isPolarsFrame(value: unknown): value is PolarsFrame {
  // A polars frame is a proxy that answers only to reading: `in` finds nothing.
  if (typeof value !== "object" || value === null || typeof (value as Partial<PolarsFrame>).getColumn !== "function") return false;
  const { columns, height, head, tail } = value as Partial<PolarsFrame>;
  return Array.isArray(columns) && typeof height === "number" && typeof head === "function" && typeof tail === "function";
}

function isPolarsSeries(value: unknown): value is PolarsSeries {
  if (typeof value !== "object" || value === null || !("dtype" in value) || !("_s" in value)) return false;
  const { name, length, head, tail, toArray } = value as Partial<PolarsSeries>;
  return typeof name === "string" && typeof length === "number" && [head, tail, toArray].every((method) => typeof method === "function");
}

/**
 * A polars frame or series as a table of its first and last rows, with polars' own text; `undefined` for anything else. A frame's own rich form is not
 * used: it holds every row, and whole numbers that JSON cannot carry.
 */
export function polarsBundle(value: unknown): MimeBundle | undefined {
  if (isPolarsFrame(value)) {
    const parts = ends(value, value.height);
    const columns = value.columns.map((name) => [name, parts.flatMap((part) => part.getColumn(name).toArray())] as const);
    return bundleOf(value, columns, value.height, `rows × ${columns.length} columns`);
  }
  if (!isPolarsSeries(value)) return undefined;
  const items = ends(value, value.length).flatMap((part) => [...part.toArray()]);
  return bundleOf(value, [[value.name, items]], value.length, "values");
}

/** All of it, or its two ends where it is long. */
function ends<T extends { head(rows: number): T; tail(rows: number): T }>(value: T, length: number): T[] {
  return length > 2 * POLARS_ROWS ? [value.head(POLARS_ROWS), value.tail(POLARS_ROWS)] : [value];
}

function bundleOf(value: object, columns: readonly (readonly [string, readonly unknown[]])[], length: number, what: string): MimeBundle {
  const size = `${length.toLocaleString("en-US")} ${what}`;
  const title = length > 2 * POLARS_ROWS ? `${size}: the first and the last ${POLARS_ROWS}` : size;
  return { "text/html": table(Object.fromEntries(columns), { title }).toHtml(), "text/plain": String(value) };
}
