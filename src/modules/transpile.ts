import { type ParserOptions, parseSync } from "oxc-parser";
import { type TransformOptions, transformSync } from "oxc-transform";
import { SourceError } from "./source-error.js";

/** JavaScript made from TypeScript, and the way back. */
export interface Transpiled {
  readonly code: string;
  /** Source map, version 3, as JSON text. */
  readonly map: string;
}

/** Which imports survive: a module drops those never used as a value, as tsc does; a cell keeps them, a later cell may use them. */
export type ImportPolicy = "drop-unused" | "keep";

const UNSUPPORTED =
  "Decorators, `accessor` fields and `using` declarations are not supported: call the decorator as a function, or dispose of the resource in a `finally` block.";

/**
 * Removes types and lowers what only TypeScript has (enums, namespaces, parameter properties). Types are not checked.
 * @param file - name used in positions; it decides nothing else.
 * @throws SourceError where the source does not parse, or uses decorators, `accessor` or `using`.
 */
export function transpile(source: string, file: string, imports: ImportPolicy = "drop-unused"): Transpiled {
  const options: TransformOptions = {
    lang: "ts",
    sourceType: "module",
    sourcemap: true,
    target: "es2022",
    typescript: { onlyRemoveTypeImports: imports === "keep" },
  };
  const { code, map, errors, helpersUsed } = transformSync(file, source, options);
  const error = errors[0];
  if (error !== undefined) {
    const hint = error.helpMessage === null || error.helpMessage === undefined ? "" : ` (${error.helpMessage})`;
    // The last label is where the parser gave up: for a name declared twice, the second declaration.
    throw new SourceError(error.message.replace(/^TS\(\d+\): /, "") + hint, source, file, error.labels.at(-1)?.start ?? 0);
  }
  const unsupported = Object.keys(helpersUsed).length > 0 ? /\busing\b/.exec(source)?.index : decoratorAt(code, source);
  if (unsupported !== undefined) throw new SourceError(UNSUPPORTED, source, file, unsupported);
  return { code, map: JSON.stringify(map) };
}

/** Offset in `source` of the first decorator or `accessor` field left in the JavaScript, which no current engine runs. */
function decoratorAt(code: string, source: string): number | undefined {
  if (!/@|\baccessor\b/.test(code)) return undefined;
  const options: ParserOptions = { lang: "js", sourceType: "module" };
  const found = JSON.stringify(parseSync("module.js", code, options).program, (key, value) =>
    // Only the two facts looked for survive, so that strings holding "@" do not count.
    key === "decorators" && Array.isArray(value) && value.length > 0 ? "DECORATED" : value,
  );
  if (!/"DECORATED"|"type":"AccessorProperty"/.test(found)) return undefined;
  return Math.max(0, source.search(/@[\w$(]|\baccessor\s/));
}
