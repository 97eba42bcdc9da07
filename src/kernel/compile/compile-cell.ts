import { SourceMap, type SourceMapPayload } from "node:module";
import MagicString from "magic-string";
import { type Program, parseSync } from "oxc-parser";
import { SourceError, type Transpiled, transpile } from "../../modules/index.js";
import { rewriteAwaits } from "./awaits.js";
import { hoistFunctions, hoistVars, type NameOf, rewriteLexical } from "./declarations.js";
import { withoutHashbang } from "./hashbang.js";
import { type CellImport, dropExports, rewriteDynamicImports, rewriteImports } from "./imports.js";
import { isOverflow, tooDeepAt } from "./nesting.js";
import { captureResult } from "./result.js";
import { isProtected, safeName } from "./runtime-name.js";
import { type FreeName, freeNames, lexicalNames } from "./scope.js";

/** What the notebook knows before a cell is compiled. */
export interface Names {
  /** Variables of earlier cells, and helpers. */
  readonly declared: ReadonlySet<string>;
  /** Those among them kept under a safe name, because a global has theirs. */
  readonly renamed: ReadonlySet<string>;
}

/** A cell ready for `Runtime.evaluate` in REPL mode. */
export interface CompiledCell {
  readonly file: string;
  readonly code: string;
  /** Top-level names the cell declares. */
  readonly declares: readonly string[];
  /** Names it takes from other cells or from the helpers; globals do not count. */
  readonly uses: readonly string[];
  /** Names that are neither a variable nor a global so far, those the cell declares included. */
  readonly unknown: readonly string[];
  readonly imports: readonly CellImport[];
  /** Names it declares that must be kept under a safe name from now on. */
  readonly renames: readonly string[];
  /** Where a position of `code` lies in the cell as written; lines and columns count from 1. */
  position(line: number, column: number): { line: number; column: number };
}

/**
 * Turns a TypeScript cell into a REPL-mode script: types removed, then the JavaScript edited in place, one concern at a time.
 * @throws SourceError where the cell does not parse.
 */
export function compileCell(source: string, file: string, names: Names): CompiledCell {
  const deep = tooDeepAt(source);
  if (deep !== undefined) throw new SourceError(TOO_DEEP, source, file, deep);
  try {
    return compile(source, file, names);
  } catch (error) {
    throw isOverflow(error) ? new SourceError(TOO_DEEP, source, file, 0) : error;
  }
}

const TOO_DEEP = "The code is nested too deeply here.";

function compile(source: string, file: string, names: Names): CompiledCell {
  const { text: expression, shift } = asExpression(withoutHashbang(source));
  const { typed, program } = parse(expression, file);
  const text = new MagicString(typed.code);

  const free = freeNames(program);
  const used = new Set(free.map(({ name }) => name));
  const vars = hoistVars(program, text);
  const declares = [...new Set([...lexicalNames(program.body), ...vars.names])];
  const renames = declares.filter((name) => !names.declared.has(name) && isProtected(name));
  const renamed = new Set([...names.renamed, ...renames]);
  // The transpiler's own variables live as long as what they serve: those of another cell must not take their place.
  const own = new Set(typed.lowered ? declares.filter((name) => mentions(source, name) === 0) : []);
  const nameOf = (name: string): string =>
    own.has(name) ? `${name}$${file.replaceAll(/\W/g, "_")}` : renamed.has(name) ? safeName(name) : name;
  // A name imported and then mentioned in types alone may be a type, of which nothing is left to import.
  const isRequired = (local: string): boolean => used.has(local) || mentions(source, local) < 2;

  rewriteLexical(program, text, nameOf);
  rewriteDynamicImports(program, text);
  rewriteAwaits(program, text);
  captureResult(program, text, typed.lowered);
  renameFree(free, new Set([...renamed, ...own]), nameOf, text);
  const { imports, code: importCode } = rewriteImports(program, text, nameOf, isRequired);
  dropExports(program, text);
  hoistFunctions(program, text, nameOf);

  const fresh = vars.names.filter((name) => !names.declared.has(name) || vars.enums.includes(name));
  text.prepend(`"use strict";${fresh.length > 0 ? `let ${fresh.map(nameOf).join()};` : ""}${importCode}`);
  return {
    file,
    code: `${text.toString()}\n;void 0\n//# sourceURL=${file}`,
    declares: declares.filter((name) => !own.has(name)),
    uses: [...used].filter((name) => !declares.includes(name) && names.declared.has(name)),
    unknown: [...used].filter((name) => !names.declared.has(name) && !(name in globalThis) && !own.has(name)),
    imports,
    renames,
    position: positions(text, typed.map, shift),
  };
}

/** A cell without its types, and its tree. Nobody changes either. */
interface Parsed {
  readonly typed: Transpiled;
  readonly program: Program;
}

/** The cells executed last, by their text, the latest at the end: what is run again need not be parsed again. */
const recent = new Map<string, Parsed>();
const MAX_RECENT = 20;
/** A tree takes a hundred times the memory of its text. */
const MAX_RECENT_LENGTH = 4000;

/** @throws SourceError where the text does not parse. */
function parse(text: string, file: string): Parsed {
  const parsed = recent.get(text) ?? parseAnew(text, file);
  recent.delete(text);
  if (text.length <= MAX_RECENT_LENGTH) recent.set(text, parsed);
  if (recent.size > MAX_RECENT) recent.delete(recent.keys().next().value!);
  return parsed;
}

function parseAnew(text: string, file: string): Parsed {
  const typed = transpile(text, file, "keep");
  return { typed, program: parseSync("cell.js", typed.code, { lang: "js", sourceType: "module" }).program };
}

/** A cell that is one object literal means the object, not a block: it is put in parentheses. */
function asExpression(source: string): { text: string; shift: number } {
  if (/^\s*\{/.test(source)) {
    const text = `(${source}\n)`;
    if (parseSync("cell.ts", text, { lang: "ts", sourceType: "module" }).errors.length === 0) return { text, shift: 1 };
  }
  return { text: source, shift: 0 };
}

function renameFree(free: readonly FreeName[], renamed: ReadonlySet<string>, nameOf: NameOf, text: MagicString): void {
  for (const { name, start, end, shorthand } of free)
    if (renamed.has(name)) text.update(start, end, shorthand ? `${name}: ${nameOf(name)}` : nameOf(name));
}

/** How often a name is written in a source. */
function mentions(source: string, name: string): number {
  return source.split(new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`)).length - 1;
}

/** Goes back through both edits, ours and the transpiler's. The maps are made at the first call: most cells never fail. */
function positions(text: MagicString, typedMap: string, shift: number): CompiledCell["position"] {
  let maps: { edited: SourceMap; typed: SourceMap } | undefined;
  return (line, column) => {
    maps ??= {
      edited: new SourceMap(JSON.parse(text.generateMap({ hires: "boundary" }).toString()) as SourceMapPayload),
      typed: new SourceMap(JSON.parse(typedMap) as SourceMapPayload),
    };
    const edited = back(maps.edited, line - 1, column - 1);
    const typed = back(maps.typed, edited.line, edited.column);
    return { line: typed.line + 1, column: Math.max(0, typed.line === 0 ? typed.column - shift : typed.column) + 1 };
  };
}

/** One step back through a source map; everything counts from 0. */
function back(map: SourceMap, line: number, column: number): { line: number; column: number } {
  const entry = map.findEntry(line, column);
  return "originalLine" in entry ? { line: entry.originalLine, column: entry.originalColumn } : { line, column };
}
