import type { OrderRole } from "../../core/index.js";

/** Client order id of an order as it stands in records: the session's run, the order's number, its leg. The engine's `clientOrderId` makes the same of an order. */
export function orderIdOf(run: string, number: number | string, role: OrderRole): string {
  return `${run}-${number}-${role}`;
}

/** Number of an order of ours, from its client id; undefined for another's. */
export function orderNumber(run: string, id: string): number | undefined {
  if (!id.startsWith(`${run}-`)) return undefined;
  const number = Number(id.slice(run.length + 1).split("-")[0]);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
