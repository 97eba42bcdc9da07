import type {
  AmendRequest,
  Decimal,
  DecimalInput,
  EpochMs,
  Instrument,
  InstrumentInput,
  OrderRequest,
  Side,
  TimeInForce,
} from "../../core/index.js";
import type { ParamReader, ParamsOf } from "./params.js";

/** Plain JSON: what an algorithm's state is made of. */
export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

/** The order that an algorithm works off. */
export interface ParentOrder {
  /** Beginning of every child's id: at most 30 of A-Z a-z 0-9 _ -. */
  readonly id: string;
  readonly side: Side;
  /** In base currency, whole lots. */
  readonly quantity: Decimal;
  /** An exit: what an algorithm leaves undone when its time is up goes to the market. */
  readonly reduceOnly: boolean;
  readonly instrument: Instrument;
}

/** What a caller gives of a parent order. */
export interface ParentInput {
  readonly id: string;
  readonly side: Side;
  readonly quantity: DecimalInput;
  readonly reduceOnly?: boolean;
  readonly instrument: Instrument | InstrumentInput;
  /** The price of the moment, where it is known. */
  readonly price?: DecimalInput;
}

/** What an algorithm hears. Times are the run's; prices and quantities are exact. */
export type AlgorithmEvent =
  | { readonly type: "timer"; readonly time: EpochMs }
  | { readonly type: "trade"; readonly time: EpochMs; readonly price: DecimalInput; readonly quantity: DecimalInput }
  | { readonly type: "book"; readonly time: EpochMs; readonly bid?: DecimalInput; readonly ask?: DecimalInput }
  /** A candle has closed; `time` is its close. */
  | { readonly type: "candle"; readonly time: EpochMs; readonly close: DecimalInput; readonly volume: DecimalInput }
  /** A child, or a change of it, has been acknowledged. */
  | { readonly type: "accepted"; readonly time: EpochMs; readonly childId: string }
  /** With an `executionId` the same fill may come twice: it counts once. */
  | {
      readonly type: "fill";
      readonly time: EpochMs;
      readonly childId: string;
      readonly quantity: DecimalInput;
      readonly price: DecimalInput;
      readonly executionId?: string;
    }
  /** A child is over without being filled whole. */
  | {
      readonly type: "ended";
      readonly time: EpochMs;
      readonly childId: string;
      readonly status: "cancelled" | "rejected";
      readonly reason?: string;
    };

/** What an algorithm asks for: to be sent in this order. */
export type AlgorithmRequest =
  | { readonly type: "place"; readonly order: OrderRequest }
  | { readonly type: "amend"; readonly amend: AmendRequest }
  | { readonly type: "cancel"; readonly symbol: string; readonly clientOrderId: string };

/** A child order that is not over yet. */
export interface ChildOrder {
  readonly id: string;
  /** From 1. */
  readonly number: number;
  readonly type: "market" | "limit";
  readonly quantity: Decimal;
  readonly filled: Decimal;
  readonly price: Decimal | undefined;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  /** Nobody has acknowledged it yet. */
  readonly pending: boolean;
  readonly cancelling: boolean;
}

/** What an algorithm asks of a child. */
export interface ChildInput {
  readonly type: "market" | "limit";
  /** Floored to the lot and to what is unsent; see {@link AlgorithmDesk.send}. */
  readonly quantity: DecimalInput;
  /** For a limit; put on the tick, away from crossing. */
  readonly price?: DecimalInput;
  readonly timeInForce?: TimeInForce;
  readonly postOnly?: boolean;
}

/** What an algorithm knows and may do while it handles an event. */
export interface AlgorithmDesk<P> {
  readonly parent: ParentOrder;
  readonly params: P;
  readonly time: EpochMs;
  readonly startedAt: EpochMs;
  /** Last price, of a trade or a candle's close. */
  readonly last: Decimal | undefined;
  readonly bid: Decimal | undefined;
  readonly ask: Decimal | undefined;
  /** What the market has traded since the start. */
  readonly volume: Decimal;
  readonly filled: Decimal;
  /** Sent and neither filled nor over. */
  readonly working: Decimal;
  /** Neither filled nor working: what may still be sent. */
  readonly unsent: Decimal;
  /** Children that are not over, oldest first. */
  readonly children: readonly ChildOrder[];
  /**
   * Sends a child. Its quantity is floored to the lot and never more than what is unsent; a rest too small for an order of its own goes with it. Undefined
   * where the quantity is less than the venue's smallest order and not all that is left.
   * @throws LabError `ALGORITHM_CHILD` for an order that cannot be meant: an unknown type or key, a limit without a price above zero, a market order with one.
   */
  send(child: ChildInput): ChildOrder | undefined;
  /** Moves a resting child to another price, put on the tick away from crossing; false where it is there already, or not acknowledged yet. */
  amend(child: ChildOrder, price: DecimalInput): boolean;
  cancel(child: ChildOrder): void;
  /** The time at which a timer event is wanted at the latest. */
  wakeAt(time: EpochMs): void;
  /** Ends the work: children are cancelled, and an exit's rest goes to the market. */
  finish(outcome: "expired" | "failed", note: string): void;
}

/** What `defineAlgorithm` takes. The state is plain JSON, so that it survives a restart; handlers change it in place. */
export interface AlgorithmInput<R extends Readonly<Record<string, ParamReader<unknown>>>, S extends Json> {
  readonly name: string;
  readonly params: R;
  /** Called once; returns the state. May send. */
  start(desk: AlgorithmDesk<ParamsOf<R>>): S;
  /** Called after what the event says has been booked. */
  onEvent(desk: AlgorithmDesk<ParamsOf<R>>, state: S, event: AlgorithmEvent): void;
  /** A sentence on where it stands. */
  status?(desk: AlgorithmDesk<ParamsOf<R>>, state: S): string;
  /** What is to be kept of the state; all of it unless given. */
  save?(state: S): Json;
  /** The state from what was kept. */
  restore?(saved: Json): S;
  /** An operator calls it off; children are cancelled afterwards. */
  cancel?(desk: AlgorithmDesk<ParamsOf<R>>, state: S): void;
}

/** An algorithm of any parameters and state: what functions that take one accept. */
export interface AlgorithmDefinition {
  readonly name: string;
  /** Names of its parameters. */
  readonly paramNames: readonly string[];
  /** Checks parameters; returns them as plain JSON. @throws LabError `ALGORITHM_PARAM`, `OPTION_UNKNOWN`. */
  readParams(input: Readonly<Record<string, unknown>>): Readonly<Record<string, Json>>;
  start(desk: AlgorithmDesk<never>): Json;
  onEvent(desk: AlgorithmDesk<never>, state: Json, event: AlgorithmEvent): void;
  status(desk: AlgorithmDesk<never>, state: Json): string;
  save(state: Json): Json;
  restore(saved: Json): Json;
  cancel(desk: AlgorithmDesk<never>, state: Json): void;
}

/** Where the work of an algorithm stands; from `done` on it is over. */
export type AlgorithmState = "running" | "closing" | "done" | "expired" | "cancelled" | "failed";

/** An algorithm's work, for people. */
export interface AlgorithmStatus {
  readonly id: string;
  readonly algorithm: string;
  readonly state: AlgorithmState;
  readonly quantity: Decimal;
  readonly filled: Decimal;
  readonly working: Decimal;
  readonly unsent: Decimal;
  /** Undefined before the first fill. */
  readonly averagePrice: Decimal | undefined;
  /** Children sent so far. */
  readonly children: number;
  readonly note: string;
}

/** A run of an algorithm as plain JSON: everything it takes to go on with it. */
export interface SavedAlgorithm {
  readonly version: 1;
  readonly algorithm: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly parent: Readonly<Record<string, Json>>;
  readonly run: Readonly<Record<string, Json>>;
  readonly children: readonly Readonly<Record<string, Json>>[];
  readonly state: Json;
}
