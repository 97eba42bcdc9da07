import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder with those above it that are missing; one that is there already is left as it is. Node's own recursive form never ends where the system refuses a
 * folder although the one above is there, as below `/proc`: this one tries each once.
 * @throws what the file system says, such as `ENOTDIR` where a file stands in the way.
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  let at = resolve(path);
  while (statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at) {
    missing.push(at);
    at = dirname(at);
  }
  // A file in its place: the system says so.
  if (missing.length === 0 && !statSync(at).isDirectory()) mkdirSync(at);
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder);
    } catch (error) {
      // Another program was faster.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
        throw error;
    }
  }
}
