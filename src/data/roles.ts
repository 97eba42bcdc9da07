import { LabError, suggest, unknownName } from "../errors/index.js";

/** What a column of a file holds. */
export type CandleField = "time" | "open" | "high" | "low" | "close" | "volume" | "symbol" | "interval";

/** Position of each field in a row; the numbers of the exact columns are also their order. */
export const FIELDS: readonly CandleField[] = ["time", "open", "high", "low", "close", "volume", "symbol", "interval"];

/** Accepted column names, the first found wins. Case, spaces and underscores do not count. */
const NAMES: Readonly<Record<CandleField, readonly string[]>> = {
  time: ["timestamp", "opentime", "time", "datetime", "date"],
  open: ["open"],
  high: ["high"],
  low: ["low"],
  close: ["close"],
  volume: ["volume", "vol"],
  symbol: ["symbol"],
  interval: ["interval"],
};
const REQUIRED: readonly CandleField[] = ["time", "open", "high", "low", "close"];

/** Column names that override the usual ones, as in `{ volume: "Volume USDT" }`. */
export type ColumnNames = Partial<Record<CandleField, string>>;

/** Which column of a file holds which field. */
export interface Roles {
  /** Column index of each field present. */
  readonly at: ReadonlyMap<CandleField, number>;
  /** Names of the columns that are not read. */
  readonly ignored: readonly string[];
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/**
 * Assigns fields to named columns, in any order and any case.
 * @throws LabError `DATA_HEADER` when a required column is missing or a name stands twice, `DATA_COLUMN` when an override names no column.
 */
export function assignRoles(names: readonly string[], overrides: ColumnNames, file: string): Roles {
  const at = new Map<CandleField, number>();
  for (const field of FIELDS) {
    const index = overrides[field] === undefined ? usual(names, field, file) : exact(names, overrides[field]);
    if (index !== undefined) at.set(field, index);
  }
  const missing = REQUIRED.filter((field) => !at.has(field));
  if (missing.length > 0) throw missingColumns(names, missing, file);
  const used = new Set(at.values());
  return { at, ignored: names.filter((_, index) => !used.has(index)) };
}

function usual(names: readonly string[], field: CandleField, file: string): number | undefined {
  for (const name of NAMES[field]) {
    const found = names.flatMap((candidate, index) => (plain(candidate) === name ? [index] : []));
    if (found.length > 1)
      throw new LabError("DATA_HEADER", `${file} has ${found.length} columns named '${names[found[0]!]}'; rename all but one.`);
    if (found.length === 1) return found[0];
  }
  return undefined;
}

function exact(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  if (index < 0) throw unknownName("DATA_COLUMN", "column", name, names);
  return index;
}

function missingColumns(names: readonly string[], missing: readonly CandleField[], file: string): LabError {
  const hints = missing.map((field) => {
    const near = suggest(field, names);
    return near === undefined ? "" : ` Did you mean columns: { ${field}: "${near}" }?`;
  });
  const wanted = missing.map((field) => NAMES[field].join(" or ")).join(", ");
  return new LabError(
    "DATA_HEADER",
    `${file} has no column for ${wanted}.${hints.join("")} Its columns: ${names.join(", ") || "none"}. ` +
      "A header is required: timestamp, open, high, low, close, and if you have them volume, symbol, interval.",
    { details: { missing, columns: names } },
  );
}
