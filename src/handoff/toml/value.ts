import type { AST } from "toml-eslint-parser";
import { Decimal, decimal } from "../../core/index.js";

/**
 * A value read exactly: floats are Decimals of their source text (`inf` and `nan` stay JS numbers), integers are numbers, or bigints
 * beyond 2^53.
 */
export type TomlValue = string | boolean | number | bigint | Decimal | Date | readonly TomlValue[];

/** Reads the value of a node. Inline tables inside arrays are no value Tesserlab uses; they read as their source position only. */
export function tomlValue(node: AST.TOMLContentNode): TomlValue {
  if (node.type === "TOMLArray") return node.elements.map(tomlValue);
  if (node.type === "TOMLInlineTable") return "{}";
  if (node.kind === "float") return Number.isFinite(node.value) ? decimal(node.number.replaceAll("_", "")) : node.value;
  if (node.kind === "integer") return Number.isSafeInteger(node.value) ? node.value : node.bigint;
  return node.value;
}

/** The number a value denotes exactly, a text such as Tesser accepts for decimals included. */
function numberOf(value: TomlValue): Decimal | undefined {
  if (Decimal.isDecimal(value)) return value;
  if (typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value))) return decimal(value);
  if (typeof value !== "string") return undefined;
  try {
    return decimal(value);
  } catch {
    return undefined;
  }
}

/** Whether a written value already says what is wanted, whatever its spelling: `28`, `28.0` and, for a decimal, `"28"` are one. */
export function sameValue(written: TomlValue, wanted: TomlValue): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(written) &&
      written.length === wanted.length &&
      wanted.every((item, i) => sameValue(written[i] as TomlValue, item as TomlValue))
    );
  if (wanted instanceof Date) return written instanceof Date && written.getTime() === wanted.getTime();
  if (typeof wanted === "string" || typeof wanted === "boolean") return written === wanted;
  if (typeof written === "string" && !Decimal.isDecimal(wanted)) return false;
  const number = numberOf(wanted);
  return number !== undefined && numberOf(written)?.eq(number) === true;
}
