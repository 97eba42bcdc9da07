import { type OrderRequest, TIF, TYPE, toUnits, type VenueFailure } from "../../../core/index.js";
import { isClientOrderId } from "../../bybit-wire/index.js";
import type { Market } from "./market.js";

/** An order request in whole units. */
export interface CheckedOrder {
  readonly direction: 1 | -1;
  readonly type: number;
  readonly quantity: number;
  /** Limit price, or the trigger of a conditional order. */
  readonly price: number;
  /** Limit price of a conditional order. */
  readonly limit: number;
  readonly timeInForce: number;
}

/** A refusal with Bybit's code. */
export function refuse(code: string, venueCode: number, message: string): VenueFailure {
  return { ok: false, definite: true, code, message, venueCode };
}

const spotOr = (market: Market, spot: number, contract: number): number => (market.category === "spot" ? spot : contract);

/** Price as units, undefined where it is no multiple of the tick. */
function onTick(market: Market, price: NonNullable<OrderRequest["price"]>): number | undefined {
  const { priceDp, tick } = market.scaled;
  if (price.decimalPlaces() > priceDp || price.lte(0)) return undefined;
  const units = toUnits(price, priceDp);
  return units % tick === 0 ? units : undefined;
}

/** A quantity as units, or why Bybit would refuse it. */
export function checkQuantity(market: Market, quantity: OrderRequest["quantity"], reduceOnly: boolean): number | VenueFailure {
  const { scaled, symbol, instrument } = market;
  const text = quantity.toFixed();
  if (quantity.lte(0))
    return refuse("INVALID_ORDER", spotOr(market, 170_130, 10_001), `${symbol}: a quantity must be above zero, got ${text}.`);
  if (quantity.decimalPlaces() > scaled.quantityDp || toUnits(quantity, scaled.quantityDp) % scaled.lot !== 0)
    return refuse(
      "INVALID_ORDER",
      spotOr(market, 170_137, 10_001),
      `${symbol}: the quantity ${text} is no multiple of the lot ${instrument.lotSize.toFixed()}.`,
    );
  const units = toUnits(quantity, scaled.quantityDp);
  if (units < scaled.minQuantity && !(reduceOnly && market.category !== "spot"))
    return refuse(
      "INVALID_ORDER",
      spotOr(market, 170_136, 10_001),
      `${symbol}: the quantity ${text} is below the least, ${instrument.minQuantity.toFixed()}.`,
    );
  if (units > scaled.maxQuantity)
    return refuse(
      "INVALID_ORDER",
      spotOr(market, 170_124, 10_001),
      `${symbol}: the quantity ${text} is above the most, ${instrument.maxQuantity?.toFixed()}.`,
    );
  return units;
}

/** Checks a request against the filters of its instrument and the market, in Bybit's order of codes. */
export function checkOrder(market: Market, request: OrderRequest): CheckedOrder | VenueFailure {
  const { symbol } = market;
  if (request.clientOrderId !== "" && !isClientOrderId(request.clientOrderId))
    return refuse("INVALID_ORDER", 10_001, `A client order id has 1 to 36 of A-Z a-z 0-9 _ -, got '${request.clientOrderId}'.`);
  const type = TYPE[request.type];
  const conditional = type !== TYPE.market && type !== TYPE.limit;
  const limited = request.type === "limit" || request.type === "stopLimit" || request.type === "takeProfitLimit";
  const quantity = checkQuantity(market, request.quantity, request.reduceOnly === true);
  if (typeof quantity !== "number") return quantity;
  const bad = (name: string, value: unknown): VenueFailure =>
    refuse(
      "INVALID_ORDER",
      spotOr(market, 170_134, 10_001),
      `${symbol}: ${name} must be a multiple of the tick ${market.instrument.tickSize.toFixed()} above zero, got ${String(value)}.`,
    );
  let price = 0;
  if (limited) {
    const units = request.price === undefined ? undefined : onTick(market, request.price);
    if (units === undefined) return bad("the price", request.price?.toFixed());
    price = units;
  }
  let trigger = 0;
  if (conditional) {
    const units = request.triggerPrice === undefined ? undefined : onTick(market, request.triggerPrice);
    if (units === undefined) return bad("the trigger price", request.triggerPrice?.toFixed());
    trigger = units;
  }
  const direction = request.side === "buy" ? 1 : -1;
  const timeInForce = type === TYPE.market ? TIF.ioc : TIF[request.timeInForce ?? "gtc"];
  if (request.postOnly === true && timeInForce !== TIF.gtc)
    return refuse("INVALID_ORDER", 10_001, `${symbol}: a post-only order rests, it cannot be ${request.timeInForce}.`);
  return { direction, type, quantity, price: conditional ? trigger : price, limit: conditional ? price : 0, timeInForce };
}

/** Why the trigger of a conditional order is on the wrong side of the price it looks at, if it is. */
export function checkTrigger(market: Market, order: CheckedOrder, byMark: boolean): VenueFailure | undefined {
  const current = byMark ? market.mark : market.last;
  if (current === 0 || market.category === "spot") return undefined;
  const rises = (order.type === TYPE.stop || order.type === TYPE.stopLimit) === order.direction > 0;
  const text = (units: number): string => market.priceText(units);
  if (rises && order.price <= current)
    return refuse("INVALID_ORDER", 110_092, `expect Rising, but trigger_price[${text(order.price)}] <= current[${text(current)}]`);
  if (!rises && order.price >= current)
    return refuse("INVALID_ORDER", 110_093, `expect Falling, but trigger_price[${text(order.price)}] >= current[${text(current)}]`);
  return undefined;
}
