import { inspect } from "node:util";
import { frameTable, polarsBundle } from "./frame.js";
import { isDisplayable, JUPYTER_DISPLAY, type MimeBundle } from "./mime.js";
import { type Table, table } from "./table.js";
import { isPlainObject, plainText } from "./text.js";

/** What may print itself on a console. */
type Inspected = { readonly [inspect.custom]?: unknown };

/** Rows looked at to decide that an array is a table. */
const SAMPLE = 1000;

function asTable(value: unknown): Table | undefined {
  if (Array.isArray(value) && value.length > 0 && value.slice(0, SAMPLE).every(isTableRow))
    return table(value as Record<string, unknown>[]);
  if (value instanceof Map && value.size > 0) return table({ key: [...value.keys()], value: [...value.values()] });
  if (value instanceof Set && value.size > 0) {
    const items = [...value];
    return items.every(isTableRow) ? table(items as Record<string, unknown>[]) : table({ value: items });
  }
  return frameTable(value);
}

/** An object that says itself how it is shown, as a frame or a series within a list does, is no row. */
const isTableRow = (row: unknown): boolean =>
  isPlainObject(row) && Object.keys(row).length > 0 && !isDisplayable(row) && typeof (row as Inspected)[inspect.custom] !== "function";

/** An own rich form that fails must not hide the value: it is shown as text, with the reason. */
async function ownBundle(value: { [JUPYTER_DISPLAY](): MimeBundle | Promise<MimeBundle> }): Promise<MimeBundle> {
  try {
    const bundle = await value[JUPYTER_DISPLAY]();
    // One that is empty has shown itself already, as a panel that goes on changing does.
    if (isPlainObject(bundle))
      return "text/plain" in bundle || Object.keys(bundle).length === 0 ? bundle : { ...bundle, "text/plain": plainText(value) };
    return { "text/plain": `${plainText(value)}\n(its Jupyter.display method gave ${typeof bundle} instead of a MIME bundle)` };
  } catch (error) {
    return { "text/plain": `${plainText(value)}\n(it could not be shown richly: ${plainText(error)})` };
  }
}

/** Something that may fail because of what a value does when it is looked at: then it is not that. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/**
 * How a value is shown in a notebook. An object's own `Symbol.for("Jupyter.display")` method comes first; arrays of plain objects,
 * Maps, Sets, danfo and polars frames become tables; everything else is text. Never throws for a value that merely cannot be shown richly.
 * @returns an empty bundle for `undefined` (nothing to show), otherwise one that always has `text/plain`.
 */
export function toBundle(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (value === undefined) return {};
  const polars = attempt(() => polarsBundle(value));
  if (polars !== undefined) return polars;
  if (attempt(() => isDisplayable(value)) === true) return ownBundle(value as Parameters<typeof ownBundle>[0]);
  const rich = attempt(() => asTable(value));
  if (rich === undefined) return { "text/plain": plainText(value) };
  const bundle = rich.toBundle();
  return value instanceof Map || value instanceof Set ? { ...bundle, "text/plain": plainText(value) } : bundle;
}
