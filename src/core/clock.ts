import type { EpochMs } from "./time.js";

/** Where time comes from: the wall clock live, the data in a replay. */
export interface Clock {
  now(): EpochMs;
}

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({ now: (): EpochMs => Date.now() });
