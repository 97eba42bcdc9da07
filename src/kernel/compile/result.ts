import type MagicString from "magic-string";
import type { Program } from "oxc-parser";
import { RUNTIME } from "./runtime-name.js";

/**
 * The value of a cell is that of its last statement, if that is an expression (or a default export): it is kept in the runtime's slot.
 * @returns whether there is one.
 */
export function captureResult(program: Program, text: MagicString): boolean {
  // Declared functions and empty statements have no value: in `run();` followed by them it is still that of `run()`.
  const last = program.body.findLast(({ type }) => type !== "FunctionDeclaration" && type !== "EmptyStatement");
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
