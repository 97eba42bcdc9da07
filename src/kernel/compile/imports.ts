import type MagicString from "magic-string";
import type { ImportDeclaration, Program } from "oxc-parser";
import type { NameOf } from "./declarations.js";
import { RUNTIME } from "./runtime-name.js";
import { walk } from "./tree.js";

/** What a cell takes from one module. */
export interface CellImport {
  readonly specifier: string;
  /** Exported names, `default` and `*` included. */
  readonly names: readonly string[];
}

const quote = (text: string): string => JSON.stringify(text);

/**
 * Import statements as awaited calls to the notebook's importer, in front of the other statements as the language has it. Required names
 * are passed along: a missing one is an error here, as in a module, and not an `undefined` later.
 * @returns what is imported, and the code to put in front.
 */
export function rewriteImports(
  program: Program,
  text: MagicString,
  nameOf: NameOf,
  isRequired: (local: string) => boolean,
): { imports: CellImport[]; code: string } {
  const imports: CellImport[] = [];
  let code = "";
  for (const statement of program.body) {
    if (statement.type !== "ImportDeclaration") continue;
    blank(statement.start, statement.end, text);
    code += importCode(statement, nameOf, isRequired);
    imports.push({ specifier: statement.source.value, names: statement.specifiers.map(importedName) });
  }
  return { imports, code };
}

type Specifier = ImportDeclaration["specifiers"][number];

function importedName(specifier: Specifier): string {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  return specifier.imported.type === "Identifier" ? specifier.imported.name : specifier.imported.value;
}

function importCode({ source, specifiers, attributes }: ImportDeclaration, nameOf: NameOf, isRequired: (local: string) => boolean): string {
  const pairs = attributes.map(({ key, value }) => `${quote(key.type === "Identifier" ? key.name : key.value)}:${quote(value.value)}`);
  const options = pairs.length === 0 ? "undefined" : `{with:{${pairs.join()}}}`;
  const namespace = specifiers.find((specifier) => specifier.type === "ImportNamespaceSpecifier");
  const named = specifiers.filter((specifier) => specifier !== namespace);
  const call = (names: string[]): string =>
    `await ${RUNTIME}.interruptible(${RUNTIME}.import(${quote(source.value)},${options},${JSON.stringify(names)}))`;
  let code = "";
  if (namespace !== undefined) code += `let ${nameOf(namespace.local.name)}=${call([])};`;
  if (named.length > 0) {
    const bindings = named.map((specifier) => `${quote(importedName(specifier))}:${nameOf(specifier.local.name)}`);
    code += `let {${bindings.join()}}=${call(named.filter(({ local }) => isRequired(local.name)).map(importedName))};`;
  }
  return specifiers.length === 0 ? `${call([])};` : code;
}

/** Exports mean nothing in a cell: the keyword goes, what is exported stays. */
export function dropExports(program: Program, text: MagicString): void {
  for (const statement of program.body) {
    if (statement.type === "ExportNamedDeclaration") {
      if (statement.declaration) text.remove(statement.start, statement.declaration.start);
      else blank(statement.start, statement.end, text);
    } else if (statement.type === "ExportAllDeclaration") blank(statement.start, statement.end, text);
  }
}

/** `import(x)` and `import.meta`, anywhere in the cell, as the notebook's own. */
export function rewriteDynamicImports(program: Program, text: MagicString): void {
  walk(program, (node) => {
    if (node.type === "ImportExpression") text.update(node.start, node.start + "import".length, `${RUNTIME}.import`);
    else if (node.type === "MetaProperty" && node.meta.name === "import") text.update(node.start, node.end, `${RUNTIME}.meta`);
    return true;
  });
}

function blank(start: number, end: number, text: MagicString): void {
  text.update(start, end, text.original.slice(start, end).replaceAll(/[^\n]/g, "") || " ");
}
