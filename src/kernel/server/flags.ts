import { now } from "../own-timers.js";

/** Numbers that the two threads share, each by its place in an `Int32Array`. */
const INTERRUPT_SEEN = 0;
const BYTES = 1;
const MESSAGES = 2;
const TERMINATION = 3;
const ANSWERS = 4;
const SIZE = 8;

/** Above these the main thread waits for the protocol thread to catch up, so that a flood of output cannot fill the memory. */
const MAX_BYTES = 8_000_000;
const MAX_MESSAGES = 4000;
/** How far the queue must have shrunk before it goes on. */
const LOW = 0.25;

/**
 * The steps by which the two threads agree on a termination. The protocol thread `asked`; the main thread `refused`, because no code of
 * the user's runs, or is `ready` and waits; the protocol thread `claimed` it and has `posted` the termination; or the wait `expired`.
 */
export type Step = "asked" | "refused" | "ready" | "claimed" | "posted" | "expired";
const STEPS: readonly Step[] = ["asked", "refused", "ready", "claimed", "posted", "expired"];

/** The shared memory of a kernel's two threads: back-pressure of output, and the handshake of an interrupt. */
export class Flags {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(SIZE * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  /** Main thread: counts text on its way, and waits while there is too much of it. */
  push(length: number): void {
    const bytes = Atomics.add(this.#cells, BYTES, length) + length;
    const messages = Atomics.add(this.#cells, MESSAGES, 1) + 1;
    if (bytes > MAX_BYTES) this.#waitBelow(BYTES, MAX_BYTES * LOW);
    if (messages > MAX_MESSAGES) this.#waitBelow(MESSAGES, MAX_MESSAGES * LOW);
  }

  /** Protocol thread: a message has been taken over. */
  taken(): void {
    if (Atomics.sub(this.#cells, MESSAGES, 1) - 1 <= MAX_MESSAGES * LOW) Atomics.notify(this.#cells, MESSAGES);
  }

  /** Protocol thread: this much text has left. */
  sent(length: number): void {
    if (Atomics.sub(this.#cells, BYTES, length) - length <= MAX_BYTES * LOW) Atomics.notify(this.#cells, BYTES);
  }

  #waitBelow(place: number, limit: number): void {
    for (let value = Atomics.load(this.#cells, place); value > limit; value = Atomics.load(this.#cells, place))
      Atomics.wait(this.#cells, place, value, 100);
  }

  /** Main thread: the message of this interrupt was read. */
  seen(interrupt: number): void {
    Atomics.store(this.#cells, INTERRUPT_SEEN, interrupt);
  }

  hasSeen(interrupt: number): boolean {
    return Atomics.load(this.#cells, INTERRUPT_SEEN) === interrupt;
  }

  /** Protocol thread: asks the main thread whether it may be terminated. Number and step share a word: an old question is nobody's answer. */
  ask(question: number): void {
    Atomics.store(this.#cells, TERMINATION, word(question, "asked"));
  }

  isAt(question: number, step: Step): boolean {
    return Atomics.load(this.#cells, TERMINATION) === word(question, step);
  }

  /** Goes one step on, unless the other thread was faster; answers whether it did. */
  advance(question: number, from: Step, to: Step): boolean {
    return Atomics.compareExchange(this.#cells, TERMINATION, word(question, from), word(question, to)) === word(question, from);
  }

  /**
   * Main thread: spins until the other has gone on from this step, no longer than `ms` milliseconds. It cannot sleep: the code that was
   * interrupted may itself be asleep in `Atomics.wait`, and V8 has but one such place a thread.
   */
  spinAt(question: number, step: Step, ms: number): void {
    const end = now() + ms;
    while (this.isAt(question, step) && now() < end);
  }

  /** How many answers have been given so far. */
  get answers(): number {
    return Atomics.load(this.#cells, ANSWERS);
  }

  /** Protocol thread: an answer lies in the port. */
  answered(): void {
    Atomics.add(this.#cells, ANSWERS, 1);
    Atomics.notify(this.#cells, ANSWERS);
  }

  /** Main thread: waits for the next answer after `before` of them. */
  waitForAnswer(before: number): void {
    while (this.answers === before) Atomics.wait(this.#cells, ANSWERS, before, 1000);
  }
}

function word(question: number, step: Step): number {
  return question * STEPS.length + STEPS.indexOf(step);
}
