import type { CandleSeries, Decimal, DecimalInput, Instrument, ScaledInstrument, SignalKind } from "../../core/index.js";
import type { BarHistory } from "./history.js";

/** What a sizer sees when it is used alone: exact numbers of one moment. */
export interface SizingInput {
  /** Equity marked at this bar's close, settlement currency. */
  equity: DecimalInput;
  /** This bar's close. */
  price: DecimalInput;
  signal?: SignalKind;
  /** 0 to 1, as the strategy gave it. */
  confidence?: number;
  instrument?: Instrument;
  /** The candles up to this moment, for sizers that estimate volatility; a series stands at its last candle. */
  history?: CandleSeries | BarHistory;
}

/** The same inside a run, in whole units; one reused object. */
export interface SizingState {
  /** Cash units; a BigInt beyond 2^53. */
  equity: number | bigint;
  /** Price units. */
  price: number;
  kind: SignalKind;
  confidence: number;
  /** The candles up to this moment; looked at by sizers that estimate volatility, and by nobody else. */
  history?: BarHistory | undefined;
}

/** A sizer bound to an instrument: how many quantity units an entry asks for, before rounding to the lot. */
export interface BoundSizer {
  units(state: SizingState): number;
}

/** Turns a signal into a quantity. Sizers never look at orders: caps belong to risk. */
export interface Sizer {
  readonly name: string;
  /** Tesser's notation, `percent:0.05`: what reports and exported files carry. */
  readonly text: string;
  /**
   * The exact quantity in base currency (contracts of an inverse perpetual), not rounded to a lot.
   * @throws LabError `SIZE_PRICE` for a zero or negative price, `SIZE_VOLATILITY` while there are too few candles to estimate from.
   */
  size(input: SizingInput): Decimal;
  /** The integer form for a run: the same quantity, floored to whole quantity units. */
  bind(instrument: ScaledInstrument): BoundSizer;
}
