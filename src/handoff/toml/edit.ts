import { LabError } from "../../errors/index.js";
import type { TomlDocument } from "./document.js";
import type { TomlLiteral } from "./literal.js";
import { lineStart, nextLine, type Splice, splice } from "./splice.js";
import type { TomlItem, TomlLeaf, TomlPath, TomlTable } from "./tree.js";
import { sameValue, tomlValue } from "./value.js";

/** What a table is to say. */
export interface TomlSection {
  /** Keys from the root; the root itself is `[]`. A number is a place in an array of tables. */
  readonly path: TomlPath;
  readonly entries: readonly (readonly [key: string, value: TomlLiteral])[];
  /** Keys to take out where the entries do not name them: a list, or every other plain key of the table. */
  readonly remove?: readonly string[] | "others";
}

/** Bare keys need no quotes. */
const keyText = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));

function header(path: TomlPath): string {
  const names = path.filter((key) => typeof key === "string").map(keyText);
  return typeof path.at(-1) === "number" ? `[[${names.join(".")}]]` : `[${names.join(".")}]`;
}

const lines = (entries: TomlSection["entries"], prefix = ""): string[] =>
  entries.map(([key, value]) => `${prefix}${keyText(key)} = ${value.text}`);

/** The text of a section on its own. */
function sectionText(section: TomlSection): string {
  return [...(section.path.length === 0 ? [] : [header(section.path)]), ...lines(section.entries), ""].join("\n");
}

/**
 * Brings a document to say what the sections say, touching nothing else: comments, order, spelling and blank lines of everything that
 * already says it stay as they are. New keys go to the end of their table, new tables to the end of the file.
 * @throws LabError `TOML_FORM` for a table that is needed but written as a plain value or inside an inline table.
 */
export function editToml(document: TomlDocument, sections: readonly TomlSection[]): string {
  const { text } = document;
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const edits: Splice[] = [];
  const added: string[] = [];
  for (const section of sections) {
    const table = tableAt(document, section.path);
    if (table === undefined) added.push(sectionText(section).replaceAll("\n", eol));
    else edits.push(...editTable(document, table, section, eol));
  }
  const edited = splice(text, edits);
  const open = edited === "" || edited.endsWith("\n") ? edited : edited + eol;
  return [open, ...added].filter((part) => part !== "").join(eol);
}

/** The written table of a path; `undefined` where a header of its own is needed. */
function tableAt(document: TomlDocument, path: TomlPath): TomlTable | undefined {
  for (let depth = 1; depth <= path.length; depth++) {
    const item = document.at(path.slice(0, depth));
    if (item === undefined) return undefined;
    const above = depth < path.length && item.type === "table" && (item.form === "inline" || item.form === "dotted");
    const missing = above && document.at(path.slice(0, depth + 1)) === undefined;
    if (item.type === "leaf" || missing) {
      const name = path.slice(0, depth).join(".");
      throw new LabError("TOML_FORM", `${document.where(item)}: ${name} must be a table under a header of its own, [${name}].`, {
        details: { file: document.file, key: name },
      });
    }
  }
  const table = document.at(path);
  return table?.type === "table" && table.form !== "implied" ? table : undefined;
}

function editTable(document: TomlDocument, table: TomlTable, section: TomlSection, eol: string): Splice[] {
  const named = new Map(section.entries);
  const edits: Splice[] = [];
  const added = section.entries.filter(([key]) => !table.items.has(key));
  const removed: TomlLeaf[] = [];
  for (const [key, item] of table.items) {
    const wanted = named.get(key);
    const drop = section.remove === "others" || section.remove?.includes(key) === true;
    if (item.type !== "leaf") {
      if (wanted !== undefined)
        throw new LabError("TOML_FORM", `${document.where(item)}: ${key} must be a value, not a table.`, {
          details: { file: document.file, key },
        });
    } else if (wanted === undefined) {
      if (drop) removed.push(item);
    } else if (!sameValue(tomlValue(item.value), wanted.value)) {
      const [start, end] = item.value.range;
      edits.push({ start, end, text: wanted.text });
    }
  }
  if (added.length === 0 && removed.length === 0) return edits;
  if (table.form === "inline") return [inlineTable(document.text, table, named, removed)];
  return [...edits, ...removed.map((leaf) => wholeLines(document.text, leaf.line.range)), ...append(document.text, table, added, eol)];
}

/** An inline table is one line: where keys come or go it is written anew, with the text of the values that stay. */
function inlineTable(text: string, table: TomlTable, named: ReadonlyMap<string, TomlLiteral>, removed: readonly TomlLeaf[]): Splice {
  const parts: string[] = [];
  for (const [key, item] of table.items) {
    if (item.type !== "leaf" || removed.includes(item)) continue;
    const wanted = named.get(key);
    const kept = wanted === undefined || sameValue(tomlValue(item.value), wanted.value);
    parts.push(`${keyText(key)} = ${kept ? text.slice(...item.value.range) : wanted.text}`);
  }
  for (const [key, value] of named) if (!table.items.has(key)) parts.push(`${keyText(key)} = ${value.text}`);
  const [start, end] = table.node!.range;
  return { start, end, text: parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }` };
}

function wholeLines(text: string, [start, end]: readonly [number, number]): Splice {
  return { start: lineStart(text, start), end: nextLine(text, end), text: "" };
}

/** New lines after the last line of a table: after its header where it is empty, at the top of a file whose root is. */
function append(text: string, table: TomlTable, added: TomlSection["entries"], eol: string): Splice[] {
  if (added.length === 0) return [];
  const last = lastKey(table);
  const end = last?.line.range[1] ?? (table.node?.type === "TOMLTable" ? table.node.key.range[1] : undefined);
  const at = end === undefined ? 0 : nextLine(text, end);
  const open = at > 0 && text[at - 1] !== "\n" ? eol : "";
  const prefix = table.form === "dotted" && last !== undefined ? dottedPrefix(last) : "";
  return [{ start: at, end: at, text: open + lines(added, prefix).join(eol) + eol }];
}

/** The plain key of a table that stands last in the file. */
function lastKey(table: TomlTable): TomlLeaf | undefined {
  const leaves = [...table.items.values()].filter((item) => item.type === "leaf");
  return leaves.sort((a, b) => a.line.range[0] - b.line.range[0]).at(-1);
}

/** `params.` where a table is written as `params.symbol = …`. */
function dottedPrefix(leaf: TomlLeaf): string {
  const above = leaf.line.key.keys.slice(0, -1);
  return above.map((key) => `${keyText(key.type === "TOMLBare" ? key.name : key.value)}.`).join("");
}

/** Takes whole tables out of a document, with what stands below them and the blank lines before. */
export function removeTables(document: TomlDocument, paths: readonly TomlPath[]): string {
  const { text } = document;
  const edits: Splice[] = [];
  const drop = (item: TomlItem | undefined): void => {
    if (item === undefined) return;
    if (item.type === "list") item.tables.forEach(drop);
    else if (item.type === "leaf") edits.push(wholeLines(text, item.line.range));
    else {
      if (item.node !== undefined) edits.push(wholeLines(text, item.node.range));
      for (const child of item.items.values()) drop(child);
    }
  };
  for (const path of paths) drop(document.at(path));
  return splice(text, merged(edits.map((edit) => ({ ...edit, start: edit.start - blankBefore(text, edit.start) }))));
}

/** Length of the blank lines that end at the start of a line. */
function blankBefore(text: string, start: number): number {
  return /(?:(?<=\n|^)[ \t]*\r?\n)*$/.exec(text.slice(0, start))![0].length;
}

/** Removals of overlapping stretches as one. */
function merged(removals: readonly Splice[]): Splice[] {
  const out: Splice[] = [];
  for (const next of removals.toSorted((a, b) => a.start - b.start)) {
    const last = out.at(-1);
    if (last === undefined || next.start > last.end) out.push(next);
    else out[out.length - 1] = { ...last, end: Math.max(last.end, next.end) };
  }
  return out;
}
