import type { CellShape, EarlierUse, NameKind } from "./cell-shape.js";

const NAME = "[\\p{ID_Start}$_][\\p{ID_Continue}$]*";
const VARIABLE = new RegExp(`^(?:export\\s+)?(const|let|var)\\s+(${NAME}|[{[][^=;]*?[}\\]])`, "gmu");
const NAMED = new RegExp(
  `^(?:export\\s+)?(?:declare\\s+)?(?:abstract\\s+)?(?:async\\s+)?(?:function\\s*\\*?|class|(?:const\\s+)?enum|interface|type|namespace)\\s+(${NAME})`,
  "gmu",
);
const IMPORT = /^import\s+(?:type\s+)?([^"';]*?)\s*from\s*["']([^"'\n]*)["']/gm;

/**
 * What a cell that does not parse, because it is being written, seems to declare. Only statements that begin a line count: it is enough
 * to keep the names of the half-written cell apart from those of the notebook.
 */
export function guessShape(source: string): Partial<CellShape> {
  const declares = new Map<string, NameKind>();
  const earlier: EarlierUse[] = [];
  const specifiers: string[] = [];
  for (const match of source.matchAll(VARIABLE)) {
    const names = patternNames(match[2]!);
    for (const name of names) declares.set(name, match[1] === "const" ? "fixed" : "variable");
    const start = match.index + match[0].length;
    const end = statementEnd(source, start);
    for (const name of names) earlier.push(...usesIn(source, name, start, end));
  }
  for (const [, name] of source.matchAll(NAMED)) declares.set(name!, "fixed");
  for (const [, clause, specifier] of source.matchAll(IMPORT)) {
    specifiers.push(specifier!);
    for (const part of clause!.split(/[{},]/)) {
      const local = part
        .trim()
        .replace(/^type\s+/, "")
        .split(/\s+as\s+/)
        .at(-1);
      if (local) declares.set(local, "fixed");
    }
  }
  return { declares, earlier, specifiers };
}

/** The names bound by `{ a, b: c, ...d }` or `[a, b]`, or the one name. */
function patternNames(pattern: string): string[] {
  const parts = pattern.split(/[{}[\],]/).map((part) =>
    part
      .replace(/^.*:/s, "")
      .replace(/^\s*\.\.\./, "")
      .trim(),
  );
  return parts.filter((part) => new RegExp(`^${NAME}$`, "u").test(part));
}

/** Where a statement seems to end: at a semicolon or a new line outside brackets, or before the next declaration. */
function statementEnd(source: string, from: number): number {
  let depth = 0;
  for (let at = from; at < source.length; at++) {
    const char = source[at]!;
    if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) depth--;
    else if (char === ";" && depth <= 0) return at;
    else if (char === "\n") {
      const next = source.slice(at + 1);
      if (/^(?:export\s+)?(?:const|let|var|function|class|import)\b/.test(next)) return at;
      const continues = /^\s*[.?:+\-*/%&|<>=,)\]}]/.test(next) || /[.?:+\-*/%&|<>=,([{]\s*$/.test(source.slice(from, at));
      if (depth <= 0 && !continues) return at;
    }
  }
  return source.length;
}

function usesIn(source: string, name: string, start: number, end: number): EarlierUse[] {
  const pattern = new RegExp(`(?<![\\p{ID_Continue}$.])${name.replaceAll("$", "\\$")}(?![\\p{ID_Continue}$]|\\s*:)`, "gu");
  return [...source.slice(start, end).matchAll(pattern)].map((match) => ({ name, start: start + match.index, shorthand: false }));
}
