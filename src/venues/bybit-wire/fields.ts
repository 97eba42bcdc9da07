import { type Decimal, decimal } from "../../core/index.js";
import { LabError } from "../../errors/index.js";

/** A JSON object as it came from the wire: any field may be missing, new ones may appear. */
export type Row = Readonly<Record<string, unknown>>;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?$/i;

/** Whether a JSON value is an object. */
export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects of a list; anything else is none. */
export function rowsOf(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value.filter(isRow) : [];
}

/** The text of a field; absent, null and "" are `undefined`. Numbers and booleans are taken at their JSON text. */
export function optionalText(row: Row, key: string): string | undefined {
  const value = row[key];
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** The text of a field that a message is worthless without. @throws LabError `WIRE_INVALID`. */
export function requiredText(row: Row, key: string, what: string): string {
  const value = optionalText(row, key);
  if (value === undefined) throw wireInvalid(`${what} has no ${key}`, row);
  return value;
}

/** An exact number; absent, null and "" are `undefined`. @throws LabError `WIRE_INVALID` for text that is no number. */
export function optionalDecimal(row: Row, key: string): Decimal | undefined {
  const text = optionalText(row, key);
  if (text === undefined) return undefined;
  if (!NUMBER.test(text)) throw wireInvalid(`${key} is no number: '${text}'`, row);
  return decimal(text);
}

/** An exact number where zero says "none", as with `triggerPrice` and `avgPrice`. @throws LabError `WIRE_INVALID`. */
export function nonZeroDecimal(row: Row, key: string): Decimal | undefined {
  const value = optionalDecimal(row, key);
  return value === undefined || value.isZero() ? undefined : value;
}

/** An exact number that a message is worthless without. @throws LabError `WIRE_INVALID`. */
export function requiredDecimal(row: Row, key: string, what: string): Decimal {
  const value = optionalDecimal(row, key);
  if (value === undefined) throw wireInvalid(`${what} has no ${key}`, row);
  return value;
}

/** A whole number, such as epoch milliseconds or a position index, written as number or text; absent where it is neither. */
export function wholeNumber(row: Row, key: string): number | undefined {
  const value = row[key];
  const number = typeof value === "number" ? value : typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The error for a message that cannot be what it says it is. Only the names of its fields are told. */
export function wireInvalid(problem: string, row: Row): LabError {
  return new LabError("WIRE_INVALID", `A message of Bybit cannot be read: ${problem}.`, { details: { fields: Object.keys(row) } });
}
