import type { AST } from "toml-eslint-parser";
import type { Place } from "./read.js";

/** A key and its value as they stand in the file. */
export interface TomlLeaf {
  readonly type: "leaf";
  readonly line: AST.TOMLKeyValue;
  readonly value: Exclude<AST.TOMLContentNode, AST.TOMLInlineTable>;
}

/**
 * A table, by the way it is written: under its `[header]`, as `{ inline }`, by dotted keys, or only implied by a `[header.below]` it.
 * The root is the file itself.
 */
export interface TomlTable {
  readonly type: "table";
  form: "root" | "header" | "inline" | "dotted" | "implied";
  node: AST.TOMLTopLevelTable | AST.TOMLTable | AST.TOMLInlineTable | undefined;
  readonly items: Map<string, TomlItem>;
}

/** An array of tables, `[[header]]`. */
interface TomlTableList {
  readonly type: "list";
  readonly tables: TomlTable[];
}

export type TomlItem = TomlLeaf | TomlTable | TomlTableList;
/** Keys from the root down; a number is a place in an array of tables. */
export type TomlPath = readonly (string | number)[];

const table = (form: TomlTable["form"], node?: TomlTable["node"]): TomlTable => ({ type: "table", form, node, items: new Map() });

/** The tables of a parsed file with every spelling TOML allows (headers, dotted keys, inline tables) brought to one shape. */
export function tomlTree(program: AST.TOMLTopLevelTable): TomlTable {
  const root = table("root", program);
  for (const node of program.body) {
    if (node.type === "TOMLKeyValue") addKeyValue(root, node);
    else {
      const target = openHeader(root, node);
      for (const line of node.body) addKeyValue(target, line);
    }
  }
  return root;
}

const nameOf = (key: AST.TOMLBare | AST.TOMLQuoted): string => (key.type === "TOMLBare" ? key.name : key.value);

/** The table a `[header]` or `[[header]]` opens, its ancestors made where no header names them. */
function openHeader(root: TomlTable, node: AST.TOMLTable): TomlTable {
  let at: TomlItem = root;
  node.resolvedKey.forEach((key, depth, keys) => {
    if (at.type === "list") at = at.tables[Number(key)] ??= table("implied");
    else if (at.type === "table") {
      const next: TomlItem =
        at.items.get(String(key)) ?? (typeof keys[depth + 1] === "number" ? { type: "list", tables: [] } : table("implied"));
      at.items.set(String(key), next);
      at = next;
    }
  });
  const opened = at as TomlTable;
  opened.form = "header";
  opened.node = node;
  return opened;
}

function addKeyValue(into: TomlTable, line: AST.TOMLKeyValue): void {
  const names = line.key.keys.map(nameOf);
  const last = names.pop()!;
  let at = into;
  for (const name of names) {
    const next = (at.items.get(name) as TomlTable | undefined) ?? table("dotted");
    at.items.set(name, next);
    at = next;
  }
  const { value } = line;
  if (value.type !== "TOMLInlineTable") {
    at.items.set(last, { type: "leaf", line, value });
    return;
  }
  const inline = table("inline", value);
  at.items.set(last, inline);
  for (const inner of value.body) addKeyValue(inline, inner);
}

/** What stands at a path, if anything. */
export function tomlAt(root: TomlTable, path: TomlPath): TomlItem | undefined {
  let at: TomlItem | undefined = root;
  for (const key of path) {
    if (at?.type === "table") at = at.items.get(String(key));
    else if (at?.type === "list") at = at.tables[Number(key)];
    else return undefined;
  }
  return at;
}

/** Where an item stands in its file. */
export function placeOf(item: TomlItem): Place {
  const node = item.type === "leaf" ? item.line : item.type === "list" ? item.tables[0]?.node : item.node;
  const start = node?.loc.start ?? { line: 1, column: 0 };
  return { line: start.line, column: start.column + 1 };
}
