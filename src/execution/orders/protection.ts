import { type ApprovedOrder, type Direction, type ExactPrice, ROLE, type ScaledInstrument, STATUS, TYPE } from "../../core/index.js";
import { type Desk, remove } from "./desk.js";
import type { Exits } from "./exits.js";
import type { Issuer, Moment } from "./issuer.js";
import { towardEntry } from "./prices.js";

/**
 * Keeps protective legs as large as what their entry has filled and the position still holds: the first fill places them, later ones grow them by an amend or
 * another leg, what closes part of the position shrinks them. Stop and target of one entry are each other's sibling: one that is filled ends the other.
 */
export class Protection {
  readonly #issuer: Issuer;
  readonly #instruments: readonly ScaledInstrument[];

  readonly #exits: Exits;

  constructor(issuer: Issuer, instruments: readonly ScaledInstrument[], exits: Exits) {
    this.#issuer = issuer;
    this.#exits = exits;
    this.#instruments = instruments;
  }

  /** Brings the legs of a desk to what its position needs now, after something other than a leg has changed it; those of the other side are taken back. */
  fit(desk: Desk, at: Moment): void {
    const entries = new Set(desk.guarded.toReversed());
    for (const leg of desk.legs) entries.add(leg.parent!);
    let open = Math.abs(desk.held);
    for (const entry of entries) {
      if (entry.direction * desk.held <= 0) {
        for (const leg of desk.legs.filter((one) => one.parent === entry)) this.#takeBack(desk, leg, at.time);
        continue;
      }
      this.cover(desk, entry, at, open);
      open -= Math.min(open, entry.filled - entry.closed);
    }
  }

  #takeBack(desk: Desk, leg: ApprovedOrder, time: number): void {
    if (this.#issuer.cancel(leg, time)) remove(desk.legs, leg);
  }

  /** Brings the legs of an entry to what it needs now, at most `most` units. */
  cover(desk: Desk, entry: ApprovedOrder, at: Moment, most: number = Number.POSITIVE_INFINITY): void {
    const { stopLoss, takeProfit } = entry;
    if (stopLoss === null && takeProfit === null) return;
    const open = Math.min(desk.held * entry.direction, most);
    const left = entry.filled - entry.closed;
    const wanted = Math.max(0, open < left ? open : left);
    if (desk.legs.length === 0) {
      if (wanted > 0) this.#first(desk, entry, wanted, at);
      return;
    }
    const stop = stopLoss === null ? null : this.#size(desk, entry, stopLoss, wanted, at, ROLE.stopLoss);
    const target = takeProfit === null ? null : this.#size(desk, entry, takeProfit, wanted, at, ROLE.takeProfit);
    if (stop !== null && target !== null) marry(stop, target);
    else {
      const made = stop ?? target;
      if (made !== null) this.#findSibling(desk, made);
    }
  }

  /** The legs of an entry's first fill. */
  #first(desk: Desk, entry: ApprovedOrder, quantity: number, at: Moment): void {
    const { stopLoss, takeProfit } = entry;
    const stop = stopLoss === null ? null : this.place(desk, entry, stopLoss, quantity, at, ROLE.stopLoss, 0);
    const target = takeProfit === null ? null : this.place(desk, entry, takeProfit, quantity, at, ROLE.takeProfit, 0);
    if (stop !== null && target !== null) marry(stop, target);
  }

  /** Grows or shrinks the legs of one kind to `wanted` units; the leg made for it, or null. While one waits for its venue's word this waits, too. */
  #size(desk: Desk, entry: ApprovedOrder, price: ExactPrice, wanted: number, at: Moment, role: number): ApprovedOrder | null {
    let covered = 0;
    let last: ApprovedOrder | null = null;
    for (const leg of desk.legs) {
      if (leg.parent !== entry || leg.role !== role || leg.isFinal || leg.status === STATUS.cancelling) continue;
      if (leg.status === STATUS.pending || leg.amending !== 0) {
        desk.waiting = true;
        return null;
      }
      covered += leg.remaining;
      last = leg;
    }
    const missing = wanted - covered;
    if (missing === 0) return null;
    if (last?.amendable && !last.triggered && last.remaining + missing > 0) {
      this.#issuer.amend(last, last.quantity + missing);
      return null;
    }
    if (missing > 0) return this.place(desk, entry, price, missing, at, role, 0);
    // More than one leg too many: the last one goes, the others follow once it has.
    if (last !== null && last.remaining + missing <= 0) this.#takeBack(desk, last, at.time);
    return null;
  }

  /** Places one leg. */
  place(desk: Desk, entry: ApprovedOrder, price: ExactPrice, quantity: number, at: Moment, role: number, attempt: number): ApprovedOrder {
    const { slot, strategy } = desk;
    const stop = role === ROLE.stopLoss;
    const units = towardEntry(price, entry.direction, this.#instruments[slot]!.tick, stop);
    const direction: Direction = entry.direction > 0 ? -1 : 1;
    const reduces = this.#exits.reduces(slot, direction, quantity);
    const order = this.#issuer.make(slot, strategy, direction, stop ? TYPE.stop : TYPE.limit, role, reduces, quantity, units, at, true);
    order.reference = entry.reference;
    order.parent = entry;
    this.#issuer.orders.protects(order);
    order.attempt = attempt;
    order.group = entry.group;
    const leg = this.#issuer.send(order);
    desk.legs.push(leg);
    return leg;
  }

  /** Places a leg again that failed, at the size its position still needs; null where it needs none. */
  again(desk: Desk, failed: ApprovedOrder, at: Moment): ApprovedOrder | null {
    const entry = failed.parent!;
    const price = failed.role === ROLE.stopLoss ? entry.stopLoss : entry.takeProfit;
    const open = desk.held * entry.direction;
    const quantity = Math.min(open, entry.filled - entry.closed, failed.remaining);
    if (price === null || quantity <= 0) return null;
    const leg = this.place(desk, entry, price, quantity, at, failed.role, failed.attempt + 1);
    if (failed.sibling !== null && !failed.sibling.isFinal) marry(leg, failed.sibling);
    return leg;
  }

  /** A leg was filled whole: its sibling ends with it. */
  endSibling(desk: Desk, leg: ApprovedOrder, time: number): void {
    const { sibling } = leg;
    if (sibling !== null && !sibling.isFinal) this.#takeBack(desk, sibling, time);
  }

  #findSibling(desk: Desk, leg: ApprovedOrder): void {
    for (const other of desk.legs)
      if (other !== leg && other.parent === leg.parent && other.role !== leg.role && !other.isFinal && (other.sibling?.isFinal ?? true))
        marry(leg, other);
  }
}

function marry(a: ApprovedOrder, b: ApprovedOrder): void {
  a.sibling = b;
  b.sibling = a;
}
