import { LabError, type LabErrorCode } from "./lab-error.js";
import { unknownName } from "./suggest.js";

/** A value in a few words, for the error that refuses it; what still runs is told from what is wrong. */
function described(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value === "string") return `the text '${value.length > 40 ? `${value.slice(0, 40)}...` : value}'`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return `a ${typeof value}`;
  if (typeof (value as { then?: unknown }).then === "function") return "a promise: write await before what made it";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "Object" && name !== ""
    ? `a ${name}`
    : `an object with ${Object.keys(value).slice(0, 5).join(", ") || "nothing"}`;
}

/**
 * The error for an argument of the wrong kind.
 * @param what - what was called, such as `candleChart`.
 * @param expects - what it takes, such as `a candle series`.
 */
export function wrongInput(code: LabErrorCode, what: string, expects: string, value: unknown): LabError {
  return new LabError(code, `${what} takes ${expects}, got ${described(value)}.`);
}

/** Whether something has all of these members: the shallow look that tells a run from a typo. */
export function hasMembers(value: unknown, ...members: readonly string[]): boolean {
  return typeof value === "object" && value !== null && members.every((member) => member in value);
}

/**
 * Checks that options are an object with no other keys than these: a misspelt one must not be left out in silence.
 * @param what - what was called, such as `risk.heat`.
 * @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN` with the nearest key.
 */
export function assertKeys(what: string, options: unknown, keys: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw wrongInput("OPTION_INVALID", what, `an object with ${keys.join(", ")}`, options);
  for (const key of Object.keys(options)) if (!keys.includes(key)) throw unknownName("OPTION_UNKNOWN", `option of ${what}`, key, keys);
}

/** Checks that a switch is on or off, or not given where it is not `required`: `"false"` is none. @throws LabError `OPTION_INVALID` or the `code` given. */
export function assertSwitch(
  name: string,
  value: unknown,
  { code = "OPTION_INVALID", required = false }: { readonly code?: LabErrorCode; readonly required?: boolean } = {},
): void {
  if (typeof value === "boolean" || (value === undefined && !required)) return;
  throw wrongInput(code, name, "true or false", value);
}
