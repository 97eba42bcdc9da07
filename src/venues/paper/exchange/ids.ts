import { type Random, seededRandom } from "../../../core/index.js";

const BITS_12 = 2 ** 12;
const BITS_16 = 2 ** 16;
const BITS_32 = 2 ** 32;

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
    const start = `${this.#hex(BITS_32)}-${this.#hex(BITS_16)}-4${this.#hex(BITS_12)}-a${this.#hex(BITS_12)}-`;
    return `${start}${this.#hex(BITS_32)}${this.#hex(BITS_16)}`;
  }

  /** A number below a power of 16, with its leading zeros. */
  #hex(below: number): string {
    return (below + Math.floor(this.random() * below)).toString(16).slice(1);
  }
}
