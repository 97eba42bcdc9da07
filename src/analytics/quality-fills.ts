import { Decimal, type DecimalInput, decimal, type Side } from "../core/index.js";
import { unknownName } from "../errors/index.js";

/** An execution as quality counts it: a `Fill` is one. */
export interface QualityFill {
  readonly quantity: DecimalInput;
  readonly price: DecimalInput;
  /** Positive when paid, quote currency; 0 unless given. */
  readonly fee?: DecimalInput;
}

/** Sums over executions, exact. Those without a quantity above zero count for nothing, their fees neither. */
export interface FillSums {
  readonly quantity: Decimal;
  /** Sum of quantity x price. */
  readonly value: Decimal;
  readonly fees: Decimal;
}

/** Adds executions up. @throws LabError `DECIMAL_INVALID`. */
export function fillSums(fills: readonly QualityFill[]): FillSums {
  let quantity = new Decimal(0);
  let value = new Decimal(0);
  let fees = new Decimal(0);
  for (const fill of fills) {
    const size = decimal(fill.quantity, "fill quantity");
    if (!size.gt(0)) continue;
    quantity = quantity.plus(size);
    value = value.plus(size.times(decimal(fill.price, "fill price")));
    fees = fees.plus(decimal(fill.fee ?? 0, "fill fee"));
  }
  return { quantity, value, fees };
}

/** +1 for a buy, -1 for a sell. @throws LabError `SIDE_UNKNOWN`. */
export function signOf(side: Side): 1 | -1 {
  if (side !== "buy" && side !== "sell") throw unknownName("SIDE_UNKNOWN", "side", String(side), ["buy", "sell"]);
  return side === "buy" ? 1 : -1;
}
