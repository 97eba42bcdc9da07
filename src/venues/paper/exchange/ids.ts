import { type Random, seededRandom } from "../../../core/index.js";

/** Ids of orders and executions, the same for the same seed, in the form of a UUID; and the numbers that latency is drawn with. */
export class Ids {
  readonly random: Random;
  #next = 1;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** The next whole number from 1. */
  next(): number {
    return this.#next++;
  }

  uuid(): string {
    const hex = (digits: number): string =>
      Math.floor(this.random() * 16 ** digits)
        .toString(16)
        .padStart(digits, "0");
    return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(8)}${hex(4)}`;
  }
}
