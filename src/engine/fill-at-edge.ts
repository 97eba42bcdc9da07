import { type EpochMs, type Fill, fromUnits, ROLE_NAMES, type ScaledInstrument } from "../core/index.js";

/** A fill in whole units, as an event reports it and a log keeps it. */
interface FillUnits {
  readonly quantity: number;
  readonly price: number;
  readonly fee: number | bigint;
  readonly maker: boolean;
  readonly time: EpochMs;
}

/** The order it belongs to. */
interface FilledOrder {
  readonly id: number;
  readonly direction: number;
  readonly role: number;
}

/** A fill as strategies and readers of a run see it; `number` is its place among the engine's fills, from 1. */
export function fillAtEdge(fill: FillUnits, order: FilledOrder, of: ScaledInstrument, number: number): Fill {
  const { instrument, name, quantityDp, priceDp, cashDp } = of;
  return {
    id: String(number),
    orderId: String(order.id),
    symbol: name,
    side: order.direction > 0 ? "buy" : "sell",
    role: ROLE_NAMES[order.role]!,
    quantity: fromUnits(fill.quantity, quantityDp),
    price: fromUnits(fill.price, priceDp),
    fee: fromUnits(fill.fee, cashDp),
    feeCurrency: instrument.settlement,
    liquidity: fill.maker ? "maker" : "taker",
    time: fill.time,
  };
}
