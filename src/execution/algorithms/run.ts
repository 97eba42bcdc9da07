import { Decimal, decimal, type EpochMs } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { assertChild, assertEvent, childPrice, endOf, timeOf } from "./asked.js";
import {
  amendOf,
  type Child,
  cancelOf,
  childOf,
  childQuantity,
  limitOnTick,
  newChild,
  requestOf,
  restoreChild,
  saveChild,
  unacknowledged,
} from "./children.js";
import type {
  AlgorithmDefinition,
  AlgorithmDesk,
  AlgorithmEvent,
  AlgorithmRequest,
  AlgorithmState,
  AlgorithmStatus,
  ChildInput,
  ChildOrder,
  Json,
  ParentInput,
  ParentOrder,
  SavedAlgorithm,
} from "./contract.js";
import { Fills } from "./fills.js";
import { AlgorithmMarket } from "./market.js";
import { parentOf, restoreParent, saveParent } from "./parent.js";

const ZERO = new Decimal(0);
/** Rejections in a row after which an algorithm gives up. */
const MAX_REJECTIONS = 3;
/** Largest number of a child, so that its id keeps within 36 characters. */
const MAX_CHILDREN = 99_999;

/**
 * One order being worked off by an algorithm: events in, requests out, the same for the same events. It keeps count of what was sent and filled, so that children
 * together never exceed the order, and it can be saved as plain JSON after any event and go on from there: save before the requests are sent, and after a restart send
 * what {@link AlgorithmRun.outstanding} names and the venue does not know.
 */
export class AlgorithmRun {
  readonly definition: AlgorithmDefinition;
  readonly params: Readonly<Record<string, Json>>;
  readonly parent: ParentOrder;
  #state: Json = null;
  #children: Child[] = [];
  #count = 0;
  #fills = new Fills();
  #startedAt: EpochMs;
  #time: EpochMs;
  #wake: EpochMs | undefined;
  #market = new AlgorithmMarket();
  #closing: "expired" | "failed" | "cancelled" | undefined;
  #final: AlgorithmState | undefined;
  #note = "";
  #rejections = 0;
  #requests: AlgorithmRequest[] = [];
  readonly #desk: AlgorithmDesk<never>;

  private constructor(definition: AlgorithmDefinition, params: Readonly<Record<string, Json>>, parent: ParentOrder, time: EpochMs) {
    this.definition = definition;
    this.params = params;
    this.parent = parent;
    this.#startedAt = this.#time = time;
    this.#desk = this.#makeDesk();
  }

  /**
   * Starts an algorithm; its first requests wait in {@link AlgorithmRun.take}.
   * @throws LabError `ALGORITHM_PARAM`, `OPTION_UNKNOWN`, `ALGORITHM_PARENT` for an order that cannot be worked off: a bad id, or a quantity that is not whole lots.
   */
  static start(
    definition: AlgorithmDefinition,
    params: Readonly<Record<string, unknown>>,
    parent: ParentInput,
    time: EpochMs,
  ): AlgorithmRun {
    const run = new AlgorithmRun(definition, definition.readParams(params), parentOf(parent), time);
    if (parent.price !== undefined) run.#market.last = decimal(parent.price, "price");
    run.#guard(() => {
      run.#state = definition.start(run.#desk);
    });
    run.#settle();
    return run;
  }

  /**
   * Goes on where a saved run stopped. One whose own `restore` throws has failed: what takes its children back waits in {@link AlgorithmRun.take}.
   * @throws LabError `ALGORITHM_SAVED` for something that was not saved by this algorithm.
   */
  static restore(definition: AlgorithmDefinition, saved: SavedAlgorithm): AlgorithmRun {
    if (saved?.version !== 1 || saved.algorithm !== definition.name)
      throw new LabError(
        "ALGORITHM_SAVED",
        `This is no saved run of ${definition.name}: ${String(saved?.algorithm)}, version ${String(saved?.version)}.`,
      );
    const { run: kept } = saved;
    const run = new AlgorithmRun(definition, definition.readParams(saved.params), restoreParent(saved.parent), Number(kept.startedAt));
    run.#time = Number(kept.time);
    run.#wake = typeof kept.wake === "number" ? kept.wake : undefined;
    run.#market = AlgorithmMarket.restore(kept.market as Readonly<Record<string, Json>>);
    run.#closing = (kept.closing ?? undefined) as "expired" | "failed" | "cancelled" | undefined;
    run.#final = (kept.final ?? undefined) as AlgorithmState | undefined;
    run.#note = String(kept.note);
    run.#rejections = Number(kept.rejections);
    run.#count = Number(kept.count);
    run.#fills = Fills.restore(kept);
    run.#children = saved.children.map(restoreChild);
    run.#guard(() => {
      run.#state = definition.restore(structuredClone(saved.state) as Json);
    });
    run.#settle();
    return run;
  }

  /** Everything it takes to go on, as plain JSON. It throws what the algorithm's own `save` throws, or that its state is no JSON: then see {@link AlgorithmRun.fail}. */
  save(): SavedAlgorithm {
    const run = {
      startedAt: this.#startedAt,
      time: this.#time,
      wake: this.#wake ?? null,
      market: this.#market.save(),
      closing: this.#closing ?? null,
      final: this.#final ?? null,
      note: this.#note,
      rejections: this.#rejections,
      count: this.#count,
      ...this.#fills.save(),
    };
    const saved: SavedAlgorithm = {
      version: 1,
      algorithm: this.definition.name,
      params: this.params,
      parent: saveParent(this.parent),
      run,
      children: this.#children.map(saveChild),
      state: this.#savedState(),
    };
    return JSON.parse(JSON.stringify(saved)) as SavedAlgorithm;
  }

  /** The algorithm's own state as plain JSON. One that is ending has no more use for it. */
  #savedState(): Json {
    try {
      return JSON.parse(JSON.stringify(this.definition.save(this.#state) ?? null)) as Json;
    } catch (error) {
      if (this.#closing === undefined && this.#final === undefined) throw error;
      return null;
    }
  }

  /** Requests that were asked for and not been acknowledged: after a restart, those that the venue does not know are to be sent again, under the same ids. */
  outstanding(): AlgorithmRequest[] {
    return this.#children.flatMap((child) => unacknowledged(child, this.parent));
  }

  /** Whether a child has been asked to end and has not been heard of since. */
  isEnding(childId: string): boolean {
    return this.#children.some(({ id, cancelling }) => id === childId && cancelling);
  }

  /** Whether a child is not over, as far as the algorithm was told. */
  works(childId: string): boolean {
    return this.#children.some(({ id }) => id === childId);
  }

  get isOver(): boolean {
    return this.#final !== undefined;
  }

  /** When a timer event is wanted at the latest. */
  get wakeAt(): EpochMs | undefined {
    return this.isOver ? undefined : this.#wake;
  }

  /** Whether a client order id is that of a child, by its form. */
  owns(clientOrderId: string): boolean {
    const number = clientOrderId.slice(this.parent.id.length + 1);
    return clientOrderId.startsWith(`${this.parent.id}-`) && /^[1-9]\d{0,4}$/.test(number) && Number(number) <= this.#count;
  }

  get status(): AlgorithmStatus {
    const over = this.#final ?? (this.#closing === undefined ? "running" : "closing");
    let note = this.#note;
    try {
      if (note === "") note = this.definition.status(this.#desk, this.#state);
    } catch (error) {
      note = String(error);
    }
    return Object.freeze({
      id: this.parent.id,
      algorithm: this.definition.name,
      state: over,
      quantity: this.parent.quantity,
      filled: this.#fills.quantity,
      working: this.#working(),
      unsent: this.#unsent(),
      averagePrice: this.#fills.averagePrice,
      children: this.#count,
      note,
    });
  }

  /** Handles one event; returns what is to be sent. After the end only late fills are booked. */
  process(event: AlgorithmEvent): AlgorithmRequest[] {
    assertEvent(event);
    this.#time = Math.max(this.#time, event.time);
    this.#market.see(event);
    this.#book(event);
    if (this.#final === undefined && this.#closing === undefined) {
      this.#wake = undefined;
      this.#guard(() => this.definition.onEvent(this.#desk, this.#state, event));
    }
    this.#settle();
    return this.take();
  }

  /** Calls the work off: children are cancelled, nothing more is sent. */
  cancel(time: EpochMs = this.#time): AlgorithmRequest[] {
    this.#time = Math.max(this.#time, timeOf("cancel", time));
    if (this.#final === undefined && this.#closing !== "cancelled") {
      if (this.#closing === undefined) this.#guard(() => this.definition.cancel(this.#desk, this.#state));
      this.#close("cancelled", "called off");
      this.#settle();
    }
    return this.take();
  }

  /**
   * Ends the work as failed, for a reason that its driver has found: children are taken back, and an exit's rest goes to the market.
   * @param unsent - requests that were taken and have not left: orders among them are withdrawn.
   * @returns what is to be sent instead of those.
   */
  fail(why: string, unsent: readonly AlgorithmRequest[] = []): AlgorithmRequest[] {
    const withdrawn = new Set(unsent.filter(({ type }) => type === "place").map(childOf));
    this.#children = this.#children.filter(({ id }) => !withdrawn.has(id));
    this.#close("failed", why);
    this.#settle();
    const left = unsent.filter((request) => request.type !== "place" && !withdrawn.has(childOf(request)));
    return [...left, ...this.take()];
  }

  /** Requests not taken yet. */
  take(): AlgorithmRequest[] {
    const requests = this.#requests;
    this.#requests = [];
    return requests;
  }

  /** Code of an algorithm that throws ends its work. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#close("failed", error instanceof Error ? error.message : String(error));
    }
  }

  #working(): Decimal {
    return this.#children.reduce((sum, child) => sum.plus(child.quantity).minus(child.filled), ZERO);
  }

  #unsent(): Decimal {
    return Decimal.max(ZERO, this.parent.quantity.minus(this.#fills.quantity).minus(this.#working()));
  }

  #book(event: AlgorithmEvent): void {
    if (event.type !== "fill" && event.type !== "ended" && event.type !== "accepted") return;
    const child = this.#children.find(({ id }) => id === event.childId);
    if (event.type === "fill") this.#fill(event, child);
    else if (child === undefined) return;
    else if (event.type === "accepted") {
      child.pending = child.amending = false;
    } else {
      this.#children = this.#children.filter((one) => one !== child);
      // One that was accepted may still be rejected, when it should fill and cannot be paid for: only what became of it breaks the row.
      this.#rejections = event.status === "rejected" ? this.#rejections + 1 : 0;
      if (this.#rejections >= MAX_REJECTIONS) this.#close("failed", event.reason ?? `${MAX_REJECTIONS} children in a row were rejected`);
    }
  }

  #fill(event: Extract<AlgorithmEvent, { type: "fill" }>, child: Child | undefined): void {
    if (child === undefined && !this.owns(event.childId)) return;
    const quantity = this.#fills.add(event);
    if (quantity === undefined) return;
    this.#rejections = 0;
    if (child === undefined) return;
    child.pending = false;
    child.filled = child.filled.plus(quantity);
    if (child.filled.gte(child.quantity)) this.#children = this.#children.filter((one) => one !== child);
  }

  /** Draws the conclusions after an event: what is too much is cancelled, and what is over is said to be over. */
  #settle(): void {
    if (this.#final !== undefined) return;
    const left = this.parent.quantity.minus(this.#fills.quantity);
    if (this.#closing !== undefined || this.#working().gt(left)) for (const child of this.#children) this.#cancelChild(child);
    if (this.#children.length > 0) return;
    if (left.lte(0)) this.#final = "done";
    else if (this.#closing !== undefined) {
      const finishes = this.parent.reduceOnly && this.#closing !== "cancelled" && this.#rejections < MAX_REJECTIONS;
      if (!finishes || this.#place({ type: "market", quantity: left }) === undefined) this.#final = this.#closing;
    }
  }

  #close(outcome: "expired" | "failed" | "cancelled", note: string): void {
    if (this.#final !== undefined || this.#closing === "cancelled" || (this.#closing !== undefined && outcome !== "cancelled")) return;
    this.#closing = outcome;
    this.#note = note;
    this.#wake = undefined;
  }

  /** Market orders cannot be called back: they are over in a moment. */
  #cancelChild(child: Child): void {
    if (child.cancelling || child.type === "market") return;
    child.cancelling = true;
    this.#requests.push(cancelOf(child, this.parent));
  }

  #place(input: ChildInput): Child | undefined {
    assertChild(input);
    const price = input.type === "limit" ? limitOnTick(childPrice(input.price), this.parent) : undefined;
    const quantity = childQuantity(decimal(input.quantity, "quantity"), this.#unsent(), price ?? this.#market.last, this.parent.instrument);
    if (quantity.lte(0)) return undefined;
    if (this.#count >= MAX_CHILDREN) {
      this.#close("failed", `more than ${MAX_CHILDREN} children`);
      return undefined;
    }
    this.#count++;
    const child = newChild(this.#count, input, quantity, price, this.parent);
    this.#children.push(child);
    this.#requests.push({ type: "place", order: requestOf(child, this.parent) });
    return child;
  }

  #amend(of: ChildOrder, to: Decimal): boolean {
    const child = this.#children.find(({ id }) => id === of.id);
    const price = limitOnTick(to, this.parent);
    if (child?.price === undefined || child.pending || child.cancelling || child.price.eq(price)) return false;
    child.price = price;
    child.amending = true;
    this.#requests.push(amendOf(child, this.parent));
    return true;
  }

  #makeDesk(): AlgorithmDesk<never> {
    const run = this;
    return Object.freeze({
      parent: run.parent,
      params: run.params as never,
      get time() {
        return run.#time;
      },
      get startedAt() {
        return run.#startedAt;
      },
      get last() {
        return run.#market.last;
      },
      get bid() {
        return run.#market.bid;
      },
      get ask() {
        return run.#market.ask;
      },
      get volume() {
        return run.#market.volume;
      },
      get filled() {
        return run.#fills.quantity;
      },
      get working() {
        return run.#working();
      },
      get unsent() {
        return run.#unsent();
      },
      get children() {
        return run.#children.map((child) => Object.freeze({ ...child }));
      },
      send: (input: ChildInput) => (run.#closing === undefined && run.#final === undefined ? run.#place(input) : undefined),
      amend: (child: ChildOrder, price: Parameters<typeof decimal>[0]) => run.#amend(child, childPrice(price)),
      cancel: (child: ChildOrder) => {
        const own = run.#children.find(({ id }) => id === child.id);
        if (own !== undefined) run.#cancelChild(own);
      },
      wakeAt: (time: EpochMs) => {
        run.#wake = Math.min(run.#wake ?? Number.POSITIVE_INFINITY, timeOf("wakeAt", time));
      },
      finish: (outcome: "expired" | "failed", note: string) => run.#close(endOf(outcome), String(note)),
    });
  }
}
