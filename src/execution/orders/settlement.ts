import { type ApprovedOrder, type EpochMs, ROLE, STATUS, TYPE, type WorkingOrder } from "../../core/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import type { AlertLog } from "./alerts.js";
import { type Desk, remove } from "./desk.js";
import type { EntryGate } from "./entry-gate.js";
import type { Exits } from "./exits.js";
import { GivenUpExits } from "./given-up.js";
import type { Groups } from "./groups.js";
import { Issuer, type Moment } from "./issuer.js";
import type { FillLog } from "./logs.js";
import { Protection } from "./protection.js";
import { Retries } from "./retries.js";
import type { Routing } from "./routing.js";
import type { OrderCounts, OrderSettings } from "./settings.js";

/** What a settlement is made of: parts of its order engine. */
export interface SettlementParts {
  readonly desks: readonly Desk[];
  readonly slots: number;
  readonly portfolio: Portfolio;
  readonly issuer: Issuer;
  readonly exits: Exits;
  readonly groups: Groups;
  readonly fills: FillLog;
  readonly counts: OrderCounts;
  readonly alerts: AlertLog;
  readonly gate: EntryGate;
  readonly settings: OrderSettings;
}

/** Reasons of exits that no order of ours made. */
const REASONS: Readonly<Record<string, string>> = {
  liquidation: "LIQUIDATION",
  autoDeleveraging: "AUTO_DELEVERAGING",
  settlement: "SETTLEMENT",
};

/**
 * What becomes of orders once they have left: fills in parts or whole, acknowledgements, ends, amends that took or failed. Keeps legs with their position,
 * tries again what protects or leaves a position, and books what comes after an order counted as final.
 */
export class Settlement {
  readonly #parts: SettlementParts;
  readonly #protection: Protection;
  readonly #retries: Retries;
  readonly #at: Moment = { time: 0, bar: 0, price: 0 };
  /** Exits that failed as often as they are tried at once. */
  readonly givenUp: GivenUpExits;
  /** Entries and exits that take more than one order; null while nothing is routed. */
  routing: Routing | null = null;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
    this.#protection = new Protection(parts.issuer, parts.portfolio.instruments, parts.exits);
    this.givenUp = new GivenUpExits(parts.exits);
    this.#retries = new Retries(parts, this.#protection, this.givenUp);
  }

  #deskOf(order: WorkingOrder): Desk {
    return this.#parts.desks[order.strategy * this.#parts.slots + order.slot]!;
  }

  #moment(slot: number, time: EpochMs): Moment {
    const at = this.#at;
    at.time = time;
    at.bar = 0;
    at.price = this.#parts.portfolio.mark[slot]!;
    return at;
  }

  /**
   * Books a fill's consequences for orders: legs for an entry, the end of legs when the position is flat. The portfolio has it already.
   * @param quantity - quantity units that reach the position.
   * @param withheld - quantity units that were filled as well and kept as a fee in coin.
   */
  filled(
    reported: WorkingOrder,
    quantity: number,
    price: number,
    fee: number | bigint,
    maker: boolean,
    time: EpochMs,
    withheld: number = 0,
  ): void {
    const { fills, issuer, counts } = this.#parts;
    const order = Issuer.known(reported);
    const desk = this.#deskOf(order);
    const final = order.isFinal;
    const gross = quantity + withheld;
    if (order.amending > order.quantity && order.filled + gross > order.quantity) this.#outgrown(desk, order, order.amending, time);
    order.fill(gross);
    desk.held += order.direction * quantity;
    fills.add(order, quantity, price, fee, maker, time);
    issuer.orders.settle(order, time);
    if (final || order.filled > order.quantity) this.#unexpected(order, gross, final, time);
    const { routing } = this;
    const continues = routing?.continues(order) ?? false;
    if (routing !== null) routing.filled(order, gross, price, time);
    if (order.role === ROLE.entry) {
      this.#entryFilled(desk, order, quantity, order.filled === gross, continues, time);
      return;
    }
    const done = order.isFinal;
    if (done && desk.leaving.length > 0) remove(desk.leaving, order);
    if (order.role === ROLE.stopLoss || order.role === ROLE.takeProfit) {
      if ((done || desk.held === 0) && !final) {
        if (order.role === ROLE.stopLoss) counts.stops++;
        else counts.targets++;
      }
      if (done) remove(desk.legs, order);
      if (order.parent !== null) this.#legClosed(desk, order.parent, quantity, time);
    } else {
      if (done) remove(desk.exits, order);
      if (desk.held === 0 && !final) counts.signalExits++;
    }
    if (desk.held === 0) this.#flat(desk, time);
    else if (desk.held * order.direction > 0) this.#straighten(desk, order, quantity, time);
    else {
      if (done) this.#protection.endSibling(desk, order, time);
      // Coins that were bought back came without those of the fee.
      if (withheld > 0) this.#parts.exits.closePart(desk, this.#moment(order.slot, time), ROLE.exit, order.reason, withheld);
      if (desk.exits.length === 0) this.#fit(desk, time);
    }
  }

  /** Brings legs to a position that something other than they has changed. */
  #fit(desk: Desk, time: EpochMs): void {
    desk.waiting = false;
    if (desk.guarded.length > 0 || desk.legs.length > 0) this.#protection.fit(desk, this.#moment(desk.slot, time));
  }

  /**
   * An order has grown by an amend whose word its fills have overtaken. One that counted as filled at its old size is taken back: others have taken its place, and what is
   * left of it would outlive the position.
   */
  #outgrown(desk: Desk, order: ApprovedOrder, quantity: number, time: EpochMs): void {
    order.quantity = quantity;
    if (order.status !== STATUS.filled) return;
    order.status = STATUS.partiallyFilled;
    desk.leaving.push(order);
    this.#parts.issuer.cancel(order, time);
  }

  #unexpected(order: WorkingOrder, quantity: number, final: boolean, time: EpochMs): void {
    const { counts, alerts } = this.#parts;
    if (final) counts.lateFills++;
    if (order.filled > order.quantity)
      alerts.of(order, time, "OVERFILL", `order ${order.id} has ${order.filled} units filled of ${order.quantity} ordered`);
    else alerts.of(order, time, "LATE_FILL", `${quantity} units of order ${order.id} were filled after it counted as ended`);
  }

  #entryFilled(desk: Desk, order: ApprovedOrder, quantity: number, isFirst: boolean, continues: boolean, time: EpochMs): void {
    if (order.isFinal) {
      if (desk.entry === order) desk.entry = null;
      else if (desk.leaving.length > 0) remove(desk.leaving, order);
    }
    if (!continues && isFirst && desk.held !== order.direction * quantity) desk.added++;
    desk.group = order.group;
    if (order.abandoned) {
      this.#straighten(desk, order, quantity, time);
      return;
    }
    if (desk.held * order.direction < quantity) {
      // It met a position of the other side, which fills nobody waited for any more had opened.
      if (desk.held === 0) this.#flat(desk, time);
      else this.#fit(desk, time);
      if (desk.held * order.direction <= 0) return;
    }
    if (order.stopLoss === null && order.takeProfit === null) return;
    if (isFirst) desk.guarded.push(order);
    this.#protection.cover(desk, order, this.#moment(order.slot, time));
  }

  /** A leg has closed part of what its entry filled; what is left of a working entry is taken back. */
  #legClosed(desk: Desk, entry: ApprovedOrder, quantity: number, time: EpochMs): void {
    entry.closed += quantity;
    if (desk.entry === entry || desk.job !== null) this.#parts.exits.abandonEntry(desk, time);
    else if (!entry.isFinal) entry.abandoned = true;
  }

  /** After a fill nobody waited for any more, of an entry taken back or of an exit too many: closes what it opened and no more; legs follow what it closed. */
  #straighten(desk: Desk, order: WorkingOrder, quantity: number, time: EpochMs): void {
    const opened = desk.held * order.direction;
    // Through flat: what else closes or guards what was held would add to what is too much.
    if (opened >= 0 && opened < quantity) this.#flat(desk, time);
    const at = this.#moment(desk.slot, time);
    if (opened > 0) this.#parts.exits.closePart(desk, at, ROLE.exit, "LATE_FILL", Math.min(opened, quantity));
    if (desk.held !== 0 && desk.exits.length === 0) this.#fit(desk, time);
  }

  /** Nothing that was meant for a position outlives it: a late exit would otherwise close the next one. */
  #flat(desk: Desk, time: EpochMs): void {
    desk.added = 0;
    desk.group = "";
    if (this.givenUp.size > 0) this.givenUp.drop(desk);
    while (desk.guarded.length > 0) desk.guarded.pop();
    if (desk.leaveJob !== null) this.routing!.flat(desk, time);
    const { issuer } = this.#parts;
    for (let leg = desk.legs.pop(); leg !== undefined; leg = desk.legs.pop())
      if (!issuer.cancel(leg, time) && !leg.isFinal) desk.leaving.push(leg);
    if (desk.exits.length === 0) return;
    for (const exit of desk.exits) if (!issuer.cancel(exit, time) && !exit.isFinal) desk.leaving.push(exit);
    desk.exits.length = 0;
  }

  /** Its venue has taken an order, or says again that it works. */
  accepted(order: WorkingOrder, time: EpochMs): void {
    if (order.status !== STATUS.pending) return;
    order.status = STATUS.working;
    if (order.parent === null) this.routing?.accepted(order, time);
    else if (this.#deskOf(order).waiting) this.#cover(order, time);
  }

  /** A cancel was refused: the order works on. One that must not is asked to go again, a number of times. */
  cancelFailed(order: WorkingOrder, time: EpochMs): void {
    if (order.status !== STATUS.cancelling) return;
    order.status = order.filled > 0 ? STATUS.partiallyFilled : STATUS.working;
    const known = Issuer.known(order);
    if (!this.#deskOf(order).leaving.includes(known)) return;
    if (order.attempt++ < this.#retries.most) this.#parts.issuer.cancel(known, time);
    else
      this.#parts.alerts.of(
        order,
        time,
        "CANCEL_FAILED",
        `order ${order.id} cannot be cancelled; tried ${order.attempt} times, it is still working`,
      );
  }

  /** An amend took: the order has another total quantity or price. What speaks of less than has been filled was said before those fills. */
  amended(order: WorkingOrder, quantity: number, price: number, time: EpochMs): void {
    if (quantity < order.filled) return;
    if (order.amending > order.filled && quantity > order.filled) this.#outgrown(this.#deskOf(order), Issuer.known(order), quantity, time);
    order.quantity = quantity;
    order.price = price;
    order.amending = 0;
    if (order.filled >= quantity && order.isLive) {
      this.#whole(order, time);
      return;
    }
    this.#parts.issuer.orders.settle(order, time);
    if (order.parent !== null) this.#cover(order, time);
    else if (this.routing !== null) this.routing.accepted(order, time);
  }

  /** An order has ended, of which the end follows, in another size than was known: an amend nobody told of had changed it. */
  resized(order: WorkingOrder, quantity: number, time: EpochMs): void {
    order.quantity = quantity;
    this.#parts.issuer.orders.settle(order, time);
  }

  /** An order turns out to be filled whole: it had been made as small as its fills. */
  #whole(order: WorkingOrder, time: EpochMs): void {
    order.status = STATUS.filled;
    this.#parts.issuer.orders.settle(order, time);
    const desk = this.#deskOf(order);
    this.forget(desk, order);
    if (this.routing?.ended(order, false, time, "") || order.parent === null || desk.held === 0) return;
    this.#protection.endSibling(desk, Issuer.known(order), time);
    if (desk.exits.length === 0) this.#fit(desk, time);
  }

  /** An amend was refused: what it was for is done by other orders. */
  amendFailed(order: WorkingOrder, time: EpochMs): void {
    order.amending = 0;
    order.amendable = false;
    if (order.parent !== null) this.#cover(order, time);
    else if (this.routing !== null) this.routing.amendFailed(order, time);
  }

  /** Brings legs to size again after their venue's word on one of them. */
  #cover(leg: WorkingOrder, time: EpochMs): void {
    const desk = this.#deskOf(leg);
    if (desk.held !== 0 && desk.exits.length === 0) this.#fit(desk, time);
  }

  /**
   * An order ended without being filled whole: `status` is cancelled or rejected. A second final report is counted and ignored.
   * @param needed - for a rejection for want of money: cash units needed and available.
   * @param why - in the venue's words.
   */
  ended(order: WorkingOrder, status: number, time: EpochMs, needed = 0, available = 0, why = ""): void {
    const { counts, issuer, gate } = this.#parts;
    const asked = order.status === STATUS.cancelling;
    if (!order.end(status)) {
      counts.repeatedReports++;
      return;
    }
    // An exit's reason says why the position is left, whatever becomes of the order.
    if (order.reason === "" && order.role === ROLE.entry) order.reason = why;
    const desk = this.#deskOf(order);
    const unwanted = asked || (desk.leaving.length > 0 && desk.leaving.includes(Issuer.known(order)));
    this.forget(desk, order);
    if (status === STATUS.rejected) {
      counts.rejected++;
      if (needed > 0) gate.fail("INSUFFICIENT_MARGIN", needed, available, "cash");
      else gate.fail("VENUE_REJECTED", order.quantity, 0, "quantity", why);
      issuer.orders.refuse(order, time, gate.verdict);
    } else issuer.orders.settle(order, time);
    if (this.routing?.ended(order, asked, time, why)) return;
    if (order.role === ROLE.entry) {
      this.#parts.groups.ended(order, this.#moment(order.slot, time));
    } else if (desk.held !== 0) {
      if (!unwanted) this.#retries.again(desk, Issuer.known(order), this.#moment(order.slot, time), why);
      if (desk.exits.length === 0) this.#fit(desk, time);
    }
  }

  /**
   * A position was traded without an order of ours: what it closed stands as a filled exit with the cause as its reason (`LIQUIDATION`), what it opened goes to the first
   * strategy. The portfolio has it already.
   */
  liquidated(slot: number, signed: number, price: number, fee: number | bigint, time: EpochMs, cause: string): void {
    const { desks, slots, issuer, fills, counts, alerts } = this.#parts;
    let left = Math.abs(signed);
    let cost = fee;
    for (let at = slot; at < desks.length; at += slots) {
      const desk = desks[at]!;
      if (desk.held * signed >= 0) continue;
      const quantity = Math.min(Math.abs(desk.held), left);
      if (quantity === 0) continue;
      left -= quantity;
      const direction = signed > 0 ? 1 : -1;
      const order = issuer.make(slot, desk.strategy, direction, TYPE.market, ROLE.exit, true, quantity, 0, this.#moment(slot, time), true);
      order.reason = REASONS[cause] ?? "EXTERNAL";
      order.sent = true;
      order.fill(quantity);
      desk.held += direction * quantity;
      fills.add(order, quantity, price, cost, false, time);
      cost = 0;
      issuer.orders.settle(order, time);
      if (cause === "liquidation") {
        counts.liquidations++;
        fills.liquidated();
      }
      if (cause === "external") alerts.of(order, time, "ORDER_UNKNOWN", `${quantity} units were closed by an order that is not ours`);
      else alerts.of(order, time, "LIQUIDATED", `the venue closed ${quantity} units of the position: ${cause}`);
      if (desk.held === 0) this.#flat(desk, time);
    }
    if (left === 0) return;
    alerts.about(slot, time, "ORDER_UNKNOWN", `${left} units were traded by an order that is not ours`);
    this.adopt(slot, signed > 0 ? left : -left, time);
  }

  /** Takes in a change of a position that no order of ours made: a venue's word. It goes to the strategy it shrinks, else to the first. */
  adopt(slot: number, difference: number, time: EpochMs): void {
    const { desks, slots } = this.#parts;
    let desk = desks[slot]!;
    for (let at = slot; at < desks.length; at += slots)
      if (desks[at]!.held * difference < 0 && !(desk.held * difference < 0 && Math.abs(desk.held) >= Math.abs(desks[at]!.held)))
        desk = desks[at]!;
    desk.held += difference;
    if (desk.held === 0) this.#flat(desk, time);
    else this.#fit(desk, time);
  }

  /** Takes an ended order out of its desk. */
  forget(desk: Desk, order: WorkingOrder): void {
    if (desk.entry === order) desk.entry = null;
    else if (order.role === ROLE.exit || order.role === ROLE.reverse) remove(desk.exits, order);
    else if (order.role !== ROLE.entry) remove(desk.legs, order);
    if (desk.leaving.length > 0) remove(desk.leaving, order);
  }
}
