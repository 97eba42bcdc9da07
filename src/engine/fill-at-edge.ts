import { type Fill, fromUnits, ROLE_NAMES, type ScaledInstrument } from "../core/index.js";
import type { FillEvent } from "./events.js";

/** A fill as strategies hear of it; `number` is its place among the engine's fills, from 1. */
export function fillAtEdge(event: FillEvent, of: ScaledInstrument, number: number): Fill {
  const { order } = event;
  const { instrument, quantityDp, priceDp, cashDp } = of;
  return {
    id: String(number),
    orderId: String(order.id),
    symbol: instrument.symbol,
    side: order.direction > 0 ? "buy" : "sell",
    role: ROLE_NAMES[order.role]!,
    quantity: fromUnits(event.quantity, quantityDp),
    price: fromUnits(event.price, priceDp),
    fee: fromUnits(event.fee, cashDp),
    feeCurrency: instrument.settlement,
    liquidity: event.maker ? "maker" : "taker",
    time: event.time,
  };
}
