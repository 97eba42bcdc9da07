import { executionAsyncResource } from "node:async_hooks";
import { clearImmediate, setImmediate } from "../own-timers.js";

/** A callback of `setImmediate` as Node keeps it: in a list, by undocumented names. */
interface Immediate {
  _destroyed: boolean;
  _onImmediate: ((...values: unknown[]) => void) | null;
  _argv: unknown[] | null | undefined;
  _idleNext: Immediate | null;
  _idlePrev: Immediate | null;
}

const nothing = (): void => {};

/** The callback of `setImmediate` that runs, if one does. */
export function runningImmediate(): object | undefined {
  const resource = executionAsyncResource() as Partial<Immediate>;
  const isOne = resource.constructor?.name === "Immediate" && resource._destroyed === true && "_idleNext" in resource;
  return isOne ? resource : undefined;
}

/**
 * Puts Node's list of immediates right for one that is going to be terminated. What takes the next one from the list does so in a `finally`, which a termination
 * skips: Node would come upon the same one for ever, fail each time, and never get to its event loop again.
 * @param cut - from `runningImmediate`.
 */
export function leaveImmediate(cut: object): void {
  const immediate = cut as Immediate;
  if (immediate._idlePrev === null) {
    // The first of its list: Node has no way to the others any more, and takes them from the new list if they are put there.
    for (let lost = immediate._idleNext; lost !== null; ) {
      const { _onImmediate: callback, _argv: values, _idleNext: next } = lost;
      clearImmediate(lost as unknown as NodeJS.Immediate);
      if (callback !== null) setImmediate(callback, ...(values ?? []));
      lost = next;
    }
    return;
  }
  // Node comes to it again, and goes on from there.
  immediate._destroyed = false;
  immediate._onImmediate = nothing;
  immediate._argv = undefined;
  // It is counted as done twice: one more is counted, which is in no list. In the midst of three it can be taken out.
  const [before, extra, after] = [setImmediate(nothing), setImmediate(nothing), setImmediate(nothing)] as unknown as [
    Immediate,
    Immediate,
    Immediate,
  ];
  (extra as unknown as NodeJS.Immediate).unref();
  before._idleNext = after;
  after._idlePrev = before;
}
