import type { BreakerMetrics, EpochMs, LinkState, Venue } from "../../core/index.js";
import type { SessionStatus } from "../../state/index.js";
import type { Alerts } from "../observe/alerts.js";
import type { Alert } from "../observe/webhook.js";
import type { Agreement } from "./agreement.js";
import type { MissedCandles } from "./missed-candles.js";
import type { LiveTrader } from "./trader.js";

/** How a session on a venue fares. */
export type Health = {
  /** False when an operator should look. */
  readonly ok: boolean;
  readonly status: SessionStatus;
  /** Its id. */
  readonly session: string;
  /** State of each link, `market` and `account`. */
  readonly links: Readonly<Record<string, LinkState>>;
  /** The breaker that keeps requests from a venue in trouble. */
  readonly breaker: BreakerMetrics;
  /** Whether entries leave: not while `blocked`, or by an operator's word. */
  readonly tradingEnabled: boolean;
  /** Only what reduces positions leaves: the drawdown switch has tripped, an operator wants it, or the state file cannot be written. */
  readonly liquidateOnly: boolean;
  /** Entries wait until the session and its venue agree. */
  readonly blocked: boolean;
  /** Why entries wait, only what reduces leaves, or the strategy hears no candles, a sentence each. */
  readonly why: readonly string[];
  /** Seconds since the two last agreed; absent before. */
  readonly agreedSecondsAgo?: number | undefined;
  /** The newest alerts. */
  readonly alerts: readonly Alert[];
  /** Lines of the journal; absent once it is closed. */
  readonly journal?: number | undefined;
  /** Address of the metrics, where they are served. */
  readonly metrics?: string | undefined;
  readonly openOrders: number;
};

/** What a session's health is told from. */
export interface HealthParts {
  readonly status: SessionStatus;
  readonly session: string;
  readonly venue: Venue;
  readonly trader: LiveTrader;
  readonly agreement: Agreement;
  readonly links: ReadonlyMap<string, LinkState>;
  readonly alerts: Alerts;
  readonly missed: MissedCandles;
  readonly journal: number | undefined;
  readonly metrics: string | undefined;
  readonly now: EpochMs;
}

/** How an operator turns the switch back, as a sentence without its point. */
export function clearHint(id: string): string {
  return `session.command({ type: "clearLiquidateOnly" }), or tesserlab live command ${id} clearLiquidateOnly, ends that`;
}

/** What a session with its switch on says: whatever turned it, an operator turns it back. */
function liquidating(id: string): string {
  return `Only reducing orders leave: the drawdown switch has tripped, an operator wants it, or the state file could not be written, as the alerts say; ${clearHint(id)}.`;
}

/** Links, breaker, switches, alerts and what is open. */
export function healthOf({ status, session, venue, trader, agreement, links, alerts, missed, journal, metrics, now }: HealthParts): Health {
  const { tradingEnabled, liquidateOnly } = trader.engine.orders;
  const { blocked, agreedAt } = agreement;
  const healthy = [...links.values()].every((state) => state === "healthy");
  return {
    ok: status === "running" && !blocked && !liquidateOnly && missed.why === undefined && venue.breaker.state === "closed" && healthy,
    status,
    session,
    links: Object.fromEntries(links),
    breaker: venue.breaker.metrics(),
    tradingEnabled,
    liquidateOnly,
    blocked,
    why: [...agreement.why, ...(liquidateOnly ? [liquidating(session)] : []), ...(missed.why === undefined ? [] : [missed.why])],
    agreedSecondsAgo: agreedAt === 0 ? undefined : Math.round((now - agreedAt) / 1000),
    alerts: alerts.recent.slice(-5),
    journal,
    metrics,
    openOrders: trader.openOrders().length,
  };
}
