import { type Decimal, type DecimalInput, decimal, type Side } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { fillSums, type QualityFill, signOf } from "./quality-fills.js";

/** The average price against a benchmark; positive is worse, fees left out. `null` where nothing was executed. */
export interface VwapSlippage {
  /** Average price by quantity. */
  readonly vwap: Decimal | null;
  /** Price units. */
  readonly slippage: Decimal | null;
  readonly bps: Decimal | null;
}

/**
 * Slippage of the volume-weighted average price against a benchmark: side x (vwap - benchmark).
 * @example vwapSlippage("buy", 100, [{ quantity: 1, price: "100.6" }, { quantity: 1, price: 101 }]).slippage  // 0.8
 * @throws LabError `SIDE_UNKNOWN`, `DECIMAL_INVALID`, `QUALITY_PRICE` for a benchmark that is not positive.
 */
export function vwapSlippage(side: Side, benchmark: DecimalInput, fills: readonly QualityFill[]): VwapSlippage {
  const sign = signOf(side);
  const at = decimal(benchmark, "benchmark");
  if (!at.gt(0)) throw new LabError("QUALITY_PRICE", `The benchmark must be greater than zero, got ${at.toFixed()}.`);
  const { quantity, value } = fillSums(fills);
  if (quantity.isZero()) return { vwap: null, slippage: null, bps: null };
  const vwap = value.div(quantity);
  const slippage = vwap.minus(at).times(sign);
  return { vwap, slippage, bps: slippage.div(at).times(10_000) };
}
