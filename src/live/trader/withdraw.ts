import type { EpochMs } from "../../core/index.js";
import type { TraderClock } from "./contracts.js";
import type { LiveTrader } from "./trader.js";

/** How long closing everything is waited for. */
const CLOSE_MS = 30_000;
/** How often it is looked at. */
const LOOK_MS = 50;

/** What withdrawing from the market needs. */
export interface WithdrawalParts {
  readonly trader: LiveTrader;
  /** Close what is held, too; else positions stay with their protective orders. */
  readonly closePositions: boolean;
  readonly clock: TraderClock;
  readonly now: () => EpochMs;
  readonly isRunning: () => boolean;
}

/** Takes a session out of the market: nothing is entered any more and working entries are taken back. Resolves once everything that shall be closed is, or has had its time. */
export async function withdraw({ trader, closePositions, clock, now, isRunning }: WithdrawalParts): Promise<void> {
  trader.process({ type: "trading", enabled: false, time: now() });
  for (const order of trader.openOrders()) if (order.role === 0) trader.command({ type: "cancel", orderId: String(order.id) }, now());
  if (!closePositions) return;
  trader.command("closePositions", now());
  const until = clock.now() + CLOSE_MS;
  const isFlat = (): boolean => trader.portfolio.quantity.every((quantity) => quantity === 0);
  while (!isFlat() && clock.now() < until && isRunning()) await clock.sleep(LOOK_MS);
}
