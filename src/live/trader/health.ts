import type { EpochMs, LinkState, Venue } from "../../core/index.js";
import type { SessionStatus } from "../../state/index.js";
import type { Alerts } from "../observe/alerts.js";
import type { Agreement } from "./agreement.js";
import type { LiveTrader } from "./trader.js";

/** How a session fares. `ok` is false when an operator should look. */
export type Health = { readonly ok: boolean } & Readonly<Record<string, unknown>>;

/** What a session's health is told from. */
export interface HealthParts {
  readonly status: SessionStatus;
  readonly session: string;
  readonly venue: Venue;
  readonly trader: LiveTrader;
  readonly agreement: Agreement;
  readonly links: ReadonlyMap<string, LinkState>;
  readonly alerts: Alerts;
  readonly journal: number | undefined;
  readonly metrics: string | undefined;
  readonly now: EpochMs;
}

/** Links, breaker, switches, alerts and what is open. */
export function healthOf({ status, session, venue, trader, agreement, links, alerts, journal, metrics, now }: HealthParts): Health {
  const { tradingEnabled, liquidateOnly } = trader.engine.orders;
  const { blocked, agreedAt } = agreement;
  const healthy = [...links.values()].every((state) => state === "healthy");
  return {
    ok: status === "running" && !blocked && !liquidateOnly && venue.breaker.state === "closed" && healthy,
    status,
    session,
    links: Object.fromEntries(links),
    breaker: venue.breaker.metrics(),
    tradingEnabled,
    liquidateOnly,
    blocked,
    agreedSecondsAgo: agreedAt === 0 ? undefined : Math.round((now - agreedAt) / 1000),
    alerts: alerts.recent.slice(-5),
    journal,
    metrics,
    openOrders: trader.openOrders().length,
  };
}
