import { Decimal, type EpochMs, fromUnits, type LinkState } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import {
  fillRow,
  type Json,
  orderRow,
  type SessionStatus,
  type SessionWarning,
  type StateWriter,
  type StoredFlag,
  stableJson,
} from "../../state/index.js";
import { asLabError, toWire } from "../failure.js";
import type { SessionMessage, SessionRequest, SessionService, WireAnswer, WireStatus } from "../messages.js";
import { Alerts } from "../observe/alerts.js";
import { MetricsServer } from "../observe/http.js";
import { SessionLog } from "../observe/log.js";
import { SessionMetrics } from "../observe/metrics.js";
import { Agreement } from "./agreement.js";
import { carryOut, readCommand, type SessionCommand } from "./commands.js";
import type { ConnectedVenue, TraderClock, TradeSpec } from "./contracts.js";
import { DrawdownGuard } from "./guard.js";
import { type Health, healthOf } from "./health.js";
import { MarketFeed } from "./market-feed.js";
import { SessionObserver } from "./observer.js";
import { type PreparedSession, prepareSession } from "./prepare.js";
import { Reconciler } from "./reconcile.js";
import { orderNumber } from "./requests.js";
import { LiveTrader } from "./trader.js";

/** Time and what hangs on it pass this often. */
const TICK_MS = 1_000;
/** How long a stop waits for what is on its way. */
const STOP_MS = 30_000;

/** What a live session is opened with. */
export interface LiveSessionParts {
  readonly id: string;
  readonly statePath: string;
  readonly venueName: string;
  readonly strategy: PreparedSession["strategy"];
  readonly params: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly warnings: readonly SessionWarning[];
  readonly trade: TradeSpec;
  readonly connected: ConnectedVenue;
  readonly clock: TraderClock;
  readonly tell: (message: SessionMessage) => void;
  /** Plays the market, for a recorded one, and resolves at its end. It awaits `settled` after every event: by then what the event made leave has been answered. */
  readonly play?: (settled: () => Promise<void>) => Promise<void>;
}

/**
 * A session on a venue: warms the strategy up, brings state and venue together, trades what comes, and writes everything down. It ends when it is stopped, when its
 * recorded market ends, or when its strategy throws.
 */
export class LiveSession implements SessionService {
  readonly #parts: LiveSessionParts;
  readonly #prepared: PreparedSession;
  readonly #writer: StateWriter;
  readonly #trader: LiveTrader;
  readonly #feed: MarketFeed;
  readonly #agreement: Agreement;
  readonly #guard: DrawdownGuard;
  readonly #metrics: SessionMetrics;
  readonly #log: SessionLog;
  readonly #alerts: Alerts;
  readonly #observer: SessionObserver;
  readonly #server: MetricsServer | undefined;
  #status: SessionStatus = "running";
  #running = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #reconcileAt = 0;
  #points = 0;
  #bars = 0;
  #stopping: Promise<void> | undefined;

  private constructor(
    parts: LiveSessionParts,
    prepared: PreparedSession,
    metrics: SessionMetrics,
    log: SessionLog,
    alerts: Alerts,
    server: MetricsServer | undefined,
  ) {
    this.#parts = parts;
    this.#prepared = prepared;
    this.#writer = prepared.writer;
    this.#metrics = metrics;
    this.#log = log;
    this.#alerts = alerts;
    this.#server = server;
    this.#observer = new SessionObserver(metrics, log, alerts);
    const { connected, trade, id, clock } = parts;
    const { venue, market } = connected;
    this.#trader = new LiveTrader({
      run: id,
      prepared: prepared.backtest,
      params: prepared.params,
      buffers: prepared.buffers,
      writer: prepared.writer,
      venue,
      watch: {
        written: (batch) => this.#written(batch),
        answered: (outgoing, outcome) => this.#observer.answered(outgoing, outcome),
        alert: (kind, title, message) => alerts.raise(kind, "critical", title, message),
        stale: () => this.#soon(),
        committed: (seconds) => metrics.observe("tesserlab_journal_commit_seconds", seconds),
      },
    });
    this.#trader.warmUp();
    if (prepared.lines.length > 0) this.#trader.recover(prepared.lines);
    this.#points = prepared.points;
    this.#bars = prepared.bars;
    this.#guard = new DrawdownGuard(new Decimal(trade.maxDrawdown), prepared.peak ?? this.#trader.portfolio.equity());
    const reconciler = new Reconciler({
      run: id,
      prepared: prepared.backtest,
      trader: this.#trader,
      venue,
      since: prepared.since,
      threshold: new Decimal(trade.reconcileThreshold),
      sleep: (ms) => clock.sleep(ms),
    });
    this.#agreement = new Agreement({
      trader: this.#trader,
      reconciler,
      backtest: prepared.backtest,
      connected,
      writer: prepared.writer,
      alerts,
      log,
      metrics,
      clock,
      now: () => this.#now(),
      isRunning: () => this.#status === "running",
      restored: prepared.restored,
    });
    this.#feed = new MarketFeed({
      market,
      trader: this.#trader,
      spec: trade,
      instruments: prepared.backtest.instruments,
      buffers: prepared.buffers,
      feeds: prepared.backtest.strategy.feeds,
      now: () => this.#now(),
      watch: {
        event: (event) => this.#observer.market(event),
        candle: (candle) => this.#closed(candle.symbol, candle.time),
        link: (state, reason) => this.#link("market", state, reason),
        refused: (error) => this.#refused(error),
      },
    });
  }

  /** Enters the session into its state file and rebuilds what it was, if it goes on. @throws LabError what opening state, strategy, metrics and log throw. */
  static async open(parts: LiveSessionParts): Promise<LiveSession> {
    const { id, trade, clock } = parts;
    let session: LiveSession | undefined;
    const log = new SessionLog({
      clock,
      session: id,
      ...(trade.logPath === undefined ? {} : { path: trade.logPath }),
      ...(trade.logLevel === undefined ? {} : { level: trade.logLevel }),
    });
    const metrics = new SessionMetrics(() => session?.refresh());
    const alerts = new Alerts(trade.alerting, { session: id, clock, log, metrics, sleep: (ms) => clock.sleep(ms) });
    const server =
      trade.metricsAddr === undefined
        ? undefined
        : await MetricsServer.open(trade.metricsAddr, {
            metrics: async () => ({ type: metrics.contentType, text: await metrics.text() }),
            health: () => session?.health() ?? { ok: false, status: "starting" },
          });
    try {
      const prepared = await prepareSession(parts);
      try {
        session = new LiveSession(parts, prepared, metrics, log, alerts, server);
        metrics.set("tesserlab_info", 1, {
          session: id,
          strategy: prepared.strategy.name,
          venue: parts.venueName,
          environment: trade.real ? "real" : "paper",
        });
        return session;
      } catch (error) {
        prepared.writer.close();
        throw error;
      }
    } catch (error) {
      await server?.close();
      log.close();
      throw error;
    }
  }

  /** Address of the metrics. */
  get metricsUrl(): string | undefined {
    return this.#server?.url;
  }

  async answer(request: SessionRequest): Promise<WireAnswer> {
    switch (request.kind) {
      case "run":
        void this.run();
        return undefined;
      case "status":
        return this.#report();
      case "flush":
        await this.#flush();
        return undefined;
      case "health":
        return JSON.parse(stableJson(this.health())) as Json;
      case "stop":
        void this.stop(request.closePositions);
        return undefined;
      case "command":
        return this.command(readCommand(request.command));
    }
  }

  /** Brings state and venue together and trades until the end. It never rejects: how it ended is told. */
  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      await this.#begin();
    } catch (error) {
      await this.#finish("failed", asLabError(error, "SESSION_FAILED", `Session ${this.#parts.id} failed`));
      return;
    }
    const { play } = this.#parts;
    if (play === undefined) return;
    try {
      await play(() => this.#settle());
      await this.#settle();
      await this.#finish("completed");
    } catch (error) {
      await this.#finish("failed", asLabError(error, "SESSION_FAILED", "The recorded market failed"));
    }
  }

  async #begin(): Promise<void> {
    const { connected, trade, clock } = this.#parts;
    const { venue } = connected;
    const resumed = this.#prepared.lines.length > 0 || this.#prepared.restored;
    if (this.#prepared.liquidateOnly) {
      this.#guard.trip();
      this.#trader.command({ type: "liquidateOnly", on: true }, this.#now());
    }
    // Nothing is entered before the two sides agree.
    this.#agreement.block();
    venue.subscribe((event) => {
      if (event.type === "order") this.#guarded(() => this.#trader.account.venueOrder(event.order));
      else if (event.type === "execution") this.#guarded(() => this.#trader.account.execution(event.execution));
      else if (event.type === "link") this.#link("account", event.state, event.reason);
    });
    this.#link("account", "healthy", undefined);
    const found = await this.#agreement.compare();
    if (found.agreed || (resumed && this.#prepared.restored && trade.confirmRestored)) {
      if (!found.agreed) await this.#agreement.adopt();
      this.#agreement.unblock();
    } else this.#agreement.mismatch(found);
    for (const symbol of trade.symbols) this.#alerts.watch(symbol);
    await this.#feed.open();
    this.#log.write("info", "STARTED", `Session ${this.#parts.id} trades on ${this.#parts.venueName}`, { resumed, bars: this.#bars });
    this.#reconcileAt = clock.now() + trade.reconcileSecs * 1000;
    this.#timer = setInterval(() => this.#guarded(() => this.#tick()), TICK_MS);
  }

  /** Now: by the wall where orders are real, else in the time of the recorded market. */
  #now(): EpochMs {
    if (this.#parts.trade.real) return this.#parts.clock.now();
    return Math.max(this.#trader.engine.time, this.#feed?.time ?? 0);
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#refused(error);
    }
  }

  /** What a venue sent cannot be taken; what a strategy threw ends the session. */
  #refused(error: unknown): void {
    const codes = /^(CANDLE_|CANDLES_|NOT_REPRESENTABLE|UNITS_OVERFLOW|DECIMAL_INVALID)/;
    if (error instanceof LabError && codes.test(error.code)) {
      this.#log.write("error", error.code, error.message);
      return;
    }
    const failure = asLabError(error, "STRATEGY_FAILED", `${this.#prepared.strategy.name} threw`);
    this.#alerts.raise("sessionFailed", "critical", "The session has failed", `${failure.message} Protective orders stay at the venue.`);
    void this.#finish("failed", failure);
  }

  #link(link: "market" | "account", state: LinkState, reason: string | undefined): void {
    const before = this.#observer.links.get(link);
    if (before === state || this.#status !== "running") return;
    this.#observer.link(link, state, reason);
    this.#guarded(() => this.#trader.process({ type: "link", venue: this.#parts.venueName, link, state, time: this.#now() }));
    if (state === "healthy" && before === "reconnecting") this.#soon();
  }

  #closed(symbol: string, time: EpochMs): void {
    this.#observer.candle(symbol);
    this.#bars++;
    const equity = this.#trader.portfolio.equity();
    const point = { start: this.#points++, time: Float64Array.of(time), value: Float64Array.of(equity.toNumber()) };
    void this.#writer
      .commit({ equity: point, progress: this.#progress(time) })
      .catch((error: unknown) => this.#log.write("error", "STATE", String(error)));
    this.#watchEquity(equity);
    this.#tell({ kind: "status", status: this.#report() });
  }

  #watchEquity(equity: Decimal): void {
    this.#alerts.equity(equity.toNumber());
    if (!this.#guard.equity(equity)) return;
    const text = `Equity ${equity.toFixed()} has fallen from its peak ${this.#guard.peak.toFixed()} by ${this.#parts.trade.maxDrawdown} or more. Only reducing orders leave until an operator clears it.`;
    this.#alerts.raise("liquidateOnly", "critical", "The drawdown switch has tripped", text);
    this.#trader.process(
      { type: "command", command: { type: "liquidateOnly", on: true }, time: this.#now() },
      { flags: [{ name: "liquidateOnly", value: { reason: text, time: this.#now() } }] },
    );
  }

  #progress(marketTime: EpochMs | undefined): {
    bars: number;
    marketTime: EpochMs | undefined;
    equity: Decimal;
    balance: Decimal;
    fees: Decimal;
    funding: Decimal;
  } {
    const { portfolio } = this.#trader;
    return {
      bars: this.#bars,
      marketTime,
      equity: portfolio.equity(),
      balance: portfolio.balance(),
      fees: portfolio.totalFees(),
      funding: portfolio.totalFunding(),
    };
  }

  #tick(): void {
    if (this.#status !== "running") return;
    const now = this.#now();
    this.#feed.passed(now);
    this.#trader.process({ type: "timer", time: now });
    this.#alerts.tick();
    this.#watchEquity(this.#trader.portfolio.equity());
    const peak: StoredFlag = { name: "peakEquity", value: this.#guard.peak.toFixed() };
    const changed = this.#prepared.peak?.eq(this.#guard.peak) !== true;
    this.#prepared.peak = this.#guard.peak;
    void this.#writer.commit(changed ? { flags: [peak] } : {}).catch((error: unknown) => this.#log.write("error", "STATE", String(error)));
    if (this.#parts.clock.now() >= this.#reconcileAt) {
      this.#reconcileAt = this.#parts.clock.now() + this.#parts.trade.reconcileSecs * 1000;
      void this.#agreement.later();
    }
  }

  /** Compares soon: something was heard of that the session does not know. */
  #soon(): void {
    if (this.#status === "running" && this.#running) void this.#agreement.later();
  }

  /** Carries out an operator's command. @throws LabError `SESSION_ENDED`, `COMMAND_INVALID`, `SESSION_BLOCKED` and what the engine refuses as misuse. */
  async command(command: Exclude<SessionCommand, string>): Promise<Json> {
    if (this.#status !== "running") throw new LabError("SESSION_ENDED", `Session ${this.#parts.id} has ended.`);
    this.#log.write("info", "COMMAND", `An operator orders ${command.type}`, { command });
    return carryOut(command, {
      run: this.#parts.id,
      trader: this.#trader,
      agreement: this.#agreement,
      guard: this.#guard,
      venue: this.#parts.connected.venue,
      now: this.#now(),
    });
  }

  /** Links, breaker, switches, alerts and what is open. */
  health(): Health {
    return healthOf({
      status: this.#status,
      session: this.#parts.id,
      venue: this.#parts.connected.venue,
      trader: this.#trader,
      agreement: this.#agreement,
      links: this.#observer.links,
      alerts: this.#alerts,
      journal: this.#writer.isOpen ? this.#writer.sequence : undefined,
      metrics: this.#server?.url,
      now: this.#parts.clock.now(),
    });
  }

  /** Sets the gauges of the metrics. */
  refresh(): void {
    this.#observer.refresh(this.#trader, this.#parts.connected.venue, this.#writer.isOpen ? this.#writer.sequence : 0);
    const { agreedAt } = this.#agreement;
    if (agreedAt > 0) this.#metrics.set("tesserlab_reconcile_age_seconds", (this.#parts.clock.now() - agreedAt) / 1000);
    for (const symbol of this.#parts.trade.symbols)
      this.#metrics.set("tesserlab_data_gap_seconds", this.#alerts.gapSeconds(symbol), { symbol });
  }

  #report(): WireStatus {
    const { portfolio } = this.#trader;
    const time = this.#prepared.buffers[0]!.time;
    return {
      status: this.#status,
      bars: this.#bars,
      length: this.#prepared.length ?? this.#bars,
      marketTime: time.length === 0 ? null : time[time.length - 1]!,
      equity: portfolio.equity().toFixed(),
    };
  }

  #written(batch: Parameters<StateWriter["write"]>[0]): void {
    const { instruments } = this.#prepared.backtest;
    this.#observer.written(batch, (id) => {
      const order = this.#trader.order(orderNumber(this.#parts.id, id) ?? 0);
      return order === undefined ? undefined : fromUnits(order.reference, instruments[order.slot]!.priceDp);
    });
    for (const order of batch.orders ?? []) this.#tell({ kind: "order", row: orderRow(order) });
    for (const fill of batch.fills ?? []) this.#tell({ kind: "fill", row: fillRow(fill) });
  }

  #tell(message: SessionMessage): void {
    this.#parts.tell(message);
  }

  async #flush(): Promise<void> {
    if (!this.#writer.isOpen) return;
    const time = this.#report().marketTime ?? undefined;
    await this.#writer.commit({
      trades: this.#trader.reader.newTrades(),
      positions: this.#trader.reader.positions(),
      progress: this.#progress(time),
    });
  }

  /** Ends the session: no new entries, working ones are taken back, protective orders stay; with `closePositions` everything is closed first. */
  stop(closePositions: boolean): Promise<void> {
    this.#stopping ??= this.#stop(closePositions);
    return this.#stopping;
  }

  async #stop(closePositions: boolean): Promise<void> {
    if (this.#status !== "running") return;
    try {
      this.#trader.process({ type: "trading", enabled: false, time: this.#now() });
      for (const order of this.#trader.openOrders())
        if (order.role === 0) this.#trader.command({ type: "cancel", orderId: String(order.id) }, this.#now());
      if (closePositions) {
        this.#trader.command("closePositions", this.#now());
        const until = this.#parts.clock.now() + STOP_MS;
        while (
          this.#trader.portfolio.quantity.some((quantity) => quantity !== 0) &&
          this.#parts.clock.now() < until &&
          this.#status === "running"
        )
          await this.#parts.clock.sleep(50);
      }
      await this.#settle();
      await this.#finish("stopped");
    } catch (error) {
      await this.#finish("failed", asLabError(error, "SESSION_FAILED", "The session could not be stopped in order"));
    }
  }

  /** Everything that is on its way has come. */
  async #settle(): Promise<void> {
    do {
      await this.#writer.settled();
      await this.#trader.idle();
    } while (this.#writer.isBusy);
  }

  async #finish(status: "completed" | "stopped" | "failed", error?: LabError): Promise<void> {
    if (this.#status !== "running") return;
    clearInterval(this.#timer);
    let failure = error;
    try {
      if (status !== "failed") await this.#flush();
      await this.#writer.commit({});
      this.#trader.end();
      this.#status = status;
      this.#writer.end(
        status,
        {
          events: [
            {
              time: this.#parts.clock.now(),
              level: error === undefined ? "info" : "error",
              code: error?.code ?? status.toUpperCase(),
              message: error?.message ?? `the session has ${status === "stopped" ? "been stopped" : "come to its end"}`,
            },
          ],
        },
        error,
      );
    } catch (inner) {
      this.#trader.end();
      this.#status = "failed";
      this.#writer.close();
      failure ??= asLabError(inner, "SESSION_FAILED", `Session ${this.#parts.id} could not be written down`);
    }
    this.#log.write(
      failure === undefined ? "info" : "error",
      "ENDED",
      `Session ${this.#parts.id} has ended: ${this.#status}`,
      failure === undefined ? {} : { error: failure.message },
    );
    this.#tell({ kind: "ended", status: this.#report(), ...(failure === undefined ? {} : { error: toWire(failure) }) });
    await this.#feed.close().catch(() => {});
    await this.#parts.connected.close().catch(() => {});
    await this.#alerts.settled();
    await this.#server?.close();
    this.#log.close();
  }
}
