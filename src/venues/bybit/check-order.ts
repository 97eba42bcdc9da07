import type { AmendRequest, Instrument, OrderRequest, VenueFailure } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { isClientOrderId, isConditional, MAX_CLIENT_ID, type WireInstrument } from "../bybit-wire/index.js";

/**
 * Misuse of a request: what no venue could take.
 * @throws LabError `CLIENT_ORDER_ID`, `ORDER_INVALID` for a price or a trigger that the type needs and has not, or has and must not.
 */
export function assertRequest(request: OrderRequest): void {
  const { clientOrderId, type, price, triggerPrice, postOnly, timeInForce } = request;
  if (!isClientOrderId(clientOrderId))
    throw new LabError(
      "CLIENT_ORDER_ID",
      `A client order id is 1 to ${MAX_CLIENT_ID} of A-Z a-z 0-9 _ -, got '${clientOrderId}' (${clientOrderId.length} characters).`,
      {
        details: { clientOrderId },
      },
    );
  const limit = type === "limit" || type === "stopLimit" || type === "takeProfitLimit";
  const wrong = (problem: string): LabError =>
    new LabError("ORDER_INVALID", `Order ${clientOrderId}: ${problem}.`, { details: { clientOrderId, type } });
  if (limit !== (price !== undefined)) throw wrong(limit ? `a ${type} order needs a price` : `a ${type} order has no price`);
  if (isConditional(type) !== (triggerPrice !== undefined))
    throw wrong(triggerPrice === undefined ? `a ${type} order needs a triggerPrice` : `a ${type} order has no triggerPrice`);
  if (postOnly === true && (!limit || (timeInForce ?? "gtc") !== "gtc")) throw wrong("only a limit order that rests (gtc) can be postOnly");
}

/** Why an order would break its instrument's filters, or undefined. Nothing is rounded on the way: what was decided is sent or refused. */
export function filterFailure(request: OrderRequest, { instrument: one, maxMarketQuantity }: WireInstrument): VenueFailure | undefined {
  const refuse = (problem: string): VenueFailure => ({
    ok: false,
    definite: true,
    code: "INVALID_ORDER",
    message: `${request.symbol} order ${request.clientOrderId} not sent: ${problem}.`,
  });
  const { quantity, price, triggerPrice, type } = request;
  if (quantity.lte(0)) return refuse(`quantity ${quantity.toFixed()} is not above zero`);
  if (!quantity.mod(one.lotSize).isZero())
    return refuse(`quantity ${quantity.toFixed()} is no multiple of the lot ${one.lotSize.toFixed()}`);
  if (quantity.lt(one.minQuantity) && request.reduceOnly !== true)
    return refuse(`quantity ${quantity.toFixed()} is below the minimum ${one.minQuantity.toFixed()}`);
  const most = type === "market" || type === "stop" || type === "takeProfit" ? (maxMarketQuantity ?? one.maxQuantity) : one.maxQuantity;
  if (most !== undefined && quantity.gt(most)) return refuse(`quantity ${quantity.toFixed()} is above the maximum ${most.toFixed()}`);
  for (const [name, value] of [
    ["price", price],
    ["triggerPrice", triggerPrice],
  ] as const) {
    if (value === undefined) continue;
    if (value.lte(0)) return refuse(`${name} ${value.toFixed()} is not above zero`);
    if (!value.mod(one.tickSize).isZero()) return refuse(`${name} ${value.toFixed()} is no multiple of the tick ${one.tickSize.toFixed()}`);
  }
  if (price !== undefined && request.reduceOnly !== true && one.kind !== "inverse" && price.times(quantity).lt(one.minNotional))
    return refuse(`its value ${price.times(quantity).toFixed()} is below the minimum ${one.minNotional.toFixed()}`);
  if (one.kind === "spot" && request.reduceOnly === true && request.side === "buy") return refuse("on spot only a sell can reduce");
  return undefined;
}

/** The same of an amendment, or undefined. */
export function amendFailure(
  { clientOrderId, quantity, price, triggerPrice }: AmendRequest,
  { lotSize, tickSize }: Instrument,
): VenueFailure | undefined {
  const refuse = (problem: string): VenueFailure => ({
    ok: false,
    definite: true,
    code: "INVALID_ORDER",
    message: `Amendment of ${clientOrderId} not sent: ${problem}.`,
  });
  if (quantity !== undefined && (quantity.lte(0) || !quantity.mod(lotSize).isZero()))
    return refuse(`quantity ${quantity.toFixed()} is no multiple of the lot ${lotSize.toFixed()} above zero`);
  for (const value of [price, triggerPrice])
    if (value !== undefined && (value.lte(0) || !value.mod(tickSize).isZero()))
      return refuse(`${value.toFixed()} is no multiple of the tick ${tickSize.toFixed()} above zero`);
  return undefined;
}
