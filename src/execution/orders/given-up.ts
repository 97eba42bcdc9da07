import type { EpochMs, WorkingOrder } from "../../core/index.js";
import type { Desk } from "./desk.js";
import type { Exits } from "./exits.js";
import type { Moment } from "./issuer.js";

/** Milliseconds until an exit that was given up is tried again, doubled each time up to {@link LONGEST}. */
const FIRST = 1_000;
const LONGEST = 60_000;

/** An exit that has failed as often as it is tried at once. */
interface GivenUp {
  /** Side of the position it is to close: one of the other side is not its business. */
  readonly direction: number;
  readonly role: number;
  readonly reason: string;
  /** Tries so far. */
  readonly tries: number;
  /** Times it was given up before it was tried again. */
  readonly rounds: number;
  readonly next: EpochMs;
  /** Quantity units it was for; infinite for all that is held. */
  readonly most: number;
}

/**
 * Exits that failed as often as they are tried at once while their position is still open. Nothing else may ever leave it: each is tried again at closes, ticks and
 * timers, after a second, then after twice as long each time, up to a minute, until the position is closed.
 */
export class GivenUpExits {
  readonly #desks = new Map<Desk, GivenUp>();
  readonly #exits: Exits;

  constructor(exits: Exits) {
    this.#exits = exits;
  }

  /** Number of positions that wait to be tried again. */
  get size(): number {
    return this.#desks.size;
  }

  /** Keeps an exit that is given up. @returns after how many milliseconds it is tried again. */
  add(desk: Desk, order: WorkingOrder, time: EpochMs): number {
    const before = this.#desks.get(desk);
    const rounds = (before?.rounds ?? -1) + 1;
    const most = Math.max(before?.most ?? 0, order.isPart ? order.remaining : Number.POSITIVE_INFINITY);
    const delay = Math.min(LONGEST, FIRST * 2 ** rounds);
    const { role, reason, attempt } = order;
    this.#desks.set(desk, { direction: Math.sign(desk.held), role, reason, tries: attempt + 1, rounds, next: time + delay, most });
    return delay;
  }

  /** The position of a desk is flat. */
  drop(desk: Desk): void {
    this.#desks.delete(desk);
  }

  /** Tries again what has waited long enough and is not being closed. @returns whether anything was. */
  tryAgain(time: EpochMs, momentOf: (slot: number, time: EpochMs) => Moment): boolean {
    let any = false;
    for (const [desk, { direction, role, reason, tries, next, most }] of this.#desks) {
      if (desk.held * direction <= 0) this.#desks.delete(desk);
      else if (time >= next && desk.exits.length === 0 && desk.leaveJob === null) {
        const at = momentOf(desk.slot, time);
        if (most === Number.POSITIVE_INFINITY) this.#exits.close(desk, at, role, reason, 0, tries);
        else this.#exits.closePart(desk, at, role, reason, most, 0, tries);
        any = true;
      }
    }
    return any;
  }
}
