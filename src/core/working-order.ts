import type { ExactPrice } from "./price.js";
import type { EpochMs } from "./time.js";

/** The direction of an order as a sign: price x quantity x direction is what cash loses. */
export type Direction = 1 | -1;

/** Order types as small integers, for the hot path. */
export const TYPE: {
  readonly market: 0;
  readonly limit: 1;
  readonly stop: 2;
  readonly stopLimit: 3;
  readonly takeProfit: 4;
  readonly takeProfitLimit: 5;
} = { market: 0, limit: 1, stop: 2, stopLimit: 3, takeProfit: 4, takeProfitLimit: 5 };
/** Order states as small integers; everything from `filled` on is final. `cancelling` is a live order whose cancel has been asked for. */
export const STATUS: {
  readonly pending: 0;
  readonly working: 1;
  readonly partiallyFilled: 2;
  readonly cancelling: 3;
  readonly filled: 4;
  readonly cancelled: 5;
  readonly rejected: 6;
  readonly refused: 7;
} = { pending: 0, working: 1, partiallyFilled: 2, cancelling: 3, filled: 4, cancelled: 5, rejected: 6, refused: 7 };
/** Legs as small integers. */
export const ROLE: {
  readonly entry: 0;
  readonly exit: 1;
  readonly stopLoss: 2;
  readonly takeProfit: 3;
  readonly reverse: 4;
} = { entry: 0, exit: 1, stopLoss: 2, takeProfit: 3, reverse: 4 };
/** How long an order stays, as small integers: good till cancelled, immediate or cancel, fill or kill. */
export const TIF: { readonly gtc: 0; readonly ioc: 1; readonly fok: 2 } = { gtc: 0, ioc: 1, fok: 2 };

/** Names of {@link TYPE}, {@link STATUS}, {@link ROLE} and {@link TIF}, by number. */
export const TYPE_NAMES = ["market", "limit", "stop", "stopLimit", "takeProfit", "takeProfitLimit"] as const;
export const STATUS_NAMES = ["working", "working", "partiallyFilled", "working", "filled", "cancelled", "rejected", "refused"] as const;
export const ROLE_NAMES = ["entry", "exit", "stopLoss", "takeProfit", "reverse"] as const;
export const TIF_NAMES = ["gtc", "ioc", "fok"] as const;

/** What few orders have: the fields of {@link WorkingOrder} that are not their defaults. */
class RareFields {
  limit = 0;
  timeInForce: number = TIF.gtc;
  postOnly = false;
  abandoned = false;
  amending = 0;
  amendable = true;
  attempt = 0;
  isPart = false;
  reason = "";
  group = "";
  route = "";
}

/** The defaults, shared by all orders that have nothing else; never written to. */
const COMMON = new RareFields();

/**
 * An order inside the engine and the paper venue: whole units only, one object from signal to final state. The edge form is
 * `Order`. Its stages are types of the execution layer, so that only an approved order can be sent.
 *
 * Who is told of a fill or an end books it here, with {@link WorkingOrder.fill} and {@link WorkingOrder.end}: the engine for its own orders, the paper exchange
 * for its clients'. What matches only reads.
 *
 * Orders are made by the million, so that their size is time: what few of them have is kept beside them, in an object made when it is first needed. Fields are declared
 * and set in the constructor alone: a field that is defined first and set afterwards costs a second write and its number representation.
 */
export class WorkingOrder {
  declare readonly id: number;
  /** Which instrument of the run. */
  declare readonly slot: number;
  declare readonly direction: Direction;
  /** One of {@link TYPE}; a router's hook may still change it before the order leaves. */
  declare type: number;
  declare readonly role: number;
  declare readonly reduceOnly: boolean;
  /** Total in quantity units, the filled part included. */
  declare quantity: number;
  /** What it waits at, in price units: the limit price, for the conditional types the trigger; 0 for a market order. */
  declare price: number;
  /** First bar it may fill on, in a replay of candles; else 0. */
  declare readonly eligible: number;
  /** When it was made. */
  declare readonly time: EpochMs;
  /** A conditional order whose trigger was reached. */
  declare triggered: boolean;
  /** Quantity units filled so far. */
  declare filled: number;
  declare status: number;
  /** Whether it has left for its venue: one that has not is taken back without asking anyone. */
  declare sent: boolean;
  /** Which strategy of the engine it belongs to. */
  declare strategy: number;
  /** Price the decision was made at, in price units: the arrival price. */
  declare reference: number;
  /** For an entry: where its protective legs go; null for none. */
  declare stopLoss: ExactPrice | null;
  declare takeProfit: ExactPrice | null;
  /** For a protective leg: the other one of its entry, which ends with it. */
  declare sibling: ApprovedOrder | null;
  /** For a protective leg: the entry it protects. */
  declare parent: ApprovedOrder | null;
  /** For an entry: quantity units its protective legs have closed. */
  declare closed: number;
  declare private rare: RareFields;

  constructor(
    id: number,
    slot: number,
    direction: Direction,
    type: number,
    role: number,
    reduceOnly: boolean,
    quantity: number,
    price: number,
    eligible: number,
    time: EpochMs = 0,
  ) {
    this.id = id;
    this.slot = slot;
    this.direction = direction;
    this.type = type;
    this.role = role;
    this.reduceOnly = reduceOnly;
    this.quantity = quantity;
    this.price = price;
    this.eligible = eligible;
    this.time = time;
    this.triggered = false;
    this.filled = 0;
    this.status = STATUS.pending;
    this.sent = false;
    this.strategy = 0;
    this.reference = 0;
    this.stopLoss = null;
    this.takeProfit = null;
    this.sibling = null;
    this.parent = null;
    this.closed = 0;
    this.rare = COMMON;
  }

  private own(): RareFields {
    if (this.rare === COMMON) this.rare = new RareFields();
    return this.rare;
  }

  /** For stopLimit and takeProfitLimit: the limit price it has once triggered, in price units; else 0. */
  get limit(): number {
    return this.rare.limit;
  }
  set limit(value: number) {
    if (value !== this.rare.limit) this.own().limit = value;
  }

  /** One of {@link TIF}. */
  get timeInForce(): number {
    return this.rare.timeInForce;
  }
  set timeInForce(value: number) {
    if (value !== this.rare.timeInForce) this.own().timeInForce = value;
  }

  /** Rest or be cancelled, never take. */
  get postOnly(): boolean {
    return this.rare.postOnly;
  }
  set postOnly(value: boolean) {
    if (value !== this.rare.postOnly) this.own().postOnly = value;
  }

  /** For an entry: taken back by an exit or by the other side, so that a fill that still comes is closed at once. */
  get abandoned(): boolean {
    return this.rare.abandoned;
  }
  set abandoned(value: boolean) {
    if (value !== this.rare.abandoned) this.own().abandoned = value;
  }

  /** Quantity units an amend on its way asks for; 0 for none. */
  get amending(): number {
    return this.rare.amending;
  }
  set amending(value: number) {
    if (value !== this.rare.amending) this.own().amending = value;
  }

  /** False once its venue has refused to amend it. */
  get amendable(): boolean {
    return this.rare.amendable;
  }
  set amendable(value: boolean) {
    if (value !== this.rare.amendable) this.own().amendable = value;
  }

  /** How many orders of the same leg failed before it. */
  get attempt(): number {
    return this.rare.attempt;
  }
  set attempt(value: number) {
    if (value !== this.rare.attempt) this.own().attempt = value;
  }

  /** For an exit: meant for this much of the position alone, so that it is not tried again for more. */
  get isPart(): boolean {
    return this.rare.isPart;
  }
  set isPart(value: boolean) {
    if (value !== this.rare.isPart) this.own().isPart = value;
  }

  /** Why a position is left, for exits and legs; why an order ended, as its venue says. Empty where nothing was said. */
  get reason(): string {
    return this.rare.reason;
  }
  set reason(value: string) {
    if (value !== this.rare.reason) this.own().reason = value;
  }

  /** Legs that belong together; empty for none. */
  get group(): string {
    return this.rare.group;
  }
  set group(value: string) {
    if (value !== this.rare.group) this.own().group = value;
  }

  /** How the router or an algorithm sent it; empty for an order that goes out as it is. */
  get route(): string {
    return this.rare.route;
  }
  set route(value: string) {
    if (value !== this.rare.route) this.own().route = value;
  }

  /** Quantity units not filled yet. */
  get remaining(): number {
    return this.quantity - this.filled;
  }

  /** Whether its venue may still fill it: acknowledged and not final, a cancel on its way included. */
  get isLive(): boolean {
    return this.status >= STATUS.working && this.status <= STATUS.cancelling;
  }

  /** Whether it is final: filled, cancelled, rejected or refused. */
  get isFinal(): boolean {
    return this.status >= STATUS.filled;
  }

  /** Books an execution of `quantity` units. A final order that is filled after all keeps its state unless it is filled whole. */
  fill(quantity: number): void {
    this.filled += quantity;
    if (this.filled >= this.quantity) this.status = STATUS.filled;
    else if (this.status < STATUS.cancelling) this.status = STATUS.partiallyFilled;
  }

  /** Books the end of the order. One that is final already stays as it is. @returns whether this was news. */
  end(status: number): boolean {
    if (this.isFinal) return false;
    this.status = status;
    return true;
  }
}

declare const approved: unique symbol;

/** An order that has passed sizing, risk and compliance. Only the execution layer makes one; a venue takes nothing else. */
export type ApprovedOrder = WorkingOrder & { readonly [approved]: true };
