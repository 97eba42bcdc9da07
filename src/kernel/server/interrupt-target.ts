import { leaveImmediate, runningImmediate } from "./cut-immediate.js";
import type { Flags } from "./flags.js";

/** What the protocol thread evaluates in the main thread to ask whether what runs there may be terminated: with the interrupt and the question. */
export const MAY_TERMINATE = 'globalThis[Symbol.for("tesserlab.may-terminate")]';

/** Name of the script that asks. */
export const ASKING_SCRIPT = "tesserlab-interrupt";

/** Longest that the main thread waits for the termination it agreed to, milliseconds: the other thread may not get the processor at once. */
const READY_MS = 250;
const CLAIMED_MS = 5000;

/** Thrown into Node's handling of uncaught errors for its side effect only. */
export const SENTINEL: Error = new Error("clears the stack of async ids");

/** Code that must never be cut short: its work would be left undone for good. */
const OWN = [new URL("../", import.meta.url).href, new URL("../../modules/", import.meta.url).href];

/**
 * Makes the main thread ready for terminations in microtasks and callbacks.
 *
 * A termination unwinds everything down to the event loop, runs no `finally`, and makes V8 throw away all pending microtasks. So it is
 * allowed only while code that is not the kernel's own is on the stack; a message or a reply that the kernel was working on would be lost
 * otherwise, and the notebook with it. It also skips the code that pops Node's async ids, and the next check of them aborts the process.
 * `process._fatalException` is undocumented; it empties that stack as if the error had been handled, and a test guards it.
 * @param isLoading - whether the helpers are being loaded: a module cut short can never be loaded again, so that only cells are terminated.
 * @returns whether something was terminated since the last question.
 */
export function prepareForTermination(flags: Flags, isLoading: () => boolean): () => boolean {
  let terminated = false;
  const fatalException = (process as unknown as { _fatalException(error: Error): boolean })._fatalException;
  const answer = (interrupt: number, question: number): void => {
    if (flags.hasSeen(interrupt) || !runsForeignCode(isLoading())) {
      flags.advance(question, "asked", "refused");
      return;
    }
    if (!flags.advance(question, "asked", "ready")) return; // nobody waits for it any more
    flags.spinAt(question, "ready", READY_MS);
    if (flags.advance(question, "ready", "expired") || flags.isAt(question, "refused")) return;
    terminated = true;
    const immediate = runningImmediate(); // asked before the stack of async ids is empty
    if (immediate !== undefined) leaveImmediate(immediate);
    fatalException.call(process, SENTINEL);
    flags.spinAt(question, "claimed", CLAIMED_MS); // no code of the user's may run before the termination is on its way
  };
  Object.defineProperty(globalThis, Symbol.for("tesserlab.may-terminate"), { value: answer, configurable: true });
  return () => {
    const was = terminated;
    terminated = false;
    return was;
  };
}

const { captureStackTrace } = Error;
/** Names of cells in stack traces. */
export const CELL: RegExp = /^(cell|uncounted)-\d+\.ts$/;

/** Whether the code that was interrupted has a frame that is neither the kernel's nor Node's; `onlyCells`: one that is a cell's. */
function runsForeignCode(onlyCells: boolean): boolean {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  let sites: readonly NodeJS.CallSite[] = [];
  try {
    Error.stackTraceLimit = 500;
    Error.prepareStackTrace = (_, found) => {
      sites = found;
      return "";
    };
    captureStackTrace(holder);
    void holder.stack; // some versions format when it is read
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
  const asked = sites.findIndex((site) => site.getScriptNameOrSourceURL() === ASKING_SCRIPT);
  if (sites.length >= 500) return true; // deep recursion: not ours
  return sites.slice(asked + 1).some((site) => {
    const script = site.getScriptNameOrSourceURL();
    if (onlyCells) return CELL.test(script ?? "");
    if (!script) return site.isEval(); // built in, or made from a string
    return !script.startsWith("node:") && !OWN.some((folder) => script.startsWith(folder));
  });
}
