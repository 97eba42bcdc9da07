import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { LabError } from "../errors/index.js";
import { shown } from "./paths.js";

/**
 * Makes the folder of a file that will be written, before the work whose result goes there: an hour's run must not end at a missing folder.
 * @param option - where the path was given, for messages: `--out`.
 * @returns the file's absolute path.
 * @throws LabError `CLI_OUTPUT` for a path that is a folder or lies below a file, or where nothing may be written.
 */
export async function outputFile(option: string, path: string): Promise<string> {
  const file = resolve(path);
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory() === true) throw new LabError("CLI_OUTPUT", `${option} must name a file, got the folder '${shown(file)}'.`);
  try {
    await mkdir(dirname(file), { recursive: true });
  } catch (cause) {
    throw new LabError("CLI_OUTPUT", `${option} ${shown(file)}: its folder cannot be made (${(cause as Error).message}).`, { cause });
  }
  return file;
}
