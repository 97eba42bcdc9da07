import { type Direction, RecordLog, type WorkingOrder } from "../../core/index.js";
import type { Verdict } from "../risk/index.js";

/** What became of a signal. */
export const OUTCOME: {
  readonly ordered: 0;
  readonly ignored: 1;
  readonly refused: 2;
  readonly fromFlat: 3;
  readonly cancelledEntry: 4;
  readonly waiting: 5;
} = { ordered: 0, ignored: 1, refused: 2, fromFlat: 3, cancelledEntry: 4, waiting: 5 };
/** Names of {@link OUTCOME}, by number. `waiting` is an entry that opens once a position that is closing already is flat. */
export const OUTCOME_NAMES = ["ordered", "ignored", "refused", "fromFlat", "cancelledEntry", "waiting"] as const;

/** The small fields of an order packed into one whole number; a log of millions of orders stays small. */
function packOrder(order: WorkingOrder): number {
  const flags = (order.direction > 0 ? 1 : 0) + (order.reduceOnly ? 2 : 0);
  return flags + 4 * order.type + 16 * order.role + 128 * order.status + 1024 * order.slot;
}

/** What a row of the order log holds. Prices, quantities and bars are whole units. */
export interface OrderRow {
  readonly slot: number;
  readonly direction: Direction;
  readonly type: number;
  readonly role: number;
  readonly reduceOnly: boolean;
  readonly status: number;
  readonly quantity: number;
  readonly price: number;
  /** Close the decision was made at. */
  readonly reference: number;
  readonly bar: number;
  /** Bar of the last change. */
  readonly changed: number;
  readonly filled: number;
}

/** Orders as columns, one row an order in the order of their ids (row = id - 1); refusals with their numbers beside them. */
export class OrderLog {
  readonly #rows: RecordLog = new RecordLog(7);
  readonly #refusals = new Map<number, Verdict>();

  get length(): number {
    return this.#rows.length;
  }

  add(order: WorkingOrder): void {
    const at = this.#rows.add();
    const { data } = this.#rows;
    data[at] = packOrder(order);
    data[at + 1] = order.quantity;
    data[at + 2] = order.price;
    data[at + 3] = order.reference;
    data[at + 4] = order.bar;
    data[at + 5] = order.bar;
  }

  /** Records a final state. */
  settle(order: WorkingOrder, bar: number, filled: number): void {
    const at = this.#rows.seek(order.id - 1);
    const { data } = this.#rows;
    data[at] = packOrder(order);
    data[at + 5] = bar;
    data[at + 6] = filled;
  }

  /** Records why an order was refused or rejected. */
  refuse(order: WorkingOrder, bar: number, verdict: Verdict): void {
    this.settle(order, bar, 0);
    this.#refusals.set(order.id - 1, { ...verdict });
  }

  /** Why a row was refused, if it was. */
  verdict(row: number): Verdict | undefined {
    return this.#refusals.get(row);
  }

  /** Rows that were refused or rejected, in order. */
  refusedRows(): number[] {
    return [...this.#refusals.keys()].sort((a, b) => a - b);
  }

  read(row: number): OrderRow {
    const field = (index: number): number => this.#rows.get(row, index);
    const packed = field(0);
    return {
      direction: packed % 2 === 1 ? 1 : -1,
      reduceOnly: Math.floor(packed / 2) % 2 === 1,
      type: Math.floor(packed / 4) % 4,
      role: Math.floor(packed / 16) % 8,
      status: Math.floor(packed / 128) % 8,
      slot: Math.floor(packed / 1024),
      quantity: field(1),
      price: field(2),
      reference: field(3),
      bar: field(4),
      changed: field(5),
      filled: field(6),
    };
  }
}

/** What a row of the fill log holds, in whole units; the fee may be a BigInt. */
export interface FillRow {
  readonly slot: number;
  readonly direction: Direction;
  readonly maker: boolean;
  readonly role: number;
  readonly quantity: number;
  readonly price: number;
  readonly fee: number | bigint;
  readonly order: number;
  readonly bar: number;
}

/** Fills as columns, in the order they came. */
export class FillLog {
  readonly #rows: RecordLog = new RecordLog(6);
  /** Fees beyond 2^53 by row: the column holds their nearest double. */
  readonly #bigFees = new Map<number, bigint>();

  get length(): number {
    return this.#rows.length;
  }

  add(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, bar: number): void {
    if (typeof fee === "bigint") this.#bigFees.set(this.#rows.length, fee);
    const at = this.#rows.add();
    const { data } = this.#rows;
    data[at] = (order.direction > 0 ? 1 : 0) + (maker ? 2 : 0) + 4 * order.role + 32 * order.slot;
    data[at + 1] = quantity;
    data[at + 2] = price;
    data[at + 3] = Number(fee);
    data[at + 4] = order.id;
    data[at + 5] = bar;
  }

  read(row: number): FillRow {
    const field = (index: number): number => this.#rows.get(row, index);
    const packed = field(0);
    return {
      direction: packed % 2 === 1 ? 1 : -1,
      maker: Math.floor(packed / 2) % 2 === 1,
      role: Math.floor(packed / 4) % 8,
      slot: Math.floor(packed / 32),
      quantity: field(1),
      price: field(2),
      fee: this.#bigFees.get(row) ?? field(3),
      order: field(4),
      bar: field(5),
    };
  }
}

/** What a row of the signal log holds; `order` is 0 where none was made. */
export interface SignalRow {
  readonly bar: number;
  readonly slot: number;
  readonly kind: number;
  readonly outcome: number;
  readonly confidence: number;
  readonly reference: number;
  readonly order: number;
}

/** Signals as columns, in the order they were made, with what became of each. */
export class SignalLog {
  readonly #rows: RecordLog = new RecordLog(5);

  get length(): number {
    return this.#rows.length;
  }

  add(bar: number, slot: number, kind: number, confidence: number, reference: number): number {
    const row = this.#rows.length;
    const at = this.#rows.add();
    const { data } = this.#rows;
    data[at] = bar;
    data[at + 1] = kind + 64 * slot;
    data[at + 2] = confidence;
    data[at + 3] = reference;
    return row;
  }

  settle(row: number, outcome: number, order: number): void {
    const at = this.#rows.seek(row);
    const { data } = this.#rows;
    data[at + 1] = data[at + 1]! + 8 * outcome;
    data[at + 4] = order;
  }

  read(row: number): SignalRow {
    const field = (index: number): number => this.#rows.get(row, index);
    const packed = field(1);
    return {
      bar: field(0),
      kind: packed % 8,
      outcome: Math.floor(packed / 8) % 8,
      slot: Math.floor(packed / 64),
      confidence: field(2),
      reference: field(3),
      order: field(4),
    };
  }
}
