import { LabError } from "../errors/index.js";
import { lineEnd, lineText, splitLine } from "./csv-record.js";
import { assignRoles, type ColumnNames, FIELDS, type Roles } from "./roles.js";

/** How a CSV file is laid out, read from its header. */
export interface CsvLayout {
  readonly delimiter: "," | ";" | "\t";
  /** For each column the index of its field in {@link FIELDS}, or {@link IGNORED}. */
  readonly columns: readonly number[];
  readonly roles: Roles;
  /** Offset and line number of the first row after the header. */
  readonly bodyStart: number;
  readonly bodyLine: number;
}

/** Marks a column that is not read. */
export const IGNORED: number = FIELDS.length;

const DELIMITERS = [",", ";", "\t"] as const;

/**
 * Reads the header of a CSV file: skips a byte order mark and blank lines, detects the delimiter, maps names to fields.
 * @throws LabError `DATA_EMPTY`, `DATA_ENCODING`, `DATA_HEADER`, `DATA_COLUMN`.
 */
export function readLayout(bytes: Buffer, columnNames: ColumnNames, file: string): CsvLayout {
  const first = checkEncoding(bytes, file);
  let start = first;
  let line = 1;
  let end = lineEnd(bytes, start);
  while (start < bytes.length && lineText(bytes, start, end).trim() === "") {
    start = end + 1;
    end = lineEnd(bytes, start);
    line++;
  }
  if (start >= bytes.length) throw new LabError("DATA_EMPTY", `${file} is empty: a header and at least one candle are needed.`);

  const header = lineText(bytes, start, end);
  if (header.includes("\r"))
    throw new LabError("DATA_ENCODING", `${file} ends its lines with a carriage return alone; convert it to line feeds.`);
  const delimiter = DELIMITERS.reduce((best, d) => (header.split(d).length > header.split(best).length ? d : best));
  const names = splitLine(header, delimiter);
  if (typeof names === "string") throw new LabError("DATA_HEADER", `The header of ${file} cannot be read: ${names}.`);
  if (names.length > 1 && names.every((name) => /^[-+\d.eTZ: ]+$/.test(name)))
    throw new LabError(
      "DATA_HEADER",
      `The first line of ${file} is data, not column names: '${header.slice(0, 80)}'. Put a header before it, such as timestamp,open,high,low,close,volume.`,
    );

  const roles = assignRoles(names, columnNames, file);
  const columns = names.map(() => IGNORED);
  for (const [field, index] of roles.at) columns[index] = FIELDS.indexOf(field);
  return { delimiter, columns, roles, bodyStart: Math.min(end + 1, bytes.length), bodyLine: line + 1 };
}

/** Offset after the byte order mark. */
function checkEncoding(bytes: Buffer, file: string): number {
  const [a, b, c] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || bytes.subarray(0, 64).includes(0))
    throw new LabError("DATA_ENCODING", `${file} is not UTF-8 text (UTF-16 or binary); save it as UTF-8 CSV.`);
  return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
}
