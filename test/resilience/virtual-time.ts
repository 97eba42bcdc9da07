import type { MsClock, Sleep } from "../../src/resilience/index.js";

/** Time that moves only when told to; whoever sleeps wakes in order. */
export class VirtualTime implements MsClock {
  #now: number;
  #sleepers: { at: number; wake: () => void }[] = [];

  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  readonly sleep: Sleep = (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
    });

  /** Moves on, and lets everything that wakes meanwhile do what it does. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const next = this.#sleepers.reduce<number>((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
      if (next > end) break;
      this.#now = Math.max(this.#now, next);
      const due = this.#sleepers.filter(({ at }) => at <= this.#now);
      this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
      for (const { wake } of due) wake();
    }
    this.#now = end;
    await settled();
  }
}

/** Everything that is only waiting for promises has happened. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
