import { inspect } from "node:util";

/** One output in several forms, by MIME type. A front end shows the richest one it knows; `text/plain` is always there. */
export type MimeBundle = Record<string, unknown>;

/** The method that gives an object's rich form, shared with Deno and nodejs-polars. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** An object that knows how it is shown. */
export interface Displayable {
  [JUPYTER_DISPLAY](): MimeBundle | Promise<MimeBundle>;
}

/**
 * Base of the classes that show themselves: they give a bundle, and answer `Symbol.for("Jupyter.display")` and a console with it.
 * (The two symbols are set on the prototype below, because declaration files cannot infer computed method names.)
 */
export abstract class RichValue {
  /** Every form of this value, always with `text/plain`. */
  abstract toBundle(): MimeBundle | Promise<MimeBundle>;
  /** The value as text for a person. */
  abstract toString(): string;
}

Object.defineProperties(RichValue.prototype, {
  [JUPYTER_DISPLAY]: {
    value(this: RichValue) {
      return this.toBundle();
    },
  },
  [inspect.custom]: {
    value(this: RichValue) {
      return this.toString();
    },
  },
});

/** Whether a value brings its own rich form. Objects of other module copies count too: the symbol is global. */
export function isDisplayable(value: unknown): value is Displayable {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as Record<symbol, unknown>)[JUPYTER_DISPLAY] === "function"
  );
}
