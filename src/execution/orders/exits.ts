import { type ApprovedOrder, type Direction, type EpochMs, ROLE, TIF, TYPE, type WorkingOrder } from "../../core/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import type { Desk } from "./desk.js";
import type { EntryGate } from "./entry-gate.js";
import type { Issuer, Moment } from "./issuer.js";
import type { Routing } from "./routing.js";

/** Leaves positions and takes entries back. Nothing here can be refused. */
export class Exits {
  readonly #issuer: Issuer;
  readonly #gate: EntryGate;
  readonly #portfolio: Portfolio;
  /** Several strategies share the account: one's exit need not reduce the account's position. */
  readonly #shared: boolean;
  /** What makes way for an exit at the market; null while nothing is routed. */
  routing: Routing | null = null;

  constructor(issuer: Issuer, gate: EntryGate, portfolio: Portfolio, shared: boolean) {
    this.#issuer = issuer;
    this.#gate = gate;
    this.#portfolio = portfolio;
    this.#shared = shared;
  }

  /** Closes what a desk holds and nothing closes yet, reduce-only; above an order cap in several orders. `limit` is a price not to go beyond, 0 for the market. */
  close(desk: Desk, at: Moment, role: number, reason: string, limit = 0, attempt = 0): void {
    if (this.routing !== null) this.routing.makeWay(desk, reason, at);
    for (const exit of desk.exits) exit.isPart = false;
    this.closePart(desk, at, role, reason, Number.POSITIVE_INFINITY, limit, attempt);
  }

  /** Whether an order that leaves a strategy's position can be reduce-only: where others hold the other side, the account has less to reduce, or nothing. */
  reduces(slot: number, direction: Direction, quantity: number): boolean {
    return !this.#shared || this.#portfolio.quantity[slot]! * -direction >= quantity;
  }

  /** Makes an exit of part of what a desk holds; it has not left yet. */
  make(desk: Desk, at: Moment, role: number, reason: string, type: number, quantity: number, price: number): WorkingOrder {
    const { slot, strategy, held } = desk;
    const direction: Direction = held > 0 ? -1 : 1;
    const order = this.#issuer.make(
      slot,
      strategy,
      direction,
      type,
      role,
      this.reduces(slot, direction, quantity),
      quantity,
      price,
      at,
      false,
    );
    order.reason = reason;
    this.#issuer.orders.because(order);
    return order;
  }

  /** The same for at most `most` quantity units; less than all is tried again for no more than it was. */
  closePart(desk: Desk, at: Moment, role: number, reason: string, most: number, limit = 0, attempt = 0): void {
    const { slot, held } = desk;
    const open = (held < 0 ? -held : held) - (desk.exits.length === 0 ? 0 : desk.closing());
    let left = open < most ? open : most;
    const cap = this.#gate.orderCap(slot);
    while (left > 0) {
      const quantity = left < cap ? left : cap;
      left -= quantity;
      const type = limit > 0 ? TYPE.limit : TYPE.market;
      const order = this.make(desk, at, role, reason, type, quantity, limit);
      if (limit > 0) order.timeInForce = TIF.ioc;
      order.attempt = attempt;
      order.isPart = most !== Number.POSITIVE_INFINITY;
      desk.exits.push(this.#issuer.send(order));
    }
  }

  /** Takes back whatever entry is on its way. */
  abandonEntry(desk: Desk, time: EpochMs): void {
    if (desk.entry !== null) this.abandon(desk, desk.entry, time);
    if (desk.job !== null) this.routing!.abandon(desk, time);
  }

  /** Entries that were let go, and may still fill, are not waited for any more; of one side, or of both (0). @returns whether there were any. */
  disown(desk: Desk, side: number): boolean {
    let any = false;
    for (const order of desk.leaving) {
      if (order.role !== ROLE.entry || order.abandoned || (side !== 0 && order.direction !== side)) continue;
      order.abandoned = true;
      any = true;
    }
    return any;
  }

  /** Takes an entry back. A fill that still comes will be closed at once; one that has not left yet never will. */
  abandon(desk: Desk, entry: ApprovedOrder, time: EpochMs): void {
    entry.abandoned = true;
    if (desk.entry === entry) desk.entry = null;
    if (!this.#issuer.cancel(entry, time)) desk.leaving.push(entry);
  }
}
