import type MagicString from "magic-string";
import type { Program } from "oxc-parser";
import { RUNTIME } from "./runtime-name.js";
import { isFunctionBoundary, walk } from "./tree.js";

/**
 * Every top-level `await` through the runtime, which rejects it when the cell is interrupted. Awaits inside functions stay as written:
 * a function's source must still run elsewhere, for instance in a worker.
 */
export function rewriteAwaits(program: Program, text: MagicString): void {
  walk(program, (node) => {
    if (isFunctionBoundary(node)) return false;
    if (node.type === "AwaitExpression") {
      text.prependRight(node.argument.start, `${RUNTIME}.interruptible(`);
      text.appendLeft(node.argument.end, ")");
    } else if (node.type === "ForOfStatement" && node.await) {
      text.prependRight(node.right.start, `${RUNTIME}.interruptibleEach(`);
      text.appendLeft(node.right.end, ")");
    }
    return true;
  });
}
