import { Decimal as DecimalJs } from "decimal.js";
import { LabError } from "../errors/index.js";
import { Decimal, plainDecimal } from "./plain-decimal.js";

export { Decimal };

/** What a caller may write for a number: text is exact, a JS number is taken at its shortest decimal text, never at its binary value. */
export type DecimalInput = string | number | bigint | DecimalJs;

const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?$/i;

/**
 * Reads a decimal exactly.
 * @param name - what the number is, for the message.
 * @throws LabError `DECIMAL_INVALID` when the input is not a finite decimal number.
 */
export function decimal(input: DecimalInput, name = "value"): Decimal {
  if (typeof input === "number" && Number.isFinite(input)) return new Decimal(String(input));
  if (typeof input === "bigint") return new Decimal(input.toString());
  if (typeof input === "string") {
    const plain = plainDecimal(input);
    if (plain !== undefined) return plain;
    if (PLAIN.test(input.trim())) return new Decimal(input.trim());
  }
  // One of ours is what it is; they do not change.
  if (DecimalJs.isDecimal(input) && input.isFinite()) return input.constructor === Decimal ? input : new Decimal(input.toString());
  throw new LabError(
    "DECIMAL_INVALID",
    `${name} must be a finite decimal number such as "0.1", got ${typeof input === "string" ? `'${input}'` : String(input)}.`,
    { details: { name, value: input } },
  );
}

/** Digits after the point that the shortest plain text of a decimal has. */
export function decimalPlaces(value: Decimal): number {
  return value.decimalPlaces();
}

/** Prints a decimal in plain notation, without exponent or trailing zeros. */
export function decimalText(value: Decimal): string {
  return value.toFixed();
}
