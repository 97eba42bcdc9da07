/** Where milliseconds come from: any clock that only goes forward; wall time for server-time offsets. */
export interface MsClock {
  now(): number;
}

/** Waits; rejects with the signal's reason when it is aborted first. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** The machine's steady clock: unmoved when somebody sets the time. */
export const steadyClock: MsClock = Object.freeze({ now: (): number => performance.now() });

/** The longest a timer can wait; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Waits on the machine's timer. */
export const sleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      },
      Math.min(Math.max(0, ms), LONGEST_TIMER_MS),
    );
    signal?.addEventListener("abort", stop, { once: true });
  });
