import { type Clock, systemClock } from "../core/index.js";

/** A clock that can also be waited on. */
export interface SessionClock extends Clock {
  /** Resolves after that many milliseconds, or as soon as `signal` aborts; it never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const wallClock: SessionClock = Object.freeze<SessionClock>({
  now: () => systemClock.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
    }),
});
