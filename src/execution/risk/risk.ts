import type { Decimal, DecimalInput, Instrument, RefusalCode, ScaledInstrument, Side, WorkingOrder } from "../../core/index.js";

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
}

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
}

/** A risk checker bound to an instrument. `check` writes its reasons into `out` and returns whether the order may pass. */
export interface BoundRisk {
  check(order: WorkingOrder, state: RiskState, out: Verdict): boolean;
  /** Largest quantity one order may have, in quantity units: exits above it go out as several orders. */
  readonly orderCap: number;
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
}
