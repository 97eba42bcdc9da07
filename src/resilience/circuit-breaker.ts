import { assertKeys, LabError } from "../errors/index.js";
import { isBreakerFailure, statusOf } from "./breaker-failure.js";
import { numberOption, wholeOption } from "./checks.js";
import { type MsClock, steadyClock } from "./clock.js";

/** Requests pass, are refused at once, or are let through on trial. */
export type BreakerState = "closed" | "open" | "halfOpen";

/** What a circuit breaker counts. */
export interface BreakerMetrics {
  readonly state: BreakerState;
  /** Failures in a row. */
  readonly consecutiveFailures: number;
  /** Share of failures among the last outcomes, 0 to 1. */
  readonly failureRate: number;
  /** Times it opened. */
  readonly trips: number;
  readonly lastTripReason: string | undefined;
  /** Milliseconds until requests are tried again; 0 when they pass. */
  readonly recoversInMs: number;
}

/** Settings of a {@link CircuitBreaker}. */
export interface BreakerOptions {
  /** What it guards, for messages. */
  name?: string;
  /** Failures in a row that open it; 5. */
  failureThreshold?: number;
  /** Milliseconds it stays open; 30,000. */
  recoveryMs?: number;
  /** Requests let through at a time while it is half open; 3. */
  halfOpenTrials?: number;
  /** Milliseconds after which a trial that never reported gives its place back; `recoveryMs`. */
  trialMs?: number;
  /** Outcomes the failure rate looks back on; 50. */
  window?: number;
  /** A clock that only goes forward; the machine's. */
  clock?: MsClock;
  /** Told of every change of state, with the reason of a trip. One that throws is not heard. */
  onChange?: (state: BreakerState, reason: string | undefined) => void;
}

/** Leave for one request. The first of `succeed` and `fail` counts; `release` gives the place back and is called in every case, in `finally`. */
export interface Permit {
  succeed(): void;
  fail(reason: string): void;
  release(): void;
}

const KEYS: readonly (keyof BreakerOptions)[] = [
  "name",
  "failureThreshold",
  "recoveryMs",
  "halfOpenTrials",
  "trialMs",
  "window",
  "clock",
  "onChange",
];

/** What a request in flight remembers: the spell of the state it was let through in, and when. */
interface Trial {
  readonly since: number;
}

/**
 * Stops sending requests to a side that fails, and tries again after a while. Closed: everything passes, and `failureThreshold` failures in a row open it. Open: everything
 * is refused for `recoveryMs`. Half open: `halfOpenTrials` requests at a time are let through; the first success closes it, a failure opens it again. An outcome that
 * arrives after the state has changed counts in the failure rate and changes nothing else. No timers: time is looked at when somebody asks.
 * @throws LabError `RESILIENCE_OPTION` for a threshold, a count or a time out of range.
 */
export class CircuitBreaker {
  readonly name: string;
  readonly #threshold: number;
  readonly #recoveryMs: number;
  readonly #most: number;
  readonly #trialMs: number;
  readonly #clock: MsClock;
  readonly #onChange: BreakerOptions["onChange"];
  readonly #outcomes: boolean[] = [];
  readonly #window: number;
  #next = 0;
  #state: BreakerState = "closed";
  /** Counts changes of state: a permit of an earlier spell no longer decides. */
  #spell = 0;
  #failures = 0;
  #openedAt = 0;
  #openForMs = 0;
  #trials: Trial[] = [];
  #trips = 0;
  #reason: string | undefined;

  constructor(options: BreakerOptions = {}) {
    assertKeys("CircuitBreaker", options, KEYS);
    this.name = options.name ?? "breaker";
    this.#threshold = wholeOption(options.failureThreshold ?? 5, "failureThreshold", 1);
    this.#recoveryMs = numberOption(options.recoveryMs ?? 30_000, "recoveryMs", 0);
    this.#most = wholeOption(options.halfOpenTrials ?? 3, "halfOpenTrials", 1);
    this.#trialMs = numberOption(options.trialMs ?? Math.max(1, this.#recoveryMs), "trialMs", 1);
    this.#window = wholeOption(options.window ?? 50, "window", 1, 1_000_000);
    this.#clock = options.clock ?? steadyClock;
    this.#onChange = options.onChange;
  }

  /** `halfOpen` as soon as the time of recovery has passed, before the first trial too. */
  get state(): BreakerState {
    return this.#state === "open" && this.#waitMs() === 0 ? "halfOpen" : this.#state;
  }

  metrics(): BreakerMetrics {
    const failed = this.#outcomes.reduce((count, bad) => count + (bad ? 1 : 0), 0);
    return Object.freeze({
      state: this.state,
      consecutiveFailures: this.#failures,
      failureRate: this.#outcomes.length === 0 ? 0 : failed / this.#outcomes.length,
      trips: this.#trips,
      lastTripReason: this.#reason,
      recoversInMs: this.#waitMs(),
    });
  }

  /** Leave for one request, or undefined where it must not be sent. */
  tryAcquire(): Permit | undefined {
    if (this.#state === "open") {
      if (this.#waitMs() > 0) return undefined;
      this.#enter("halfOpen");
    }
    const trial: Trial = { since: this.#clock.now() };
    if (this.#state === "halfOpen") {
      this.#trials = this.#trials.filter(({ since }) => trial.since - since < this.#trialMs);
      if (this.#trials.length >= this.#most) return undefined;
      this.#trials.push(trial);
    }
    return this.#permit(trial, this.#spell);
  }

  /**
   * Sends a request through the breaker. What it throws is a failure by {@link isBreakerFailure}; an error with another status is an answer, and any other error says nothing
   * of the other side.
   * @param judge - the reason for which an answer counts as a failure, or undefined; by its `status` unless given.
   * @throws LabError `BREAKER_OPEN` without sending; whatever `send` throws.
   */
  async run<T>(send: () => Promise<T>, judge: (answer: T) => string | undefined = judgeByStatus): Promise<T> {
    const permit = this.tryAcquire();
    if (permit === undefined) throw this.refusal();
    try {
      const answer = await send();
      const bad = judge(answer);
      if (bad === undefined) permit.succeed();
      else permit.fail(bad);
      return answer;
    } catch (error) {
      if (isBreakerFailure(error)) permit.fail(error instanceof Error ? error.message : String(error));
      else if (statusOf(error) !== undefined) permit.succeed();
      throw error;
    } finally {
      permit.release();
    }
  }

  /** The error of a request that must not be sent now. */
  refusal(): LabError {
    const { state, recoversInMs, lastTripReason } = this.metrics();
    const when = state === "open" ? `tried again in ${Math.ceil(recoversInMs)} ms` : `its ${this.#most} trials are under way`;
    return new LabError("BREAKER_OPEN", `${this.name} refuses requests (${state}: ${lastTripReason ?? "on trial"}); ${when}.`, {
      details: { state, recoversInMs, reason: lastTripReason },
    });
  }

  /** Opens it by hand, for as long as is said: a venue that bans for ten minutes, an operator. */
  trip(reason: string, forMs: number = this.#recoveryMs): void {
    this.#open(reason, numberOption(forMs, "forMs", 0));
  }

  /** Closes it by hand. The failure rate and the last reason stay to be looked at. */
  reset(): void {
    this.#failures = 0;
    if (this.#state !== "closed") this.#enter("closed");
    else this.#spell++;
  }

  /** Milliseconds until trials begin; never more than the spell's length, should the clock have gone back. */
  #waitMs(): number {
    if (this.#state !== "open") return 0;
    return Math.min(this.#openForMs, Math.max(0, this.#openedAt + this.#openForMs - this.#clock.now()));
  }

  #permit(trial: Trial, spell: number): Permit {
    let told = false;
    const tell = (reason: string | undefined): void => {
      if (told) return;
      told = true;
      this.#outcomes[this.#next] = reason !== undefined;
      this.#next = (this.#next + 1) % this.#window;
      if (spell === this.#spell && this.#holds(trial)) this.#count(reason);
    };
    return {
      succeed: () => tell(undefined),
      fail: (reason) => tell(reason),
      release: () => {
        told = true;
        const at = this.#trials.indexOf(trial);
        if (at >= 0) this.#trials.splice(at, 1);
      },
    };
  }

  /** Whether a request still has a say: while half open only a trial that has not expired. */
  #holds(trial: Trial): boolean {
    return this.#state !== "halfOpen" || this.#clock.now() - trial.since < this.#trialMs;
  }

  #count(reason: string | undefined): void {
    if (reason === undefined) {
      this.#failures = 0;
      if (this.#state === "halfOpen") this.#enter("closed");
      return;
    }
    this.#failures++;
    if (this.#state === "halfOpen") this.#open(`a trial request failed: ${reason}`, this.#recoveryMs);
    else if (this.#failures >= this.#threshold) this.#open(`${this.#failures} failures in a row, the last: ${reason}`, this.#recoveryMs);
  }

  #open(reason: string, forMs: number): void {
    this.#openedAt = this.#clock.now();
    this.#openForMs = forMs;
    this.#trips++;
    this.#reason = reason;
    this.#enter("open");
  }

  #enter(state: BreakerState): void {
    this.#state = state;
    this.#spell++;
    this.#trials = [];
    try {
      this.#onChange?.(state, state === "open" ? this.#reason : undefined);
    } catch {
      // Whoever watches must not be able to stop requests.
    }
  }
}

function judgeByStatus(answer: unknown): string | undefined {
  return typeof answer === "object" && isBreakerFailure({ status: statusOf(answer) ?? 200 }) ? `HTTP ${statusOf(answer)}` : undefined;
}
