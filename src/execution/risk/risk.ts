import type { Decimal, DecimalInput, Instrument, RefusalCode, ScaledInstrument, Side, WorkingOrder } from "../../core/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import type { HeatPosition } from "./portfolio-heat.js";

/** What a risk check sees of a run, in whole units; one reused object. */
export interface RiskState {
  /** Signed position in quantity units. */
  position: number;
  /** Last price in price units. */
  price: number;
  /** Equity in cash units. */
  equity: number | bigint;
  /** True when only orders that shrink the position may pass. */
  liquidateOnly: boolean;
  /** The order works already, and is to move to another price: no order more, for checks that count them. */
  isMove?: boolean;
  /** The order enters for a strategy: it leaves no position, even where it goes against what another strategy holds in the account. */
  opens?: boolean;
  /** Entries of the account that are on their way besides this order: filled, they add to what is held. */
  underWay?: readonly WorkingOrder[];
  /** The whole account, for checks that look beyond one symbol. */
  portfolio?: Portfolio;
}

/** What a checker asks the engine to reduce: it goes out as a reduce-only exit at the market. */
export interface Reduction {
  /** Instrument of the run. */
  readonly slot: number;
  /** Quantity units, whole lots, never more than the position. */
  readonly quantity: number;
  /** Code that the exit carries as its reason. */
  readonly reason: RefusalCode;
}

/** What a checker found when it looked at the account. */
export interface WatchReport {
  /** It decides otherwise from now on than it did before: a session writes such a tick down, so that it stands there again after a restart. */
  readonly changed?: boolean;
  readonly warnings?: readonly string[];
  readonly reductions?: readonly Reduction[];
}

/**
 * Looks at the account, its marks up to date: at every close of a candle (`isClose`), and where decisions do not wait for one at every trade, book and fill as well.
 * Without candles every look counts as a close.
 */
export type RiskWatch = (portfolio: Portfolio, time: number, isClose: boolean) => WatchReport;

/** Outcome of a bound check: the code of the refusal, and the two numbers it compared, in the units it says. */
export interface Verdict {
  code: RefusalCode;
  /** What was asked for. */
  asked: number;
  /** What is allowed. */
  limit: number;
  units: "quantity" | "cash" | "price";
  /** The whole reason, where it is not the sentence of the code. */
  message: string;
  /** The numbers as text, where they are not the two above. */
  numbers?: Readonly<Record<string, string>> | undefined;
}

/** A risk checker bound to an instrument. `check` writes its reasons into `out` and returns whether the order may pass. */
export interface BoundRisk {
  check(order: WorkingOrder, state: RiskState, out: Verdict): boolean;
  /** Largest quantity one order may have, in quantity units: exits above it go out as several orders. */
  readonly orderCap: number;
  /** Told of an order that every check and the venue's filters let pass. */
  passed?(order: Pick<WorkingOrder, "time">): void;
}

/** An order to check alone, in a cell. */
export interface RiskInput {
  side: Side;
  quantity: DecimalInput;
  /** Limit or last price; needed for checks of value. */
  price?: DecimalInput;
  /** Signed position before the order; flat unless given. */
  position?: DecimalInput;
  reduceOnly?: boolean;
  liquidateOnly?: boolean;
  /** Last price, for a collar; `price` unless given. */
  lastPrice?: DecimalInput;
  /** Equity now and at its highest, settlement currency. */
  equity?: DecimalInput;
  peakEquity?: DecimalInput;
  /** What new orders may use, settlement currency. */
  available?: DecimalInput;
  /** Every open position, that of this symbol included; this symbol's alone unless given. */
  positions?: readonly HeatPosition[];
  /** Epoch milliseconds. */
  time?: number;
  instrument?: Instrument;
}

/** A refusal or a pass, as a value. */
export type RiskVerdict =
  | { readonly ok: true; readonly quantity: Decimal }
  | { readonly ok: false; readonly code: RefusalCode; readonly message: string; readonly numbers: Readonly<Record<string, string>> };

/** Decides whether an order may leave, before any venue sees it. */
export interface RiskChecker {
  readonly name: string;
  /** The limits as text, for reports and exported files. */
  readonly limits: Readonly<Record<string, string>>;
  /** Checks one order alone. @throws LabError `DECIMAL_INVALID` for a number that is none. */
  check(input: RiskInput): RiskVerdict;
  bind(instrument: ScaledInstrument): BoundRisk;
  /** A fresh checker for a run on a portfolio, where it remembers: what one run did must not decide another. */
  start?(portfolio: Portfolio): RiskChecker;
  /** Where it looks at the account at every close and tick. Without one they cost nothing. */
  readonly watch?: RiskWatch;
}
