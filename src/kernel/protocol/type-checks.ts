import type { TypeMode } from "../host.js";
import type { LanguageService, TypeProblem } from "../language/index.js";
import type { CellError } from "../output/outputs.js";

/** Longest that a warning may hold a cell back, milliseconds. One that comes later is shown later. */
const PATIENCE_MS = 150;
/** In `block` mode nothing runs unchecked; a checker that hangs must not stop the notebook for good. */
const BLOCK_PATIENCE_MS = 60_000;
const MAX_SHOWN = 10;

/** What a type check found: text to show before the cell runs, or the error it ends with. */
export type TypeVerdict = { readonly warning: string } | { readonly refusal: CellError } | undefined;

/** The language service, once it is there; asked to hurry when nothing goes on without it. */
export type FindService = (hurry: boolean) => Promise<LanguageService | undefined>;

/**
 * Checks a cell's types before it runs, as strictly as the mode says.
 * @param late - takes the warning of a check that took longer than the cell may be held back.
 * @param isReady - whether the service has started, which takes longer than a warning may hold a cell back: before, no cell waits for one.
 */
export async function checkTypes(
  code: string,
  mode: Exclude<TypeMode, "off">,
  find: FindService,
  late: (warning: string) => void,
  isReady: boolean,
): Promise<TypeVerdict> {
  let language: LanguageService | undefined;
  const checked = find(mode === "block").then((service) => {
    language = service;
    return service?.diagnostics(code);
  });
  const patience = mode === "block" ? BLOCK_PATIENCE_MS : isReady ? PATIENCE_MS : undefined;
  const found = patience === undefined ? undefined : await within(checked, patience);
  if (mode === "block") {
    const reason = found === undefined ? (language?.problem ?? "the type checker gave no answer") : undefined;
    if (reason !== undefined) return { refusal: refusal([`The types could not be checked: ${reason}.`]) };
    const errors = found!.filter(({ severity }) => severity === "error");
    return errors.length === 0 ? warningOf(found!) : { refusal: refusal(lines(errors)) };
  }
  if (found !== undefined) return warningOf(found);
  void checked.then((problems = []) => problems.length > 0 && late(warningText(problems))).catch(() => {});
  return undefined;
}

/** A cell that names nothing (`1 + 1`) has no types to check. */
export function isHarmless(code: string): boolean {
  return !/[\p{ID_Start}$_]/u.test(code);
}

function warningOf(problems: readonly TypeProblem[]): TypeVerdict {
  return problems.length === 0 ? undefined : { warning: warningText(problems) };
}

const warningText = (problems: readonly TypeProblem[]): string => `${lines(problems).join("\n")}\n`;

function lines(problems: readonly TypeProblem[]): string[] {
  const shown = problems.slice(0, MAX_SHOWN).map(({ line, column, message, code }) => `${line}:${column} ${code}: ${message}`);
  return problems.length > MAX_SHOWN ? [...shown, `… and ${problems.length - MAX_SHOWN} more`] : shown;
}

function refusal(reasons: readonly string[]): CellError {
  const evalue = `${reasons[0]} The cell was not run, because type errors block (a live venue is open, or types are set to block).`;
  return { ename: "TypeCheckError", evalue, traceback: [`TypeCheckError: ${evalue}`, ...reasons.slice(1)] };
}

async function within<T>(answer: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const first = await Promise.race([answer, late]);
  clearTimeout(timer);
  return first;
}
