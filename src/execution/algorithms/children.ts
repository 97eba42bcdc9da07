import { Decimal, type Instrument, type OrderRequest, type TimeInForce } from "../../core/index.js";
import type { AlgorithmRequest, ChildInput, ChildOrder, Json, ParentOrder } from "./contract.js";

const ZERO = new Decimal(0);

/** A child as its run keeps it. */
export interface Child extends ChildOrder {
  quantity: Decimal;
  filled: Decimal;
  price: Decimal | undefined;
  pending: boolean;
  /** A new price has been asked for and not been acknowledged. */
  amending: boolean;
  cancelling: boolean;
}

/** Rounds a quantity down to whole lots. */
export function floorToLot(quantity: Decimal, { lotSize }: Instrument): Decimal {
  return quantity.div(lotSize).floor().times(lotSize);
}

/** A limit in whole ticks, away from crossing, at least one. */
export function limitOnTick(price: Decimal, { side, instrument: { tickSize } }: ParentOrder): Decimal {
  const ticks = price.div(tickSize);
  return Decimal.max(1, side === "buy" ? ticks.floor() : ticks.ceil()).times(tickSize);
}

/** The venue's smallest order at a price, in whole lots. */
function smallestOrder(price: Decimal | undefined, { minQuantity, minNotional, lotSize, kind }: Instrument): Decimal {
  if (minNotional.lte(0) || !price?.gt(0) || kind === "inverse") return minQuantity;
  return Decimal.max(minQuantity, minNotional.div(price).div(lotSize).ceil().times(lotSize));
}

/**
 * The quantity of the next child: what is asked for, in whole lots, at most what is unsent and what the venue takes at once. A rest that is too small for an order of its
 * own goes with it; less than the smallest order goes only where it is all there is. 0 for none.
 */
export function childQuantity(asked: Decimal, unsent: Decimal, price: Decimal | undefined, instrument: Instrument): Decimal {
  const smallest = smallestOrder(price, instrument);
  let quantity = floorToLot(Decimal.min(asked, unsent), instrument);
  const rest = unsent.minus(quantity);
  if (quantity.gte(smallest) && rest.gt(0) && rest.lt(smallest)) quantity = unsent;
  if (quantity.lt(smallest) && !quantity.eq(unsent)) return ZERO;
  const most = instrument.maxQuantity;
  return most !== undefined && quantity.gt(most) ? floorToLot(most, instrument) : quantity;
}

/** A child that has just been asked for. */
export function newChild(number: number, input: ChildInput, quantity: Decimal, price: Decimal | undefined, { id }: ParentOrder): Child {
  return {
    id: `${id}-${number}`,
    number,
    type: input.type,
    quantity,
    filled: ZERO,
    price,
    timeInForce: input.timeInForce ?? (input.type === "market" ? "ioc" : "gtc"),
    postOnly: input.postOnly ?? false,
    pending: true,
    amending: false,
    cancelling: false,
  };
}

/** A child as a request to its venue. */
export function requestOf(child: Child, parent: ParentOrder): OrderRequest {
  return Object.freeze({
    clientOrderId: child.id,
    symbol: parent.instrument.symbol,
    side: parent.side,
    type: child.type,
    quantity: child.quantity,
    ...(child.price === undefined ? {} : { price: child.price }),
    timeInForce: child.timeInForce,
    postOnly: child.postOnly,
    reduceOnly: parent.reduceOnly,
  });
}

/** The request that takes a child back. */
export function cancelOf(child: Child, { instrument }: ParentOrder): AlgorithmRequest {
  return { type: "cancel", symbol: instrument.symbol, clientOrderId: child.id };
}

/** The request that moves a child to the price it has now. */
export function amendOf(child: Child, { instrument }: ParentOrder): AlgorithmRequest {
  return { type: "amend", amend: { symbol: instrument.symbol, clientOrderId: child.id, price: child.price! } };
}

/** What was asked of a child and not been acknowledged. */
export function unacknowledged(child: Child, parent: ParentOrder): AlgorithmRequest[] {
  // One that is not wanted any more is never placed, whether or not it had been.
  if (child.cancelling) return [cancelOf(child, parent)];
  if (child.pending) return [{ type: "place", order: requestOf(child, parent) }];
  return child.amending ? [amendOf(child, parent)] : [];
}

/** The id of the child that a request is about. */
export function childOf(request: AlgorithmRequest): string {
  if (request.type === "cancel") return request.clientOrderId;
  return request.type === "place" ? request.order.clientOrderId : request.amend.clientOrderId;
}

/** A child as plain JSON. */
export function saveChild(child: Child): Readonly<Record<string, Json>> {
  return {
    ...child,
    quantity: child.quantity.toFixed(),
    filled: child.filled.toFixed(),
    price: child.price?.toFixed() ?? null,
  };
}

/** A child from plain JSON. */
export function restoreChild(saved: Readonly<Record<string, Json>>): Child {
  return {
    id: String(saved.id),
    number: Number(saved.number),
    type: saved.type as Child["type"],
    quantity: new Decimal(String(saved.quantity)),
    filled: new Decimal(String(saved.filled)),
    price: typeof saved.price === "string" ? new Decimal(saved.price) : undefined,
    timeInForce: saved.timeInForce as TimeInForce,
    postOnly: saved.postOnly === true,
    pending: saved.pending === true,
    amending: saved.amending === true,
    cancelling: saved.cancelling === true,
  };
}
