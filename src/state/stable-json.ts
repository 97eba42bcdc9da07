import { Decimal } from "../core/index.js";
import { LabError } from "../errors/index.js";

/**
 * A value as JSON that is the same text for the same value: keys sorted, decimals and BigInts as exact text, no undefined members, Maps as objects and Sets as
 * lists. What cannot be told exactly is refused rather than written as something else.
 * @throws LabError `NOT_JSON` for a number that is not finite, a function or a symbol.
 */
export function stableJson(value: unknown, indent?: number): string {
  return JSON.stringify(plain(value, "$"), undefined, indent);
}

function plain(value: unknown, at: string): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return value;
    case "bigint":
      return value.toString();
    case "number":
      if (Number.isFinite(value)) return value;
      throw notJson(at, String(value));
    case "object":
      return value === null ? null : plainObject(value, at);
    default:
      throw notJson(at, `a ${typeof value}`);
  }
}

function plainObject(value: object, at: string): unknown {
  if (Decimal.isDecimal(value)) {
    if (!value.isFinite()) throw notJson(at, value.toString());
    return value.toFixed();
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item, index) => plain(item, `${at}[${index}]`) ?? null);
  if (ArrayBuffer.isView(value)) return [...(value as Float64Array)].map((item, index) => plain(item, `${at}[${index}]`));
  if (value instanceof Set) return [...value].map((item, index) => plain(item, `${at}[${index}]`) ?? null);
  const entries: [string, unknown][] =
    value instanceof Map ? [...value].map(([key, item]): [string, unknown] => [String(key), item]) : Object.entries(value);
  const sorted = entries.filter(([, item]) => item !== undefined).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // Without a prototype, a key such as "__proto__" is a key like any other.
  const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of sorted) result[key] = plain(item, `${at}.${key}`);
  return result;
}

function notJson(at: string, what: string): LabError {
  return new LabError("NOT_JSON", `${at} is ${what}, which JSON cannot hold exactly.`, { details: { at } });
}
