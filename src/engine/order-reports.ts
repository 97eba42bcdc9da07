import { STATUS } from "../core/index.js";
import type { OrderEngine } from "../execution/index.js";
import { type OrderEvent, REPORT } from "./events.js";

/** Books what a venue reports of an order, other than that it has taken it. */
export function settleReport(settlement: OrderEngine["settlement"], event: OrderEvent): void {
  const { order, report, time } = event;
  if (report === REPORT.rejected) settlement.ended(order, STATUS.rejected, time, event.needed, event.available, event.why);
  else if (report === REPORT.cancelled) settlement.ended(order, STATUS.cancelled, time, 0, 0, event.why);
  else if (report === REPORT.expired) settlement.ended(order, STATUS.cancelled, time, 0, 0, event.why === "" ? "expired" : event.why);
  else if (report === REPORT.amended) settlement.amended(order, event.quantity, event.price, time);
  else if (report === REPORT.amendFailed) settlement.amendFailed(order, time);
  else if (report === REPORT.cancelFailed) settlement.cancelFailed(order, time);
  else if (report === REPORT.resized) settlement.resized(order, event.quantity, time);
  else if (report === REPORT.triggered) order.triggered = true;
}
