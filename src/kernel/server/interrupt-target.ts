import type { Flags } from "./flags.js";

/** What the protocol thread evaluates in the main thread just before it terminates what runs there. */
export const CLEAR_STACK = 'globalThis[Symbol.for("tesserlab.clear-stack")]';

/** Longest that the main thread waits for the termination it was told of, milliseconds. */
const SPIN_MS = 50;

/** Thrown into Node's handling of uncaught errors for its side effect only. */
export const SENTINEL: Error = new Error("clears the stack of async ids");

/**
 * Makes the main thread ready for terminations in microtasks and callbacks. Termination skips the code that pops Node's async ids, and the
 * next check of them aborts the process. `process._fatalException` is undocumented; it empties that stack as if the error had been
 * handled, and a test guards it.
 * @returns whether the stack has been cleared, that is something terminated, since the last question.
 */
export function prepareForTermination(flags: Flags): () => boolean {
  let cleared = false;
  const fatalException = (process as unknown as { _fatalException(error: Error): boolean })._fatalException;
  const clear = (interrupt: number): void => {
    cleared = true;
    const end = performance.now() + SPIN_MS;
    fatalException.call(process, SENTINEL);
    while (!flags.isReleased(interrupt) && performance.now() < end); // no code of the user's may run between
  };
  Object.defineProperty(globalThis, Symbol.for("tesserlab.clear-stack"), { value: clear, configurable: true });
  return () => {
    const was = cleared;
    cleared = false;
    return was;
  };
}
