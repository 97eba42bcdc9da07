import { type Direction, type EpochMs, RecordLog, type WorkingOrder } from "../../core/index.js";
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

/** Why an order leaves a position where nothing else was said, by role. */
const DEFAULT_REASONS = ["", "SIGNAL", "STOP_LOSS", "TAKE_PROFIT", "REVERSE"] as const;

/** The small fields of an order packed into one whole number; a log of millions of orders stays small. */
function packOrder(order: WorkingOrder): number {
  const flags = (order.direction > 0 ? 1 : 0) + (order.reduceOnly ? 2 : 0) + (order.postOnly ? 4 : 0);
  const small = flags + 8 * order.timeInForce + 32 * order.type + 256 * order.role + 2048 * order.status;
  return small + 16384 * order.strategy + 4194304 * order.slot;
}

/** What a row of the order log holds. Prices and quantities are whole units, times epoch milliseconds. */
export interface OrderRow {
  readonly slot: number;
  /** Which strategy of the engine it belongs to. */
  readonly strategy: number;
  readonly direction: Direction;
  readonly type: number;
  readonly role: number;
  readonly reduceOnly: boolean;
  readonly postOnly: boolean;
  readonly timeInForce: number;
  readonly status: number;
  readonly quantity: number;
  /** Limit price, for the conditional types the trigger. */
  readonly price: number;
  /** Limit price that a stopLimit or takeProfitLimit has once triggered, else 0. */
  readonly limit: number;
  /** Price the decision was made at. */
  readonly reference: number;
  readonly time: EpochMs;
  /** Time of the last change. */
  readonly changed: EpochMs;
  readonly filled: number;
  /** Why a position is left; for an entry why it ended, in its venue's words, empty where nothing was said. */
  readonly reason: string;
  /** For a protective leg: id of the entry it protects, else 0. */
  readonly entry: number;
  /** How the router or an algorithm sent it; empty for an order that went out as it was. */
  readonly route: string;
}

/** Orders as columns, one row an order in the order of their ids (row = id - 1); refusals with their numbers and what few orders have beside them. */
export class OrderLog {
  readonly #rows: RecordLog = new RecordLog(8);
  readonly #refusals = new Map<number, Verdict>();
  readonly #limits = new Map<number, number>();
  readonly #reasons = new Map<number, string>();
  readonly #routes = new Map<number, string>();

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
    data[at + 4] = order.time;
    data[at + 5] = order.time;
  }

  /** Records which entry a leg protects. */
  protects(order: WorkingOrder): void {
    const at = this.#rows.seek(order.id - 1);
    this.#rows.data[at + 7] = order.parent!.id;
  }

  /** Records how an order is sent. */
  routed(order: WorkingOrder): void {
    this.#routes.set(order.id - 1, order.route);
  }

  /** Records what an order has become: its state, its fills, and what an amend changed. */
  settle(order: WorkingOrder, time: EpochMs): void {
    const at = this.#rows.seek(order.id - 1);
    const { data } = this.#rows;
    data[at] = packOrder(order);
    data[at + 1] = order.quantity;
    data[at + 2] = order.price;
    data[at + 5] = time;
    data[at + 6] = order.filled;
    if (order.limit !== 0) this.#limits.set(order.id - 1, order.limit);
    this.because(order);
  }

  /** Records why an order leaves a position. */
  because(order: WorkingOrder): void {
    if (order.reason !== "") this.#reasons.set(order.id - 1, order.reason);
  }

  /** Records why an order was refused or rejected. */
  refuse(order: WorkingOrder, time: EpochMs, verdict: Verdict): void {
    this.settle(order, time);
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
    const bits = (from: number, range: number): number => Math.floor(packed / from) % range;
    return {
      direction: packed % 2 === 1 ? 1 : -1,
      reduceOnly: bits(2, 2) === 1,
      postOnly: bits(4, 2) === 1,
      timeInForce: bits(8, 4),
      type: bits(32, 8),
      role: bits(256, 8),
      status: bits(2048, 8),
      strategy: bits(16384, 256),
      slot: Math.floor(packed / 4194304),
      quantity: field(1),
      price: field(2),
      limit: this.#limits.get(row) ?? 0,
      reference: field(3),
      time: field(4),
      changed: field(5),
      filled: field(6),
      entry: field(7),
      reason: this.#reasons.get(row) ?? DEFAULT_REASONS[bits(256, 8)]!,
      route: this.#routes.get(row) ?? "",
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
  /** Which strategy of the engine it belongs to. */
  readonly strategy: number;
  readonly time: EpochMs;
  /** Whether the venue closed for want of margin. */
  readonly liquidation: boolean;
}

/** Fills as columns, in the order they came. */
export class FillLog {
  readonly #rows: RecordLog = new RecordLog(6);
  /** Fees beyond 2^53 by row: the column holds their nearest double. */
  readonly #bigFees = new Map<number, bigint>();
  readonly #liquidations = new Set<number>();

  get length(): number {
    return this.#rows.length;
  }

  /** The last fill was the venue's, for want of margin. */
  liquidated(): void {
    this.#liquidations.add(this.length - 1);
  }

  add(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, time: EpochMs): void {
    if (typeof fee === "bigint") this.#bigFees.set(this.#rows.length, fee);
    const at = this.#rows.add();
    const { data } = this.#rows;
    data[at] = (order.direction > 0 ? 1 : 0) + (maker ? 2 : 0) + 4 * order.role + 32 * order.strategy + 8192 * order.slot;
    data[at + 1] = quantity;
    data[at + 2] = price;
    data[at + 3] = Number(fee);
    data[at + 4] = order.id;
    data[at + 5] = time;
  }

  read(row: number): FillRow {
    const field = (index: number): number => this.#rows.get(row, index);
    const packed = field(0);
    return {
      direction: packed % 2 === 1 ? 1 : -1,
      maker: Math.floor(packed / 2) % 2 === 1,
      role: Math.floor(packed / 4) % 8,
      strategy: Math.floor(packed / 32) % 256,
      slot: Math.floor(packed / 8192),
      quantity: field(1),
      price: field(2),
      fee: this.#bigFees.get(row) ?? field(3),
      order: field(4),
      time: field(5),
      liquidation: this.#liquidations.has(row),
    };
  }
}

/** What a row of the signal log holds; `order` is 0 where none was made. */
export interface SignalRow {
  readonly time: EpochMs;
  readonly slot: number;
  readonly strategy: number;
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

  add(time: EpochMs, slot: number, strategy: number, kind: number, confidence: number, reference: number): number {
    const row = this.#rows.length;
    const at = this.#rows.add();
    const { data } = this.#rows;
    data[at] = time;
    data[at + 1] = kind + 128 * strategy + 32768 * slot;
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
      time: field(0),
      kind: packed % 8,
      outcome: Math.floor(packed / 8) % 16,
      strategy: Math.floor(packed / 128) % 256,
      slot: Math.floor(packed / 32768),
      confidence: field(2),
      reference: field(3),
      order: field(4),
    };
  }
}
