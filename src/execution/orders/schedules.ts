import {
  Decimal,
  type EpochMs,
  type ExecutionHint,
  fromUnits,
  type Instrument,
  MAX_SAFE,
  ROLE,
  type ScaledInstrument,
  type SeriesBar,
  STATUS,
  TIF,
  TYPE,
  toUnits,
  type WorkingOrder,
} from "../../core/index.js";
import { type AlgorithmEvent, type AlgorithmRequest, type AlgorithmRun, type SavedAlgorithm, startAlgorithm } from "../algorithms/index.js";
import { refusal } from "../risk/index.js";
import type { Moment } from "./issuer.js";
import type { Job } from "./job.js";
import type { RoutingParts } from "./routing-parts.js";

/** What schedules ask of the routing they belong to. */
interface Host {
  readonly send: (job: Job, childId: string, order: WorkingOrder) => void;
  readonly over: (job: Job) => void;
  readonly moment: (slot: number, time: EpochMs) => Moment;
}

const TIFS = { gtc: TIF.gtc, ioc: TIF.ioc, fok: TIF.fok } as const;

/** The algorithms at work in an engine: hands them events, and turns what they ask for into orders. */
export class Schedules {
  readonly #parts: RoutingParts;
  readonly #host: Host;
  readonly #instruments: readonly ScaledInstrument[];
  readonly #jobs = new Set<Job>();
  #count = 0;

  constructor(parts: RoutingParts, host: Host) {
    this.#parts = parts;
    this.#host = host;
    this.#instruments = parts.portfolio.instruments;
  }

  /** Starts the algorithm of a hint for a job; the sentence that refuses it, or undefined. Its first requests wait until {@link Schedules.start}. */
  begin(job: Job, hint: ExecutionHint, quantity: number, at: Moment): string | undefined {
    const { slot } = job.desk;
    const { quantityDp, priceDp } = this.#instruments[slot]!;
    try {
      job.run = startAlgorithm(
        hint,
        {
          id: `a${this.#count + 1}`,
          side: job.direction > 0 ? "buy" : "sell",
          quantity: fromUnits(quantity, quantityDp),
          reduceOnly: job.role !== ROLE.entry,
          instrument: this.#instrumentOf(job),
          price: fromUnits(at.price, priceDp),
        },
        at.time,
        this.#parts.settings.algorithms,
      );
    } catch (error) {
      // Code of the user's reads the parameters: whatever it throws refuses the entry, and sends the exit to the market.
      return error instanceof Error ? error.message : String(error);
    }
    this.#count++;
    return undefined;
  }

  /** The instrument for an algorithm. An exit goes out as several children above the order cap, as it does above the venue's largest order. */
  #instrumentOf({ desk: { slot }, role }: Job): Instrument {
    const { instrument, quantityDp, maxQuantity, lot } = this.#instruments[slot]!;
    const cap = this.#parts.gate.orderCap(slot);
    if (role === ROLE.entry || cap >= Math.min(maxQuantity, MAX_SAFE) - lot) return instrument;
    return { ...instrument, maxQuantity: Decimal.max(instrument.minQuantity, fromUnits(cap, quantityDp)) };
  }

  /** Sends the first children of a job. */
  start(job: Job, time: EpochMs): void {
    this.#jobs.add(job);
    this.#carryOut(job, job.run!.take(), time);
  }

  forget(job: Job): void {
    if (this.#jobs.delete(job) && job.run !== null) this.#parts.settings.algorithmStore?.delete(job.run.parent.id);
  }

  /** Calls an algorithm off. Whoever does so sees to its orders. */
  callOff(job: Job, time: EpochMs): void {
    job.run!.cancel(time);
  }

  accepted(job: Job, order: WorkingOrder, time: EpochMs): void {
    this.#feed(job, { type: "accepted", time, childId: job.childIds.get(order.id)! });
  }

  filled(job: Job, order: WorkingOrder, quantity: number, price: number, time: EpochMs): void {
    const { quantityDp, priceDp } = this.#instruments[order.slot]!;
    const childId = job.childIds.get(order.id)!;
    const fill = { quantity: fromUnits(quantity, quantityDp), price: fromUnits(price, priceDp) };
    this.#feed(job, { type: "fill", time, childId, ...fill });
    // An order for less than was asked for, because others close the rest, is whole while its algorithm waits for more.
    if (order.isFinal && job.run!.works(childId)) this.#feed(job, { type: "ended", time, childId, status: "cancelled" });
  }

  ended(job: Job, order: WorkingOrder, time: EpochMs, why: string): void {
    const status = order.status === STATUS.rejected ? "rejected" : "cancelled";
    this.#feed(job, { type: "ended", time, childId: job.childIds.get(order.id)!, status, ...(why === "" ? {} : { reason: why }) });
  }

  timer(time: EpochMs): void {
    for (const job of [...this.#jobs]) this.#feed(job, { type: "timer", time });
  }

  candle(bar: SeriesBar, time: EpochMs): void {
    for (const job of [...this.#jobs])
      if (job.desk.slot === bar.slot) this.#feed(job, { type: "candle", time, close: bar.exact.close.toDecimal(), volume: bar.volume });
  }

  trade(slot: number, price: number, quantity: number, time: EpochMs): void {
    const { quantityDp, priceDp } = this.#instruments[slot]!;
    for (const job of [...this.#jobs])
      if (job.desk.slot === slot)
        this.#feed(job, { type: "trade", time, price: fromUnits(price, priceDp), quantity: fromUnits(quantity, quantityDp) });
  }

  book(slot: number, bid: number, ask: number, time: EpochMs): void {
    const { priceDp } = this.#instruments[slot]!;
    const price = (units: number): Decimal => fromUnits(units, priceDp);
    for (const job of [...this.#jobs])
      if (job.desk.slot === slot)
        this.#feed(job, { type: "book", time, ...(bid > 0 ? { bid: price(bid) } : {}), ...(ask > 0 ? { ask: price(ask) } : {}) });
  }

  #feed(job: Job, event: AlgorithmEvent): void {
    if (job.isOver) return;
    this.#carryOut(job, job.run!.process(event), event.time);
  }

  /** Does what an algorithm asks for, and tells it what could not be done, until it asks for no more. */
  #carryOut(job: Job, requests: readonly AlgorithmRequest[], time: EpochMs): void {
    const run = job.run!;
    let asked = requests;
    while (asked.length > 0) {
      const news = this.#kept(run, asked).flatMap((request) => this.#request(job, request, time) ?? []);
      asked = news.flatMap((event) => run.process(event));
    }
    if (run.isOver && job.orders.length === 0 && !job.isOver) this.#finish(job, time);
  }

  /** What is to be sent once a run is kept, before it leaves. One that cannot be saved, by code of the user's, could not go on after a restart: it ends here. */
  #kept(run: AlgorithmRun, asked: readonly AlgorithmRequest[]): readonly AlgorithmRequest[] {
    const store = this.#parts.settings.algorithmStore;
    if (store === undefined) return asked;
    let saved: SavedAlgorithm;
    try {
      saved = run.save();
    } catch (error) {
      const instead = run.fail(`it cannot be saved: ${error instanceof Error ? error.message : String(error)}`, asked);
      return instead.length === 0 ? instead : this.#kept(run, instead);
    }
    store.put(run.parent.id, saved);
    return asked;
  }

  #request(job: Job, request: AlgorithmRequest, time: EpochMs): AlgorithmEvent | undefined {
    if (request.type === "place") return this.#place(job, request, time);
    const childId = request.type === "amend" ? request.amend.clientOrderId : request.clientOrderId;
    const order = job.children.get(childId);
    if (order === undefined || order.isFinal) return undefined;
    if (request.type === "amend") {
      const price = toUnits(request.amend.price!, this.#instruments[order.slot]!.priceDp, "exact", "price");
      if (job.role !== ROLE.entry || this.#mayMove(order, price, time)) {
        this.#parts.issuer.amend(order, order.quantity, price);
        return undefined;
      }
    }
    if (!this.#parts.issuer.cancel(order, time)) return undefined;
    job.orders.splice(job.orders.indexOf(order), 1);
    if (job.role !== ROLE.entry) job.desk.exits.splice(job.desk.exits.indexOf(order), 1);
    return { type: "ended", time, childId, status: "cancelled" };
  }

  /** Whether an entry may go to another price. One that may not is taken back where it stands, for the market has left it. */
  #mayMove(order: WorkingOrder, price: number, time: EpochMs): boolean {
    const { gate, alerts } = this.#parts;
    if (gate.moves(order, price, this.#host.moment(order.slot, time))) return true;
    const instrument = this.#instruments[order.slot]!;
    const { message } = refusal(gate.verdict.code, gate.verdict, instrument);
    alerts.about(
      order.slot,
      time,
      "MOVE_REFUSED",
      `${order.route} may not go to ${fromUnits(price, instrument.priceDp).toFixed()}: ${message}`,
    );
    return false;
  }

  /** Sends a child; the event that says that it could not be sent. */
  #place(job: Job, { order: asked }: Extract<AlgorithmRequest, { type: "place" }>, time: EpochMs): AlgorithmEvent | undefined {
    const { issuer, gate, exits, counts } = this.#parts;
    const { desk } = job;
    const { quantityDp, priceDp } = this.#instruments[desk.slot]!;
    const childId = asked.clientOrderId;
    const at = this.#host.moment(desk.slot, time);
    const type = asked.type === "limit" ? TYPE.limit : TYPE.market;
    const price = asked.price === undefined ? 0 : toUnits(asked.price, priceDp, "exact", "price");
    let quantity = toUnits(asked.quantity, quantityDp, "exact", "quantity");
    if (job.role !== ROLE.entry) quantity = Math.min(quantity, Math.abs(desk.held) - desk.closing());
    const refused = (reason: string): AlgorithmEvent => ({ type: "ended", time, childId, status: "rejected", reason });
    if (quantity <= 0) return refused("nothing is left to close");
    const order =
      job.role === ROLE.entry
        ? issuer.make(desk.slot, desk.strategy, job.direction, type, ROLE.entry, false, quantity, price, at, false)
        : exits.make(desk, at, job.role, job.reason, type, quantity, price);
    order.route = `${job.run!.definition.name} ${childId}`;
    issuer.orders.routed(order);
    if (type === TYPE.limit) order.timeInForce = TIFS[asked.timeInForce ?? "gtc"];
    order.postOnly = asked.postOnly ?? false;
    if (job.role === ROLE.entry) {
      order.stopLoss = job.stopLoss;
      order.takeProfit = job.takeProfit;
      order.group = job.group;
      if (!gate.again(order, at.price)) {
        issuer.refuse(order, time, gate.verdict);
        counts.refused++;
        return refused(gate.verdict.code);
      }
    }
    this.#host.send(job, childId, order);
    return undefined;
  }

  /** An algorithm is over. What an exit has left goes to the market. */
  #finish(job: Job, time: EpochMs): void {
    const { alerts, exits, groups } = this.#parts;
    const { desk } = job;
    const { state, note, id, algorithm } = job.run!.status;
    this.#host.over(job);
    if (state !== "done" && state !== "cancelled")
      alerts.about(desk.slot, time, "ALGORITHM_ENDED", `${algorithm} ${id} ended ${state}: ${note}`);
    const at = this.#host.moment(desk.slot, time);
    if (job.role !== ROLE.entry) {
      if (state !== "done" && desk.held !== 0) exits.close(desk, at, job.role, job.reason);
    } else groups.over(job, at);
  }
}
