import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, systemClock } from "../../core/index.js";
import type { PaperExchange } from "./exchange/exchange.js";
import type { ReplaySpeed } from "./feed.js";

/** Events at full speed are released in slices this long, so that others on the thread get their turn. */
const SLICE_MS = 10;

/**
 * Plays an exchange's recording at a speed: as fast as possible, or that many times as fast as it happened. The time between two events passes on the wall clock, or not at all; what a
 * slow listener holds up is caught up with.
 */
export class ReplayDriver {
  readonly #exchange: PaperExchange;
  readonly #clock: Clock;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  #stop: AbortController | undefined;
  #running: Promise<void> | undefined;

  constructor(
    exchange: PaperExchange,
    options: { readonly clock?: Clock; readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void> } = {},
  ) {
    this.#exchange = exchange;
    this.#clock = options.clock ?? systemClock;
    this.#sleep = options.sleep ?? realSleep;
  }

  get isPlaying(): boolean {
    return this.#stop !== undefined;
  }

  /** Plays to the end, or until paused. Resolves then; a listener that throws ends it with what it threw. */
  play(speed: ReplaySpeed): Promise<void> {
    if (this.#running !== undefined) return this.#running;
    const stop = new AbortController();
    this.#stop = stop;
    this.#running = this.#run(speed, stop.signal).finally(() => {
      this.#stop = undefined;
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Stops before the next event. */
  async pause(): Promise<void> {
    this.#stop?.abort();
    await this.#running?.catch(() => {});
  }

  async #run(speed: ReplaySpeed, signal: AbortSignal): Promise<void> {
    const from = this.#exchange.clock.now();
    const began = this.#clock.now();
    let sliced = this.#clock.now();
    for (let next = this.#exchange.nextTime; next !== undefined && !signal.aborted; next = this.#exchange.nextTime) {
      if (speed !== "max") {
        const wait = (next - from) / speed - (this.#clock.now() - began);
        if (wait > 0) {
          await this.#sleep(Math.min(wait, 2 ** 31 - 1), signal);
          continue;
        }
      }
      this.#exchange.next();
      if (this.#clock.now() - sliced < SLICE_MS) continue;
      await nextTurn();
      sliced = this.#clock.now();
    }
  }
}

/** Waits on the wall clock; returns at once when it is aborted. */
async function realSleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
