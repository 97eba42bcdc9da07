import { type ApprovedOrder, STATUS } from "../../core/index.js";

/**
 * Requests that leave the engine, in order: a pending order is to be opened, a working one to be cancelled. The driver takes them out; what it is told
 * in answer may add more.
 */
export class Outbox {
  readonly #orders: ApprovedOrder[] = [];
  #head = 0;
  #tail = 0;

  /** Number of requests waiting. */
  get size(): number {
    return this.#tail - this.#head;
  }

  put(order: ApprovedOrder): void {
    if (this.#tail < this.#orders.length) this.#orders[this.#tail] = order;
    else this.#orders.push(order);
    this.#tail++;
  }

  /** The next request, or `undefined`. */
  take(): ApprovedOrder | undefined {
    if (this.#head === this.#tail) return undefined;
    const order = this.#orders[this.#head++]!;
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    return order;
  }

  /** Whether a request asks for a cancel. */
  static isCancel(order: ApprovedOrder): boolean {
    return order.status === STATUS.working;
  }
}
