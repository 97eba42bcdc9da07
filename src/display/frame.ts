import { type Table, table } from "./table.js";

/** What a danfojs DataFrame looks like from outside. */
interface DanfoFrame {
  readonly columns: readonly string[];
  readonly index: readonly (string | number)[];
  readonly getColumnData: readonly (readonly unknown[])[];
}

/** A danfojs frame as a table with its index as the first column; `undefined` for anything else. Recognised by shape: the package is not loaded. */
export function frameTable(value: unknown): Table | undefined {
  if (typeof value !== "object" || value === null || value.constructor?.name !== "DataFrame") return undefined;
  const frame = value as Partial<DanfoFrame>;
  if (!Array.isArray(frame.columns) || !Array.isArray(frame.index) || !Array.isArray(frame.getColumnData)) return undefined;
  const columns: Record<string, readonly unknown[]> = { "": frame.index };
  for (const [i, name] of frame.columns.entries()) columns[name] = frame.getColumnData[i]!;
  return table(columns);
}
