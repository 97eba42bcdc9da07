import type { VenueOrder } from "../../core/index.js";
import { type Alert, orderVanished } from "./alerts.js";

/** Orders that are asked for one by one after a comparison at most; those missed least go first. */
const MOST = 20;
/** Comparisons after which an order that is neither listed nor found is somebody's to look at. */
const MISSES = 3;

/** What an {@link OpenOrderCheck} works with. */
export interface OpenOrderCheckParts {
  readonly everyMs: number;
  /** Orders that count as open. */
  readonly believed: () => readonly VenueOrder[];
  /** Whether a comparison makes sense now: a link that is down is healed as a whole. */
  readonly ready: () => boolean;
  /** Orders that are open as the venue says. */
  readonly listed: () => Promise<readonly VenueOrder[]>;
  /** Asks for an order that is not what it is believed to be, and tells what is new. @returns whether the venue knows it. */
  readonly ask: (order: VenueOrder) => Promise<boolean>;
  readonly alert: (alert: Alert) => void;
  readonly report: (problem: unknown) => void;
}

/**
 * Compares now and then the orders that are believed to be open with those that the venue lists: the account's stream may lose everything it has to tell of a resting order's fill or end.
 * One question for all, none while nothing is open, and the next only some time after the last was answered.
 */
export class OpenOrderCheck {
  readonly #parts: OpenOrderCheckParts;
  readonly #misses: Map<string, number> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: OpenOrderCheckParts) {
    this.#parts = parts;
  }

  /** Begins. */
  start(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#compare()
        .catch(this.#parts.report)
        .finally(() => this.start());
    }, this.#parts.everyMs);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #compare(): Promise<void> {
    // Before the question: an order that is placed meanwhile need not be in its answer.
    const believed = this.#parts.believed();
    if (believed.length === 0 || !this.#parts.ready()) return;
    const listed = new Map((await this.#parts.listed()).map((order) => [order.venueOrderId, order]));
    const wrong = believed.filter((order) => {
      const found = listed.get(order.venueOrderId);
      if (found !== undefined) this.#misses.delete(order.venueOrderId);
      return found === undefined || found.filledQuantity.gt(order.filledQuantity) || found.status !== order.status;
    });
    // Those that nobody knows of must not keep the others waiting.
    const missed = ({ venueOrderId }: VenueOrder): number => this.#misses.get(venueOrderId) ?? 0;
    wrong.sort((a, b) => missed(a) - missed(b));
    for (const order of wrong.slice(0, MOST)) {
      if (this.#closed || !this.#parts.ready()) return;
      const known = await this.#parts.ask(order);
      if (known) this.#misses.delete(order.venueOrderId);
      else this.#missed(order);
    }
  }

  /** It was told to be open, and the venue neither lists nor knows it. */
  #missed(order: VenueOrder): void {
    const { venueOrderId, status } = order;
    // An order that was only acknowledged may not show yet.
    if (status === "pending") return;
    const misses = (this.#misses.get(venueOrderId) ?? 0) + 1;
    this.#misses.set(venueOrderId, misses);
    if (misses === MISSES) this.#parts.alert(orderVanished(order));
  }
}
