import { decimal, fromUnits, STATUS } from "../core/index.js";
import type { OrderEngine } from "../execution/index.js";
import type { Portfolio } from "../portfolio/index.js";
import type { AccountSnapshotEvent, HeldPosition } from "./events.js";

/**
 * Takes in what a venue says the account is: orders it no longer has are cancelled here, positions are set to its own, each with an alert. An order on its way
 * is left alone: its own answer will tell.
 * @returns whether anything differed.
 */
export function applySnapshot(event: AccountSnapshotEvent, orders: OrderEngine, portfolio: Portfolio): boolean {
  const here = (slot: number): boolean => event.venue === undefined || portfolio.instruments[slot]!.instrument.venue === event.venue;
  let changed = false;
  if (event.openOrders !== undefined) {
    const open = new Set(event.openOrders);
    for (const order of orders.open()) {
      if (!here(order.slot) || order.status === STATUS.pending || open.has(order.id)) continue;
      changed = true;
      orders.alerts.of(order, event.time, "ORDER_VANISHED", `order ${order.id} is not open at its venue any more: it counts as cancelled`);
      orders.settlement.ended(order, STATUS.cancelled, event.time, 0, 0, "not open at the venue any more");
    }
  }
  if (event.positions === undefined) return changed;
  for (const [slot, { name, quantityDp }] of portfolio.instruments.entries()) {
    if (!here(slot)) continue;
    const theirs = event.positions.find((position) => position.slot === slot);
    const ours = portfolio.quantity[slot]!;
    const difference = (theirs?.quantity ?? 0) - ours;
    if (difference === 0) continue;
    changed = true;
    const text = (units: number): string => fromUnits(units, quantityDp).toFixed();
    orders.alerts.about(
      slot,
      event.time,
      "POSITION_MISMATCH",
      `${name}: the venue holds ${text(theirs?.quantity ?? 0)}, we had ${text(ours)}; ours is set to the venue's`,
    );
    take(portfolio, slot, theirs);
    orders.settlement.adopt(slot, difference, event.time);
  }
  return changed;
}

/** Sets a position to the venue's. What is no more there was closed at the last price, as far as anybody can tell; what is there has the venue's average. */
function take(portfolio: Portfolio, slot: number, theirs: HeldPosition | undefined): void {
  const ours = portfolio.quantity[slot]!;
  const { quantity, price, average } = theirs ?? { quantity: 0, price: 0, average: undefined };
  const mark = portfolio.mark[slot]!;
  if (average === undefined) {
    portfolio.apply(slot, quantity - ours, price || mark, 0);
    return;
  }
  const kept = ours > 0 ? Math.max(0, Math.min(ours, quantity)) : Math.min(0, Math.max(ours, quantity));
  if (kept !== ours) portfolio.apply(slot, kept - ours, mark || price, 0);
  if (mark === 0) portfolio.mark[slot] = price;
  portfolio.restate(slot, quantity, decimal(average));
}
