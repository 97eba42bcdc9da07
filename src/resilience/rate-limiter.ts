import { LabError, unknownName } from "../errors/index.js";
import { numberOption, wholeOption } from "./checks.js";
import { type MsClock, type Sleep, steadyClock, sleep as timerSleep } from "./clock.js";
import { TokenWindow } from "./token-window.js";

/** How many requests may leave in a stretch of time. */
export interface RateLimit {
  readonly limit: number;
  readonly perMs: number;
}

/** No limit is larger: a venue that says more means none. */
const MOST = 1_000_000;

/** What goes first when tokens are short: what takes risk off, before what puts it on, before what only asks. */
export type RatePriority = "cancel" | "create" | "query";
const PRIORITIES: readonly RatePriority[] = ["cancel", "create", "query"];

/** What a venue says in its answer's headers of one limit. */
export interface RateReport {
  /** The limit itself. */
  readonly limit?: number;
  /** Requests left. */
  readonly remaining?: number;
  /** Milliseconds from now until the venue counts anew. */
  readonly resetInMs?: number;
}

/** Settings of a {@link RateLimiter}. */
export interface RateLimiterOptions {
  /** The limits that are known beforehand, by key. */
  limits: Readonly<Record<string, RateLimit>>;
  /** The limit of every other key; without it an unknown key is an error. */
  fallback?: RateLimit;
  /** A clock that only goes forward; the machine's. */
  clock?: MsClock;
  sleep?: Sleep;
}

/** How one request takes its tokens. */
export interface AcquireOptions {
  /** `query` unless given. */
  priority?: RatePriority;
  /** Tokens it takes of each key; 1. */
  cost?: number;
  /** Gives up waiting, with the signal's reason; of several, the first that is aborted. A signal may serve any number of requests: it is listened to once. */
  signal?: AbortSignal | readonly AbortSignal[];
}

const NOTHING_HELD: ReadonlyMap<string, number> = new Map();

interface Waiter {
  readonly keys: readonly string[];
  readonly rank: number;
  readonly cost: number;
  readonly grant: () => void;
  readonly giveUp?: (reason: unknown) => void;
}

/** One listener on a signal, for all requests that wait with it. */
interface Hook {
  readonly waiters: Set<Waiter>;
  readonly listen: () => void;
}

/**
 * Holds requests back so that a venue's limits are kept: one limit per key (an endpoint and a category, an address), seeded beforehand and corrected by what the venue
 * says. A request may need tokens of several keys. When tokens are short, cancels go first, then new orders, then questions, each in the order they came; a request
 * never overtakes one of a higher rank for the tokens that one waits for.
 * @example await limiter.acquire(["ip", "order/create:linear"], { priority: "create", signal })
 * @throws LabError `RESILIENCE_OPTION` for a limit that is none.
 */
export class RateLimiter {
  readonly #windows: Map<string, TokenWindow> = new Map();
  readonly #fallback: RateLimit | undefined;
  readonly #clock: MsClock;
  readonly #sleep: Sleep;
  /** By rank, then by arrival. */
  #waiters: Waiter[] = [];
  #alarm: AbortController | undefined;
  readonly #hooks: Map<AbortSignal, Hook> = new Map();

  constructor(options: RateLimiterOptions) {
    for (const [key, limit] of Object.entries(options.limits)) this.#windows.set(key, windowOf(limit, key));
    this.#fallback = options.fallback;
    if (this.#fallback !== undefined) windowOf(this.#fallback, "fallback");
    this.#clock = options.clock ?? steadyClock;
    this.#sleep = options.sleep ?? timerSleep;
  }

  /**
   * Waits for the tokens of a request and takes them.
   * @throws LabError `RATE_KEY_UNKNOWN`, `RATE_COST` for more tokens than a limit has; the signal's reason.
   */
  acquire(keys: string | readonly string[], options: AcquireOptions = {}): Promise<void> {
    const signals = options.signal === undefined ? [] : "aborted" in options.signal ? [options.signal] : options.signal;
    return new Promise((resolve, reject) => {
      for (const signal of signals) signal.throwIfAborted();
      // Nobody waits: a request that finds its tokens takes them.
      if (this.#waiters.length === 0 && this.#grant(this.#waiter(keys, options, resolve), NOTHING_HELD, this.#clock.now()) === 0) return;
      let waits = true;
      const stop = (): void => {
        waits = false;
        for (const signal of signals) this.#unhook(signal, waiter);
      };
      const request = this.#waiter(keys, options, () => {
        stop();
        resolve();
      });
      const waiter: Waiter = {
        ...request,
        giveUp: (reason) => {
          stop();
          reject(reason);
        },
      };
      let at = this.#waiters.length;
      while (at > 0 && this.#waiters[at - 1]!.rank > waiter.rank) at--;
      this.#waiters.splice(at, 0, waiter);
      this.#advance();
      if (waits) for (const signal of signals) this.#hook(signal, waiter);
    });
  }

  #hook(signal: AbortSignal, waiter: Waiter): void {
    let hook = this.#hooks.get(signal);
    if (hook === undefined) {
      const waiters = new Set<Waiter>();
      const listen = (): void => {
        this.#waiters = this.#waiters.filter((one) => !waiters.has(one));
        for (const one of [...waiters]) one.giveUp?.(signal.reason);
        this.#advance();
      };
      hook = { waiters, listen };
      this.#hooks.set(signal, hook);
      signal.addEventListener("abort", listen, { once: true });
    }
    hook.waiters.add(waiter);
  }

  #unhook(signal: AbortSignal, waiter: Waiter): void {
    const hook = this.#hooks.get(signal);
    if (hook === undefined) return;
    hook.waiters.delete(waiter);
    if (hook.waiters.size > 0) return;
    signal.removeEventListener("abort", hook.listen);
    this.#hooks.delete(signal);
  }

  /** Takes the tokens now, or says that they are not to be had: a request that waits for them, of this rank or above, goes first. */
  tryAcquire(keys: string | readonly string[], options: Omit<AcquireOptions, "signal"> = {}): boolean {
    let granted = false;
    const waiter = this.#waiter(keys, options, () => {
      granted = true;
    });
    const held = new Map<string, number>();
    for (const other of this.#waiters) if (other.rank <= waiter.rank) hold(held, other);
    this.#grant(waiter, held, this.#clock.now());
    if (granted) this.#advance();
    return granted;
  }

  /** Corrects a limit by what the venue said of it: never upward beyond what was spent here, because requests may be under way that it has not counted yet. */
  observe(key: string, report: RateReport): void {
    const window = this.#window(key);
    const now = this.#clock.now();
    const { limit, remaining, resetInMs } = report;
    if (limit !== undefined && Number.isInteger(limit) && limit >= 1 && limit <= MOST) window.limit = limit;
    if (remaining !== undefined && Number.isFinite(remaining)) {
      const resets = resetInMs !== undefined && Number.isFinite(resetInMs) && resetInMs > 0 ? resetInMs : window.perMs;
      window.lower(Math.max(0, Math.floor(remaining)), now + resets, now);
    }
    this.#advance();
  }

  /** Lets nothing of a key leave for a while: the venue answered that the limit was passed. */
  block(key: string, forMs: number): void {
    this.#window(key).block(this.#clock.now() + numberOption(forMs, "forMs", 0));
    this.#advance();
  }

  /** The limit of a key, as far as it is known. */
  limitOf(key: string): number {
    return this.#window(key).limit;
  }

  /** What stands with a key. */
  snapshot(key: string): {
    readonly limit: number;
    readonly perMs: number;
    readonly available: number;
    readonly availableInMs: number;
    readonly waiting: number;
  } {
    const window = this.#window(key);
    const now = this.#clock.now();
    const waiting = this.#waiters.filter(({ keys }) => keys.includes(key)).length;
    const { limit, perMs } = window;
    return Object.freeze({ limit, perMs, available: window.available(now), availableInMs: window.waitMs(1, now), waiting });
  }

  #waiter(keys: string | readonly string[], options: AcquireOptions, grant: () => void): Waiter {
    const list = [...new Set(typeof keys === "string" ? [keys] : keys)];
    const priority = options.priority ?? "query";
    const rank = PRIORITIES.indexOf(priority);
    if (rank < 0) throw unknownName("RATE_PRIORITY_UNKNOWN", "priority", String(priority), PRIORITIES);
    const cost = wholeOption(options.cost ?? 1, "cost", 1);
    for (const key of list) {
      const { limit } = this.#window(key);
      if (cost > limit)
        throw new LabError("RATE_COST", `A request cannot take ${cost} tokens of '${key}': its limit is ${limit}.`, {
          details: { key, cost, limit },
        });
    }
    return { keys: list, rank, cost, grant };
  }

  #window(key: string): TokenWindow {
    let window = this.#windows.get(key);
    if (window === undefined) {
      if (this.#fallback === undefined) throw unknownName("RATE_KEY_UNKNOWN", "rate limit", key, this.#windows.keys());
      window = windowOf(this.#fallback, key);
      this.#windows.set(key, window);
    }
    return window;
  }

  /** Takes the tokens if those that go first leave enough. @returns milliseconds until that may be; 0 when they were taken. */
  #grant(waiter: Waiter, held: ReadonlyMap<string, number>, now: number): number {
    let waitMs = 0;
    for (const key of waiter.keys) {
      const window = this.#window(key);
      const needed = Math.min(window.limit, waiter.cost) + (held.get(key) ?? 0);
      waitMs = Math.max(waitMs, needed > window.limit ? window.perMs : window.waitMs(needed, now));
    }
    if (waitMs > 0) return waitMs;
    for (const key of waiter.keys) this.#window(key).spend(waiter.cost, now);
    waiter.grant();
    return 0;
  }

  /** Grants what can be granted and sets the alarm for the next. */
  #advance(): void {
    this.#alarm?.abort();
    this.#alarm = undefined;
    if (this.#waiters.length === 0) return;
    const now = this.#clock.now();
    const held = new Map<string, number>();
    let next = Number.POSITIVE_INFINITY;
    this.#waiters = this.#waiters.filter((waiter) => {
      const waitMs = this.#grant(waiter, held, now);
      if (waitMs === 0) return false;
      hold(held, waiter);
      next = Math.min(next, waitMs);
      return true;
    });
    if (this.#waiters.length === 0) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    this.#sleep(Math.max(1, Math.ceil(next)), alarm.signal).then(
      () => {
        if (this.#alarm === alarm) this.#advance();
      },
      () => undefined,
    );
  }
}

/** Keeps a waiting request's tokens from those behind it. */
function hold(held: Map<string, number>, waiter: Waiter): void {
  for (const key of waiter.keys) held.set(key, (held.get(key) ?? 0) + waiter.cost);
}

function windowOf({ limit, perMs }: RateLimit, key: string): TokenWindow {
  return new TokenWindow(wholeOption(limit, `limit of '${key}'`, 1, MOST), numberOption(perMs, `perMs of '${key}'`, 1));
}
