import type { SchemaElement } from "hyparquet";
import { LabError } from "../errors/index.js";
import { type ExactNumber, exactNumber, parseExact } from "./exact-number.js";
import type { TimeUnit } from "./timestamp.js";

const utf8 = new TextDecoder();

/** A stored number as an exact one, or the reason why it is none. */
export type NumberCell = (raw: unknown) => ExactNumber | string;

/** What a decimal column is made of: whole numbers of 10^-scale. */
export function decimalScale(element: SchemaElement): number | undefined {
  if (element.logical_type?.type === "DECIMAL") return element.logical_type.scale;
  return element.converted_type === "DECIMAL" ? (element.scale ?? 0) : undefined;
}

/**
 * How numbers of a column are read exactly: decimals from their stored bytes, integers as they are, floats at their shortest
 * decimal text, text digit by digit.
 * @throws LabError `DATA_FORMAT` for a type that holds no numbers.
 */
export function numberCell(element: SchemaElement): NumberCell {
  const scale = decimalScale(element);
  const present = (read: (raw: unknown) => ExactNumber | undefined): NumberCell => {
    return (raw) => (raw === null || raw === undefined ? "is empty" : (read(raw) ?? `is not a finite number (${cellText(raw)})`));
  };
  if (scale !== undefined) return present((raw) => exactNumber(storedInteger(raw), scale));
  switch (element.type) {
    case "INT32":
    case "INT64":
      return present((raw) => exactNumber(storedInteger(raw), 0));
    case "DOUBLE":
      return present((raw) => parseExact(String(raw)));
    case "FLOAT":
      return present((raw) => parseExact(shortestFloat(raw as number)));
    case "BYTE_ARRAY":
      return present((raw) => parseExact(cellText(raw)));
    default:
      throw new LabError("DATA_FORMAT", `Column ${element.name} is of Parquet type ${element.type ?? "group"}, which holds no prices.`);
  }
}

/** Unit of a timestamp column, `"days"` for dates, `undefined` when its size (or text) must tell. */
export function timeColumnUnit(element: SchemaElement): TimeUnit | "days" | undefined {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (converted === "DATE" || logical?.type === "DATE") return "days";
  if (type === "INT96") return "ns";
  if (logical?.type === "TIMESTAMP") return logical.unit === "NANOS" ? "ns" : logical.unit === "MICROS" ? "us" : "ms";
  if (converted === "TIMESTAMP_MILLIS") return "ms";
  return converted === "TIMESTAMP_MICROS" ? "us" : undefined;
}

/** The whole number a cell stores: big-endian two's complement where it is bytes. */
export function storedInteger(raw: unknown): bigint {
  if (!(raw instanceof Uint8Array)) return BigInt(raw as number | bigint);
  if (raw.length === 16) {
    const view = new DataView(raw.buffer, raw.byteOffset, 16);
    return (view.getBigInt64(0) << 64n) | view.getBigUint64(8);
  }
  let value = 0n;
  for (const byte of raw) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(raw.length * 8, value);
}

/** A cell as text; bytes are UTF-8, an absent value is empty. */
export function cellText(raw: unknown): string {
  if (raw === null || raw === undefined) return "";
  return raw instanceof Uint8Array ? utf8.decode(raw).trim() : String(raw).trim();
}

/** The shortest decimal text that reads back as the same 32-bit float. */
function shortestFloat(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toPrecision(9);
}
