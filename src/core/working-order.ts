import type { ExactPrice } from "./price.js";

/** The direction of an order as a sign: price x quantity x direction is what cash loses. */
export type Direction = 1 | -1;

/** Order types as small integers, for the hot path. */
export const TYPE: { readonly market: 0; readonly limit: 1; readonly stop: 2 } = { market: 0, limit: 1, stop: 2 };
/** Order states as small integers; everything from `filled` on is final. */
export const STATUS: {
  readonly pending: 0;
  readonly working: 1;
  readonly filled: 2;
  readonly cancelled: 3;
  readonly rejected: 4;
  readonly refused: 5;
} = { pending: 0, working: 1, filled: 2, cancelled: 3, rejected: 4, refused: 5 };
/** Legs as small integers. */
export const ROLE: {
  readonly entry: 0;
  readonly exit: 1;
  readonly stopLoss: 2;
  readonly takeProfit: 3;
  readonly reverse: 4;
} = { entry: 0, exit: 1, stopLoss: 2, takeProfit: 3, reverse: 4 };

/** Names of {@link TYPE}, {@link STATUS} and {@link ROLE}, by number. */
export const TYPE_NAMES = ["market", "limit", "stop"] as const;
export const STATUS_NAMES = ["working", "working", "filled", "cancelled", "rejected", "refused"] as const;
export const ROLE_NAMES = ["entry", "exit", "stopLoss", "takeProfit", "reverse"] as const;

/**
 * An order inside the engine and the paper venue: whole units only, one object from signal to final state. The edge form is
 * `Order`. Its stages are types of the execution layer, so that only an approved order can be sent.
 */
export class WorkingOrder {
  readonly id: number;
  /** Which instrument of the run. */
  readonly slot: number;
  readonly direction: Direction;
  readonly type: number;
  readonly role: number;
  readonly reduceOnly: boolean;
  /** Quantity units. */
  readonly quantity: number;
  /** Limit or trigger price in price units; 0 for a market order. */
  readonly price: number;
  /** Bar the order was made on. */
  readonly bar: number;
  /** First bar it may fill on. */
  readonly eligible: number;
  status: number = STATUS.pending;
  /** Price the decision was made at, in price units: the arrival price. */
  reference = 0;
  /** For an entry: where its protective legs go; null for none. */
  stopLoss: ExactPrice | null = null;
  takeProfit: ExactPrice | null = null;
  /** For a protective leg: the other one of its entry, which ends with it. */
  sibling: WorkingOrder | null = null;

  constructor(
    id: number,
    slot: number,
    direction: Direction,
    type: number,
    role: number,
    reduceOnly: boolean,
    quantity: number,
    price: number,
    bar: number,
    eligible: number,
  ) {
    this.id = id;
    this.slot = slot;
    this.direction = direction;
    this.type = type;
    this.role = role;
    this.reduceOnly = reduceOnly;
    this.quantity = quantity;
    this.price = price;
    this.bar = bar;
    this.eligible = eligible;
  }
}

declare const approved: unique symbol;

/** An order that has passed sizing, risk and compliance. Only the execution layer makes one; a venue takes nothing else. */
export type ApprovedOrder = WorkingOrder & { readonly [approved]: true };
