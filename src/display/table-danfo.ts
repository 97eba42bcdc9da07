import type { DataFrame } from "danfojs-node";
import { unknownName } from "../errors/index.js";
import type { Column } from "./table-column.js";
import { isDecimal, plainText } from "./text.js";

/** How a table becomes a danfo frame. */
export interface DanfoOptions {
  /** Times as ISO 8601 text (what danfo's `toDateTime` reads) or as epoch milliseconds. */
  readonly times?: "iso" | "epochMs";
}

type Converted = { readonly dtype: "float32" | "string" | "boolean"; readonly values: (number | string | boolean)[] };

const toNumber = (value: unknown): number =>
  value === null || value === undefined ? Number.NaN : isDecimal(value) ? value.toNumber() : Number(value);

/** Dtypes are given, not left to danfo: it looks at a few values and would read the text "0012" as the integer 12. */
function convert({ values, kind }: Column, times: "iso" | "epochMs"): Converted {
  if (kind === "boolean" && values.every((value) => typeof value === "boolean")) return { dtype: "boolean", values: values as boolean[] };
  if (kind === "time" && times === "iso") {
    const iso = (value: unknown): string => {
      const ms = toNumber(value);
      return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : "";
    };
    return { dtype: "string", values: values.map(iso) };
  }
  // "float32" is danfo's only name for a non-integer column; its values are JavaScript doubles, and the project's tensor stand-in keeps them so.
  if (kind !== "text" && kind !== "boolean") return { dtype: "float32", values: values.map(toNumber) };
  return { dtype: "string", values: values.map((value) => (value === null || value === undefined ? "" : plainText(value))) };
}

/**
 * Columns as a danfojs frame in float64. Exact decimals and big integers become the nearest doubles; missing numbers are NaN, missing texts "".
 * Avoid danfo's `df.loc({ columns })` and `sortValues` on long frames: both are quadratic. Sort here first, and use `df["name"]` or `iloc`.
 * @throws LabError `OPTION_UNKNOWN`.
 */
export async function columnsToDanfo(columns: readonly Column[], options: DanfoOptions): Promise<DataFrame> {
  for (const key of Object.keys(options)) if (key !== "times") throw unknownName("OPTION_UNKNOWN", "option of toDanfo", key, ["times"]);
  const { times = "iso" } = options;
  if (times !== "iso" && times !== "epochMs") throw unknownName("OPTION_UNKNOWN", "form of times", String(times), ["iso", "epochMs"]);
  const danfo = await import("danfojs-node");
  const converted = columns.map((column) => [column.name, convert(column, times)] as const);
  return new danfo.DataFrame(Object.fromEntries(converted.map(([name, { values }]) => [name, values])), {
    dtypes: converted.map(([, { dtype }]) => dtype),
  });
}
