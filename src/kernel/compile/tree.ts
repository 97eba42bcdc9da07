import { type BindingPattern, type Node, visitorKeys } from "oxc-parser";

/** Called before a node's children; returning `false` leaves them out. */
export type Enter = (node: Node, parent: Node | undefined, key: string) => boolean | undefined;

/** The children of a node in source order, each with the key it hangs on. */
export function* children(node: Node): Generator<[child: Node, key: string]> {
  for (const key of visitorKeys[node.type] ?? []) {
    const value = (node as unknown as Record<string, unknown>)[key];
    for (const child of Array.isArray(value) ? value : [value]) if (child !== null && typeof child === "object") yield [child as Node, key];
  }
}

/** Visits a node and everything below it. */
export function walk(node: Node, enter: Enter, parent?: Node, key = ""): void {
  if (enter(node, parent, key) === false) return;
  for (const [child, childKey] of children(node)) walk(child, enter, node, childKey);
}

/** Names a pattern binds: `{ a, b: [c, ...d] }` binds a, c and d. */
export function boundNames(pattern: BindingPattern | null | undefined): string[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) => boundNames(property.type === "RestElement" ? property.argument : property.value));
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => boundNames(element?.type === "RestElement" ? element.argument : element));
    case "AssignmentPattern":
      return boundNames(pattern.left);
    default:
      return [];
  }
}

/** Whether a node has a body of its own, in which `await` and `var` no longer belong to the cell. */
export function isFunctionBoundary(node: Node): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|MethodDefinition|PropertyDefinition|StaticBlock)$/.test(
    node.type,
  );
}
