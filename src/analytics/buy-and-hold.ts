import { type CandleSeries, type EquityPoints, YEAR_MS } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { checkNumber, checkOptions } from "./checks.js";

/** Options of {@link buyAndHold}. */
export interface BuyAndHoldOptions {
  /** Money invested, in the quote currency; 10,000 unless given. */
  readonly initial?: number;
  /** Taker fee of the one purchase as a fraction of its value; 0 unless given. */
  readonly feeRate?: number;
}

/**
 * The benchmark: all the money buys at the first open, fee included, and is held, marked at each close (not sold, no exit fee). Same
 * times as the candles, so it lies beside a run's equity. `totalReturn(buyAndHold(btc))` is the benchmark's return.
 * @throws LabError `CANDLES_EMPTY`, `PRICE_INVALID` for a first open of zero, `OPTION_INVALID`, `OPTION_UNKNOWN`.
 */
export function buyAndHold(candles: CandleSeries, options: BuyAndHoldOptions = {}): EquityPoints {
  checkOptions("buyAndHold", options, ["initial", "feeRate"]);
  const initial = checkNumber("initial", options.initial ?? 10_000, { above: 0 });
  const feeRate = checkNumber("feeRate", options.feeRate ?? 0, { min: 0, below: 1 });
  const open = candles.slice(0, 1).prices("open")[0];
  if (open === undefined) throw new LabError("CANDLES_EMPTY", `The series ${candles.symbol} has no candles to buy at.`);
  if (!(open > 0)) throw new LabError("PRICE_INVALID", `The first open of ${candles.symbol} must be greater than zero, got ${open}.`);
  const quantity = initial / (open * (1 + feeRate));
  return {
    time: candles.time,
    value: candles.prices("close").map((close) => close * quantity),
    initial,
    periodsPerYear: YEAR_MS / candles.intervalMs,
  };
}
