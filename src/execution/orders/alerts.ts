import type { EpochMs, WorkingOrder } from "../../core/index.js";

/** Stable names of what an operator must hear of. */
export const ALERTS = [
  /** A fill of an order that counted as cancelled, rejected or refused: it is booked. */
  "LATE_FILL",
  /** More was filled than was ordered: it is booked. */
  "OVERFILL",
  /** A protective leg failed and is tried again. */
  "LEG_FAILED",
  /** A stop could not be placed: the position is without protection. */
  "UNPROTECTED",
  /** An exit failed and is tried again. */
  "EXIT_FAILED",
  /** An exit failed as often as it is tried: the position is still open. */
  "EXIT_GIVEN_UP",
  /** The cancel of an order nobody wants was refused as often as it is tried: it still works. */
  "CANCEL_FAILED",
  /** A leg of a group failed; the others are closed. */
  "GROUP_FAILED",
  /** An order of ours that its venue does not know any more: it counts as cancelled. */
  "ORDER_VANISHED",
  /** The venue's position differs from ours: ours was set to it. */
  "POSITION_MISMATCH",
  /** A venue reports an order this engine did not make. */
  "ORDER_UNKNOWN",
  /** An order went out without the risk check, by an operator's order. */
  "RISK_OVERRIDDEN",
  /** An order has no venue to go to: it was refused. */
  "UNROUTABLE",
  /** A venue closed a position for want of margin. */
  "LIQUIDATED",
  /** The risk checker warns. */
  "RISK_WARNING",
  /** A risk check threw: entries are refused, exits pass. */
  "CHECK_THREW",
  /** What the risk checker does at every close threw: nothing was warned of or reduced there. */
  "WATCH_THREW",
  /** A sizer threw: the entry was refused. */
  "SIZER_THREW",
  /** A strategy's own way of closing its positions threw: the engine closes them. */
  "CLOSE_THREW",
  /** A strategy threw when it was told of a lost link, or that trading is off: what is to be done about that is done all the same. */
  "HANDLER_THREW",
  /** A link to a venue was lost. */
  "LINK_LOST",
  /** The hint of an exit was no good: the exit went to the market. */
  "HINT_REFUSED",
  /** An algorithm ended without having done all of its order. */
  "ALGORITHM_ENDED",
  /** An algorithm's order was not let to another price by risk or its venue's filters: it is taken back. */
  "MOVE_REFUSED",
] as const;
export type AlertCode = (typeof ALERTS)[number];

/** Something an operator must hear of. */
export interface Alert {
  readonly time: EpochMs;
  readonly code: AlertCode;
  readonly message: string;
  /** The order it is about, 0 for none. */
  readonly order: number;
  /** The instrument it is about, -1 for none. */
  readonly slot: number;
}

/** Alerts in the order they came. They are rare: plain objects. */
export class AlertLog {
  /** Those that are kept: all, unless somebody lets the oldest go. */
  readonly entries: Alert[] = [];
  #gone = 0;

  /** How many there have been. */
  get length(): number {
    return this.#gone + this.entries.length;
  }

  /** Those after the first so many. */
  since(length: number): Alert[] {
    return this.entries.slice(Math.max(0, length - this.#gone));
  }

  /** Lets go of all but the newest. */
  keep(newest: number): void {
    const excess = this.entries.length - newest;
    if (excess <= 0) return;
    this.entries.splice(0, excess);
    this.#gone += excess;
  }

  /** Adds an alert about an order. */
  of(order: WorkingOrder, time: EpochMs, code: AlertCode, message: string): void {
    this.entries.push({ time, code, message, order: order.id, slot: order.slot });
  }

  /** Adds an alert about an instrument, or about none (-1). */
  about(slot: number, time: EpochMs, code: AlertCode, message: string): void {
    this.entries.push({ time, code, message, order: 0, slot });
  }
}
