import type { Clock } from "../core/index.js";

/** Says when a replayed candle closes by the wall clock: `speed` times as fast as it happened, counted from the moment the replay started. */
export class ReplayPace {
  readonly #times: Float64Array;
  readonly #intervalMs: number;
  readonly #speed: "max" | number;
  readonly #clock: Clock;
  readonly #started: number;

  constructor(times: Float64Array, intervalMs: number, speed: "max" | number, clock: Clock) {
    this.#times = times;
    this.#intervalMs = intervalMs;
    this.#speed = speed;
    this.#clock = clock;
    this.#started = clock.now();
  }

  /** Milliseconds until the candle at an index closes; 0 or less when it has. */
  wait(index: number): number {
    if (this.#speed === "max") return 0;
    const marketMs = this.#times[index]! + this.#intervalMs - this.#times[0]!;
    return this.#started + marketMs / this.#speed - this.#clock.now();
  }
}
