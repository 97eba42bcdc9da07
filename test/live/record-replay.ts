import type { Order } from "../../src/core/index.js";

const MINUTE = 60_000;

/** A backtest of candles stamps what is decided at a close with its bar's opening, a session with the close itself; legs are made by fills, which both stamp alike. */
export function atClose(order: Order): Order {
  if (order.role === "stopLoss" || order.role === "takeProfit") return order;
  const createdAt = order.createdAt + MINUTE;
  return { ...order, createdAt, updatedAt: order.updatedAt === order.createdAt ? createdAt : order.updatedAt };
}

/** Rows with ids as in a backtest: without what is drawn anew for every session. */
export function plain<T extends { readonly id: string }>(rows: readonly T[]): unknown[] {
  const number = (id: string): string => /-(?:fill-)?(\d+)/.exec(id)?.[1] ?? id;
  return rows.map((one) =>
    "orderId" in one ? { ...one, id: number(one.id), orderId: number(one.orderId as string) } : { ...one, id: number(one.id) },
  );
}
