import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Names the kernel itself puts in scope of cells. */
const OWN = ["display", "prompt", "confirm", "comms"];
/** A module of helpers that takes longer to load than this, milliseconds, is not waited for. */
const LOADING_MS = 60_000;

/**
 * Names of the helpers as `scope.json` beside their module lists them, which a build may write: loading hundreds of modules only to know their
 * names would keep the first completion waiting. `undefined` where there is none.
 */
export function notedNames(lab: string | undefined): string[] | undefined {
  if (lab === undefined) return OWN;
  try {
    const names: unknown = JSON.parse(readFileSync(join(dirname(pathOf(lab)), "scope.json"), "utf8"));
    return Array.isArray(names) ? [...OWN, "lab", ...names.map(String)] : undefined;
  } catch {
    return undefined;
  }
}

function pathOf(lab: string): string {
  if (lab.startsWith("file:")) return fileURLToPath(lab);
  return isAbsolute(lab) || lab.startsWith(".") ? resolve(lab) : createRequire(import.meta.url).resolve(lab);
}

/** Names of the helpers, found out without the main thread: a process of its own loads them. Only the kernel's own where they cannot be loaded. */
export async function helperNames(lab: string | undefined): Promise<string[]> {
  if (lab === undefined) return OWN;
  const helpers = new URL("../helpers.js", import.meta.url).href;
  const script = `const { loadHelpers } = await import(${JSON.stringify(helpers)});
process.stdout.write("\\n" + JSON.stringify(Object.keys(await loadHelpers(${JSON.stringify(lab)}))), () => process.exit(0));`;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { timeout: LOADING_MS });
    return [...OWN, ...(JSON.parse(stdout.slice(stdout.lastIndexOf("\n"))) as string[])];
  } catch {
    return OWN; // a cell that needs them says what is wrong with them
  }
}
