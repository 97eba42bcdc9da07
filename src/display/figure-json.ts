import { LabError } from "../errors/index.js";
import { isDecimal } from "./text.js";

/** Deepest nesting a figure may have; plotly's own never comes near. */
const MAX_DEPTH = 32;

/**
 * A figure's parts as plain JSON: typed arrays become arrays, dates ISO text, decimals and big integers doubles (a chart is a picture, not
 * money), numbers that are not finite null, which plotly draws as a gap. Undefined fields are left out.
 * @throws LabError `FIGURE_INVALID` for functions, symbols and structures nested too deeply or in a circle.
 */
export function plainJson(value: unknown, path = "figure", depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new LabError("FIGURE_INVALID", `${path} is nested more than ${MAX_DEPTH} levels deep, or refers to itself.`);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value === null || value === undefined || typeof value === "string" || typeof value === "boolean") return value ?? null;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object") throw new LabError("FIGURE_INVALID", `${path} is a ${typeof value}, which a figure cannot hold.`);
  if (isDecimal(value)) return value.toNumber();
  if (Object.prototype.toString.call(value) === "[object Date]") {
    const ms = (value as Date).getTime();
    return Number.isNaN(ms) ? null : new Date(ms).toISOString();
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return Array.from(value as ArrayLike<unknown>, (item, i) => plainJson(item, `${path}[${i}]`, depth + 1));
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, plainJson(item, `${path}.${key}`, depth + 1)]));
}
