import { Decimal, type DecimalInput, decimal } from "../core/index.js";
import { fillSums, type QualityFill } from "./quality-fills.js";

/**
 * Part of an order that was executed, 0 to 1; `null` for an order of nothing.
 * @example fillRate(4, [{ quantity: 3, price: 100 }])  // 0.75
 * @throws LabError `DECIMAL_INVALID`.
 */
export function fillRate(target: DecimalInput, fills: readonly Pick<QualityFill, "quantity">[]): Decimal | null {
  const asked = decimal(target, "target");
  if (!asked.gt(0)) return null;
  const { quantity } = fillSums(fills.map((fill) => ({ quantity: fill.quantity, price: 0 })));
  return Decimal.min(1, quantity.div(asked));
}
