import { Decimal, type ExecutionKind, type Side, type VenueExecution } from "../../core/index.js";
import { type Category, sideOf, wireSide } from "./category.js";
import { optionalDecimal, optionalText, type Row, requiredDecimal, requiredText, wholeNumber, wireInvalid } from "./fields.js";

const KINDS: ReadonlyMap<string, ExecutionKind> = new Map([
  ["Trade", "trade"],
  ["Funding", "funding"],
  ["AdlTrade", "autoDeleveraging"],
  ["BustTrade", "liquidation"],
  ["Settle", "settlement"],
  ["Delivery", "settlement"],
  ["SessionSettlePnL", "settlement"],
]);

/** What an execution moved; a type that we do not know is `other` and never a fill. */
export function executionKind(execType: string): ExecutionKind {
  return KINDS.get(execType) ?? "other";
}

/**
 * Reads an execution of REST or of the private stream.
 * @param feeCurrency - the currency a fee is paid in where Bybit does not say: "" on linear is the settlement coin, on spot a buyer pays in base.
 * @throws LabError `WIRE_INVALID` where id, symbol, side, quantity, price or time are missing.
 */
export function parseExecution(row: Row, feeCurrency: (symbol: string, side: Side) => string): VenueExecution {
  const symbol = requiredText(row, "symbol", "an execution");
  const side = sideOf(row.side);
  const time = wholeNumber(row, "execTime");
  if (side === undefined) throw wireInvalid("an execution has no side", row);
  if (time === undefined) throw wireInvalid("an execution has no execTime", row);
  return {
    executionId: requiredText(row, "execId", "an execution"),
    venueOrderId: optionalText(row, "orderId") ?? "",
    clientOrderId: optionalText(row, "orderLinkId") ?? "",
    symbol,
    side,
    kind: executionKind(optionalText(row, "execType") ?? "Trade"),
    quantity: requiredDecimal(row, "execQty", "an execution"),
    price: requiredDecimal(row, "execPrice", "an execution"),
    fee: optionalDecimal(row, "execFee") ?? new Decimal(0),
    feeCurrency: optionalText(row, "feeCurrency") ?? feeCurrency(symbol, side),
    liquidity: row.isMaker === true ? "maker" : "taker",
    time,
  };
}

const WIRE_KINDS: Readonly<Record<ExecutionKind, string>> = {
  trade: "Trade",
  funding: "Funding",
  autoDeleveraging: "AdlTrade",
  liquidation: "BustTrade",
  settlement: "Settle",
  other: "MovePosition",
};

/** What the server knows of an execution beyond {@link VenueExecution}. */
export interface ExecutionRowExtra {
  readonly orderType?: "Market" | "Limit";
  readonly orderPrice?: Decimal;
  readonly orderQuantity?: Decimal;
  readonly leaves?: Decimal;
  readonly value?: Decimal;
  readonly markPrice?: string;
  readonly closedQuantity?: Decimal;
  readonly seq?: number;
}

/** An execution as Bybit's REST and private stream write it. */
export function executionRow(category: Category, execution: VenueExecution, extra: ExecutionRowExtra = {}): Row {
  const value = extra.value ?? execution.quantity.times(execution.price);
  return {
    category,
    symbol: execution.symbol,
    orderId: execution.venueOrderId,
    orderLinkId: execution.clientOrderId,
    side: wireSide(execution.side),
    orderPrice: extra.orderPrice?.toFixed() ?? "",
    orderQty: extra.orderQuantity?.toFixed() ?? "",
    leavesQty: extra.leaves?.toFixed() ?? "0",
    createType: "CreateByUser",
    orderType: extra.orderType ?? "UNKNOWN",
    stopOrderType: "UNKNOWN",
    execFee: execution.fee.toFixed(),
    execId: execution.executionId,
    execPrice: execution.price.toFixed(),
    execQty: execution.quantity.toFixed(),
    execType: WIRE_KINDS[execution.kind],
    execValue: value.toFixed(),
    execTime: String(execution.time),
    feeCurrency: category === "spot" ? execution.feeCurrency : "",
    isMaker: execution.liquidity === "maker",
    feeRate: value.isZero() ? "0" : execution.fee.div(value).toDecimalPlaces(8).toFixed(),
    tradeIv: "",
    markIv: "",
    markPrice: extra.markPrice ?? "",
    indexPrice: "",
    underlyingPrice: "",
    blockTradeId: "",
    closedSize: extra.closedQuantity?.toFixed() ?? "",
    seq: extra.seq ?? 0,
    isLeverage: "0",
    marketUnit: "",
  };
}
