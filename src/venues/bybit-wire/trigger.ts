import type { OrderType, Side, TriggerBy } from "../../core/index.js";
import { nonZeroDecimal, optionalText, type Row, wholeNumber } from "./fields.js";

/** Which way the price must go to trigger: 1 rises to it, 2 falls to it. */
export type TriggerDirection = 1 | 2;

const STOP_TYPES: ReadonlySet<OrderType> = new Set(["stop", "stopLimit"]);

/** Whether an order waits for a trigger. */
export function isConditional(type: OrderType): boolean {
  return type !== "market" && type !== "limit";
}

/** The direction that triggers: a sell stop and a buy take-profit wait for a fall, the others for a rise. */
export function triggerDirection(type: OrderType, side: Side): TriggerDirection {
  return STOP_TYPES.has(type) === (side === "sell") ? 2 : 1;
}

/** What a conditional order is called from its direction. */
export function conditionalType(side: Side, direction: TriggerDirection, limit: boolean): OrderType {
  const stop = (side === "sell") === (direction === 2);
  return stop ? (limit ? "stopLimit" : "stop") : limit ? "takeProfitLimit" : "takeProfit";
}

/**
 * The type of an order that Bybit reports. Every order carries a `triggerPrice` ("" or "0.00" on a plain one), so only one above zero tells; a stop and a take-profit are told apart by
 * the stop order's name, else by the direction, else (spot gives none) by where the price stood when it was placed.
 */
export function orderTypeOf(row: Row, side: Side): OrderType {
  const limit = row.orderType !== "Market";
  const trigger = nonZeroDecimal(row, "triggerPrice");
  if (trigger === undefined) return limit ? "limit" : "market";
  const name = optionalText(row, "stopOrderType") ?? "";
  if (/TakeProfit/.test(name)) return limit ? "takeProfitLimit" : "takeProfit";
  if (/StopLoss|Trailing/.test(name)) return limit ? "stopLimit" : "stop";
  const direction = wholeNumber(row, "triggerDirection");
  if (direction === 1 || direction === 2) return conditionalType(side, direction, limit);
  const placedAt = nonZeroDecimal(row, "lastPriceOnCreated") ?? nonZeroDecimal(row, "basePrice");
  if (placedAt === undefined) return limit ? "stopLimit" : "stop";
  return conditionalType(side, trigger.gt(placedAt) ? 1 : 2, limit);
}

const TRIGGER_BY: Readonly<Record<TriggerBy, string>> = { last: "LastPrice", mark: "MarkPrice", index: "IndexPrice" };

/** `mark` as `MarkPrice`. */
export function wireTriggerBy(by: TriggerBy = "last"): string {
  return TRIGGER_BY[by];
}

/** `MarkPrice` as `mark`; undefined for anything else. */
export function triggerByOf(text: unknown): TriggerBy | undefined {
  return (Object.keys(TRIGGER_BY) as TriggerBy[]).find((by) => TRIGGER_BY[by] === text);
}
