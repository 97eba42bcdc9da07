import type { Decimal, EpochMs, Fill, Order, OrderRole, Position, Trade } from "../core/index.js";

/** Where a session stands. `interrupted` is a session that never said it ended: its process or thread is gone. */
export type SessionStatus = "running" | "completed" | "stopped" | "failed" | "interrupted";

/** Values that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A doubt about a session that its reader must see. */
export interface SessionWarning {
  readonly code: string;
  readonly message: string;
}

/** Which candles a session was fed with. */
export interface SessionData {
  readonly symbol: string;
  readonly interval: string;
  /** File name or URL as the user wrote it. */
  readonly name: string;
  readonly sha256?: string;
  readonly synthetic: boolean;
  readonly bars: number;
  readonly from?: EpochMs;
  readonly to?: EpochMs;
}

/** What is known of a session when it starts. */
export interface SessionStart {
  readonly id: string;
  readonly strategy: string;
  /** Checked parameters; decimals as text. */
  readonly params: Readonly<Record<string, Json>>;
  readonly settings: Readonly<Record<string, Json>>;
  readonly data: readonly SessionData[];
  readonly venue: string;
  readonly currency: string;
  readonly initialCash: Decimal;
  readonly periodsPerYear: number;
  readonly warnings: readonly SessionWarning[];
}

/** How far a session has come: replaces what was there before. */
export interface SessionProgress {
  /** Bars handled. */
  readonly bars: number;
  /** Open time of the newest of them; undefined leaves what was written before. */
  readonly marketTime: EpochMs | undefined;
  readonly equity: Decimal;
  /** Wallet balance: without open P&L. */
  readonly balance: Decimal;
  readonly fees: Decimal;
  readonly funding: Decimal;
}

/** A session as the file holds it. */
export interface SessionRecord extends SessionStart, SessionProgress {
  readonly status: SessionStatus;
  /** Why a failed session failed. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** Wall time. */
  readonly started: EpochMs;
  readonly ended: EpochMs | undefined;
}

/** A line of a session's log. */
export interface SessionEvent {
  /** Wall time. */
  readonly time: EpochMs;
  readonly level: "info" | "warning" | "error";
  readonly code: string;
  readonly message: string;
}

/** New points of an equity curve, by index: writing the same points again changes nothing. */
export interface EquitySlice {
  /** Index of the first point. */
  readonly start: number;
  readonly time: Float64Array;
  readonly value: Float64Array;
}

/** An order as it is about to be sent: on disk before the venue hears of it. */
export interface StoredIntent {
  readonly clientOrderId: string;
  readonly symbol: string;
  /** The request, whole; decimals as text. */
  readonly request: Json;
  readonly created: EpochMs;
  /** `intended` until the venue's answer is on disk: such an order may have landed. */
  readonly state: "intended" | "landed" | "failed";
  /** The venue's answer. */
  readonly outcome: Json | undefined;
}

/** A venue's execution that the session has taken in: never again under the same id. */
export interface StoredExecution {
  readonly executionId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly time: EpochMs;
  readonly payload: Json;
}

/** State of an execution algorithm under way. */
export interface StoredAlgorithm {
  readonly id: string;
  /** `undefined` when it is done: it is taken out. */
  readonly payload: Json | undefined;
}

/** A switch that outlives sessions, such as `liquidateOnly`; `null` takes it away. */
export interface StoredFlag {
  readonly name: string;
  readonly value: Json;
}

/** What a session's router has done: replaces what was there before. */
export interface StoredRouter {
  /** `taker`, `maker_entry`, `maker_exit` or `maker_both`. */
  readonly style: string;
  /** Orders that rest, and at which attempt. */
  readonly working: readonly { readonly tradeId: string; readonly action: string; readonly asset: string; readonly retryN: number }[];
  /** How often it planned, missed, tried again and escalated, by the names of `router.snapshot()`. */
  readonly counters: Readonly<Record<string, number>>;
}

/** A line of the journal, before it has its number. */
export interface JournalLine {
  /** What happened: `audit`, `signal`, `command`, `link`, and so on. */
  readonly kind: string;
  readonly symbol?: string;
  /** Time of the session; the wall clock's unless given. */
  readonly time?: EpochMs;
  readonly payload: unknown;
}

/** What one flush writes, in one transaction. Orders, positions, trades and warnings replace earlier versions of themselves; fills never change. */
export interface SessionBatch {
  readonly progress?: SessionProgress;
  /** Left out of the journal where it has not changed. */
  readonly router?: StoredRouter;
  readonly orders?: readonly Order[];
  readonly fills?: readonly Fill[];
  readonly positions?: readonly Position[];
  readonly trades?: readonly Trade[];
  readonly equity?: EquitySlice;
  readonly events?: readonly SessionEvent[];
  readonly warnings?: readonly SessionWarning[];
  readonly intents?: readonly StoredIntent[];
  readonly executions?: readonly StoredExecution[];
  readonly algorithms?: readonly StoredAlgorithm[];
  readonly flags?: readonly StoredFlag[];
  /** Lines of the journal of their own; whatever else a batch holds writes its own lines. */
  readonly lines?: readonly JournalLine[];
}

/** An order as any state file can tell it: Tesser's carry no leg and no reduce-only flag. */
export interface StoredOrder extends Omit<Order, "role" | "reduceOnly"> {
  readonly role: OrderRole | undefined;
  readonly reduceOnly: boolean | undefined;
}

/** A position as any state file can tell it: Tesser's carry neither realised P&L nor fees of a symbol. */
export interface StoredPosition extends Omit<Position, "realizedPnl" | "fees"> {
  readonly realizedPnl: Decimal | undefined;
  readonly fees: Decimal | undefined;
}

/** Money of one currency. */
export interface StoredBalance {
  readonly currency: string;
  readonly quantity: Decimal;
  /** Value of one unit in the reporting currency. */
  readonly rate: Decimal;
}

/** Which orders to list. */
export interface OrderFilter {
  readonly status?: Order["status"];
  readonly symbol?: string;
  /** A session's id; the newest session unless given. */
  readonly session?: string;
}

/** Which fills to list. */
export interface FillFilter {
  readonly symbol?: string;
  readonly session?: string;
}
