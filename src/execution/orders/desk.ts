import { type ApprovedOrder, ROLE, STATUS, type WorkingOrder } from "../../core/index.js";
import type { Job } from "./job.js";
import type { PendingSignal } from "./signal.js";

/** The orders of one strategy in one instrument that matter for the next decision. */
export class Desk {
  readonly slot: number;
  readonly strategy: number;
  /** Signed position of this strategy in quantity units. */
  held = 0;
  entry: ApprovedOrder | null = null;
  /** An entry in progress that takes more than one order; its orders are the job's, not `entry`. */
  job: Job | null = null;
  /** An exit in progress that takes more than one order; its orders are among `exits`. */
  leaveJob: Job | null = null;
  /** Entries that were taken back, until their venue has confirmed it. */
  readonly leaving: ApprovedOrder[] = [];
  readonly exits: ApprovedOrder[] = [];
  /** Protective legs. */
  readonly legs: ApprovedOrder[] = [];
  /** Entries filled on top of the first. */
  added = 0;
  reversal: PendingSignal | null = null;
  /** Entries of the position that have protective legs, as they were filled; none once it is flat. */
  readonly guarded: ApprovedOrder[] = [];
  /** Legs wait for their venue's word before they can be brought to the size the position needs. */
  waiting = false;
  /** Group of the entry that opened the position; empty for none. */
  group = "";

  constructor(slot: number, strategy: number) {
    this.slot = slot;
    this.strategy = strategy;
  }

  /** Whether an entry is on its way, in one order or in several. */
  get isEntering(): boolean {
    return this.entry !== null || this.job !== null;
  }

  /** The side of the entry on its way, 0 for none. */
  get entering(): number {
    return this.entry?.direction ?? this.job?.direction ?? 0;
  }

  /** Every order of the desk that is not final, as they were made. */
  open(): ApprovedOrder[] {
    const entries = [...(this.entry === null ? [] : [this.entry]), ...(this.job?.orders ?? [])];
    const all = [...this.leaving, ...entries, ...this.legs, ...this.exits];
    return all.filter((order) => !order.isFinal).sort((a, b) => a.id - b.id);
  }

  /** Whether working exits close all that is held. One that closes a part of it does not. */
  get isClosing(): boolean {
    return this.exits.length > 0 && this.closing() >= Math.abs(this.held);
  }

  /** Whether an entry that was let go may still fill. */
  get mayStillEnter(): boolean {
    return this.leaving.length > 0 && this.leaving.some(({ role, abandoned }) => role === ROLE.entry && !abandoned);
  }

  /** Quantity units that working exits have still to close: those of the side that closes, without those that are being taken back. */
  closing(): number {
    let sum = 0;
    for (const exit of this.exits)
      if (exit.direction * this.held < 0 && exit.status !== STATUS.cancelling && !exit.isFinal) sum += exit.remaining;
    return sum;
  }
}

/** Takes an order out of a list; the order of the others may change. */
export function remove(orders: WorkingOrder[], order: WorkingOrder): void {
  const last = orders.length - 1;
  for (let i = last; i >= 0; i--) {
    if (orders[i] !== order) continue;
    if (i !== last) orders[i] = orders[last]!;
    orders.pop();
    return;
  }
}
