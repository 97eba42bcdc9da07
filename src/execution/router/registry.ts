import { Decimal, type EpochMs, type Side } from "../../core/index.js";
import type { ExecutionPlan, WorkingRef } from "./plan.js";
import type { PositionSide } from "./prices.js";

/** An order that rests at the venue, as the router knows it. Immutable: what changes is a new object. */
export interface RouterOrder extends WorkingRef {
  /** Id of the trade the first quote was for. */
  readonly baseTradeId: string;
  readonly asset: string;
  readonly positionSide: PositionSide;
  readonly side: Side;
  readonly strategy: string;
  readonly plan: ExecutionPlan;
  /** 0 for the first quote. */
  readonly retryN: number;
  readonly retriesLeft: number;
  readonly registeredAt: EpochMs;
  /** From this moment on it is expired. */
  readonly deadline: EpochMs;
  /** In base currency; undefined where none was named. */
  readonly quantity: Decimal | undefined;
  readonly filled: Decimal;
}

/** What a fill means for the orders of its trade. */
export interface FillNote {
  /** Whether the id is one of a working order, or of one that ended not long ago. */
  readonly known: boolean;
  /** The order while it still works. */
  readonly order: RouterOrder | undefined;
  /** What is left of the whole trade; undefined where its quantity is not known. */
  readonly remaining: Decimal | undefined;
  /** A late fill of an earlier quote: the retry that works now is to be amended to this total quantity. */
  readonly amend: { readonly order: RouterOrder; readonly quantity: Decimal } | undefined;
  /** A late fill of an earlier quote left nothing for the retry that works now: it is to be cancelled. */
  readonly cancel: RouterOrder | undefined;
  /** What was filled beyond the trade's quantity. */
  readonly excess: Decimal;
}

/** The quotes of one trade, one after the other: what they filled together. */
interface Lineage {
  readonly target: Decimal | undefined;
  filled: Decimal;
  readonly keys: Set<string>;
  /** Key of the quote that works now. */
  live: string | undefined;
  /** The trade is being left: its entry is not quoted again. */
  closed: boolean;
}

const ZERO = new Decimal(0);
/** Trades whose last quote has ended and that are still remembered for late fills. */
const REMEMBERED = 256;
const UNKNOWN: FillNote = Object.freeze({
  known: false,
  order: undefined,
  remaining: undefined,
  amend: undefined,
  cancel: undefined,
  excess: ZERO,
});

const keyOf = (ref: WorkingRef): string => `${ref.action} ${ref.tradeId}`;

/**
 * The working orders of a router, in the order they were registered, with what their trades have filled. An entry and an exit may work under one id. An entry
 * whose miss has been decided no longer counts as working, but its cancel and its late fills are still understood.
 */
export class WorkingRegistry {
  readonly #working = new Map<string, RouterOrder>();
  /** Entries whose miss has been decided and whose cancel has not been noted yet. */
  readonly #missed = new Map<string, RouterOrder>();
  readonly #lineages = new Map<string, Lineage>();
  /** Lineages without a working quote, oldest first. */
  readonly #ended = new Set<Lineage>();

  get size(): number {
    return this.#working.size;
  }

  list(): RouterOrder[] {
    return [...this.#working.values()];
  }

  /** The working order of an id; the entry where an exit works under the same id. */
  find(ref: string | WorkingRef): RouterOrder | undefined {
    for (const key of keysOf(ref)) {
      const order = this.#working.get(key);
      if (order !== undefined) return order;
    }
    return undefined;
  }

  /** Adds an order; one of the same id and action is replaced. */
  add(order: RouterOrder): void {
    const key = keyOf(order);
    this.#missed.delete(key);
    this.#working.delete(key);
    this.#working.set(key, order);
    const base = this.#lineages.get(keyOf({ action: order.action, tradeId: order.baseTradeId }));
    const lineage =
      order.retryN > 0 && base !== undefined
        ? base
        : { target: order.quantity, filled: ZERO, keys: new Set<string>(), live: undefined, closed: false };
    lineage.live = key;
    lineage.keys.add(key);
    this.#lineages.set(key, lineage);
    this.#ended.delete(lineage);
  }

  /** What is left of an order's trade. */
  remaining(order: RouterOrder): Decimal | undefined {
    const lineage = this.#lineages.get(keyOf(order));
    const target = lineage?.target ?? order.quantity;
    return target === undefined ? undefined : Decimal.max(ZERO, target.minus(lineage?.filled ?? order.filled));
  }

  /** Takes an order out: cancelled, or dropped silently. */
  remove(ref: string | WorkingRef): RouterOrder | undefined {
    for (const key of keysOf(ref)) {
      const order = this.#working.get(key) ?? this.#missed.get(key);
      if (order === undefined) continue;
      this.#end(key);
      return order;
    }
    return undefined;
  }

  /** An entry's miss has been decided: it no longer works. */
  miss(order: RouterOrder): void {
    const key = keyOf(order);
    const known = this.#working.get(key);
    if (known === undefined) return;
    this.#end(key);
    this.#missed.set(key, known);
    if (this.#missed.size > REMEMBERED) this.#missed.delete(this.#missed.keys().next().value!);
  }

  /** A trade is being left: what its entry missed is not made up for. */
  close(tradeId: string): void {
    const lineage = this.#lineages.get(keyOf({ action: "ENTER", tradeId }));
    if (lineage !== undefined) lineage.closed = true;
  }

  /** Whether an entry's trade is being left. */
  isClosed(order: RouterOrder): boolean {
    return order.action === "ENTER" && (this.#lineages.get(keyOf(order))?.closed ?? false);
  }

  clear(): void {
    for (const key of [...this.#working.keys()]) this.#end(key);
    this.#missed.clear();
  }

  #end(key: string): void {
    this.#working.delete(key);
    this.#missed.delete(key);
    const lineage = this.#lineages.get(key);
    if (lineage === undefined || (lineage.live !== undefined && lineage.live !== key)) return;
    lineage.live = undefined;
    this.#ended.add(lineage);
    if (this.#ended.size <= REMEMBERED) return;
    const oldest = this.#ended.values().next().value!;
    this.#ended.delete(oldest);
    for (const old of oldest.keys) if (this.#lineages.get(old) === oldest) this.#lineages.delete(old);
  }

  /** Books a fill of an order, working or not; without a quantity it is filled whole. */
  fill(ref: string | WorkingRef, quantity: Decimal | undefined): FillNote {
    const key = keysOf(ref).find((one) => this.#working.has(one)) ?? keysOf(ref).find((one) => this.#lineages.has(one));
    if (key === undefined) return UNKNOWN;
    const lineage = this.#lineages.get(key)!;
    const order = this.#working.get(key);
    const part = quantity ?? (order?.quantity === undefined ? undefined : order.quantity.minus(order.filled));
    if (part !== undefined) lineage.filled = lineage.filled.plus(part);
    const { target } = lineage;
    const note = {
      ...UNKNOWN,
      known: true,
      remaining: target === undefined ? undefined : Decimal.max(ZERO, target.minus(lineage.filled)),
      excess: target === undefined ? ZERO : Decimal.max(ZERO, lineage.filled.minus(target)),
    };
    return Object.freeze(
      order === undefined ? { ...note, ...this.#shrink(lineage, part) } : { ...note, order: this.#book(key, order, part) },
    );
  }

  #book(key: string, order: RouterOrder, part: Decimal | undefined): RouterOrder | undefined {
    const filled = part === undefined ? order.filled : order.filled.plus(part);
    if (part === undefined || order.quantity === undefined || filled.gte(order.quantity)) {
      this.#end(key);
      return undefined;
    }
    const next = Object.freeze({ ...order, filled });
    this.#working.set(key, next);
    return next;
  }

  /** A fill that came after its order's cancel takes from the quote that works now. */
  #shrink(lineage: Lineage, part: Decimal | undefined): Partial<FillNote> {
    const live = lineage.live === undefined ? undefined : this.#working.get(lineage.live);
    if (live?.quantity === undefined || part === undefined) return {};
    const quantity = Decimal.max(live.filled, live.quantity.minus(part));
    const next = Object.freeze({ ...live, quantity });
    this.#working.set(lineage.live!, next);
    return quantity.lte(live.filled) ? { cancel: next } : { amend: Object.freeze({ order: next, quantity }) };
  }
}

function keysOf(ref: string | WorkingRef): string[] {
  if (typeof ref !== "string") return [keyOf(ref)];
  return [keyOf({ action: "ENTER", tradeId: ref }), keyOf({ action: "EXIT", tradeId: ref })];
}
