/** One output in several forms, by MIME type. A front end shows the richest one it knows; `text/plain` is always there. */
export type MimeBundle = Record<string, unknown>;

/** The method that gives an object's rich form, shared with Deno and nodejs-polars. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** An object that knows how it is shown. */
export interface Displayable {
  [JUPYTER_DISPLAY](): MimeBundle | Promise<MimeBundle>;
}

/** Whether a value brings its own rich form. Objects of other module copies count too: the symbol is global. */
export function isDisplayable(value: unknown): value is Displayable {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as Record<symbol, unknown>)[JUPYTER_DISPLAY] === "function"
  );
}
