import { type ApprovedOrder, type Direction, type EpochMs, TIF, TYPE } from "../../core/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import type { Desk } from "./desk.js";
import type { EntryGate } from "./entry-gate.js";
import type { Issuer, Moment } from "./issuer.js";

/** Leaves positions and takes entries back. Nothing here can be refused. */
export class Exits {
  readonly #issuer: Issuer;
  readonly #gate: EntryGate;
  readonly #portfolio: Portfolio;
  /** Several strategies share the account: one's exit need not reduce the account's position. */
  readonly #shared: boolean;

  constructor(issuer: Issuer, gate: EntryGate, portfolio: Portfolio, shared: boolean) {
    this.#issuer = issuer;
    this.#gate = gate;
    this.#portfolio = portfolio;
    this.#shared = shared;
  }

  /** Closes what a desk holds and nothing closes yet, reduce-only; above an order cap in several orders. `limit` is a price not to go beyond, 0 for the market. */
  close(desk: Desk, at: Moment, role: number, reason: string, limit = 0, attempt = 0): void {
    this.closePart(desk, at, role, reason, Number.POSITIVE_INFINITY, limit, attempt);
  }

  /** The same for at most `most` quantity units. */
  closePart(desk: Desk, at: Moment, role: number, reason: string, most: number, limit = 0, attempt = 0): void {
    const { slot, held } = desk;
    const direction: Direction = held > 0 ? -1 : 1;
    const open = (held < 0 ? -held : held) - (desk.exits.length === 0 ? 0 : desk.closing());
    let left = open < most ? open : most;
    const cap = this.#gate.orderCap(slot);
    while (left > 0) {
      const quantity = left < cap ? left : cap;
      left -= quantity;
      const type = limit > 0 ? TYPE.limit : TYPE.market;
      const reduces = !this.#shared || this.#portfolio.quantity[slot]! * -direction >= quantity;
      const order = this.#issuer.make(slot, desk.strategy, direction, type, role, reduces, quantity, limit, at, false);
      if (limit > 0) order.timeInForce = TIF.ioc;
      order.reason = reason;
      order.attempt = attempt;
      desk.exits.push(this.#issuer.send(order));
    }
  }

  /** Takes an entry back. A fill that still comes will be closed at once; one that has not left yet never will. */
  abandon(desk: Desk, entry: ApprovedOrder, time: EpochMs): void {
    entry.abandoned = true;
    if (desk.entry === entry) desk.entry = null;
    if (!this.#issuer.cancel(entry, time)) desk.leaving.push(entry);
  }
}
