import type { Order, Position, VenueOrder } from "../../core/index.js";

/** Columns of numbers as a table's alignment. */
export function rightly(...columns: readonly string[]): Readonly<Record<string, "right">> {
  return Object.fromEntries(columns.map((column) => [column, "right" as const]));
}

/** What an order asks for, how much of it is done and where it stands, whoever tells of it. */
export function orderCells(order: Order | VenueOrder): Record<string, string> {
  const { symbol, side, type, quantity, filledQuantity, price, triggerPrice, status } = order;
  return {
    symbol,
    side,
    type,
    quantity: quantity.toFixed(),
    filled: filledQuantity.toFixed(),
    price: price?.toFixed() ?? "",
    trigger: triggerPrice?.toFixed() ?? "",
    status,
  };
}

/** Columns of numbers of {@link orderCells}. */
export const ORDER_NUMBERS: Readonly<Record<string, "right">> = rightly("quantity", "filled", "price", "trigger");

/** What is held, at what price it was entered and what it is worth now. */
export function positionCells({ symbol, quantity, averageEntry, markPrice, unrealizedPnl }: Position): Record<string, string> {
  return {
    symbol,
    quantity: quantity.toFixed(),
    entry: averageEntry?.toSignificantDigits(12).toFixed() ?? "",
    mark: markPrice?.toFixed() ?? "",
    unrealizedPnl: unrealizedPnl.toFixed(),
  };
}

/** Columns of numbers of {@link positionCells}. */
export const POSITION_NUMBERS: Readonly<Record<string, "right">> = rightly("quantity", "entry", "mark", "unrealizedPnl");
