import type { BindingPattern, Function as FunctionNode, Node, Program, Statement } from "oxc-parser";
import { boundNames, children, isFunctionBoundary, walk } from "./tree.js";

/** An identifier that no scope inside the cell binds: it means a name of the notebook, or a global. */
export interface FreeName {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Written as `{ name }`, where replacing the name must keep the key. */
  readonly shorthand: boolean;
}

type Scope = { readonly names: ReadonlySet<string>; readonly outer: Scope } | undefined;

const isBound = (name: string, scope: Scope): boolean => scope !== undefined && (scope.names.has(name) || isBound(name, scope.outer));

/** Names of the `let`, `const`, `class`, `function` and `import` declarations written directly in a statement list. */
export function lexicalNames(body: readonly (Statement | Node)[]): string[] {
  return body.flatMap((statement) => {
    const node = statement.type === "ExportNamedDeclaration" ? (statement.declaration ?? statement) : statement;
    if (node.type === "VariableDeclaration" && node.kind !== "var") return node.declarations.flatMap((item) => boundNames(item.id));
    if ((node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") && node.id) return [node.id.name];
    if (node.type === "ImportDeclaration") return node.specifiers.map((specifier) => specifier.local.name);
    return [];
  });
}

/** Names of the `var` declarations of a body, at whatever depth, but not inside functions. */
export function varNames(body: Node): string[] {
  const names: string[] = [];
  walk(body, (node) => {
    if (node !== body && isFunctionBoundary(node)) return false;
    if (node.type === "VariableDeclaration" && node.kind === "var") names.push(...node.declarations.flatMap((item) => boundNames(item.id)));
    return true;
  });
  return names;
}

/** Every use of a name, declarations included, that refers to the cell's top level or beyond it. */
export function freeNames(program: Program): FreeName[] {
  const found: FreeName[] = [];
  visit(program, undefined, undefined, "", found);
  return found;
}

function visit(node: Node, scope: Scope, parent: Node | undefined, key: string, found: FreeName[]): void {
  if (node.type === "Identifier") {
    if (isPropertyName(parent, key) || isBound(node.name, scope)) return;
    const shorthand = parent?.type === "Property" && parent.shorthand;
    found.push({ name: node.name, start: node.start, end: node.start + node.name.length, shorthand });
    return;
  }
  if (node.type === "ImportDeclaration" || node.type === "MetaProperty") return;
  const inner = innerScope(node, scope, parent);
  for (const [child, childKey] of children(node)) {
    // In `{ a }` key and value are one piece of text: it counts once, as the value.
    if (node.type === "Property" && childKey === "key" && node.shorthand) continue;
    if (node.type === "Property" && node.shorthand && child.type === "AssignmentPattern") {
      // `{ a = 1 }`: the name is one level further down.
      visit(child.left, inner, node, "value", found);
      visit(child.right, inner, child, "right", found);
      continue;
    }
    visit(child, inner, node, childKey, found);
  }
}

/** Positions where an identifier is a label, the name of a member or of what is being declared, not a reference. */
function isPropertyName(parent: Node | undefined, key: string): boolean {
  switch (parent?.type) {
    case "MemberExpression":
      return key === "property" && !parent.computed;
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
      return key === "key" && !parent.computed;
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return key === "label";
    case "ExportSpecifier":
      return key === "exported";
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return key === "id";
    default:
      return false;
  }
}

function innerScope(node: Node, outer: Scope, parent: Node | undefined): Scope {
  const names = namesOf(node, parent);
  return names.length === 0 ? outer : { names: new Set(names), outer };
}

function namesOf(node: Node, parent: Node | undefined): string[] {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return functionNames(node as FunctionNode);
    case "ClassExpression":
      return node.id ? [node.id.name] : [];
    case "ClassDeclaration":
      // At the top level the name belongs to the notebook.
      return node.id && parent?.type !== "Program" && parent?.type !== "ExportNamedDeclaration" ? [node.id.name] : [];
    case "BlockStatement":
    case "StaticBlock":
      return [...lexicalNames(node.body), ...(node.type === "StaticBlock" ? varNames(node) : [])];
    case "ForStatement":
      return node.init ? lexicalNames([node.init]) : [];
    case "ForInStatement":
    case "ForOfStatement":
      return lexicalNames([node.left]);
    case "SwitchStatement":
      return node.cases.flatMap((item) => lexicalNames(item.consequent));
    case "CatchClause":
      return boundNames(node.param);
    default:
      return [];
  }
}

function functionNames(node: FunctionNode): string[] {
  // A declaration's own name is bound outside it; only an expression's is bound inside.
  const own = node.type === "FunctionExpression" && node.id ? [node.id.name] : [];
  const parameters = node.params.flatMap((parameter) => {
    const pattern = parameter.type === "RestElement" ? parameter.argument : parameter;
    return boundNames(pattern as BindingPattern);
  });
  const isArrow = (node.type as string) === "ArrowFunctionExpression";
  return [...own, ...parameters, ...(isArrow ? [] : ["arguments"]), ...(node.body ? varNames(node.body) : [])];
}
