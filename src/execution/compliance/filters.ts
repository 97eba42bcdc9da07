import { pow10, type ScaledInstrument, TYPE, type WorkingOrder } from "../../core/index.js";
import { refuse, type Verdict } from "../risk/index.js";

/**
 * Checks an order against the venue's filters: minimum and maximum quantity, minimum value. Quantity was floored to the lot and prices rounded to the
 * tick before. The value of an inverse contract is its quantity, in quote. An order that only reduces is asked for neither maximum (it goes out in parts) nor minimum value.
 * @returns whether it may pass; else `out` says why.
 */
export function checkFilters(order: WorkingOrder, instrument: ScaledInstrument, price: number, out: Verdict): boolean {
  if (order.reduceOnly) return true;
  const { quantity } = order;
  if (quantity < instrument.minQuantity) return refuse(out, "BELOW_MIN_QUANTITY", quantity, instrument.minQuantity, "quantity");
  if (quantity > instrument.maxQuantity) return refuse(out, "ABOVE_MAX_QUANTITY", quantity, instrument.maxQuantity, "quantity");
  const value =
    instrument.instrument.kind === "inverse"
      ? quantity * pow10(instrument.cashDp - instrument.quantityDp)
      : (order.type === TYPE.limit ? order.price : price) * quantity * instrument.valueScale;
  if (value < instrument.minNotional) return refuse(out, "BELOW_MIN_NOTIONAL", value, instrument.minNotional, "cash");
  return true;
}
