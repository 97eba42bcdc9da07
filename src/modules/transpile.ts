import { type ParserOptions, parseSync } from "oxc-parser";
import { type TransformOptions, transformSync } from "oxc-transform";
import { lower } from "./lower.js";
import { SourceError } from "./source-error.js";

/** JavaScript made from TypeScript, and the way back. */
export interface Transpiled {
  readonly code: string;
  /** Source map, version 3, as JSON text. */
  readonly map: string;
  /** Whether the code has helper variables of the transpiler's at its top level. */
  readonly lowered: boolean;
}

/** Which imports survive: a module drops those never used as a value, as tsc does; a cell keeps them, a later cell may use them. */
export type ImportPolicy = "drop-unused" | "keep";

/**
 * Removes types and lowers what only TypeScript has (enums, namespaces, parameter properties) and what engines do not run yet (decorators,
 * `accessor`, `using`). Types are not checked.
 * @param file - name used in positions; it decides nothing else.
 * @throws SourceError where the source does not parse.
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
  // The one form of a namespace that the first transpiler refuses is the second's.
  if (error?.message.startsWith(MUTABLE_EXPORT))
    return { ...lower(source, file, isExperimental(source), imports === "keep"), lowered: true };
  if (error !== undefined) {
    const hint = error.helpMessage === null || error.helpMessage === undefined ? "" : ` (${error.helpMessage})`;
    // The last label is where the parser gave up: for a name declared twice, the second declaration.
    throw new SourceError(error.message.replace(/^TS\(\d+\): /, "") + hint, source, file, error.labels.at(-1)?.start ?? 0);
  }
  const newer = newerForms(source, code, Object.keys(helpersUsed).length > 0);
  if (newer === undefined) return { code, map: JSON.stringify(map), lowered: false };
  const experimental = newer === "parameters" || isExperimental(source);
  return { ...lower(source, file, experimental, imports === "keep"), lowered: true };
}

const MUTABLE_EXPORT = "Namespaces exporting non-const";

const isExperimental = (source: string): boolean => /(\/\/|\*)\s*@experimentalDecorators\b/.test(source);

/**
 * Whether a source has decorators or `accessor` fields, which no current engine runs, and whether parameters are decorated.
 * @param code - what the first transpiler made of it.
 * @param needsHelpers - whether the first transpiler asked for helpers of its own, as it does for `using` and experimental decorators.
 */
function newerForms(source: string, code: string, needsHelpers: boolean): "some" | "parameters" | undefined {
  if (!needsHelpers && !/@|\baccessor\b/.test(code)) return undefined;
  const options: ParserOptions = { lang: "ts", sourceType: "module" };
  let found: "some" | "parameters" | undefined = needsHelpers ? "some" : undefined;
  JSON.stringify(parseSync("module.ts", source, options).program, (key, value) => {
    if (key === "params" && Array.isArray(value) && value.some(isDecorated)) found = "parameters";
    else if (isDecorated(value) || value?.type === "AccessorProperty") found ??= "some";
    return value;
  });
  return found;
}

function isDecorated(value: unknown): boolean {
  const decorators = (value as { decorators?: unknown } | null | undefined)?.decorators;
  return Array.isArray(decorators) && decorators.length > 0;
}
