import { numberOption, wholeOption } from "./checks.js";
import { type Sleep, sleep as timerSleep } from "./clock.js";

/** How long to wait between attempts. */
export interface BackoffOptions {
  /** Milliseconds before the second attempt; 200. */
  baseMs?: number;
  /** Longest wait; 30,000. */
  maxMs?: number;
  /** Growth from one wait to the next; 2. */
  factor?: number;
  /** Share of a wait that is random, 0 to 1, so that many clients do not come back at once; 0.5. */
  jitter?: number;
  /** Numbers in [0, 1); Math.random. */
  random?: () => number;
}

/**
 * Milliseconds to wait after failed attempt `n` (from 1): min(maxMs, baseMs x factor^(n-1)), of which the share `jitter` is random. Never more than `maxMs`.
 * @throws LabError `RESILIENCE_OPTION`.
 */
export function backoffMs(n: number, options: BackoffOptions = {}): number {
  wholeOption(n, "attempt", 1);
  const base = numberOption(options.baseMs ?? 200, "baseMs", 0);
  const most = numberOption(options.maxMs ?? 30_000, "maxMs", 0);
  const factor = numberOption(options.factor ?? 2, "factor", 1);
  const jitter = numberOption(options.jitter ?? 0.5, "jitter", 0, 1);
  const whole = base === 0 ? 0 : Math.min(most, base * factor ** (n - 1));
  return whole * (1 - jitter * (options.random ?? Math.random)());
}

/** Settings of {@link retry}. */
export interface RetryOptions extends BackoffOptions {
  /** Attempts in all, the first included; 5. */
  attempts?: number;
  /** Whether an error is worth another attempt: true, false, or the milliseconds the other side asked to be left alone for. Everything is, unless given. */
  retryable?: (error: unknown, attempt: number) => boolean | number;
  /** Told before each wait. */
  onRetry?: (error: unknown, attempt: number, waitMs: number) => void;
  /** Ends the waits and the attempts; its reason is thrown. */
  signal?: AbortSignal;
  sleep?: Sleep;
}

/**
 * Tries until it succeeds, waits longer each time, and throws the last error once its attempts are used up. Only for requests that may be sent twice: never for an
 * order whose outcome is unknown.
 * @throws LabError `RESILIENCE_OPTION`; the last error; the signal's reason.
 */
export async function retry<T>(attempt: (n: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const attempts = wholeOption(options.attempts ?? 5, "attempts", 1);
  const wait = options.sleep ?? timerSleep;
  for (let n = 1; ; n++) {
    options.signal?.throwIfAborted();
    try {
      return await attempt(n);
    } catch (error) {
      options.signal?.throwIfAborted();
      const again = n < attempts && (options.retryable?.(error, n) ?? true);
      if (again === false) throw error;
      const waitMs = Math.max(typeof again === "number" ? again : 0, backoffMs(n, options));
      options.onRetry?.(error, n, waitMs);
      await wait(waitMs, options.signal);
    }
  }
}
