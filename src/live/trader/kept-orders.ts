import { ROLE, STATUS, WorkingOrder } from "../../core/index.js";
import type { Engine } from "../../engine/index.js";

/** Orders that have ended and are kept as they were; older ones are made again from the engine's columns when somebody asks. */
const KEPT = 500;

/**
 * The orders of a session that have left, by number. What is open is kept, and of what has ended the newest, so that a session that makes orders for weeks does not grow with
 * them. What is kept follows from the events alone: a journal that is fed again leaves the same.
 */
export class KeptOrders {
  readonly #log: Engine["orders"]["orders"];
  readonly #kept: number;
  readonly #open = new Map<number, WorkingOrder>();
  /** The oldest first. */
  readonly #ended = new Map<number, WorkingOrder>();
  /** The order that the event under way is about. */
  #taken: WorkingOrder | undefined;

  /** @param log - the engine's column of orders. */
  constructor(log: Engine["orders"]["orders"], kept: number = KEPT) {
    this.#log = log;
    this.#kept = kept;
  }

  /** How many are held. */
  get size(): number {
    return this.#open.size + this.#ended.size;
  }

  /** An order leaves. */
  add(order: WorkingOrder): void {
    this.#open.set(order.id, order);
  }

  /** An order that has left; undefined for a number that none has. */
  get(id: number): WorkingOrder | undefined {
    return this.#open.get(id) ?? this.#ended.get(id) ?? this.#again(id);
  }

  /** The order that an event is about: it is held from now on as one that has just ended, if it was not. */
  take(id: number): WorkingOrder | undefined {
    const order = this.get(id);
    if (order !== undefined && !this.#open.has(id) && !this.#ended.has(id)) this.#end(order);
    this.#taken = order;
    return order;
  }

  /** Those that are not final, in the order they were made. */
  open(): readonly WorkingOrder[] {
    return [...this.#open.values()].filter((order) => !order.isFinal).sort((a, b) => a.id - b.id);
  }

  /** After an event: what has ended by it makes room one day. An order that counted as filled works on where an amend's word came after the fills. */
  settle(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken !== undefined && !taken.isFinal && this.#ended.delete(taken.id)) this.#open.set(taken.id, taken);
    for (const order of this.#open.values())
      if (order.isFinal) {
        this.#open.delete(order.id);
        this.#end(order);
      }
  }

  #end(order: WorkingOrder): void {
    this.#ended.set(order.id, order);
    for (const id of this.#ended.keys()) {
      if (this.#ended.size <= this.#kept) return;
      this.#ended.delete(id);
    }
  }

  /**
   * An order that ended long ago. Nobody waits for it any more: what still fills of an entry is closed at once, as of one that was taken back, since where its legs were to
   * go is not known.
   */
  #again(id: number): WorkingOrder | undefined {
    if (!Number.isSafeInteger(id) || id < 1 || id > this.#log.length) return undefined;
    const row = this.#log.read(id - 1);
    if (row.status === STATUS.refused) return undefined;
    const { slot, direction, type, role, reduceOnly, quantity, price, time } = row;
    const order = new WorkingOrder(id, slot, direction, type, role, reduceOnly, quantity, price, 0, time);
    order.status = row.status;
    order.filled = row.filled;
    order.sent = true;
    order.strategy = row.strategy;
    order.reference = row.reference;
    order.limit = row.limit;
    order.timeInForce = row.timeInForce;
    order.postOnly = row.postOnly;
    order.route = row.route;
    order.reason = row.reason;
    order.abandoned = role === ROLE.entry;
    return order;
  }
}
