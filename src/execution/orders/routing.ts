import {
  type ApprovedOrder,
  type Direction,
  type EpochMs,
  ROLE,
  type SeriesBar,
  STATUS,
  TYPE,
  type WorkingOrder,
} from "../../core/index.js";
import { type ExecutionPlan, ROUTER_DEFAULTS } from "../router/index.js";
import { type Desk, remove } from "./desk.js";
import type { Moment } from "./issuer.js";
import { Job } from "./job.js";
import { Quotes } from "./quotes.js";
import type { RoutingParts } from "./routing-parts.js";
import { Schedules } from "./schedules.js";
import { isRouted } from "./settings.js";
import type { PendingSignal } from "./signal.js";

/**
 * Carries entries and exits that take more than one order: quotes of the router until they are filled, missed or taken to the market, and the children of
 * algorithms. A run without either never makes one. Every order it makes for an entry passes the gate again.
 */
export class Routing {
  readonly quotes: Quotes | null;
  /** Jobs that are not over: while there are none, events need not be looked at. */
  active = 0;
  readonly #parts: RoutingParts;
  readonly #schedules: Schedules;
  readonly #jobs = new Map<number, Job>();
  /** True after an exit was planned for the market: it is not planned again when it is made. */
  #planned = false;
  readonly #at: Moment = { time: 0, bar: 0, price: 0 };

  constructor(parts: RoutingParts) {
    this.#parts = parts;
    const { router = ROUTER_DEFAULTS, hooks } = parts.settings;
    this.quotes = isRouted(parts.settings) ? new Quotes(router, parts.portfolio.instruments, hooks) : null;
    this.#schedules = new Schedules(parts, {
      send: (job, childId, order) => this.#track(job, childId, order),
      over: (job) => this.#over(job),
      moment: (slot, time) => this.#moment(slot, time),
    });
  }

  #moment(slot: number, time: EpochMs): Moment {
    return Object.assign(this.#at, { time, bar: this.#parts.barOf(slot), price: this.#parts.portfolio.mark[slot]! });
  }

  /** Where an entry would rest first, in price units; 0 for the market. */
  entryPrice(slot: number, direction: Direction, price: number): number {
    return this.quotes === null ? 0 : this.quotes.entryPrice(slot, direction, price);
  }

  /**
   * Sends an entry that has passed the gate: as its first quote where it is a limit order, else at the market.
   * @returns false, with the gate's verdict, where a hook keeps it back or changes it to what the gate refuses.
   */
  enter(desk: Desk, order: WorkingOrder, at: Moment, override: boolean): boolean {
    const { quotes } = this;
    const { gate, issuer } = this.#parts;
    if (quotes !== null) {
      quotes.time = at.time;
      const plan = quotes.planEntry(order, at.price);
      this.#name(order, plan.reason);
      if (plan.suppress) return gate.fail("HOOK_SUPPRESSED", order.quantity, 0, "quantity");
      const reshaped = quotes.reshape(order, plan);
      if (reshaped) issuer.orders.settle(order, at.time);
      if (reshaped && !gate.changed(order, at.price, override)) return false;
      if (order.type !== TYPE.market) {
        const job = this.#enlist(Job.entry(desk, order));
        quotes.rest(job, this.#track(job, plan.tradeId, order), plan);
        return true;
      }
    }
    desk.entry = issuer.send(order);
    return true;
  }

  /** Starts the algorithm of an entry's hint; the sentence that refuses it, or undefined. */
  schedule(desk: Desk, order: WorkingOrder, signal: PendingSignal, at: Moment): string | undefined {
    const job = Job.entry(desk, order);
    const refused = this.#schedules.begin(job, signal.hint!, order.quantity, at);
    if (refused === undefined) this.#schedules.start(this.#enlist(job), at.time);
    return refused;
  }

  /**
   * Leaves a position by an exit signal the way its hint or the router says, other than at the market; false where it is to go to the market. An exit that is working
   * already and may rest gives way to an urgent one.
   */
  leave(desk: Desk, signal: PendingSignal, reason: string, at: Moment): boolean {
    const open = Math.abs(desk.held) - desk.closing();
    if (signal.hint !== undefined && open > 0) return this.#leaveBy(desk, signal, reason, open, at);
    const { quotes } = this;
    if (quotes === null || open <= 0 || open > this.#parts.gate.orderCap(desk.slot) || this.isUrgent(reason)) return false;
    quotes.time = at.time;
    const plan = quotes.planExit(desk, open, reason, at.price);
    if (!plan.isMaker) {
      this.#planned = true;
      return false;
    }
    const direction: Direction = desk.held > 0 ? -1 : 1;
    const { type, price } = quotes.shape(desk.slot, direction, plan);
    const job = this.#enlist(new Job(desk, ROLE.exit, direction, "", reason));
    const order = this.#parts.exits.make(desk, at, ROLE.exit, reason, type, open, price);
    this.#name(order, plan.reason);
    quotes.rest(job, this.#track(job, plan.tradeId, order), plan);
    return true;
  }

  #leaveBy(desk: Desk, signal: PendingSignal, reason: string, open: number, at: Moment): boolean {
    const job = new Job(desk, ROLE.exit, desk.held > 0 ? -1 : 1, "", reason);
    const refused = this.#schedules.begin(job, signal.hint!, open, at);
    if (refused !== undefined) {
      this.#parts.alerts.about(desk.slot, at.time, "HINT_REFUSED", `${refused} The exit goes to the market.`);
      return false;
    }
    this.#schedules.start(this.#enlist(job), at.time);
    return true;
  }

  /** Whether an exit for this reason may not rest. */
  isUrgent(reason: string): boolean {
    const resting = this.quotes?.router.config.restingReasons ?? [];
    return !resting.includes(reason.toUpperCase());
  }

  /** Makes way for an exit at the market: what rests for the desk, or is worked by an algorithm, is called off; its rest goes to the market once it has ended. */
  makeWay(desk: Desk, reason: string, at: Moment): void {
    const { quotes } = this;
    const job = desk.leaveJob;
    if (quotes !== null) {
      quotes.time = at.time;
      if (this.#planned) this.#planned = false;
      else if (desk.held !== 0) quotes.planExit(desk, Math.abs(desk.held), this.isUrgent(reason) ? reason : "SIGNAL", at.price);
    }
    if (job === null) return;
    job.reason = reason;
    job.next = "market";
    job.preempted = true;
    if (job.run !== null) this.#schedules.callOff(job, at.time);
    for (const order of [...job.orders])
      if (this.#parts.issuer.cancel(order, at.time)) {
        remove(desk.exits, order);
        this.#ended(job, order, false, at.time);
      }
    if (job.run !== null && job.isSpent) this.#over(job);
  }

  /** Takes back an entry in progress: what still fills of it is closed at once. */
  abandon(desk: Desk, time: EpochMs): void {
    const job = desk.job;
    if (job === null) return;
    job.next = "skip";
    if (this.quotes !== null) this.quotes.time = time;
    if (job.run !== null) this.#schedules.callOff(job, time);
    else this.quotes?.ended(job);
    const orders = [...job.orders];
    this.#over(job);
    for (const order of orders) this.#parts.exits.abandon(desk, order, time);
    // No order's end will tell its group.
    if (orders.length + job.filled === 0) this.#parts.groups.over(job, this.#moment(desk.slot, time));
  }

  /** The position is flat: an exit in progress has nothing left to do. */
  flat(desk: Desk, time: EpochMs): void {
    const job = desk.leaveJob;
    if (job === null) return;
    if (this.quotes !== null) this.quotes.time = time;
    if (job.run !== null) this.#schedules.callOff(job, time);
    else this.quotes?.ended(job);
    this.#over(job);
  }

  #enlist(job: Job): Job {
    if (job.role === ROLE.entry) job.desk.job = job;
    else job.desk.leaveJob = job;
    this.active++;
    return job;
  }

  #name(order: WorkingOrder, route: string): void {
    order.route = route;
    this.#parts.issuer.orders.routed(order);
  }

  /** Sends an order of a job. */
  #track(job: Job, childId: string, order: WorkingOrder): ApprovedOrder {
    const sent = this.#parts.issuer.send(order);
    job.orders.push(sent);
    job.children.set(childId, sent);
    job.childIds.set(order.id, childId);
    this.#jobs.set(order.id, job);
    if (job.role !== ROLE.entry) job.desk.exits.push(sent);
    return sent;
  }

  #over(job: Job): void {
    if (job.isOver) return;
    job.isOver = true;
    this.active--;
    for (const id of job.childIds.keys()) this.#jobs.delete(id);
    if (job.desk.job === job) job.desk.job = null;
    if (job.desk.leaveJob === job) job.desk.leaveJob = null;
    this.#schedules.forget(job);
  }

  /** Whether an order goes on with an entry that has filled before: it is no addition to the position. */
  continues(order: WorkingOrder): boolean {
    return (this.#jobs.get(order.id)?.filled ?? 0) > 0;
  }

  accepted(order: WorkingOrder, time: EpochMs): void {
    const job = this.#jobs.get(order.id);
    if (job?.run != null) this.#schedules.accepted(job, order, time);
  }

  /** A child whose price its venue will not change is taken back; its algorithm sends another. */
  amendFailed(order: WorkingOrder, time: EpochMs): void {
    const child = this.#jobs.get(order.id)?.orders.find((one) => one === order);
    if (child !== undefined) this.#parts.issuer.cancel(child, time);
  }

  /** Books what a fill means for the job of an order; the desk has it already. */
  filled(order: WorkingOrder, quantity: number, price: number, time: EpochMs): void {
    const job = this.#jobs.get(order.id);
    if (job === undefined) return;
    job.filled += quantity;
    if (order.isFinal) remove(job.orders, order);
    if (job.run !== null) {
      this.#schedules.filled(job, order, quantity, price, time);
      if (job.isSpent) this.#over(job);
      return;
    }
    const quotes = this.quotes!;
    quotes.time = time;
    const note = quotes.filled(job, order, quantity);
    const live = job.orders[0];
    if (live !== undefined && note.amend !== undefined) this.#parts.issuer.amend(live, quotes.unitsOf(order.slot, note.amend.quantity));
    if (live !== undefined && note.cancel !== undefined) {
      job.next = "skip";
      if (this.#parts.issuer.cancel(live, time)) this.#ended(job, live, false, time);
    }
    const whole = note.remaining?.isZero() || (order.status === STATUS.filled && job.next === "" && !job.missed);
    if (whole && job.orders.length === 0) this.#over(job);
  }

  /** An order ended without being filled whole, or turned out to be whole when it was made smaller. @returns whether what follows is seen to here. */
  ended(order: WorkingOrder, asked: boolean, time: EpochMs, why: string): boolean {
    const job = this.#jobs.get(order.id);
    if (job === undefined) return false;
    remove(job.orders, order);
    if (job.run !== null) {
      this.#schedules.ended(job, order, time, why);
      if (job.isSpent) this.#over(job);
      return true;
    }
    if (order.status === STATUS.filled) {
      if (job.orders.length === 0 && job.next === "" && !job.missed) this.#over(job);
      return true;
    }
    if (this.quotes !== null) this.quotes.time = time;
    if (order.status === STATUS.rejected && job.role === ROLE.entry) {
      this.quotes?.ended(job);
      this.#giveUp(job, time);
    } else this.#ended(job, order, !asked, time);
    return true;
  }

  /** A quote has ended: what was decided follows; what its venue decided is looked at when the time is looked at next, but an exit does not wait. */
  #ended(job: Job, order: WorkingOrder, byVenue: boolean, time: EpochMs): void {
    remove(job.orders, order);
    if (job.run !== null) return;
    if (job.role === ROLE.entry && job.quote === null) {
      this.#giveUp(job, time);
      return;
    }
    if (byVenue && job.role === ROLE.entry && job.next === "") {
      job.missed = true;
      return;
    }
    this.#follow(job, time);
  }

  /** Looks at the time: quotes that have rested long enough are taken back, algorithms hear of it. */
  poll(time: EpochMs): void {
    const { quotes } = this;
    if (quotes !== null) {
      quotes.time = time;
      for (const job of new Set(this.#jobs.values())) if (job.missed) this.#miss(job, time);
      for (const job of quotes.expired(time)) if (job.next === "") this.#expire(job, time);
    }
    // Cancels that a venue refused are asked for again.
    for (const job of new Set(this.#jobs.values()))
      for (const order of job.orders) {
        const unwanted = job.next !== "" || job.run?.isEnding(job.childIds.get(order.id)!);
        if (unwanted && order.isLive) this.#parts.issuer.cancel(order, time);
      }
    this.#schedules.timer(time);
  }

  #miss(job: Job, time: EpochMs): void {
    job.missed = false;
    job.next = this.quotes!.router.entryMissAction(job.quote!);
    this.#follow(job, time);
  }

  #expire(job: Job, time: EpochMs): void {
    const { router } = this.quotes!;
    const order = job.orders[0];
    job.next = job.role === ROLE.entry ? router.entryMissAction(job.quote!) : "market";
    if (order === undefined || !this.#parts.issuer.cancel(order, time)) {
      if (job.next === "skip") this.#letGo(job, order);
      return;
    }
    if (job.role !== ROLE.entry) remove(job.desk.exits, order);
    remove(job.orders, order);
    this.#follow(job, time);
  }

  /** An entry that is given up makes room for the next one at once; what its order still fills counts. */
  #letGo(job: Job, order: ApprovedOrder | undefined): void {
    if (job.desk.job === job) job.desk.job = null;
    if (order !== undefined) job.desk.leaving.push(order);
  }

  /** Does what was decided for a job whose quote has ended. */
  #follow(job: Job, time: EpochMs): void {
    const { next } = job;
    const quotes = this.quotes!;
    quotes.ended(job);
    if (job.role !== ROLE.entry) {
      this.#over(job);
      if (job.desk.held === 0) return;
      if (!job.preempted) quotes.router.marketFallbackPlan(job.quote!);
      this.#planned = true;
      this.#parts.exits.close(job.desk, this.#moment(job.desk.slot, time), job.role, job.reason);
      return;
    }
    if (next === "skip" || next === "" || job.desk.job !== job) {
      this.#giveUp(job, time);
      return;
    }
    const at = this.#moment(job.desk.slot, time);
    const plan = next === "retry" ? quotes.planRetry(job, at.price) : quotes.router.marketFallbackPlan(job.quote!);
    if (plan.suppress) this.#giveUp(job, time);
    else this.#again(job, plan, at);
  }

  /** Sends the next order of a quoted entry, if the gate lets it. */
  #again(job: Job, plan: ExecutionPlan, at: Moment): void {
    const { issuer, gate, counts } = this.#parts;
    const { slot, strategy } = job.desk;
    const { type, price, quantity } = this.quotes!.shape(slot, job.direction, plan);
    const order = issuer.make(slot, strategy, job.direction, type, ROLE.entry, false, quantity, price, at, false);
    order.stopLoss = job.stopLoss;
    order.takeProfit = job.takeProfit;
    order.group = job.group;
    this.#name(order, plan.reason);
    if (!gate.again(order, at.price)) {
      issuer.refuse(order, at.time, gate.verdict);
      counts.refused++;
      this.#giveUp(job, at.time);
      return;
    }
    job.next = "";
    const sent = this.#track(job, plan.tradeId, order);
    if (plan.isMaker) this.quotes!.rest(job, sent, plan);
    else job.quote = null;
  }

  /** An entry is over. */
  #giveUp(job: Job, time: EpochMs): void {
    this.#over(job);
    this.#parts.groups.over(job, this.#moment(job.desk.slot, time));
  }

  /** A candle has closed; time is what its decisions are stamped with. */
  candle(bar: SeriesBar, time: EpochMs): void {
    this.#schedules.candle(bar, time);
    this.poll(time);
  }

  trade(slot: number, price: number, quantity: number, time: EpochMs): void {
    this.#schedules.trade(slot, price, quantity, time);
    this.poll(time);
  }

  /** Best prices have changed, in price units. Kept for spreads even while nothing is in progress. */
  book(slot: number, bid: number, ask: number, time: EpochMs): void {
    this.quotes?.book(slot, bid, ask);
    if (this.active === 0) return;
    this.#schedules.book(slot, bid, ask, time);
    this.poll(time);
  }
}
