import { type BreakerState, Decimal, type LinkState, type MarketEvent, type OrderOutcome, type Venue } from "../../core/index.js";
import type { SessionBatch } from "../../state/index.js";
import type { Alerts } from "../observe/alerts.js";
import type { SessionLog } from "../observe/log.js";
import type { SessionMetrics } from "../observe/metrics.js";
import type { TraderWatch } from "./account.js";
import type { Outgoing } from "./sender.js";
import type { LiveTrader } from "./trader.js";

const BREAKER: Readonly<Record<BreakerState, number>> = { closed: 0, halfOpen: 1, open: 2 };

/** Turns what happens in a session into metrics and log lines. */
export class SessionObserver {
  readonly #metrics: SessionMetrics;
  readonly #log: SessionLog;
  readonly #alerts: Alerts;
  readonly #links = new Map<string, LinkState>();
  #wanted = new Decimal(0);
  #got = new Decimal(0);
  readonly #shortfall = new Map<string, { cost: Decimal; quantity: Decimal }>();

  constructor(metrics: SessionMetrics, log: SessionLog, alerts: Alerts) {
    this.#metrics = metrics;
    this.#log = log;
    this.#alerts = alerts;
  }

  get links(): ReadonlyMap<string, LinkState> {
    return this.#links;
  }

  market(event: MarketEvent): void {
    const { symbol } = event;
    this.#alerts.data(symbol);
    if (event.type === "trade") this.#metrics.count("tesserlab_ticks_received_total", { symbol });
    else if (event.type === "book") this.#metrics.count("tesserlab_books_received_total", { symbol });
  }

  candle(symbol: string): void {
    this.#metrics.count("tesserlab_candles_received_total", { symbol });
  }

  link(link: "market" | "account", state: LinkState, reason: string | undefined): void {
    if (this.#links.get(link) === state) return;
    this.#links.set(link, state);
    this.#metrics.set("tesserlab_link_up", state === "healthy" ? 1 : 0, { link });
    if (state === "reconnecting") this.#metrics.count("tesserlab_reconnects_total", { link });
    this.#log.write(state === "reconnecting" ? "warning" : "info", "LINK", `The ${link} link is ${state}`, { link, reason });
  }

  /** Told at level `debug` only. */
  get handled(): TraderWatch["handled"] {
    if (!this.#log.has("debug")) return undefined;
    return (event, sequence, said, requests) =>
      this.#log.write("debug", "EVENT", `The engine has handled ${event.type}`, { sequence, event, said, requests });
  }

  answered(outgoing: Outgoing, outcome: OrderOutcome): void {
    const symbol = outgoing.kind === "cancel" ? outgoing.symbol : outgoing.request.symbol;
    if (outgoing.kind === "open") this.#metrics.count("tesserlab_orders_sent_total", { symbol });
    if (outcome.ok) this.#alerts.order(true);
    else {
      this.#alerts.order(false, outcome.code, outcome.message);
      this.#log.write("warning", outcome.code, outcome.message, { request: outgoing.kind, symbol });
    }
  }

  /** @param reference - price at the decision of an order, by its id. */
  written(batch: SessionBatch, reference: (orderId: string) => Decimal | undefined): void {
    for (const order of batch.orders ?? []) {
      this.#log.write("info", "ORDER", `${order.side} ${order.quantity.toFixed()} ${order.symbol} is ${order.status}`, {
        id: order.id,
        role: order.role,
      });
      if (order.status === "refused") this.#metrics.count("tesserlab_orders_refused_total", { code: order.reason?.code ?? "NONE" });
      if (order.status === "filled" || order.status === "cancelled") {
        this.#wanted = this.#wanted.plus(order.quantity);
        this.#got = this.#got.plus(order.filledQuantity);
        if (!this.#wanted.isZero()) this.#metrics.set("tesserlab_fill_ratio", this.#got.div(this.#wanted).toNumber());
      }
    }
    for (const fill of batch.fills ?? []) {
      this.#log.write("info", "FILL", `${fill.side} ${fill.quantity.toFixed()} ${fill.symbol} at ${fill.price.toFixed()}`, {
        id: fill.id,
        order: fill.orderId,
      });
      this.#metrics.count("tesserlab_fills_total", { symbol: fill.symbol, liquidity: fill.liquidity });
      const arrival = reference(fill.orderId);
      if (arrival === undefined || arrival.isZero()) continue;
      const sum = this.#shortfall.get(fill.symbol) ?? { cost: new Decimal(0), quantity: new Decimal(0) };
      const worse = (fill.side === "buy" ? fill.price.minus(arrival) : arrival.minus(fill.price)).div(arrival).times(10_000);
      sum.cost = sum.cost.plus(worse.times(fill.quantity));
      sum.quantity = sum.quantity.plus(fill.quantity);
      this.#shortfall.set(fill.symbol, sum);
      this.#metrics.set("tesserlab_shortfall_bps", sum.cost.div(sum.quantity).toNumber(), { symbol: fill.symbol });
    }
  }

  /** Sets what is only known when somebody asks. */
  refresh(trader: LiveTrader, venue: Venue, lines: number): void {
    const { portfolio, engine } = trader;
    const metrics = this.#metrics;
    const equity = portfolio.equity().toNumber();
    metrics.set("tesserlab_equity", equity);
    metrics.set("tesserlab_balance", portfolio.balance().toNumber());
    metrics.set("tesserlab_fees_total", portfolio.totalFees().toNumber());
    metrics.set("tesserlab_breaker_state", BREAKER[venue.breaker.state]);
    metrics.set("tesserlab_trading_enabled", engine.orders.tradingEnabled ? 1 : 0);
    metrics.set("tesserlab_liquidate_only", engine.orders.liquidateOnly ? 1 : 0);
    metrics.set("tesserlab_journal_lines", lines);
    const open = trader.openOrders();
    for (const [slot, symbol] of trader.symbols.entries()) {
      const position = portfolio.position(slot);
      metrics.set("tesserlab_position_quantity", position.quantity.toNumber(), { symbol });
      metrics.set("tesserlab_unrealized_pnl", position.unrealizedPnl.toNumber(), { symbol });
      metrics.set("tesserlab_open_orders", open.filter((order) => order.slot === slot).length, { symbol });
    }
  }
}
