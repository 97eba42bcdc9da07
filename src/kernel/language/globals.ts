import { HELD } from "./private-names.js";
import { ownModule } from "./project.js";

/** In scope in every cell. */
const ALWAYS: Readonly<Record<string, string>> = {
  _: "/** The last result shown. */\nexport declare const _: any;",
  signal: "/** Aborted when the cell is interrupted: pass it to whatever takes one. */\nexport declare const signal: AbortSignal;",
};

/** Helpers that are the kernel's own, where it gives them, and not the lab's. */
const KERNEL_HELPERS: Readonly<Record<string, string>> = {
  display: `/** Shows a value under the cell, with a method for each kind of content. */
export declare const display: import("${ownModule("kernel/output/display")}").Display;`,
  prompt: `export declare const prompt: import("${ownModule("kernel/server/ask")}").Questions["prompt"];`,
  confirm: `export declare const confirm: import("${ownModule("kernel/server/ask")}").Questions["confirm"];`,
  comms: `/** Channels to code in the front end, such as widgets. */
export declare const comms: Pick<import("${ownModule("kernel/server/comms")}").CommHub, "open" | "register">;`,
};

/** The names the kernel itself gives to cells whose helpers are these. */
export function ownNames(helpers: readonly string[]): string[] {
  return [...Object.keys(ALWAYS), ...helpers.filter((name) => Object.hasOwn(KERNEL_HELPERS, name))];
}

/**
 * The document that declares what the kernel provides. `HELD` reads what a variable holds when a cell ends; where that is nothing yet (no value, an empty
 * array), the next cell must not take nothing for its type, since a function may have filled it meanwhile.
 * @param lab - specifier of the helpers' module, imported so that it stays loaded also while a cell uses none of it.
 */
export function globalsText(helpers: readonly string[], lab: string): string {
  return [
    `import type {} from "${lab}";`,
    ...ownNames(helpers).map((name) => ALWAYS[name] ?? KERNEL_HELPERS[name]),
    `export declare function ${HELD}<T>(value: T): [T] extends [never[] | null | undefined | void] ? any : T;`,
    "export {};",
  ].join("\n");
}
