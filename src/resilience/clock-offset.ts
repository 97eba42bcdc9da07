import { LabError } from "../errors/index.js";
import { numberOption, wholeOption } from "./checks.js";
import type { MsClock } from "./clock.js";

/** One question for the server's time: when it left and when the answer came, by our clock, and what the answer said, all in epoch milliseconds. */
export interface ClockSample {
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly serverTime: number;
}

/** Settings of a {@link ClockOffset}. */
export interface ClockOffsetOptions {
  /** Wall time; the machine's. */
  clock?: MsClock;
  /** Samples kept; 8. */
  window?: number;
  /** Age at which a sample is forgotten, in milliseconds, so that the drift of clocks is followed; an hour. The newest always counts. */
  maxAgeMs?: number;
}

/**
 * How far the server's clock is ahead of ours, from the sample with the shortest round trip: the answer was given within that trip, so the offset is wrong by at most
 * half of it (Cristian's algorithm).
 * @throws LabError `RESILIENCE_OPTION`.
 */
export class ClockOffset {
  readonly #clock: MsClock;
  readonly #window: number;
  readonly #maxAgeMs: number;
  #samples: ClockSample[] = [];

  constructor(options: ClockOffsetOptions = {}) {
    this.#clock = options.clock ?? Date;
    this.#window = wholeOption(options.window ?? 8, "window", 1, 10_000);
    this.#maxAgeMs = numberOption(options.maxAgeMs ?? 3_600_000, "maxAgeMs", 1);
  }

  /** Whether a sample has been taken; until then the offset is 0. */
  get synced(): boolean {
    return this.#samples.length > 0;
  }

  /** Server time minus ours, in milliseconds; 0 before the first sample. */
  get offsetMs(): number {
    const best = this.#best();
    return best === undefined ? 0 : best.serverTime - (best.sentAt + best.receivedAt) / 2;
  }

  /** How wrong {@link offsetMs} can be: half the round trip of its sample; infinite before the first. */
  get uncertaintyMs(): number {
    const best = this.#best();
    return best === undefined ? Number.POSITIVE_INFINITY : (best.receivedAt - best.sentAt) / 2;
  }

  /** The server's time now, in whole epoch milliseconds. */
  now(): number {
    return Math.floor(this.#clock.now() + this.offsetMs);
  }

  /** Takes a sample. One that ends before it began (somebody set our clock meanwhile) is dropped. @returns whether it was kept. */
  add(sample: ClockSample): boolean {
    const { sentAt, receivedAt, serverTime } = sample;
    if (!(Number.isFinite(serverTime) && receivedAt >= sentAt)) return false;
    this.#samples = this.#samples.filter((old) => Math.abs(receivedAt - old.receivedAt) <= this.#maxAgeMs).slice(1 - this.#window);
    if (this.#window === 1) this.#samples = [];
    this.#samples.push({ sentAt, receivedAt, serverTime });
    return true;
  }

  /** Forgets what was measured, after our clock was set. */
  forget(): void {
    this.#samples = [];
  }

  /**
   * Asks for the server's time several times and keeps the best answer.
   * @param read - the server's time in epoch milliseconds, fractions allowed.
   * @throws LabError `CLOCK_SAMPLE` when no answer could be used; whatever `read` throws when every question failed.
   */
  async sync(read: () => Promise<number>, samples = 3): Promise<number> {
    wholeOption(samples, "samples", 1, 100);
    let kept = 0;
    let failure: unknown;
    for (let i = 0; i < samples; i++) {
      const sentAt = this.#clock.now();
      try {
        const serverTime = await read();
        if (this.add({ sentAt, receivedAt: this.#clock.now(), serverTime })) kept++;
      } catch (error) {
        failure ??= error;
      }
    }
    if (kept === 0)
      throw failure ?? new LabError("CLOCK_SAMPLE", "The server's time could not be used: no number, or our clock was set meanwhile.");
    return this.offsetMs;
  }

  #best(): ClockSample | undefined {
    let best: ClockSample | undefined;
    for (const sample of this.#samples)
      if (best === undefined || sample.receivedAt - sample.sentAt <= best.receivedAt - best.sentAt) best = sample;
    return best;
  }
}
