import { setTimeout as pause } from "node:timers/promises";
import type { PaperExchange } from "./exchange/exchange.js";
import type { ReplaySpeed } from "./feed.js";

/** Longest wait at a time: a market that is told to stand still is not waited for. */
const LONGEST_WAIT_MS = 1_000;

/**
 * Plays a paper exchange with one who trades on it, in lock-step: it releases the next event when everything that the one before made leave has been answered. What was
 * asked for therefore came between two releases, and the exchange is a function of its recording and of that list: it can be brought to where it stood before its
 * process ended.
 */
export class LockStep {
  readonly #exchange: PaperExchange;
  readonly #speed: ReplaySpeed;
  #step = 0;
  #isOver = false;

  constructor(exchange: PaperExchange, speed: ReplaySpeed) {
    this.#exchange = exchange;
    this.#speed = speed;
  }

  /** Number of the newest release; what is told during it and asked for after it belongs to it. */
  get step(): number {
    return this.#step;
  }

  /** Plays to the end of the recording, or until it is stopped. `settled` resolves when what was asked for has been answered. */
  async play(settled: () => Promise<void>): Promise<void> {
    const exchange = this.#exchange;
    const from = exchange.clock.now();
    const began = performance.now();
    for (let next = exchange.nextTime; !this.#isOver && next !== undefined; next = exchange.nextTime) {
      const wait = this.#speed === "max" ? 0 : (next - from) / this.#speed - (performance.now() - began);
      if (wait > 0) await pause(Math.min(wait, LONGEST_WAIT_MS));
      if (wait > LONGEST_WAIT_MS) continue;
      // Somebody else may have asked for something while it waited.
      await settled();
      if (this.#isOver) return;
      this.#release();
      await settled();
    }
  }

  /**
   * Brings an exchange that has not been played to a step, for one that goes on.
   * @param after - asks once more for what was asked for after a step, and resolves when it has been answered.
   */
  async rebuild(step: number, after: (step: number) => Promise<void>): Promise<void> {
    await after(this.#step);
    while (this.#step < step && this.#exchange.nextTime !== undefined) {
      this.#release();
      await after(this.#step);
    }
  }

  #release(): void {
    this.#step++;
    this.#exchange.next({ fills: true });
  }

  /** Releases nothing any more. */
  stop(): void {
    this.#isOver = true;
  }
}
