import type { Decimal, VenueOrder } from "../../core/index.js";
import { isFinal } from "../bybit-wire/index.js";

/** Orders that are remembered, and some more, where fewer are open. What is still told of one that ended so many orders ago is told on, and known by its order's own state. */
const REMEMBERED = 500;
/** How many more there may be until the oldest go together: where more are open than are to be remembered, all are looked at for it. */
const MORE = 50;

/** How far an order has come, for states that follow one another. */
const STAGE: Readonly<Record<VenueOrder["status"], number>> = {
  unknown: 0,
  pending: 0,
  untriggered: 1,
  working: 2,
  partiallyFilled: 3,
  cancelled: 4,
  rejected: 4,
  filled: 5,
};

interface Waiter {
  readonly wanted: (order: VenueOrder) => boolean;
  readonly resolve: (order: VenueOrder | undefined) => void;
}

/**
 * The newest state of every order, from whatever source told it first: the stream, a question, a healed gap. Sources lag and overtake each other, so an order only goes
 * forward: its filled quantity never falls, and what is final stays final (a cancel that lost its race against a fill included).
 */
export class OrderTracker {
  readonly #orders: Map<string, VenueOrder> = new Map();
  readonly #venueIds: Map<string, string> = new Map();
  readonly #waiters: Map<string, Set<Waiter>> = new Map();
  #most = REMEMBERED + MORE;

  /** The newest state of an order. */
  get(clientOrderId: string): VenueOrder | undefined {
    const id = this.#venueIds.get(clientOrderId);
    return id === undefined ? undefined : this.#orders.get(id);
  }

  byVenueId(venueOrderId: string): VenueOrder | undefined {
    return this.#orders.get(venueOrderId);
  }

  /** Orders that are not final, as far as is known. */
  open(): readonly VenueOrder[] {
    return [...this.#orders.values()].filter((order) => !isFinal(order.status));
  }

  /** Takes in a state. @returns what is new to tell, or undefined for what was known or is older. */
  accept(incoming: VenueOrder): VenueOrder | undefined {
    const known = this.#orders.get(incoming.venueOrderId);
    const order = known === undefined ? incoming : forward(known, incoming);
    if (order === undefined) return undefined;
    // Newest last, so that the oldest are dropped first.
    this.#orders.delete(order.venueOrderId);
    this.#orders.set(order.venueOrderId, order);
    if (order.clientOrderId !== "") this.#venueIds.set(order.clientOrderId, order.venueOrderId);
    this.#trim();
    for (const waiter of this.#waiters.get(order.clientOrderId) ?? []) if (waiter.wanted(order)) waiter.resolve(order);
    return order;
  }

  /** The first state of an order that is wanted, one that is known included; undefined when that took too long. */
  when(clientOrderId: string, wanted: (order: VenueOrder) => boolean, withinMs: number): Promise<VenueOrder | undefined> {
    const known = this.get(clientOrderId);
    if (known !== undefined && wanted(known)) return Promise.resolve(known);
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(clientOrderId) ?? new Set();
      this.#waiters.set(clientOrderId, waiters);
      const end = (order: VenueOrder | undefined): void => {
        clearTimeout(timer);
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters.delete(clientOrderId);
        resolve(order);
      };
      const waiter: Waiter = { wanted, resolve: end };
      const timer = setTimeout(() => end(undefined), withinMs);
      waiters.add(waiter);
    });
  }

  #trim(): void {
    if (this.#orders.size <= this.#most) return;
    let excess = this.#orders.size - REMEMBERED;
    for (const [id, order] of this.#orders) {
      if (excess <= 0) break;
      if (!isFinal(order.status)) continue;
      this.#orders.delete(id);
      if (this.#venueIds.get(order.clientOrderId) === id) this.#venueIds.delete(order.clientOrderId);
      excess--;
    }
    this.#most = this.#orders.size + MORE;
  }
}

/** The state after both; undefined where the incoming one brings nothing. */
function forward(known: VenueOrder, incoming: VenueOrder): VenueOrder | undefined {
  const more = incoming.filledQuantity.gt(known.filledQuantity);
  const less = incoming.filledQuantity.lt(known.filledQuantity);
  if (isFinal(known.status)) {
    if (!more && STAGE[incoming.status] <= STAGE[known.status]) return undefined;
    if (!isFinal(incoming.status)) return more ? { ...known, ...fills(incoming) } : undefined;
    return { ...incoming, ...(less && fills(known)) };
  }
  if (isFinal(incoming.status)) return { ...incoming, ...(less && fills(known)) };
  // An acknowledgement carries the time of the answer, which proves nothing of the order's own.
  const older = known.status !== "pending" && incoming.updatedAt < known.updatedAt;
  if (less || older || incoming.status === "pending") return more ? { ...known, ...fills(incoming), status: "partiallyFilled" } : undefined;
  if (STAGE[incoming.status] < STAGE[known.status] && incoming.status !== "unknown" && incoming.updatedAt === known.updatedAt)
    return undefined;
  return sameState(known, incoming) ? undefined : incoming;
}

function fills({ filledQuantity, averagePrice }: VenueOrder): Pick<VenueOrder, "filledQuantity" | "averagePrice"> {
  return { filledQuantity, averagePrice };
}

function sameState(a: VenueOrder, b: VenueOrder): boolean {
  const same = (one: Decimal | undefined, other: Decimal | undefined): boolean =>
    one === undefined || other === undefined ? one === other : one.eq(other);
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    same(a.quantity, b.quantity) &&
    same(a.filledQuantity, b.filledQuantity) &&
    same(a.averagePrice, b.averagePrice) &&
    same(a.price, b.price) &&
    same(a.triggerPrice, b.triggerPrice)
  );
}
