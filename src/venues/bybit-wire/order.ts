import { Decimal, type TimeInForce, type VenueOrder } from "../../core/index.js";
import { type Category, sideOf, wireSide } from "./category.js";
import {
  nonZeroDecimal,
  optionalDecimal,
  optionalText,
  type Row,
  requiredDecimal,
  requiredText,
  wholeNumber,
  wireInvalid,
} from "./fields.js";
import { isFinal, statusOf, wireStatus } from "./order-status.js";
import { isConditional, orderTypeOf, triggerDirection, wireTriggerBy } from "./trigger.js";

const NO_REASON: ReadonlySet<string> = new Set(["EC_NoError", "UNKNOWN", "NONE"]);

/** Reads an order of REST or of the private stream. @throws LabError `WIRE_INVALID` where id, symbol, side, status or quantity are missing. */
export function parseOrder(row: Row): VenueOrder {
  const side = sideOf(row.side);
  if (side === undefined) throw wireInvalid("an order has no side", row);
  const filledQuantity = optionalDecimal(row, "cumExecQty") ?? new Decimal(0);
  const status = statusOf(requiredText(row, "orderStatus", "an order"), filledQuantity.gt(0));
  const timeInForce = optionalText(row, "timeInForce");
  const type = orderTypeOf(row, side);
  const createdAt = wholeNumber(row, "createdTime") ?? 0;
  return {
    venueOrderId: requiredText(row, "orderId", "an order"),
    clientOrderId: optionalText(row, "orderLinkId") ?? "",
    symbol: requiredText(row, "symbol", "an order"),
    side,
    type,
    quantity: requiredDecimal(row, "qty", "an order"),
    filledQuantity,
    averagePrice: nonZeroDecimal(row, "avgPrice"),
    // The price of a market order is only the bound it may slip to.
    price: row.orderType === "Market" ? undefined : nonZeroDecimal(row, "price"),
    triggerPrice: isConditional(type) ? nonZeroDecimal(row, "triggerPrice") : undefined,
    timeInForce: timeInForceOf(timeInForce),
    postOnly: timeInForce === "PostOnly" || timeInForce === "RPI",
    reduceOnly: row.reduceOnly === true,
    status,
    createdAt,
    updatedAt: wholeNumber(row, "updatedTime") ?? createdAt,
    reason: isFinal(status) && status !== "filled" ? reasonOf(row) : undefined,
  };
}

function reasonOf(row: Row): string | undefined {
  for (const key of ["rejectReason", "cancelType"]) {
    const reason = optionalText(row, key);
    if (reason !== undefined && !NO_REASON.has(reason)) return reason;
  }
  return undefined;
}

/** `IOC` as `ioc`; PostOnly and RPI rest, hence `gtc`. */
export function timeInForceOf(text: unknown): TimeInForce {
  return text === "IOC" ? "ioc" : text === "FOK" ? "fok" : "gtc";
}

/** `ioc` as `IOC`; post-only is a time in force of its own at Bybit. */
export function wireTimeInForce(timeInForce: TimeInForce, postOnly: boolean): string {
  return postOnly ? "PostOnly" : timeInForce.toUpperCase();
}

/** What a venue knows of an order beyond {@link VenueOrder}, for the rows that a server writes. */
export interface OrderRowExtra {
  /** Value of the executions so far, in quote (inverse: in base). */
  readonly filledValue?: Decimal;
  readonly fee?: Decimal;
  readonly triggerBy?: "last" | "mark" | "index";
  readonly cancelType?: string;
  readonly lastPrice?: string;
}

/** An order as Bybit's REST and private stream write it. */
export function orderRow(category: Category, order: VenueOrder, extra: OrderRowExtra = {}): Row {
  const market = order.type === "market" || order.type === "stop" || order.type === "takeProfit";
  const conditional = isConditional(order.type);
  const filled = order.filledQuantity.gt(0);
  const leaves = isFinal(order.status) ? new Decimal(0) : order.quantity.minus(order.filledQuantity);
  const cancelled = order.status === "cancelled";
  return {
    category,
    orderId: order.venueOrderId,
    orderLinkId: order.clientOrderId,
    blockTradeId: "",
    symbol: order.symbol,
    price: order.price?.toFixed() ?? "0",
    qty: order.quantity.toFixed(),
    side: wireSide(order.side),
    isLeverage: "",
    positionIdx: 0,
    orderStatus: wireStatus(order.status, category === "spot", filled),
    cancelType: extra.cancelType ?? (cancelled ? "CancelByUser" : "UNKNOWN"),
    rejectReason: order.status === "rejected" || cancelled ? (order.reason ?? "EC_NoError") : "EC_NoError",
    avgPrice: order.averagePrice?.toFixed() ?? "",
    leavesQty: leaves.toFixed(),
    leavesValue: leaves.times(order.price ?? 0).toFixed(),
    cumExecQty: order.filledQuantity.toFixed(),
    cumExecValue: (extra.filledValue ?? order.filledQuantity.times(order.averagePrice ?? 0)).toFixed(),
    cumExecFee: (extra.fee ?? new Decimal(0)).toFixed(),
    timeInForce: market ? "IOC" : wireTimeInForce(order.timeInForce, order.postOnly),
    orderType: market ? "Market" : "Limit",
    stopOrderType: conditional ? (category === "spot" ? "tpslOrder" : "Stop") : "",
    orderIv: "",
    triggerPrice: order.triggerPrice?.toFixed() ?? "",
    takeProfit: "",
    stopLoss: "",
    tpslMode: category === "spot" ? "" : "UNKNOWN",
    tpLimitPrice: "",
    slLimitPrice: "",
    tpTriggerBy: "",
    slTriggerBy: "",
    triggerDirection: conditional && category !== "spot" ? triggerDirection(order.type, order.side) : 0,
    triggerBy: conditional ? wireTriggerBy(extra.triggerBy) : "",
    lastPriceOnCreated: extra.lastPrice ?? "",
    reduceOnly: category !== "spot" && order.reduceOnly,
    closeOnTrigger: false,
    placeType: "",
    smpType: "None",
    smpGroup: 0,
    smpOrderId: "",
    createdTime: String(order.createdAt),
    updatedTime: String(order.updatedAt),
  };
}
