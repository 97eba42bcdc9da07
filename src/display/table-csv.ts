import type { Column } from "./table-column.js";
import { isDecimal, plainText } from "./text.js";

/** A cell's value in full: as many digits as it has, times in ISO 8601. */
function csvValue(value: unknown, kind: Column["kind"]): string {
  if (value === null || value === undefined) return "";
  if (kind === "time" && typeof value === "number" && Math.abs(value) <= 8.64e15) return new Date(value).toISOString();
  if (isDecimal(value)) return value.toFixed();
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? String(value) : plainText(value);
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Columns as RFC 4180 text with a header line; lines end in a line feed. */
export function columnsToCsv(columns: readonly Column[]): string {
  const lines = [columns.map((column) => quoted(column.name)).join(",")];
  const length = columns[0]?.values.length ?? 0;
  for (let row = 0; row < length; row++) lines.push(columns.map(({ values, kind }) => quoted(csvValue(values[row], kind))).join(","));
  return `${lines.join("\n")}\n`;
}
