import type MagicString from "magic-string";
import type { Directive, Program, Statement } from "oxc-parser";
import { RUNTIME } from "./runtime-name.js";

/**
 * The value of a cell is that of its last statement, if that is an expression (or a default export): it is kept in the runtime's slot.
 * @param lowered - whether `using` at the top level has put the statements into a `try` of the transpiler's: the value is its last one's.
 * @returns whether there is one.
 */
export function captureResult(program: Program, text: MagicString, lowered = false): boolean {
  // Declared functions and empty statements have no value: in `run();` followed by them it is still that of `run()`.
  let last = lastOf(program.body);
  if (lowered && last?.type === "TryStatement") last = lastOf(last.block.body) ?? last;
  for (const statement of program.body) {
    if (statement.type !== "ExportDefaultDeclaration") continue;
    text.update(statement.start, statement.declaration.start, `${statement === last ? `${RUNTIME}.result=` : ""}(`);
    text.appendLeft(statement.declaration.end, ")");
  }
  if (last?.type === "ExportDefaultDeclaration") return true;
  if (last?.type !== "ExpressionStatement") return false;
  text.prependRight(last.expression.start, `${RUNTIME}.result=(`);
  text.appendLeft(last.expression.end, ")");
  return true;
}

function lastOf(body: readonly (Directive | Statement)[]): Program["body"][number] | undefined {
  return body.findLast(({ type }) => type !== "FunctionDeclaration" && type !== "EmptyStatement");
}
