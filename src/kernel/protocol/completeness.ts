import { parseSync } from "oxc-parser";
import { tooDeepAt } from "../compile/nesting.js";
import { questionOf } from "./question.js";

/** Whether a console should execute what was typed, or wait for more. */
export type Completeness =
  | { readonly status: "complete" | "invalid" | "unknown" }
  | { readonly status: "incomplete"; readonly indent: string };

const INDENT = "  ";

/** Judges what was typed by the parser that will compile it: an error at the very end means that something is still to come. */
export function completeness(code: string): Completeness {
  if (tooDeepAt(code) !== undefined) return { status: "invalid" };
  const isObject = /^\s*\{/.test(code) && parse(`(${code}\n)`).length === 0;
  const errors = isObject ? [] : parse(code);
  if (errors.length === 0 || questionOf(code) !== undefined) return { status: "complete" };
  const end = code.trimEnd().length;
  // The parser stops at its first real problem: with anything after it, no more typing helps.
  const isOpen = errors.some(({ message, labels }) => {
    const start = labels[0]?.start ?? end;
    return start >= end || /^Unterminated/.test(message) ? start >= end || isUnclosed(code, start) : false;
  });
  return isOpen || awaitsOperand(code) ? { status: "incomplete", indent: INDENT.repeat(depth(code)) } : { status: "invalid" };
}

/** Whether the code is whole once an operand follows: of `(x: T) =>` and `a?.` the parser finds fault with the beginning. */
const awaitsOperand = (code: string): boolean => /(?:=>|\?\.)\s*$/.test(code) && parse(`${code} operand`).length === 0;

const parse = (code: string): ReturnType<typeof parseSync>["errors"] =>
  parseSync("cell.ts", code, { lang: "ts", sourceType: "module" }).errors;

/** Template literals and block comments may go on in the next line, other literals may not. */
function isUnclosed(code: string, start: number): boolean {
  return code[start] === "`" || code.startsWith("/*", start) || /`[^`]*$/.test(code.slice(start));
}

/** How many brackets are open at the end, strings and comments aside. */
function depth(code: string): number {
  const plain = code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g, "");
  let open = 0;
  for (const character of plain) {
    if ("([{".includes(character)) open++;
    else if (")]}".includes(character)) open = Math.max(0, open - 1);
  }
  return open;
}
