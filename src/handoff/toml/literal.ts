import { Decimal, type EpochMs, timeText } from "../../core/index.js";
import type { TomlValue } from "./value.js";

/** A value to write: what it means, and the text that says so. */
export interface TomlLiteral {
  readonly value: TomlValue;
  readonly text: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

function quoted(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: TOML forbids control characters in text; they are written as escapes
  const body = value.replaceAll(/["\\\u0000-\u001f\u007f]/g, (c) => ESCAPES[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${body}"`;
}

/** Text in double quotes, control characters escaped. */
export function textLiteral(value: string): TomlLiteral {
  return { value, text: quoted(value) };
}

/** A list of texts on one line. */
export function textsLiteral(values: readonly string[]): TomlLiteral {
  return { value: values, text: `[${values.map(quoted).join(", ")}]` };
}

/** `true` or `false`. */
export function booleanLiteral(value: boolean): TomlLiteral {
  return { value, text: String(value) };
}

/** A whole number. */
export function integerLiteral(value: number): TomlLiteral {
  return { value, text: String(value) };
}

/** A double at its shortest decimal text, always with a point or an exponent, so that it is a TOML float. */
export function numberLiteral(value: number): TomlLiteral {
  const text = String(Object.is(value, -0) ? 0 : value);
  return { value: new Decimal(text), text: /[.e]/.test(text) ? text : `${text}.0` };
}

/**
 * An exact decimal in plain notation with a point, `28.0`. Tesser reads a float through its double, so a decimal the double would change
 * is written as text, which Tesser's decimals accept too: `"0.1000000000000000000001"`.
 */
export function decimalLiteral(value: Decimal): TomlLiteral {
  const plain = value.isZero() ? "0" : value.toFixed();
  const double = Number(plain);
  const survives = Number.isFinite(double) && new Decimal(String(double)).eq(value);
  if (!survives) return { value, text: quoted(plain) };
  return { value, text: plain.includes(".") ? plain : `${plain}.0` };
}

/** A moment in UTC as TOML's own date-time. */
export function momentLiteral(time: EpochMs): TomlLiteral {
  return { value: new Date(time), text: timeText(time) };
}
