import { cellPosition, type Range } from "./position.js";
import { withoutPrivateNames } from "./private-names.js";

/** What the type checker says about a cell. */
export interface TypeProblem {
  /** In the cell, from 1. */
  readonly line: number;
  /** In UTF-16 units of the line, from 1. */
  readonly column: number;
  readonly message: string;
  /** TypeScript's number, as in `TS2339`. */
  readonly code: string;
  readonly severity: "error" | "warning";
}

/** A diagnostic as LSP has it. */
export interface Diagnostic {
  readonly range: Range;
  readonly severity?: number;
  readonly code?: number | string;
  readonly message: string;
}

/**
 * Complaints that mean nothing in a notebook. 70xx and 7016: something has no type and none can be inferred (what it is then, `any`, is what a cell wants).
 * 6133, 6138, 6192, 6196, 6198, 6199, 6205: declared but not used, which the next cell may do. 1208, 2440: about our own wrapping.
 */
const NOISE: ReadonlySet<number> = new Set([
  1208, 2440, 6133, 6138, 6192, 6196, 6198, 6199, 6205, 7005, 7006, 7008, 7010, 7011, 7013, 7015, 7016, 7017, 7018, 7019, 7022, 7023, 7024,
  7025, 7031, 7033, 7034, 7036, 7051, 7052, 7053, 7055, 7057,
]);

/** "Used before its declaration", of variables, classes and enums, and "before being assigned": a name the notebook knows has its earlier value until then. */
const TOO_EARLY: ReadonlySet<number> = new Set([2448, 2449, 2450, 2454]);
const ASSIGNS_IMPORT = 2632;
const ERROR = 1;
const WARNING = 2;

/** The problems that lie in the cell and matter, in order. */
export function toProblems(items: readonly Diagnostic[], code: string, earlier: ReadonlyMap<string, string>): TypeProblem[] {
  const problems: TypeProblem[] = [];
  for (const { range, severity = ERROR, code: number, message } of items) {
    if (severity > WARNING || NOISE.has(Number(number))) continue;
    if (TOO_EARLY.has(Number(number)) && earlier.has(/'([^']+)'/.exec(message)?.[1] ?? "")) continue;
    const place = cellPosition(code, range.start);
    if (place === undefined) continue;
    // A constant of another cell reaches this one as an import, which is not how the user sees it.
    const isConstant = Number(number) === ASSIGNS_IMPORT;
    const text = isConstant ? message.replace("it is an import", "it is a constant of another cell") : message;
    problems.push({
      ...place,
      message: withoutPrivateNames(text, earlier),
      code: `TS${number}`,
      severity: severity === ERROR && !isConstant ? "error" : "warning",
    });
  }
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}
