import { LabError, unknownName } from "../errors/index.js";

/**
 * Refuses option names a function does not know.
 * @throws LabError `OPTION_UNKNOWN` with the nearest known name.
 */
export function checkOptions(what: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) if (!known.includes(key)) throw unknownName("OPTION_UNKNOWN", `option of ${what}`, key, known);
}

/** The accepted values of a number; bounds are inclusive unless said otherwise. */
export interface NumberRange {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
}

function rangeText({ min, above, max, below }: NumberRange): string {
  const parts = [
    min === undefined ? "" : `at least ${min}`,
    above === undefined ? "" : `greater than ${above}`,
    max === undefined ? "" : `at most ${max}`,
    below === undefined ? "" : `less than ${below}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : `, ${parts.join(" and ")}`;
}

/**
 * A finite number within a range.
 * @throws LabError `OPTION_INVALID` naming the value and the range.
 */
export function checkNumber(name: string, value: unknown, range: NumberRange = {}): number {
  const { min = -Infinity, above = -Infinity, max = Infinity, below = Infinity } = range;
  if (typeof value === "number" && Number.isFinite(value) && value >= min && value > above && value <= max && value < below) return value;
  throw new LabError("OPTION_INVALID", `${name} must be a finite number${rangeText(range)}, got ${String(value)}.`, {
    details: { name, value, ...range },
  });
}
