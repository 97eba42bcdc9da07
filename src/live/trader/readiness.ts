import { LabError } from "../../errors/index.js";
import type { Agreement } from "./agreement.js";
import type { TraderClock } from "./contracts.js";

/** How long an entry by hand waits for its session to begin: a comparison with the venue takes a few seconds at most. */
const BEGIN_MS = 30_000;

/** Whether a session trades: it has begun, hears its market, and agrees with its venue. */
export class Readiness {
  readonly #agreement: Agreement;
  readonly #venue: string;
  readonly #clock: TraderClock;
  readonly #begun: Promise<void>;
  #begin: () => void = () => {};
  #hasBegun = false;

  constructor(agreement: Agreement, venue: string, clock: TraderClock) {
    this.#agreement = agreement;
    this.#venue = venue;
    this.#clock = clock;
    this.#begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  /** The session has been compared with its venue for the first time and hears its market. */
  begun(): void {
    this.#hasBegun = true;
    this.#begin();
  }

  /** Waits until entries may leave, at most so many milliseconds. @returns what stands in the way, a sentence each; nothing where they may. */
  async within(ms: number): Promise<readonly string[]> {
    await Promise.race([this.#begun.then(() => this.#agreement.unblocked), this.#clock.sleep(ms)]);
    if (this.#agreement.blocked) return this.#agreement.why;
    return this.#hasBegun ? [] : [`It does not hear the market of ${this.#venue} yet.`];
  }

  /** An entry by hand, right after the start maybe, waits for the session to begin. @throws LabError `SESSION_BLOCKED` saying why entries wait and what to do. */
  async entry(): Promise<void> {
    if (this.#agreement.blocked) await Promise.race([this.#begun, this.#clock.sleep(BEGIN_MS)]);
    if (this.#agreement.blocked) throw blocked(this.#venue, this.#agreement.why);
  }
}

/** Why entries wait, and what to do. */
export function blocked(venue: string, why: readonly string[]): LabError {
  return new LabError(
    "SESSION_BLOCKED",
    `Nothing is entered while the session and ${venue} do not agree: ${why.join(" ")} ready() waits for it, command({ type: "reconcile" }) compares again, command({ type: "confirm" }) takes the venue's positions over.`,
    { details: { venue, why: [...why] } },
  );
}
