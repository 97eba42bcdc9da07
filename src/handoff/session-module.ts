import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AnyStrategy } from "../backtest/index.js";
import { cellModule, currentHost } from "./cell-module.js";
import { snakeCase } from "./names.js";
import { writeFileAtomic } from "./write-file.js";

/**
 * Writes the cell that defines a strategy as a module that stands alone, for where the notebook's process does not reach. The file's name holds the hash of its text:
 * a session that goes on later finds what it was started with, whatever has become of the cell.
 * @returns its path; `undefined` outside a notebook, and where no cell defines a strategy of that name.
 * @throws LabError `STRATEGY_NOT_PORTABLE` naming the variable that is neither imported nor declared in the cell.
 */
export async function writeCellModule({ name }: AnyStrategy, folder: string): Promise<string | undefined> {
  const host = currentHost();
  const text = host === undefined ? undefined : cellModule(name, host, resolve(folder));
  if (text === undefined) return undefined;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  const path = join(resolve(folder), `${snakeCase(name).replace(/^_/, "")}.${hash}.ts`);
  if (!existsSync(path)) await writeFileAtomic(path, text);
  return path;
}
