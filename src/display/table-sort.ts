import { isDecimal } from "./text.js";

const isMissing = (value: unknown): boolean => value === null || value === undefined || (typeof value === "number" && Number.isNaN(value));

function ascending(a: unknown, b: unknown): number {
  if (isDecimal(a) && (isDecimal(b) || typeof b === "number")) return a.cmp(b);
  if (isDecimal(b) && typeof a === "number") return -b.cmp(a);
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [a, b] as [number, number];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Order of two cells: exact for decimals, by code unit for text; missing values and NaN come last in either direction. */
export function compareCells(a: unknown, b: unknown, order: "ascending" | "descending"): number {
  const gone = Number(isMissing(a)) - Number(isMissing(b));
  if (gone !== 0 || isMissing(a)) return gone;
  return order === "ascending" ? ascending(a, b) : ascending(b, a);
}
