import type { BookUpdate } from "../../core/index.js";
import type { WireBook } from "../bybit-wire/index.js";

/** What an order-book message is good for. */
export type BookVerdict = { readonly kind: "update"; readonly update: BookUpdate } | { readonly kind: "ignore" } | { readonly kind: "gap" };

/**
 * Watches that a book's messages are whole: `u` rises by exactly one from message to message (`seq` jumps, and proves nothing). A snapshot starts anew at any time; after a gap everything
 * but a snapshot is left out.
 */
export class BookGuard {
  #last: number | undefined;

  /** Nothing is known any more: the next message must be a snapshot. */
  reset(): void {
    this.#last = undefined;
  }

  judge(book: WireBook, delta: boolean, time: number): BookVerdict {
    const { symbol, bids, asks, updateId } = book;
    // The service restarts with u = 1, whatever the message calls itself.
    if (!delta || updateId === 1) {
      this.#last = updateId;
      return { kind: "update", update: { symbol, time, kind: "snapshot", bids, asks } };
    }
    if (this.#last === undefined) return { kind: "ignore" };
    if (updateId === this.#last) return { kind: "ignore" };
    if (updateId !== this.#last + 1) {
      this.#last = undefined;
      return { kind: "gap" };
    }
    this.#last = updateId;
    return { kind: "update", update: { symbol, time, kind: "delta", bids, asks } };
  }
}
