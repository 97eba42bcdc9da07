import { Decimal, type DecimalInput, decimal, type Side } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { fillSums, type QualityFill, signOf } from "./quality-fills.js";

/** What executing cost against the price at which it was decided; positive is worse. `null` where nothing was executed. */
export interface Shortfall {
  /** Quote currency, fees included. */
  readonly total: Decimal | null;
  /** The same per unit executed. */
  readonly perUnit: Decimal | null;
  /** Basis points of the value at the arrival price. */
  readonly bps: Decimal | null;
}

/**
 * Implementation shortfall of what was executed: side x (sum of quantity x price - arrival x quantity) + fees (Perold 1988, without the opportunity cost of what was
 * not executed).
 * @example implementationShortfall("buy", 100, [{ quantity: 2, price: "100.5", fee: "0.05" }]).total  // 1.05
 * @throws LabError `SIDE_UNKNOWN`, `DECIMAL_INVALID`, `QUALITY_PRICE` for an arrival price that is not positive.
 */
export function implementationShortfall(
  side: Side,
  arrival: DecimalInput,
  fills: readonly QualityFill[],
  options: { readonly explicitFees?: DecimalInput } = {},
): Shortfall {
  const sign = signOf(side);
  const at = decimal(arrival, "arrival price");
  if (!at.gt(0)) throw new LabError("QUALITY_PRICE", `The arrival price must be greater than zero, got ${at.toFixed()}.`);
  const { quantity, value, fees } = fillSums(fills);
  if (quantity.isZero()) return { total: null, perUnit: null, bps: null };
  const total = value
    .minus(at.times(quantity))
    .times(sign)
    .plus(fees)
    .plus(decimal(options.explicitFees ?? 0, "explicitFees"));
  return { total, perUnit: total.div(quantity), bps: total.div(at.times(quantity)).times(new Decimal(10_000)) };
}
