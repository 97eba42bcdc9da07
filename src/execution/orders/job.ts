import { type ApprovedOrder, type Direction, type ExactPrice, ROLE, type WorkingOrder } from "../../core/index.js";
import type { AlgorithmRun } from "../algorithms/index.js";
import type { RouterOrder } from "../router/index.js";
import type { Desk } from "./desk.js";

/** What follows once the quote of a job no longer works; empty while it works. */
export type JobNext = "" | "skip" | "retry" | "market";

/** An entry or an exit that takes more than one order: quoted by the router, or worked off in children by an algorithm. */
export class Job {
  readonly desk: Desk;
  /** Role of its orders. */
  readonly role: number;
  readonly direction: Direction;
  readonly group: string;
  /** For an exit: why the position is left. */
  reason: string;
  stopLoss: ExactPrice | null = null;
  takeProfit: ExactPrice | null = null;
  /** Its orders that are not final. */
  readonly orders: ApprovedOrder[] = [];
  /** Quantity units an entry is for, all its orders together. */
  quantity = 0;
  /** Quantity units its orders have filled. */
  filled = 0;
  /** The working quote, as the router knows it. */
  quote: RouterOrder | null = null;
  /** The algorithm at work. */
  run: AlgorithmRun | null = null;
  /** Orders of the algorithm's children, by the children's ids, and the other way round. */
  readonly children: Map<string, ApprovedOrder> = new Map();
  readonly childIds: Map<number, string> = new Map();
  next: JobNext = "";
  /** Its venue ended the quote: what follows is decided when the time is looked at next. */
  missed = false;
  /** An urgent exit goes before it. */
  preempted = false;
  isOver = false;

  /** Whether an urgent exit goes before it and none of its orders is left: nothing follows, whatever its algorithm waits for. */
  get isSpent(): boolean {
    return this.preempted && this.orders.length === 0;
  }

  constructor(desk: Desk, role: number, direction: Direction, group: string, reason: string) {
    this.desk = desk;
    this.role = role;
    this.direction = direction;
    this.group = group;
    this.reason = reason;
  }

  /** That of an entry, for all of which `order` stands. */
  static entry(desk: Desk, order: WorkingOrder): Job {
    const job = new Job(desk, ROLE.entry, order.direction, order.group, "");
    job.quantity = order.quantity;
    job.stopLoss = order.stopLoss;
    job.takeProfit = order.takeProfit;
    return job;
  }
}
