import { type Node, type Program, parseSync, type Statement, type VariableDeclaration } from "oxc-parser";
import { isOverflow, tooDeepAt } from "../compile/nesting.js";
import { freeNames, varNames } from "../compile/scope.js";
import { boundNames, children, isFunctionBoundary, walk } from "../compile/tree.js";
import { guessShape } from "./guess-shape.js";

/**
 * What kind of name a cell declares, which says how later cells take it over.
 * - `fixed`: a constant, function, class, type or import, taken over as it is.
 * - `variable`: a `let` or `var`; later cells may assign it, and begin with what it held last.
 * - `evolving`: a `let` without a type or a value, whose type is that of what is assigned.
 */
export type NameKind = "fixed" | "variable" | "evolving";

/** A use of a name where it still means what it meant before the cell. */
export interface EarlierUse {
  readonly name: string;
  readonly start: number;
  /** Written as `{ name }`, where it is a key too. */
  readonly shorthand: boolean;
}

/** What a cell does to the notebook's names. Offsets are in UTF-16 units of the cell. */
export interface CellShape {
  /** Whether the cell parsed; what follows is a guess if it did not. */
  readonly parsed: boolean;
  /** The cell is one object literal, and is to be read as an expression. */
  readonly isObject: boolean;
  readonly declares: ReadonlyMap<string, NameKind>;
  /** Variables of other cells it assigns at its top level. */
  readonly assigns: ReadonlySet<string>;
  /** Uses of names it declares itself, but later. */
  readonly earlier: readonly EarlierUse[];
  /** The expression whose value the cell shows, and its statement. */
  readonly result?: { readonly start: number; readonly statementEnd: number; readonly end: number };
  /** Specifiers it imports from. */
  readonly specifiers: readonly string[];
}

const parse = (source: string): { program: Program; errors: readonly unknown[] } =>
  parseSync("cell.ts", source, { lang: "ts", sourceType: "module" });

/** Reads a cell; one that does not parse, as while it is being written, is guessed at. */
export function readShape(source: string): CellShape {
  if (tooDeepAt(source) !== undefined) return NOTHING;
  try {
    return read(source);
  } catch (error) {
    if (isOverflow(error)) return NOTHING; // it will not compile either
    throw error;
  }
}

function read(source: string): CellShape {
  if (/^\s*\{/.test(source) && parse(`(${source}\n)`).errors.length === 0)
    return { ...NOTHING, parsed: true, isObject: true, result: { start: 0, end: source.length, statementEnd: source.length } };
  const { program, errors } = parse(source);
  if (errors.length > 0) return { ...NOTHING, ...guessShape(source) };
  const declares = declaredNames(program);
  const last = program.body.findLast(({ type }) => type !== "FunctionDeclaration" && type !== "EmptyStatement");
  return {
    parsed: true,
    isObject: false,
    declares,
    assigns: assignedNames(program, declares),
    earlier: earlierUses(program, declares),
    ...(last?.type === "ExpressionStatement"
      ? { result: { start: last.expression.start, end: last.expression.end, statementEnd: last.end } }
      : {}),
    specifiers: program.body.flatMap((statement) => (statement.type === "ImportDeclaration" ? [statement.source.value] : [])),
  };
}

const NOTHING: CellShape = { parsed: false, isObject: false, declares: new Map(), assigns: new Set(), earlier: [], specifiers: [] };

function declaredNames(program: Program): Map<string, NameKind> {
  const names = new Map<string, NameKind>();
  for (const name of varNames(program)) names.set(name, "variable");
  for (const statement of program.body) for (const [name, kind] of namesOf(unexported(statement))) names.set(name, kind);
  return names;
}

function unexported(statement: Statement): Node {
  if (statement.type === "ExportNamedDeclaration") return statement.declaration ?? statement;
  return statement.type === "ExportDefaultDeclaration" ? statement.declaration : statement;
}

function namesOf(node: Node): [string, NameKind][] {
  switch (node.type) {
    case "VariableDeclaration":
      return node.declarations.flatMap((item) => boundNames(item.id).map((name): [string, NameKind] => [name, variableKind(node, item)]));
    case "ImportDeclaration":
      return node.specifiers.map(({ local }) => [local.name, "fixed"]);
    case "FunctionDeclaration":
    case "TSDeclareFunction":
    case "ClassDeclaration":
    case "TSEnumDeclaration":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSModuleDeclaration":
    case "TSImportEqualsDeclaration":
      return node.id?.type === "Identifier" ? [[node.id.name, "fixed"]] : [];
    default:
      return [];
  }
}

function variableKind({ kind, declare }: VariableDeclaration, item: VariableDeclaration["declarations"][number]): NameKind {
  if (kind === "const" || declare) return "fixed";
  const isTyped = item.id.type !== "Identifier" || (item.id.typeAnnotation ?? null) !== null;
  const { init } = item;
  const isEmpty =
    init === null || (init.type === "Literal" && init.value === null) || (init.type === "Identifier" && init.name === "undefined");
  return !isTyped && isEmpty ? "evolving" : "variable";
}

function assignedNames(program: Program, declares: ReadonlyMap<string, NameKind>): Set<string> {
  const names = new Set<string>();
  walk(program, (node) => {
    if (isFunctionBoundary(node)) return false;
    if (node.type === "AssignmentExpression") for (const name of boundNames(node.left as never)) if (!declares.has(name)) names.add(name);
    return true;
  });
  return names;
}

/**
 * A redeclared variable keeps its earlier value until its new one is there: `const data = await data.load(…)` calls the helper. Functions are hoisted and
 * imports come first, so for them there is no earlier. Code in function bodies runs later and sees the new value, except for callbacks passed in the initialiser
 * itself (`const rows = rows.map((row) => rows.indexOf(row))`), which as a rule are called at once.
 */
function earlierUses(program: Program, declares: ReadonlyMap<string, NameKind>): EarlierUse[] {
  const aliveFrom = new Map<string, { start: number; end: number }>();
  for (const statement of program.body) {
    const node = unexported(statement);
    if (node.type === "VariableDeclaration")
      for (const item of node.declarations)
        for (const name of boundNames(item.id)) aliveFrom.set(name, { start: item.start, end: item.end });
    else if (node.type === "ClassDeclaration" && node.id) aliveFrom.set(node.id.name, { start: node.start, end: node.start });
  }
  if (![...declares.keys()].some((name) => aliveFrom.has(name))) return [];
  const immediate = immediateNames(program);
  return freeNames(program).filter(({ name, start }) => {
    const alive = aliveFrom.get(name);
    if (alive === undefined || start >= alive.end) return false;
    return immediate.get(start) === "now" || (immediate.get(start) === "callback" && start >= alive.start);
  });
}

/** Where expressions of a cell use names, and whether at once or in a callback. Types, and the bodies of other functions, are left out. */
function immediateNames(program: Program): Map<number, "now" | "callback"> {
  const found = new Map<number, "now" | "callback">();
  const visit = (node: Node, parent: Node | undefined, key: string, when: "now" | "callback"): void => {
    if (node.type === "Identifier" && !isDeclaring(parent, key)) found.set(node.start, when);
    let next = when;
    if (isFunctionBoundary(node) && node.type !== "PropertyDefinition") {
      const isArgument = (parent?.type === "CallExpression" || parent?.type === "NewExpression") && key === "arguments";
      if (!isArgument) return;
      next = "callback";
    }
    if (node.type.startsWith("TS") && !TYPED_EXPRESSION.has(node.type)) return;
    for (const [child, childKey] of children(node)) visit(child, node, childKey, next);
  };
  visit(program, undefined, "", "now");
  return found;
}

const TYPED_EXPRESSION = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
]);

function isDeclaring(parent: Node | undefined, key: string): boolean {
  return (parent?.type === "VariableDeclarator" || parent?.type === "ClassDeclaration") && key === "id";
}
