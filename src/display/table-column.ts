import { LabError, unknownName } from "../errors/index.js";
import { isDecimal, plainText } from "./text.js";

/** What a column holds, and so how it is printed and aligned. `percent` values are fractions: 0.125 prints as 12.50 %. */
export type ColumnKind = "text" | "time" | "decimal" | "integer" | "number" | "percent" | "boolean";
export const COLUMN_KINDS: readonly ColumnKind[] = ["text", "time", "decimal", "integer", "number", "percent", "boolean"];

/** Side a column's cells are set to. */
export type Align = "left" | "right" | "center";

/** How a column is printed: its kind, its kind with digits after the point, or a function of the cell. */
export type ColumnFormat = ColumnKind | { readonly kind: ColumnKind; readonly digits?: number } | ((value: unknown) => string);

/** One column of a table: its values as given, and how they are printed. */
export interface Column {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly kind: ColumnKind;
  readonly align: Align;
  /** The printed cell of a row; empty for null, undefined and an invalid date. */
  text(row: number): string;
}

/** Digits after the point that an exact decimal shows before it is cut with an ellipsis. */
const MAX_PLACES = 12;
const TIME_NAME = /(^|[a-z_])(time|timestamp|date|at)$/i;
/** 1973 to 2286 in epoch milliseconds: integers in here are times, if the column's name says so too. */
const isEpochMs = (value: unknown): boolean => typeof value === "number" && Number.isInteger(value) && value >= 1e11 && value <= 1e13;
const isMissing = (value: unknown): boolean => value === null || value === undefined;
const isDate = (value: unknown): value is Date => Object.prototype.toString.call(value) === "[object Date]";

/** The kind of a column by its values (missing ones aside); text when they are mixed. Epoch milliseconds count as times in a column named so. */
function inferKind(name: string, values: readonly unknown[]): ColumnKind {
  const present = values.filter((value) => !isMissing(value));
  if (present.length === 0) return "text";
  if (present.every(isDate)) return "time";
  if (present.every((value) => typeof value === "boolean")) return "boolean";
  if (present.every((value) => typeof value === "bigint" || Number.isInteger(value)))
    return TIME_NAME.test(name) && present.every(isEpochMs) ? "time" : "integer";
  if (present.every((value) => typeof value === "number")) return "number";
  if (present.every((value) => isDecimal(value))) return "decimal";
  return "text";
}

/** UTC, down to the finest unit that any time of the column uses. */
function timeText(values: readonly unknown[]): (value: unknown) => string {
  const ms = (value: unknown): number => (isDate(value) ? value.getTime() : Number(value));
  const times = values.filter((value) => !isMissing(value)).map(ms);
  const length = times.every((t) => t % 86_400_000 === 0)
    ? 10
    : times.every((t) => t % 60_000 === 0)
      ? 16
      : times.every((t) => t % 1000 === 0)
        ? 19
        : 23;
  return (value) => {
    const at = ms(value);
    return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString().replace("T", " ").slice(0, length) : "";
  };
}

/** A double with fixed digits; one that would print as zero but is not prints in exponent notation instead. */
function numberText(value: number, digits: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
  if (Math.abs(value) >= 1e15) return value.toPrecision(6);
  const text = value.toFixed(digits);
  return value !== 0 && Number(text) === 0 ? value.toPrecision(3) : text.replace(/^-(0(\.0*)?)$/, "$1");
}

/** Digits that suit a column of doubles: about six significant ones for its largest value. */
function digitsFor(values: readonly unknown[]): number {
  let largest = 0;
  for (const value of values) if (typeof value === "number" && Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest >= 1000 ? 2 : largest >= 1 ? 4 : 6;
}

/** Exact decimals, padded with zeros to the column's finest; a longer tail than {@link MAX_PLACES} digits is cut and marked. */
function decimalText(values: readonly unknown[], digits: number | undefined): (value: unknown) => string {
  if (digits !== undefined) return (value) => (isDecimal(value) ? value.toFixed(digits) : plainText(value));
  let places = 0;
  for (const value of values) if (isDecimal(value)) places = Math.max(places, value.decimalPlaces());
  return (value) => {
    if (!isDecimal(value)) return plainText(value);
    if (value.decimalPlaces() <= MAX_PLACES) return value.toFixed(Math.min(places, MAX_PLACES));
    const text = value.toFixed();
    return `${text.slice(0, text.indexOf(".") + 1 + MAX_PLACES)}…`;
  };
}

const asNumber = (value: unknown): number =>
  isDecimal(value) ? value.toNumber() : typeof value === "boolean" ? Number.NaN : Number(value);

function printer(kind: ColumnKind, values: readonly unknown[], digits: number | undefined): (value: unknown) => string {
  switch (kind) {
    case "time":
      return timeText(values);
    case "decimal":
      return decimalText(values, digits);
    case "integer":
      return (value) =>
        typeof value === "bigint" ? value.toString() : isDecimal(value) ? value.toFixed(0) : numberText(asNumber(value), 0);
    case "number": {
      const places = digits ?? digitsFor(values);
      return (value) => (isDecimal(value) ? value.toFixed(places) : numberText(asNumber(value), places));
    }
    case "percent":
      return (value) => `${numberText(asNumber(value) * 100, digits ?? 2)} %`;
    case "boolean":
      return (value) => (value === true ? "yes" : value === false ? "no" : plainText(value));
    case "text":
      return (value) => plainText(value);
  }
}

type PlainFormat = Exclude<ColumnFormat, (value: unknown) => string>;

function checkFormat(name: string, format: PlainFormat): { readonly kind: ColumnKind; readonly digits?: number } {
  const given = typeof format === "string" ? { kind: format } : format;
  if (!COLUMN_KINDS.includes(given.kind)) throw unknownName("TABLE_FORMAT", `format of column ${name}`, String(given.kind), COLUMN_KINDS);
  const { digits = 0 } = given;
  if (!(Number.isInteger(digits) && digits >= 0 && digits <= 40))
    throw new LabError("TABLE_FORMAT", `digits of column ${name} must be a whole number from 0 to 40, got ${digits}.`, {
      details: { name, digits },
    });
  return given;
}

const LEFT: ReadonlySet<ColumnKind> = new Set(["text", "time", "boolean"]);

const inferred = (name: string, values: readonly unknown[]): { readonly kind: ColumnKind; readonly digits?: number } => ({
  kind: inferKind(name, values),
});

/** Makes a column, inferring what is not given. @throws LabError `TABLE_FORMAT` for an unknown kind or impossible digits. */
export function makeColumn(name: string, values: readonly unknown[], format?: ColumnFormat, align?: Align): Column {
  const given = typeof format === "function" || format === undefined ? inferred(name, values) : checkFormat(name, format);
  const { kind } = given;
  const print = typeof format === "function" ? format : printer(kind, values, given.digits);
  return {
    name,
    values,
    kind,
    align: align ?? (LEFT.has(kind) ? "left" : "right"),
    text: (row) => (isMissing(values[row]) ? "" : print(values[row])),
  };
}
