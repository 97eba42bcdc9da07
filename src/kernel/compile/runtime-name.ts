/** The one global that rewritten cells call: results, imports and awaits go through it. */
export const RUNTIME = "__tesserlab";

/** Added to a notebook variable that is named as a global is, so that packages and helpers keep the real one. */
const SUFFIX = "$cell";

/** Names by which packages guess that they run in a browser or under a module loader: a variable `window` must not mislead them. */
const PROBED = new Set(["window", "document", "self", "define", "module", "exports", "require", "navigator", "location", "signal"]);

/**
 * Whether a notebook variable of this name would be seen by all other code in the process. Top-level variables are global: without care
 * `const performance = run.performance` would break every package that asks for the time.
 */
export function isProtected(name: string): boolean {
  return PROBED.has(name) || name in globalThis;
}

/** The name under which a cell's variable of a protected name is kept. */
export const safeName = (name: string): string => name + SUFFIX;

/** Text with the safe names turned back into those the user wrote. */
export const withoutSafeNames = (text: string): string => text.replaceAll(SUFFIX, "");
