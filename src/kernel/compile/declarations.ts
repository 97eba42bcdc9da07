import type MagicString from "magic-string";
import type { Function as FunctionNode, Node, Program, VariableDeclaration, VariableDeclarator } from "oxc-parser";
import { boundNames, isFunctionBoundary, walk } from "./tree.js";

// V8's REPL mode lets a later `let` take over an earlier one: same variable, so closures see the new value, the initialiser sees the
// old one, and an initialiser that throws leaves it. It does so for `let` only; hence every top-level declaration becomes a `let`.

/** The name a variable is kept under. */
export type NameOf = (name: string) => string;

/** `const` and `class` at the top level, exported or not, as `let`. */
export function rewriteLexical(program: Program, text: MagicString, nameOf: NameOf): void {
  for (const statement of program.body) {
    const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (node?.type === "VariableDeclaration" && node.kind === "const") text.update(node.start, node.start + "const".length, "let");
    if (node?.type === "ClassDeclaration" && node.id) {
      text.prependRight(node.start, `let ${nameOf(node.id.name)}=`);
      text.appendLeft(node.end, ";");
    }
  }
}

/** Function declarations moved to the front, as variables, so that they can be called before they are written and declared anew. */
export function hoistFunctions(program: Program, text: MagicString, nameOf: NameOf): void {
  for (const statement of program.body) {
    const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (node?.type !== "FunctionDeclaration" || !node.id) continue;
    const fn: FunctionNode = node;
    const { name } = node.id;
    const kind = `${fn.async ? "async " : ""}function${fn.generator ? "*" : ""}`;
    // A function kept under a safe name is still called what the user called it: it takes its name from a property.
    const renamed = nameOf(name) !== name;
    text.update(node.start, node.id.end, renamed ? `let ${nameOf(name)}={${name}:${kind}` : `let ${name}=${kind}`);
    text.appendLeft(node.end, renamed ? `}.${name};\n` : ";\n");
    if (node.start > 0) text.move(node.start, node.end, 0);
  }
}

/**
 * Every `var` outside functions as an assignment to a variable declared in front.
 * @returns the names to declare in front; `enums` among them start afresh, the others keep the value they have.
 */
export function hoistVars(program: Program, text: MagicString): { names: string[]; enums: string[] } {
  const names = new Set<string>();
  const enums = new Set<string>();
  walk(program, (node, parent, key) => {
    if (isFunctionBoundary(node)) return false;
    if (node.type !== "VariableDeclaration" || node.kind !== "var") return true;
    for (const item of node.declarations) {
      for (const name of boundNames(item.id)) names.add(name);
      if (item.id.type === "Identifier" && isEnum(item)) enums.add(item.id.name);
    }
    rewriteVar(node, parent, key, text);
    return true;
  });
  return { names: [...names], enums: [...enums] };
}

function rewriteVar(node: VariableDeclaration, parent: Node | undefined, key: string, text: MagicString): void {
  const first = node.declarations[0]!;
  if ((parent?.type === "ForInStatement" || parent?.type === "ForOfStatement") && key === "left") {
    text.remove(node.start, first.start);
    return;
  }
  // A declarator without a value stays as a mere mention of the variable.
  const inFor = parent?.type === "ForStatement" && key === "init";
  text.update(node.start, first.start, inFor ? "(" : ";(");
  text.appendLeft(node.declarations.at(-1)!.end, ")");
}

/** `var Side = function(Side) {…}(Side || {})`: what an enum becomes. */
function isEnum({ id, init }: VariableDeclarator): boolean {
  if (init?.type !== "CallExpression" || init.callee.type !== "FunctionExpression" || id.type !== "Identifier") return false;
  const argument = init.arguments[0];
  return argument?.type === "LogicalExpression" && argument.left.type === "Identifier" && argument.left.name === id.name;
}
