import { LabError } from "../errors/index.js";

/** A whole number from `least` to `most`. @throws LabError `RESILIENCE_OPTION`. */
export function wholeOption(value: number, name: string, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new LabError("RESILIENCE_OPTION", `${name} must be a whole number ${range}, got ${String(value)}.`, { details: { name, value } });
}

/** A finite number from `least` to `most`. @throws LabError `RESILIENCE_OPTION`. */
export function numberOption(value: number, name: string, least: number, most: number = Number.POSITIVE_INFINITY): number {
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new LabError("RESILIENCE_OPTION", `${name} must be a number ${range}, got ${String(value)}.`, { details: { name, value } });
}
