import { type Decimal, decimal, type InstrumentKind, type OrderOutcome } from "../../../core/index.js";
import { LabError } from "../../../errors/index.js";
import { envelope, nonZeroDecimal, optionalText, type Row, readCreateOrder, triggerByOf } from "../../bybit-wire/index.js";
import type { PaperAccount } from "../exchange/account.js";
import type { PaperExchange } from "../exchange/exchange.js";
import type { Market } from "../exchange/market.js";
import { refused, ServerRefusal } from "./failure.js";
import { categoryOf, marketIn } from "./market-routes.js";

/** What a request about orders gets. */
export interface OrderCall {
  readonly exchange: PaperExchange;
  readonly account: PaperAccount;
}

/** The ids an order request answers with. */
interface Ack {
  readonly orderId: string;
  readonly orderLinkId: string;
}

const BATCH_MOST: Readonly<Record<InstrumentKind, number>> = { linear: 20, inverse: 20, spot: 10 };

function ackOf(outcome: OrderOutcome): Ack {
  if (!outcome.ok) throw refused(outcome);
  return { orderId: outcome.order.venueOrderId, orderLinkId: outcome.order.clientOrderId };
}

/** What cannot be read is a wrong parameter. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LabError) throw new ServerRefusal(10_001, `params error: ${error.message}`);
    throw error;
  }
}

/** Creates an order; the answer says only that it was taken. */
function createOrder({ exchange, account }: OrderCall, body: Row): Ack {
  const category = categoryOf(body.category);
  const market = marketIn(exchange, category, body.symbol);
  const whole = wholePosition(account, market, body);
  const read = reading(() =>
    readCreateOrder(whole === undefined ? body : { ...body, qty: whole }, market.last > 0 ? market.priceText(market.last) : undefined),
  );
  if (read.positionIdx !== 0) throw new ServerRefusal(10_001, "position idx not match position mode");
  const { request } = read;
  const protection = reading(() => ({
    takeProfit: nonZeroDecimal(body, "takeProfit"),
    stopLoss: nonZeroDecimal(body, "stopLoss"),
    triggerBy: triggerByOf(body.tpTriggerBy ?? body.slTriggerBy),
  }));
  if (request.reduceOnly === true && (protection.takeProfit !== undefined || protection.stopLoss !== undefined))
    throw new ServerRefusal(10_001, "A reduce-only order takes no takeProfit or stopLoss.");
  const quantity = read.quoteQuantity ? baseQuantity(market, request.quantity) : request.quantity;
  const { takeProfit, stopLoss, triggerBy } = protection;
  const order = account.submit(read.quoteQuantity ? { ...request, quantity } : request, { category, takeProfit, stopLoss, triggerBy });
  if ("ok" in order) throw refused(order);
  return { orderId: order.venueOrderId, orderLinkId: order.clientOrderId };
}

/** `qty` "0" with reduceOnly and closeOnTrigger closes the position, however large it is. */
function wholePosition(account: PaperAccount, market: Market, body: Row): string | undefined {
  if (body.reduceOnly !== true || body.closeOnTrigger !== true || Number(body.qty) !== 0) return undefined;
  const size = account.position(market).quantity.abs();
  if (size.isZero()) throw new ServerRefusal(110_017, "current position is zero, cannot fix reduce-only order qty");
  return size.toFixed();
}

/** A spot market order whose quantity is money buys what that pays for at the last price. */
function baseQuantity(market: Market, money: Decimal): Decimal {
  if (market.last === 0) throw new ServerRefusal(170_210, "There is no price yet that the money could be turned into coins at.");
  const lot = market.instrument.lotSize;
  return money.div(market.priceText(market.last)).div(lot).floor().times(lot);
}

function idOf(body: Row): string {
  const id = optionalText(body, "orderId") ?? optionalText(body, "orderLinkId");
  if (id === undefined) throw new ServerRefusal(10_001, "params error: OrderId or orderLinkId is required");
  return id;
}

function amendOrder({ exchange, account }: OrderCall, body: Row): Ack {
  const category = categoryOf(body.category);
  const market = marketIn(exchange, category, body.symbol);
  const changes = reading(() => ({
    ...(optionalText(body, "qty") !== undefined && { quantity: decimal(String(body.qty), "qty") }),
    ...(optionalText(body, "price") !== undefined && { price: decimal(String(body.price), "price") }),
    ...(nonZeroDecimal(body, "triggerPrice") !== undefined && { triggerPrice: nonZeroDecimal(body, "triggerPrice")! }),
  }));
  if (Object.keys(changes).length === 0)
    throw new ServerRefusal(10_001, "The order remains unchanged as the parameters entered match the existing ones.");
  return ackOf(account.amend({ symbol: market.symbol, clientOrderId: idOf(body), ...changes }, category));
}

function cancelOrder({ exchange, account }: OrderCall, body: Row): Ack {
  const category = categoryOf(body.category);
  const market = marketIn(exchange, category, body.symbol);
  const id = idOf(body);
  const order = account.find(id);
  // On spot an order that waits for its trigger is looked for only where the request says so.
  const asked = optionalText(body, "orderFilter") ?? "Order";
  if (category === "spot" && order !== undefined && (order.isConditional && !order.triggered) !== (asked !== "Order"))
    throw new ServerRefusal(170_213, `Order does not exist: ${id} (orderFilter ${asked}).`);
  return ackOf(account.cancel(market.symbol, id, category));
}

function cancelAll({ exchange, account }: OrderCall, body: Row): object {
  const category = categoryOf(body.category);
  const symbol = optionalText(body, "symbol");
  const settle = optionalText(body, "settleCoin");
  const base = optionalText(body, "baseCoin");
  if (category !== "spot" && symbol === undefined && settle === undefined && base === undefined)
    throw new ServerRefusal(10_001, "params error: symbol, baseCoin or settleCoin is required");
  if (symbol !== undefined) marketIn(exchange, category, symbol);
  const list = account
    .open()
    .filter(({ market: { category: own, symbol: name, instrument } }) => {
      if (own !== category) return false;
      if (symbol !== undefined) return name === symbol;
      return (settle === undefined || instrument.settlement === settle) && (base === undefined || instrument.base === base);
    })
    .map((order) => account.cancel(order.market.symbol, order.venueOrderId, category))
    .filter((outcome) => outcome.ok)
    .map(ackOf);
  return { list, success: "1" };
}

/** A batch: every row has its own code, and the whole is a success. */
function batch(call: OrderCall, body: Row, each: (call: OrderCall, row: Row) => Ack): { readonly result: object; readonly extra: object } {
  const category = categoryOf(body.category);
  const rows = batchRowsOf(body);
  if (rows.length === 0 || rows.length > BATCH_MOST[category])
    throw new ServerRefusal(10_001, `A batch of ${category} has 1 to ${BATCH_MOST[category]} orders, got ${rows.length}.`);
  const codes: { code: number; msg: string }[] = [];
  const list = rows.map((row) => {
    const shown = { category, symbol: String(row.symbol ?? ""), createAt: String(call.exchange.clock.now()) };
    try {
      const ack = each(call, { ...row, category });
      codes.push({ code: 0, msg: "OK" });
      return { ...shown, ...ack };
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error;
      codes.push({ code: error.retCode, msg: error.message });
      return { ...shown, orderId: "", orderLinkId: optionalText(row, "orderLinkId") ?? "", createAt: "" };
    }
  });
  return { result: { list }, extra: { list: codes } };
}

/** The rows of a batch's body. */
function batchRowsOf(body: Row): Row[] {
  return Array.isArray(body.request) ? (body.request as Row[]) : [];
}

/** Requests that change orders, by the last part of their path: `create`, `amend-batch`. */
export const ORDER_ACTIONS: Readonly<Record<string, (call: OrderCall, body: Row) => { readonly result: object; readonly extra?: object }>> =
  {
    create: (call, body) => ({ result: createOrder(call, body) }),
    amend: (call, body) => ({ result: amendOrder(call, body) }),
    cancel: (call, body) => ({ result: cancelOrder(call, body) }),
    "cancel-all": (call, body) => ({ result: cancelAll(call, body) }),
    "create-batch": (call, body) => batch(call, body, createOrder),
    "amend-batch": (call, body) => batch(call, body, amendOrder),
    "cancel-batch": (call, body) => batch(call, body, cancelOrder),
  };

/** How many orders a request counts for. */
export function costOf(action: string, body: Row): number {
  return action.endsWith("-batch") ? Math.max(1, batchRowsOf(body).length) : 1;
}

/** An answer of an order request, or its refusal, as an envelope. */
export function answer(act: () => { readonly result: object; readonly extra?: object }, now: number): Row {
  try {
    const { result, extra } = act();
    return envelope(0, "OK", result, now, extra);
  } catch (error) {
    if (error instanceof ServerRefusal) return envelope(error.retCode, error.message, {}, now);
    throw error;
  }
}
