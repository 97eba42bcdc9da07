import { constants } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { LabError } from "../errors/index.js";
import { type ApiKey, newKey } from "../venues/paper/index.js";
import { outputFile } from "./output-file.js";
import { shown } from "./paths.js";

/** A key and where it lies. */
export interface KeyFile {
  readonly key: ApiKey;
  readonly path: string;
  /** Whether it was made just now. */
  readonly made: boolean;
}

/**
 * Reads the key of a paper server, or makes one in a file that only its owner can read. The secret goes nowhere else.
 * @throws LabError `KEY_FILE` for a file that others may read, that cannot be read, or that holds no key.
 */
export async function apiKeyFile(path: string): Promise<KeyFile> {
  const file = await outputFile("--api-key-file", path);
  const there = await stat(file).catch(() => undefined);
  if (there === undefined) {
    const key = newKey();
    const handle = await open(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(key, null, 2)}\n`);
    } finally {
      await handle.close();
    }
    return { key, path: file, made: true };
  }
  if (process.platform !== "win32" && (there.mode & 0o077) !== 0)
    throw new LabError("KEY_FILE", `${shown(file)} may be read by others than its owner: chmod 600 it first.`, {
      details: { mode: (there.mode & 0o777).toString(8) },
    });
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new LabError("KEY_FILE", `${shown(file)} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? "unknown"}.`, { cause });
  }
  let read: Partial<ApiKey> | undefined;
  try {
    read = JSON.parse(text) as Partial<ApiKey>;
  } catch {
    // The parser's message quotes the file, which may hold a secret: what is wrong is told below without it.
  }
  if (typeof read?.apiKey !== "string" || typeof read.apiSecret !== "string")
    throw new LabError("KEY_FILE", `${shown(file)} holds no key: it must be JSON with apiKey and apiSecret.`);
  return { key: { apiKey: read.apiKey, apiSecret: read.apiSecret }, path: file, made: false };
}
