import type { AmendRequest, OrderRequest } from "../../core/index.js";
import { type Category, sideOf, wireSide } from "./category.js";
import { nonZeroDecimal, optionalText, type Row, requiredText, wholeNumber, wireInvalid } from "./fields.js";
import { timeInForceOf, wireTimeInForce } from "./order.js";
import { conditionalType, isConditional, triggerByOf, triggerDirection, wireTriggerBy } from "./trigger.js";

/** Longest client order id. */
export const MAX_CLIENT_ID = 36;

/** Whether Bybit takes it as a client order id: 1 to 36 of A-Z a-z 0-9 _ -. */
export function isClientOrderId(id: string): boolean {
  return /^[A-Za-z0-9_-]{1,36}$/.test(id);
}

const marketType = (type: OrderRequest["type"]): boolean => type === "market" || type === "stop" || type === "takeProfit";

/**
 * The body of `/v5/order/create` and of `order.create`, in one-way position mode. A market order on spot says that its quantity is in base (Bybit takes a buy's for quote otherwise), a
 * conditional order on derivatives says in which direction it triggers.
 */
export function createOrderBody(category: Category, order: OrderRequest): Row {
  const market = marketType(order.type);
  const spot = category === "spot";
  return {
    category,
    symbol: order.symbol,
    side: wireSide(order.side),
    orderType: market ? "Market" : "Limit",
    qty: order.quantity.toFixed(),
    ...(!market && order.price !== undefined && { price: order.price.toFixed() }),
    timeInForce: market ? "IOC" : wireTimeInForce(order.timeInForce ?? "gtc", order.postOnly === true),
    orderLinkId: order.clientOrderId,
    ...(spot ? market && { marketUnit: "baseCoin" } : { reduceOnly: order.reduceOnly === true, positionIdx: 0 }),
    ...(isConditional(order.type) && order.triggerPrice !== undefined && trigger(spot, order, order.triggerPrice.toFixed())),
  };
}

function trigger(spot: boolean, { type, side, triggerBy }: OrderRequest, triggerPrice: string): Row {
  // Spot triggers on the last price, in the direction that lies between it and the trigger.
  if (spot) return { triggerPrice, orderFilter: "StopOrder" };
  return { triggerPrice, triggerDirection: triggerDirection(type, side), triggerBy: wireTriggerBy(triggerBy) };
}

/** An order request as a server reads it. */
export interface ReadOrder {
  readonly request: OrderRequest;
  /** A spot market order whose quantity is money, not coins. */
  readonly quoteQuantity: boolean;
  readonly positionIdx: number;
}

/**
 * Reads the body of an order request; `clientOrderId` is "" where the sender gave none.
 * @param lastPrice - where a spot order's trigger price lies against it tells a stop from a take-profit.
 * @throws LabError `WIRE_INVALID` naming what is missing.
 */
export function readCreateOrder(row: Row, lastPrice?: string): ReadOrder {
  const side = sideOf(row.side);
  if (side === undefined) throw wireInvalid("side must be Buy or Sell", row);
  if (row.orderType !== "Market" && row.orderType !== "Limit") throw wireInvalid("orderType must be Market or Limit", row);
  const limit = row.orderType === "Limit";
  const quantity = nonZeroDecimal(row, "qty");
  if (quantity === undefined || quantity.lt(0)) throw wireInvalid("qty must be above zero", row);
  const price = limit ? nonZeroDecimal(row, "price") : undefined;
  if (limit && price === undefined) throw wireInvalid("a limit order needs a price", row);
  const triggerPrice = nonZeroDecimal(row, "triggerPrice");
  const given = wholeNumber(row, "triggerDirection");
  const direction =
    given === 1 || given === 2
      ? given
      : triggerPrice === undefined || lastPrice === undefined
        ? undefined
        : triggerPrice.gt(lastPrice)
          ? 1
          : 2;
  if (triggerPrice !== undefined && direction === undefined) throw wireInvalid("a conditional order needs triggerDirection 1 or 2", row);
  const triggerBy = triggerByOf(row.triggerBy);
  const timeInForce = optionalText(row, "timeInForce");
  return {
    request: {
      clientOrderId: optionalText(row, "orderLinkId") ?? "",
      symbol: requiredText(row, "symbol", "an order"),
      side,
      type: triggerPrice === undefined ? (limit ? "limit" : "market") : conditionalType(side, direction!, limit),
      quantity,
      ...(price !== undefined && { price }),
      ...(triggerPrice !== undefined && { triggerPrice, ...(triggerBy !== undefined && { triggerBy }) }),
      ...(limit && { timeInForce: timeInForceOf(timeInForce), postOnly: timeInForce === "PostOnly" || timeInForce === "RPI" }),
      reduceOnly: row.reduceOnly === true,
    },
    quoteQuantity:
      row.category === "spot" &&
      row.orderType === "Market" &&
      (row.marketUnit === "quoteCoin" || (row.marketUnit !== "baseCoin" && side === "buy")),
    positionIdx: wholeNumber(row, "positionIdx") ?? 0,
  };
}

/** The body of `/v5/order/amend`: only what changes is sent. */
export function amendOrderBody(category: Category, { symbol, clientOrderId, quantity, price, triggerPrice }: AmendRequest): Row {
  return {
    category,
    symbol,
    orderLinkId: clientOrderId,
    ...(quantity !== undefined && { qty: quantity.toFixed() }),
    ...(price !== undefined && { price: price.toFixed() }),
    ...(triggerPrice !== undefined && { triggerPrice: triggerPrice.toFixed() }),
  };
}

/** The body of `/v5/order/cancel`. On spot Bybit looks for a conditional order that waits for its trigger among those only, and for no other order there. */
export function cancelOrderBody(
  category: Category,
  symbol: string,
  id: { readonly orderLinkId: string } | { readonly orderId: string },
  waits = false,
): Row {
  return { category, symbol, ...id, ...(category === "spot" && { orderFilter: waits ? "StopOrder" : "Order" }) };
}
