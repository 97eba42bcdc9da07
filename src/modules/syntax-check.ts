import { readFileSync } from "node:fs";
import { isTypeScript } from "./local-files.js";
import { SourceError } from "./source-error.js";
import { transpile } from "./transpile.js";

/** The first of these files that does not transpile, as the error that says where; `undefined` when all do. */
export function findSyntaxError(files: readonly string[]): SourceError | undefined {
  for (const file of files.filter(isTypeScript)) {
    try {
      transpile(readFileSync(file, "utf8"), file);
    } catch (error) {
      if (error instanceof SourceError) return error;
      throw error;
    }
  }
  return undefined;
}
