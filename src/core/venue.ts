import type { CandleSeries } from "./candles.js";
import type { Decimal } from "./decimal.js";
import type { Instrument, InstrumentKind } from "./instrument.js";
import type { MarketEvent, MarketTopic } from "./market.js";
import type { OrderType, Position, Side, TimeInForce, TriggerBy } from "./orders.js";
import type { EpochMs, Interval } from "./time.js";

/** An order to be placed at a venue: everything is decided, nothing is rounded or completed on the way. */
export interface OrderRequest {
  /** At most 36 of A-Z a-z 0-9 _ -, never used before. */
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** In base currency; for an inverse contract in quote (contracts of one). */
  readonly quantity: Decimal;
  /** Limit price, for the limit types. */
  readonly price?: Decimal;
  /** For the conditional types. */
  readonly triggerPrice?: Decimal;
  /** The last price unless given. */
  readonly triggerBy?: TriggerBy;
  /** `gtc` for what can rest unless given. */
  readonly timeInForce?: TimeInForce;
  /** Rest or be cancelled, never take. */
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
}

/** Whether an order can only take risk off: it says so, or it sells coins, which nobody can owe on spot, whose venues have no word for it. */
export function onlyReduces({ reduceOnly, side }: Pick<OrderRequest, "reduceOnly" | "side">, kind: InstrumentKind): boolean {
  return reduceOnly === true || (kind === "spot" && side === "sell");
}

/** What may change of a resting order; the quantity is the new total, filled part included. */
export interface AmendRequest {
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly quantity?: Decimal;
  readonly price?: Decimal;
  readonly triggerPrice?: Decimal;
}

/**
 * Where an order stands at its venue. `untriggered` waits for its trigger; `filled`, `cancelled` (perhaps with fills) and `rejected` are final; `unknown` is a state the
 * venue reported and we do not know: it counts as open.
 */
export type VenueOrderStatus = "pending" | "untriggered" | "working" | "partiallyFilled" | "filled" | "cancelled" | "rejected" | "unknown";

/** An order as its venue reports it. */
export interface VenueOrder {
  readonly venueOrderId: string;
  /** Empty for an order that was placed without one. */
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: Decimal;
  readonly filledQuantity: Decimal;
  readonly averagePrice: Decimal | undefined;
  readonly price: Decimal | undefined;
  readonly triggerPrice: Decimal | undefined;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly status: VenueOrderStatus;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  /** Why it was cancelled or rejected, in the venue's words. */
  readonly reason: string | undefined;
}

/** What moved a position or a balance. Only `trade` is a fill of an order of ours. */
export type ExecutionKind = "trade" | "funding" | "liquidation" | "autoDeleveraging" | "settlement" | "other";

/** An execution as its venue reports it; ids are unique per venue and never change. */
export interface VenueExecution {
  readonly executionId: string;
  readonly venueOrderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly kind: ExecutionKind;
  readonly quantity: Decimal;
  readonly price: Decimal;
  /** Positive when paid. */
  readonly fee: Decimal;
  readonly feeCurrency: string;
  readonly liquidity: "maker" | "taker";
  readonly time: EpochMs;
}

/** One currency of an account. */
export interface Balance {
  readonly currency: string;
  readonly total: Decimal;
  /** What new orders may use. */
  readonly available: Decimal;
}

/** State of a link to a venue. */
export type LinkState = "connecting" | "healthy" | "reconnecting" | "closed";

/** What a venue tells of the account, in the order it is known. Order events and executions come in any order between them. */
export type AccountEvent =
  | { readonly type: "order"; readonly order: VenueOrder }
  | { readonly type: "execution"; readonly execution: VenueExecution }
  | { readonly type: "balance"; readonly balances: readonly Balance[]; readonly time: EpochMs }
  | { readonly type: "position"; readonly position: Position; readonly time: EpochMs }
  /** The account's stream came, went or came back; `healthy` after a gap means that what was missed has been told. */
  | { readonly type: "link"; readonly state: LinkState; readonly reason?: string; readonly time: EpochMs };

/** A failure of a request as a value. `definite` means that it certainly had no effect; otherwise its outcome is not known and must be reconciled. */
export interface VenueFailure {
  readonly ok: false;
  readonly definite: boolean;
  /** Stable: `REJECTED`, `INSUFFICIENT_FUNDS`, `INVALID_ORDER`, `DUPLICATE_ID`, `NOT_FOUND`, `RATE_LIMITED`, `BREAKER_OPEN`, `NOT_CONNECTED`, `TIMEOUT`, `AUTH`, `OUTCOME_UNKNOWN`. */
  readonly code: string;
  readonly message: string;
  /** The venue's own code, where it gave one. */
  readonly venueCode?: number | string;
}

/** The order as far as the venue acknowledged it, or the failure. A placed order may still be rejected or cancelled: the account's events say so. */
export type OrderOutcome = { readonly ok: true; readonly order: VenueOrder } | VenueFailure;

/** State of a circuit breaker: requests pass, are refused at once, or are let through on trial. */
export type BreakerState = "closed" | "open" | "halfOpen";

/** A venue's circuit breaker, as an operator sees it. */
export interface Breaker {
  readonly state: BreakerState;
  metrics(): BreakerMetrics;
  /** Closes it by hand. */
  reset(): void;
}

/** What a circuit breaker counts. */
export interface BreakerMetrics {
  readonly state: BreakerState;
  /** Failures in a row. */
  readonly consecutiveFailures: number;
  /** Share of failures among the last outcomes, 0 to 1. */
  readonly failureRate: number;
  /** Times it opened. */
  readonly trips: number;
  readonly lastTripReason: string | undefined;
  /** Milliseconds until requests are tried again; 0 when they pass. */
  readonly recoversInMs: number;
}

/**
 * An account at a venue: places orders and tells what becomes of them. Every implementation passes the conformance suite of `tesserlab/venues/conformance`.
 * Requests never throw for what a venue answers: outcomes are values. They throw `LabError` for misuse (`VENUE_CLOSED`, an unknown symbol).
 */
export interface Venue {
  /** As it stands in symbols and journals: `paper`, `bybit-testnet`. */
  readonly name: string;
  readonly breaker: Breaker;
  /** Logs in and tells the account's state from now on; resolves when orders can be placed. */
  connect(): Promise<void>;
  close(): Promise<void>;
  /** What can be traded, with filters. */
  instruments(): Promise<readonly Instrument[]>;
  /** Places an order once: an unknown outcome is reconciled by its client order id before this resolves, as far as that can be done. */
  place(request: OrderRequest): Promise<OrderOutcome>;
  amend(request: AmendRequest): Promise<OrderOutcome>;
  /** Cancels an order; one that is gone already is answered by its final state. */
  cancel(symbol: string, clientOrderId: string): Promise<OrderOutcome>;
  /** Cancels every open order, of one symbol where it is given. */
  cancelAll(symbol?: string): Promise<readonly OrderOutcome[]>;
  /** Open orders. */
  orders(symbol?: string): Promise<readonly VenueOrder[]>;
  /** One order, open or final, or undefined where the venue has never heard of it. */
  order(symbol: string, clientOrderId: string): Promise<VenueOrder | undefined>;
  /** Executions from a time on, oldest first. */
  executions(options: { readonly since: EpochMs; readonly symbol?: string }): Promise<readonly VenueExecution[]>;
  positions(): Promise<readonly Position[]>;
  balances(): Promise<readonly Balance[]>;
  setLeverage(symbol: string, leverage: Decimal): Promise<{ readonly ok: true } | VenueFailure>;
  /** Why no new risk is taken, where the connector has halted. */
  readonly halted?: string | undefined;
  /** Takes new risk again after a halt, once somebody has looked. */
  resume?(): void;
  /** Hears of the account; returns how to stop. A listener that throws is reported and does not stop others. */
  subscribe(listener: (event: AccountEvent) => void): () => void;
}

/** A running subscription to market data. */
export interface MarketSubscription {
  readonly topics: readonly MarketTopic[];
  close(): Promise<void>;
}

/** Which candles are asked for: those with open times in [from, to). */
export interface CandleQuery {
  readonly symbol: string;
  readonly interval: Interval;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Market data of a venue: history and streams. Every implementation passes the suite of `tesserlab/venues/conformance`. */
export interface MarketData {
  readonly name: string;
  /** Levels of a side that its streams of order books come with, ascending; where it is left out, as many as there are. */
  readonly bookDepths?: readonly number[];
  instruments(): Promise<readonly Instrument[]>;
  /** Closed candles with open times in [from, to), oldest first, without gaps or duplicates. */
  candles(query: CandleQuery): Promise<CandleSeries>;
  /**
   * Streams topics until closed; an order book starts with a snapshot, and starts again with one after every gap. A listener that throws is reported and does not stop others.
   */
  subscribe(
    topics: readonly MarketTopic[],
    listener: (event: MarketEvent) => void,
    link?: (state: LinkState, reason?: string) => void,
  ): Promise<MarketSubscription>;
  close(): Promise<void>;
}
