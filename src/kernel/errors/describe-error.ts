import { inspect } from "node:util";
import { codeFrame, SourceError } from "../../modules/index.js";
import { withoutSafeNames } from "../compile/runtime-name.js";
import type { CellError } from "../output/outputs.js";
import { type CellLookup, firstCellPosition, userFrames } from "./stack.js";

/** What describing an error needs to know of the notebook. */
export interface ErrorContext {
  readonly lookup: CellLookup;
  /** The text of a cell by its file name. */
  readonly sourceOf: (file: string) => string | undefined;
}

const MAX_CAUSES = 8;

/**
 * Anything thrown, as a front end shows it: message, the line of the cell with its neighbours, the user's part of the stack, causes. Never
 * throws, whatever the error does when it is read: its cell would never end.
 */
export function describeError(thrown: unknown, context: ErrorContext): CellError {
  try {
    return describeReadable(thrown, context);
  } catch (obstacle) {
    const ename = readText(thrown, "name") ?? "Error";
    const evalue = readText(thrown, "message") ?? "an error that cannot be read";
    const why = readText(obstacle, "message") ?? safeInspect(obstacle);
    return { ename, evalue, traceback: [`${ename}: ${evalue}`, `(its stack cannot be shown, reading it throws: ${why})`] };
  }
}

/** A property of something thrown as text; `undefined` where there is none or reading it throws. */
function readText(thrown: unknown, property: "name" | "message" | "stack"): string | undefined {
  try {
    const value = (thrown as Partial<Error> | null | undefined)?.[property];
    return value === undefined ? undefined : String(value);
  } catch {
    return undefined;
  }
}

/** The stack of something thrown, for finding where it comes from; empty where it has none or reading it throws. */
export const stackOf = (thrown: unknown): string => readText(thrown, "stack") ?? "";

function describeReadable(thrown: unknown, context: ErrorContext): CellError {
  if (!isErrorLike(thrown)) {
    const text = safeInspect(thrown);
    return {
      ename: "Uncaught",
      evalue: text,
      traceback: [`Uncaught ${text}`, "(something other than an Error was thrown: it has no stack)"],
    };
  }
  if (thrown instanceof SourceError) return { ename: thrown.name, evalue: thrown.message, traceback: String(thrown.stack).split("\n") };
  return {
    ename: String(thrown.name),
    evalue: withoutSafeNames(String(thrown.message)),
    traceback: errorLines(thrown, context, new Set(), true),
  };
}

/** Errors of other realms and libraries count too. */
function isErrorLike(value: unknown): value is Error {
  return (
    value instanceof Error ||
    (typeof value === "object" && value !== null && "stack" in value && typeof value.stack === "string" && "message" in value)
  );
}

function errorLines(error: Error, context: ErrorContext, seen: Set<unknown>, withFrame: boolean): string[] {
  seen.add(error);
  const stack = typeof error.stack === "string" ? error.stack : "";
  const lines = heading(error).split("\n");
  const position = withFrame ? firstCellPosition(stack, context.lookup) : undefined;
  const source = position === undefined ? undefined : context.sourceOf(position.file);
  if (position !== undefined && source !== undefined) lines.push("", ...codeFrame(source, position.line, position.column).split("\n"), "");
  // Our own error says all there is to say of a mistake in a cell; any other that comes out of a helper may be the helper's.
  lines.push(...userFrames(stack, context.lookup, error.name !== "LabError"));
  if (error instanceof AggregateError) {
    for (const [index, inner] of error.errors.entries())
      lines.push(...nested(`Error ${index + 1} of ${error.errors.length}: `, inner, context, seen).map((line) => `    ${line}`));
  }
  if (error.cause !== undefined) lines.push(...nested("Caused by: ", error.cause, context, seen));
  return lines;
}

function nested(label: string, value: unknown, context: ErrorContext, seen: Set<unknown>): string[] {
  if (seen.has(value)) return [`${label}(the same error again)`];
  if (seen.size > MAX_CAUSES) return [`${label}… (more causes left out)`];
  if (!isErrorLike(value)) return [label + safeInspect(value)];
  const [first, ...rest] = errorLines(value, context, seen, false);
  return [label + first, ...rest];
}

/** `Name [CODE]: message`; the code of a `LabError` or of Node is what one searches for. */
function heading(error: Error): string {
  const code = (error as { code?: unknown }).code;
  const label = typeof code === "string" && code !== "" ? `${error.name} [${code}]` : error.name;
  return withoutSafeNames(error.message === "" ? label : `${label}: ${error.message}`);
}

function safeInspect(value: unknown): string {
  try {
    return inspect(value, { depth: 4 });
  } catch (error) {
    return `a value that cannot be shown (${readText(error, "message") ?? "it throws when it is read"})`;
  }
}
