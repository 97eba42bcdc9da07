import { type Direction, type EpochMs, type LinkState, type OrderBook, type SeriesBar, STATUS, WorkingOrder } from "../core/index.js";
import type { Command } from "./commands.js";

/** Kinds of events and audits, as small integers. */
export const EVENT: {
  readonly candle: 0;
  readonly fill: 1;
  readonly order: 2;
  readonly command: 3;
  readonly trade: 4;
  readonly book: 5;
  readonly timer: 6;
  readonly connectivity: 7;
  readonly tradingState: 8;
  readonly account: 9;
  readonly shutdown: 10;
  readonly liquidation: 11;
  readonly funding: 12;
} = {
  candle: 0,
  fill: 1,
  order: 2,
  command: 3,
  trade: 4,
  book: 5,
  timer: 6,
  connectivity: 7,
  tradingState: 8,
  account: 9,
  shutdown: 10,
  liquidation: 11,
  funding: 12,
};

/** Stands where no order has been set yet, so that the field never changes its representation. */
const NO_ORDER = new WorkingOrder(0, 0, 1, 0, 0, false, 0, 0, 0);
NO_ORDER.status = STATUS.cancelled;

/** A candle has closed. One reused object per instrument: the bar view moves. */
export interface CandleEvent {
  readonly kind: 0;
  readonly bar: SeriesBar;
}

/** An order was filled, wholly or in part. */
export class FillEvent {
  readonly kind = 1;
  order: WorkingOrder = NO_ORDER;
  /** Quantity units that reach the position. */
  quantity = 0;
  price = 0;
  /** Cash units, positive when paid. */
  fee: number | bigint = 0;
  /** Quantity units that were filled as well and kept as a fee in coin, whose value is the fee. */
  withheld = 0;
  maker = false;
  time: EpochMs = 0;
}

/** What a venue says of an order, as small integers. `unknown` is a state nobody knows: the order counts as it did; `resized` is the size of one that has ended in another than was known. */
export const REPORT: {
  readonly accepted: 0;
  readonly rejected: 1;
  readonly cancelled: 2;
  readonly expired: 3;
  readonly amended: 4;
  readonly amendFailed: 5;
  readonly cancelFailed: 6;
  readonly unknown: 7;
  readonly triggered: 8;
  readonly resized: 9;
} = {
  accepted: 0,
  rejected: 1,
  cancelled: 2,
  expired: 3,
  amended: 4,
  amendFailed: 5,
  cancelFailed: 6,
  unknown: 7,
  triggered: 8,
  resized: 9,
};
/** Names of {@link REPORT}, by number. */
export const REPORT_NAMES = [
  "accepted",
  "rejected",
  "cancelled",
  "expired",
  "amended",
  "amendFailed",
  "cancelFailed",
  "unknown",
  "triggered",
  "resized",
] as const;

/** A venue reports what became of an order, a cancel or an amend. */
export class OrderEvent {
  readonly kind = 2;
  order: WorkingOrder = NO_ORDER;
  /** One of {@link REPORT}. */
  report = 0;
  time: EpochMs = 0;
  /** For a rejection for want of money: cash units needed and available. */
  needed = 0;
  available = 0;
  /** For an amend that took: the new total in quantity units and the new price in price units. For one that was resized: its total. */
  quantity = 0;
  price = 0;
  /** Why, in the venue's words; empty where it said nothing. */
  why = "";
}

/** An operator's or a driver's order to the engine. */
export interface CommandEvent {
  readonly kind: 3;
  readonly command: Command;
  /** When it was given; the time of the event before unless given. */
  readonly time?: EpochMs;
}

/** A trade in the market. Reused. */
export class TradeEvent {
  readonly kind = 4;
  slot = 0;
  time: EpochMs = 0;
  /** Side of the taker. */
  direction: Direction = 1;
  /** Price units. */
  price = 0;
  /** Quantity units, rounded down where the venue's lot is coarser than the trade. */
  quantity = 0;
}

/** A book has changed; it is in the run's units and already holds the change. */
export interface BookEvent {
  readonly kind: 5;
  readonly slot: number;
  readonly time: EpochMs;
  readonly book: OrderBook;
}

/** Time has passed. */
export interface TimerEvent {
  readonly kind: 6;
  readonly time: EpochMs;
}

/** A link to a venue came, went or came back. */
export interface ConnectivityEvent {
  readonly kind: 7;
  readonly venue: string;
  readonly link: "market" | "account";
  readonly state: LinkState;
  readonly time: EpochMs;
  readonly reason?: string;
}

/** Trading was switched on or off. While it is off entries are refused; exits pass. */
export interface TradingStateEvent {
  readonly kind: 8;
  readonly enabled: boolean;
  /** Off by nobody's word: entries wait for something. Strategies are not told, and the policy is not followed. */
  readonly waits?: boolean;
  readonly time?: EpochMs;
}

/** The account as its venue says it is; replaces what the engine believed of this venue. Whole units. */
export interface AccountSnapshotEvent {
  readonly kind: 9;
  /** Undefined for the only venue. */
  readonly venue?: string;
  readonly time: EpochMs;
  /** By slot; an instrument of the venue that is absent is flat there. Undefined leaves positions alone. */
  readonly positions?: readonly HeldPosition[];
  /** Ids of the orders that are open at the venue; an order of ours that is absent is gone. Undefined leaves orders alone. */
  readonly openOrders?: readonly number[];
}

/** A position as its venue says it is. */
export interface HeldPosition {
  readonly slot: number;
  /** Signed quantity units. */
  readonly quantity: number;
  /** Price units, 0 where none is known: what a difference is booked at without an average. */
  readonly price: number;
  /** Average entry of a contract, exact. */
  readonly average?: string;
}

/** A position was changed without an order of ours: liquidated, deleveraged or settled by its venue, or traded by somebody else. Whole units. */
export interface LiquidationEvent {
  readonly kind: 11;
  readonly slot: number;
  /** `liquidation` unless given; `external` is a trade of somebody else on the same account. */
  readonly cause?: "liquidation" | "autoDeleveraging" | "settlement" | "external";
  /** Signed quantity units that were traded: negative closes a long position. */
  readonly quantity: number;
  readonly price: number;
  readonly fee: number | bigint;
  readonly time: EpochMs;
}

/** Funding or interest was paid or received. */
export interface FundingEvent {
  readonly kind: 12;
  readonly slot: number;
  /** Cash units, positive when paid. */
  readonly amount: number | bigint;
  readonly time: EpochMs;
}

/** The session ends; nothing is processed after it. */
export interface ShutdownEvent {
  readonly kind: 10;
  readonly time?: EpochMs;
}

export type EngineEvent =
  | CandleEvent
  | FillEvent
  | OrderEvent
  | CommandEvent
  | TradeEvent
  | BookEvent
  | TimerEvent
  | ConnectivityEvent
  | TradingStateEvent
  | AccountSnapshotEvent
  | ShutdownEvent
  | LiquidationEvent
  | FundingEvent;
