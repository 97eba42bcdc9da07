import { createRequire } from "node:module";
import type * as Esbuild from "esbuild";
import { SourceError } from "./source-error.js";

const require = createRequire(import.meta.url);

/** JavaScript without decorators, `accessor` and `using`, and the way back. */
export interface Lowered {
  readonly code: string;
  /** Source map, version 3, as JSON text. */
  readonly map: string;
}

/**
 * Turns TypeScript with decorators, `accessor` fields or `using` into what engines run today. It costs a process of esbuild's, so only
 * sources that need it come here. Decorators are the standard ones; those of TypeScript's `experimentalDecorators` are meant where a
 * parameter is decorated, which only they allow, or where a comment says `@experimentalDecorators`.
 * @param keepImports - keep imports that no value uses.
 * @throws SourceError where esbuild refuses the source.
 */
export function lower(source: string, file: string, experimental: boolean, keepImports: boolean): Lowered {
  const { transformSync } = require("esbuild") as typeof Esbuild;
  try {
    const { code, map } = transformSync(source, {
      loader: "ts",
      sourcefile: file,
      sourcemap: "external",
      target: "es2022",
      charset: "utf8",
      logLevel: "silent",
      tsconfigRaw: {
        compilerOptions: {
          experimentalDecorators: experimental,
          useDefineForClassFields: !experimental,
          verbatimModuleSyntax: keepImports,
        },
      },
    });
    return { code, map };
  } catch (error) {
    const found = (error as Partial<Esbuild.TransformFailure>).errors?.[0];
    if (found === undefined) throw error;
    throw new SourceError(found.text, source, file, offsetOf(source, found.location));
  }
}

/** esbuild counts lines from 1 and columns in bytes from 0. */
function offsetOf(source: string, location: Esbuild.Location | null): number {
  if (location === null) return 0;
  const lines = source.split("\n");
  const before = lines.slice(0, location.line - 1).reduce((length, line) => length + line.length + 1, 0);
  const line = Buffer.from(lines[location.line - 1] ?? "");
  return before + line.subarray(0, location.column).toString().length;
}
