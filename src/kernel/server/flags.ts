/** Numbers that the two threads share, each by its place in an `Int32Array`. */
const INTERRUPT_SEEN = 0;
const BYTES = 1;
const MESSAGES = 2;
const INTERRUPT_GO = 3;
const ANSWERS = 4;
const SIZE = 8;

/** Above these the main thread waits for the protocol thread to catch up, so that a flood of output cannot fill the memory. */
const MAX_BYTES = 8_000_000;
const MAX_MESSAGES = 4000;
/** How far the queue must have shrunk before it goes on. */
const LOW = 0.25;

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

  /** Protocol thread: the termination of this interrupt is on its way (0: not yet). */
  release(interrupt: number): void {
    Atomics.store(this.#cells, INTERRUPT_GO, interrupt);
  }

  isReleased(interrupt: number): boolean {
    return Atomics.load(this.#cells, INTERRUPT_GO) === interrupt;
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
