import { ceilUnits, floorUnits, ROLE, type ScaledInstrument, type WorkingOrder } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import type { AlertLog } from "./alerts.js";
import type { Desk } from "./desk.js";
import type { EntryGate } from "./entry-gate.js";
import type { Exits } from "./exits.js";
import type { Moment } from "./issuer.js";
import type { Job } from "./job.js";
import type { OrderSettings } from "./settings.js";
import type { PendingSignal } from "./signal.js";

/** Groups that failed and are remembered, so that a leg that comes later is refused. */
const REMEMBERED = 1000;

/** Legs that belong together, such as the two of a pair: when one fails, in part too, working ones are taken back and what is filled is closed. */
export class Groups {
  readonly #desks: readonly Desk[];
  readonly #exits: Exits;
  readonly #alerts: AlertLog;
  readonly #instruments: readonly ScaledInstrument[];
  readonly #exit: NonNullable<OrderSettings["groupExit"]>;
  readonly #failed = new Set<string>();
  /** Last price by slot, for closing legs of other instruments. */
  readonly #marks: Float64Array;
  readonly #barOf: (slot: number) => number;

  /**
   * @param barOf - the bar of a slot in a replay of candles: instruments of one run need not have the same bars.
   * @throws LabError `OPTION_INVALID` for an offset that is not a whole number of basis points from 0 to 9,999.
   */
  constructor(
    desks: readonly Desk[],
    exits: Exits,
    alerts: AlertLog,
    portfolio: Portfolio,
    exit: NonNullable<OrderSettings["groupExit"]>,
    barOf: (slot: number) => number,
  ) {
    if (exit !== "market" && !(Number.isInteger(exit?.offsetBps) && exit.offsetBps >= 0 && exit.offsetBps < 10_000))
      throw new LabError(
        "OPTION_INVALID",
        `groupExit is "market" or { offsetBps } with whole basis points from 0 to 9999, got ${JSON.stringify(exit)}.`,
      );
    this.#barOf = barOf;
    this.#desks = desks;
    this.#exits = exits;
    this.#alerts = alerts;
    this.#instruments = portfolio.instruments;
    this.#marks = portfolio.mark;
    this.#exit = exit;
  }

  /** Whether a signal's group has not failed; else the gate's verdict says so. */
  isOpen(signal: PendingSignal, gate: EntryGate): boolean {
    if (signal.group === "" || !this.#failed.has(signal.group)) return true;
    return gate.fail("GROUP_FAILED", 0, 0, "quantity", `another leg of group ${signal.group} failed`);
  }

  /** An entry was ignored because its desk is busy: the leg is missing, unless the desk is busy with this very group. */
  ignored(desk: Desk, signal: PendingSignal, at: Moment): void {
    const { group } = signal;
    if (group === "" || [desk.group, desk.entry?.group, desk.job?.group, desk.reversal?.group].includes(group)) return;
    this.failed(group, signal.strategy, at);
  }

  /**
   * An entry has ended before it was filled whole: its group has failed, whether nothing of it was filled or a part, and what still fills of it is closed. A part that the
   * strategy itself has stopped at is no failure.
   */
  ended(entry: WorkingOrder, at: Moment): void {
    if (entry.group === "" || (entry.abandoned && entry.filled > 0)) return;
    entry.abandoned = true;
    this.failed(entry.group, entry.strategy, at);
  }

  /** The same for an entry in several orders that is over. */
  over(job: Job, at: Moment): void {
    if (job.group === "" || job.filled >= job.quantity) return;
    for (const order of job.children.values()) order.abandoned = true;
    this.failed(job.group, job.desk.strategy, at);
  }

  /** A leg of a group could not be opened, or not whole: the others are taken back or closed. */
  failed(group: string, strategy: number, at: Moment): void {
    if (this.#failed.has(group)) return;
    this.#failed.add(group);
    if (this.#failed.size > REMEMBERED) this.#failed.delete(this.#failed.values().next().value!);
    for (const desk of this.#desks) {
      if (desk.strategy !== strategy) continue;
      if (desk.entry?.group === group || desk.job?.group === group) this.#exits.abandonEntry(desk, at.time);
      for (const order of desk.leaving) if (order.role === ROLE.entry && order.group === group) order.abandoned = true;
      if (desk.group !== group || desk.held === 0) continue;
      this.#alerts.about(desk.slot, at.time, "GROUP_FAILED", `a leg of group ${group} failed: what is filled here is closed`);
      this.#close(desk, at);
    }
  }

  #close(desk: Desk, at: Moment): void {
    const price = this.#marks[desk.slot]!;
    const moment: Moment = { time: at.time, bar: this.#barOf(desk.slot), price };
    if (this.#exit === "market" || price === 0) {
      this.#exits.close(desk, moment, ROLE.exit, "GROUP_FAILED");
      return;
    }
    const { tick } = this.#instruments[desk.slot]!;
    const num = this.#exit.offsetBps;
    const limit = desk.held > 0 ? floorUnits(price, 10_000 - num, 10_000, tick) : ceilUnits(price, 10_000 + num, 10_000, tick);
    this.#exits.close(desk, moment, ROLE.exit, "GROUP_FAILED", Math.max(tick, limit));
  }
}
