import { type ApprovedOrder, type Direction, type EpochMs, STATUS, TYPE, WorkingOrder } from "../../core/index.js";
import type { Verdict } from "../risk/index.js";
import { OrderLog } from "./logs.js";
import { Outbox, REQUEST } from "./outbox.js";
import { TakerCounts } from "./taker-snapshot.js";

/** When and at what price something is decided; one reused object. */
export interface Moment {
  /** Epoch milliseconds. */
  time: EpochMs;
  /** Bar of the instrument, in a replay of candles; -1 without one. */
  bar: number;
  /** Last price in price units. */
  price: number;
}

/** Makes orders, numbers and records them, and puts what they ask of venues into the outbox. */
export class Issuer {
  readonly outbox: Outbox = new Outbox();
  readonly orders: OrderLog = new OrderLog();
  /** What a router that sends everything to the market would have counted. */
  readonly taker: TakerCounts = new TakerCounts(this.orders);
  readonly #latencyBars: number;
  #nextId = 1;

  constructor(latencyBars: number) {
    this.#latencyBars = latencyBars;
  }

  /** Number of the order made last, 0 before the first. */
  get lastId(): number {
    return this.#nextId - 1;
  }

  /** Makes an order and records it; it has not left yet. A leg of a position acts from the bar it is made on, anything else after the latency. */
  make(
    slot: number,
    strategy: number,
    direction: Direction,
    type: number,
    role: number,
    reduceOnly: boolean,
    quantity: number,
    price: number,
    at: Moment,
    isLeg: boolean,
  ): WorkingOrder {
    const eligible = isLeg ? at.bar : at.bar + this.#latencyBars;
    const order = new WorkingOrder(this.#nextId++, slot, direction, type, role, reduceOnly, quantity, price, eligible, at.time);
    order.strategy = strategy;
    order.reference = at.price;
    this.orders.add(order);
    return order;
  }

  /** An entry to be checked that will not leave itself: its children will. It has the number of the next order and no record. */
  draft(slot: number, strategy: number, direction: Direction, role: number, quantity: number, at: Moment): WorkingOrder {
    const order = new WorkingOrder(this.#nextId, slot, direction, TYPE.market, role, false, quantity, 0, at.bar, at.time);
    order.strategy = strategy;
    order.reference = at.price;
    return order;
  }

  /** Records a draft after all: one that was refused. */
  adopt(draft: WorkingOrder): void {
    this.#nextId++;
    this.orders.add(draft);
  }

  /** The one place where an order becomes an approved one. */
  send(order: WorkingOrder): ApprovedOrder {
    const approved = order as ApprovedOrder;
    this.outbox.put(approved, REQUEST.open);
    return approved;
  }

  /** An order that a venue reports of: it was approved when it left. */
  static known(order: WorkingOrder): ApprovedOrder {
    return order as ApprovedOrder;
  }

  /** Records why an order may not leave. */
  refuse(order: WorkingOrder, time: EpochMs, verdict: Verdict): void {
    order.status = STATUS.refused;
    this.orders.refuse(order, time, verdict);
  }

  /** Asks for a cancel. An order that has not left yet ends here; @returns whether it did. */
  cancel(order: ApprovedOrder, time: EpochMs): boolean {
    if (order.status >= STATUS.cancelling) return false;
    if (order.status === STATUS.pending && !order.sent) {
      order.status = STATUS.cancelled;
      this.orders.settle(order, time);
      return true;
    }
    order.status = STATUS.cancelling;
    this.outbox.put(order, REQUEST.cancel);
    return false;
  }

  /** Asks for another total quantity, or another price; what the order says changes when its venue confirms. */
  amend(order: ApprovedOrder, quantity: number, price: number = order.price): void {
    if (order.status >= STATUS.cancelling) return;
    order.amending = quantity;
    this.outbox.put(order, REQUEST.amend, quantity, price);
  }
}
