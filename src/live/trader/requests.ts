import {
  type AmendRequest,
  type ApprovedOrder,
  fromUnits,
  type OrderRequest,
  type OrderRole,
  ROLE_NAMES,
  type ScaledInstrument,
  TIF,
  TIF_NAMES,
  TYPE,
  TYPE_NAMES,
  type WorkingOrder,
} from "../../core/index.js";

/** Client order id: the session's run, the order's number, its leg. At most 36 of [A-Za-z0-9_-]. */
export function orderIdOf(run: string, number: number | string, role: OrderRole): string {
  return `${run}-${number}-${role}`;
}

/** Client order id of an order. */
export function clientOrderId(run: string, order: WorkingOrder): string {
  return orderIdOf(run, order.id, ROLE_NAMES[order.role]!);
}

/** Number of an order of ours, from its client id; undefined for another's. */
export function orderNumber(run: string, id: string): number | undefined {
  if (!id.startsWith(`${run}-`)) return undefined;
  const number = Number(id.slice(run.length + 1).split("-")[0]);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** An approved order as a venue takes it. */
export function orderRequest(run: string, order: ApprovedOrder, { instrument, quantityDp, priceDp }: ScaledInstrument): OrderRequest {
  const conditional = order.type >= TYPE.stop;
  const limit = order.type === TYPE.limit ? order.price : order.limit;
  return {
    clientOrderId: clientOrderId(run, order),
    symbol: instrument.symbol,
    side: order.direction > 0 ? "buy" : "sell",
    type: TYPE_NAMES[order.type]!,
    quantity: fromUnits(order.quantity, quantityDp),
    ...(limit > 0 ? { price: fromUnits(limit, priceDp) } : {}),
    ...(conditional ? { triggerPrice: fromUnits(order.price, priceDp) } : {}),
    ...(limit > 0 || order.timeInForce !== TIF.gtc ? { timeInForce: TIF_NAMES[order.timeInForce]! } : {}),
    ...(order.postOnly ? { postOnly: true } : {}),
    ...(order.reduceOnly && instrument.kind !== "spot" ? { reduceOnly: true } : {}),
  };
}

/** An amend: the new total quantity, and the new price where it is another. */
export function amendRequest(
  run: string,
  order: ApprovedOrder,
  quantity: number,
  price: number,
  { instrument, quantityDp, priceDp }: ScaledInstrument,
): AmendRequest {
  const moved = price !== order.price;
  const value = fromUnits(price, priceDp);
  return {
    symbol: instrument.symbol,
    clientOrderId: clientOrderId(run, order),
    ...(quantity === order.quantity ? {} : { quantity: fromUnits(quantity, quantityDp) }),
    ...(moved ? (order.type >= TYPE.stop ? { triggerPrice: value } : { price: value }) : {}),
  };
}
