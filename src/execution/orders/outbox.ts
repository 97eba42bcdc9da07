import { type ApprovedOrder, STATUS } from "../../core/index.js";

/** Names of {@link REQUEST}, by number. */
export const REQUEST_NAMES = ["open", "cancel", "amend"] as const;

/** What a request asks its venue for. */
export const REQUEST: { readonly open: 0; readonly cancel: 1; readonly amend: 2 } = { open: 0, cancel: 1, amend: 2 };

/**
 * Requests that leave the engine, in order. The driver takes them out; what it is told in answer may add more. An order that was taken back before its driver
 * took it never appears.
 */
export class Outbox {
  readonly #orders: ApprovedOrder[] = [];
  readonly #kinds: number[] = [];
  /** New quantity and price of each amend that waits, in order. */
  readonly #amends: (readonly [quantity: number, price: number])[] = [];
  #head = 0;
  #tail = 0;
  /** One of {@link REQUEST}: what the request taken last asks for. */
  kind = 0;
  /** For an amend taken last: the new total in quantity units and the new price in price units. */
  quantity = 0;
  price = 0;

  /** Requests put in since the beginning. */
  added = 0;

  /** The last `count` requests that still wait, in order. */
  last(count: number): { readonly order: ApprovedOrder; readonly kind: number }[] {
    const from = Math.max(this.#head, this.#tail - count);
    const all = Array.from({ length: this.#tail - from }, (_, i) => ({ order: this.#orders[from + i]!, kind: this.#kinds[from + i]! }));
    return all.filter(({ order, kind }) => kind !== REQUEST.open || order.status === STATUS.pending);
  }

  /** Number of requests waiting. */
  get size(): number {
    return this.#tail - this.#head;
  }

  /** Adds a request. `quantity` and `price` are what an amend asks for. */
  put(order: ApprovedOrder, kind: number, quantity = 0, price = 0): void {
    const at = this.#tail++;
    this.added++;
    if (at === this.#orders.length) {
      this.#orders.push(order);
      this.#kinds.push(kind);
    } else {
      this.#orders[at] = order;
      this.#kinds[at] = kind;
    }
    if (kind === REQUEST.amend) this.#amends.push([quantity, price]);
  }

  /** The order of the next request, or `undefined`; `kind` says what is asked for. */
  take(): ApprovedOrder | undefined {
    while (this.#head < this.#tail) {
      const at = this.#head++;
      const order = this.#orders[at]!;
      this.kind = this.#kinds[at]!;
      if (this.kind === REQUEST.amend) {
        [this.quantity, this.price] = this.#amends.shift()!;
      }
      if (this.#head === this.#tail) this.#head = this.#tail = 0;
      if (this.kind !== REQUEST.open) return order;
      if (order.status !== STATUS.pending) continue;
      order.sent = true;
      return order;
    }
    return undefined;
  }
}
