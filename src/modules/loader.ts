import { register } from "node:module";
import vm from "node:vm";
import type { HookData } from "./hooks.js";

/** Imports a module as if from a certain file. */
export type Importer = (specifier: string, options?: ImportCallOptions) => Promise<Record<string, unknown>>;

let registered = false;

/**
 * Installs the loader hook for local TypeScript in this thread's process, once; later calls do nothing.
 * @param aliases - specifier to URL: names that mean the host's own modules.
 */
export function registerLoader(aliases: Readonly<Record<string, string>> = {}): void {
  if (registered) return;
  registered = true;
  // Node's loader thread reads JavaScript only: when this very file runs from its TypeScript source, as under a test runner, the hooks are the built ones.
  const hooks = import.meta.url.endsWith(".ts") ? "../../dist/modules/hooks.js" : "./hooks.js";
  register<HookData>(new URL(hooks, import.meta.url), { data: { aliases } });
}

/**
 * Node's own `import()` bound to a place: relative specifiers and packages resolve from the folder of `filename`, which need not exist.
 * (An `import()` written here would resolve from this file, and a test runner would replace it.)
 */
export function importerFrom(filename: string): Importer {
  quietLoaderWarning();
  const script = new vm.Script("(specifier, options) => import(specifier, options)", {
    filename,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext() as Importer;
}

let quiet = false;

/** Node calls the default loader experimental in `vm`, once a process; the user whose file is loaded can do nothing about it. */
function quietLoaderWarning(): void {
  if (quiet) return;
  quiet = true;
  const original = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes("USE_MAIN_CONTEXT_DEFAULT_LOADER")) Reflect.apply(original, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
}
