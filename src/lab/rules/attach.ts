import { inspect } from "node:util";
import { JUPYTER_DISPLAY, type MimeBundle } from "../../display/index.js";

/** How values of a class are shown: as text in a console, richly in a notebook. */
export interface DisplayRule<T> {
  readonly text: (value: T) => string;
  readonly bundle: (value: T) => MimeBundle | Promise<MimeBundle>;
}

/** A value that cannot be read any more, such as a closed state file, must not break what is printed beside it. */
function textOf<T>(name: string, rule: DisplayRule<T>, value: T): string {
  try {
    return rule.text(value);
  } catch (error) {
    return `${name} (${error instanceof Error ? error.message : String(error)})`;
  }
}

/**
 * Gives a class its display, without the class knowing about displays: results come from folders that have none. Both methods are not enumerable, so
 * equality and copies of a value do not see them.
 */
export function attachDisplay<T extends object>(type: abstract new (...args: never[]) => T, rule: DisplayRule<T>): void {
  Object.defineProperties(type.prototype, {
    [JUPYTER_DISPLAY]: {
      configurable: true,
      value(this: T) {
        return rule.bundle(this);
      },
    },
    [inspect.custom]: {
      configurable: true,
      value(this: T) {
        return textOf(type.name, rule, this);
      },
    },
  });
}
