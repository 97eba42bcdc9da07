import { HELD } from "./private-names.js";
import { ownModule } from "./project.js";

/** Names the kernel itself puts in scope, with their declarations. */
const DECLARATIONS: Readonly<Record<string, string>> = {
  _: "/** The last result shown. */\nexport declare const _: any;",
  signal: "/** Aborted when the cell is interrupted: pass it to whatever takes one. */\nexport declare const signal: AbortSignal;",
  display: "/** Shows a value under the cell, with a method for each kind of content. */\nexport declare const display: Display;",
};

/** Names that are in scope whatever the helpers. */
export const OWN_NAMES: readonly string[] = Object.keys(DECLARATIONS);

/**
 * The document that declares what the kernel provides. `HELD` reads what a variable holds when a cell ends; where that is nothing yet (no value, an empty
 * array), the next cell must not take nothing for its type, since a function may have filled it meanwhile.
 */
export function globalsText(): string {
  return [
    `import type { Display } from "${ownModule("kernel/output/display")}";`,
    ...Object.values(DECLARATIONS),
    `export declare function ${HELD}<T>(value: T): [T] extends [never[] | null | undefined | void] ? any : T;`,
  ].join("\n");
}
