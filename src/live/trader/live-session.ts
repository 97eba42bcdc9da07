import { Decimal, type EpochMs, type LinkState, type OrderOutcome, type OrderRequest, timeText } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { fillRow, type Json, orderRow, type SessionStatus, type StateWriter, stableJson } from "../../state/index.js";
import { asLabError, toWire } from "../failure.js";
import type { SessionRequest, SessionService, WireAnswer, WireStatus } from "../messages.js";
import { Agreement } from "./agreement.js";
import { carryOut, readCommand, type SessionCommand } from "./commands.js";
import { Ending } from "./ending.js";
import { EquityRecord, UnwrittenCloses } from "./equity-record.js";
import { DrawdownGuard } from "./guard.js";
import { clearHint, type Health, healthOf } from "./health.js";
import { HeardPrices } from "./heard-prices.js";
import { MarketFeed } from "./market-feed.js";
import { Observation } from "./observation.js";
import { type PreparedSession, prepareSession } from "./prepare.js";
import { Readiness } from "./readiness.js";
import type { LiveSessionParts } from "./session-parts.js";
import { LiveTrader } from "./trader.js";

/** Time and what hangs on it pass this often. */
const TICK_MS = 1_000;

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
  readonly #readiness: Readiness;
  readonly #ending: Ending;
  readonly #guard: DrawdownGuard;
  readonly #equity: EquityRecord;
  readonly #observation: Observation;
  #status: SessionStatus = "running";
  #running = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #reconcileAt = 0;

  private constructor(parts: LiveSessionParts, prepared: PreparedSession, observation: Observation) {
    this.#parts = parts;
    this.#prepared = prepared;
    this.#writer = prepared.writer;
    this.#observation = observation;
    const { metrics, alerts, observer } = observation;
    const { connected, trade, id, clock } = parts;
    const { venue, market } = connected;
    this.#trader = new LiveTrader({
      run: id,
      prepared: prepared.backtest,
      params: prepared.params,
      buffers: prepared.buffers,
      writer: prepared.writer,
      venue,
      recorded: parts.recorded,
      stores: parts.stores,
      wall: parts.play === undefined && parts.recorded === undefined ? () => clock.now() : undefined,
      watch: {
        written: (batch) => this.#written(batch),
        answered: (outgoing, outcome) => observer.answered(outgoing, outcome),
        alert: (kind, title, message) => alerts.raise(kind, "critical", title, message),
        threw: (error, handler) => this.#ending.threw(error, handler),
        stale: () => this.#soon(),
        committed: (seconds) => metrics.observe("tesserlab_journal_commit_seconds", seconds),
        handled: observer.handled,
      },
    });
    this.#trader.warmUp();
    const unwritten = new UnwrittenCloses(prepared.marked, this.#trader.portfolio);
    if (prepared.lines.length > 0) this.#trader.recover(prepared.lines, (symbol, time) => unwritten.closed(symbol, time));
    this.#guard = new DrawdownGuard(new Decimal(trade.maxDrawdown), prepared.peak ?? this.#trader.portfolio.equity());
    // What a recorded market's clock says between two of its events has no meaning, and an engine that is told of ticks has their prices.
    const ticks = prepared.backtest.strategy.feeds.some((feed) => feed !== "candles");
    const heard = trade.real && !ticks ? new HeardPrices(this.#trader.portfolio, prepared.buffers) : undefined;
    this.#equity = new EquityRecord({
      trader: this.#trader,
      prepared,
      writer: prepared.writer,
      guard: this.#guard,
      observation,
      maxDrawdown: trade.maxDrawdown,
      now: () => this.#now(),
      latest: () => heard?.equity() ?? this.#trader.portfolio.equity(),
      unwritten: unwritten.closes,
    });
    this.#agreement = new Agreement({
      run: id,
      trader: this.#trader,
      threshold: new Decimal(trade.reconcileThreshold),
      stores: parts.stores,
      prepared,
      connected,
      observation,
      clock,
      now: () => this.#now(),
      isRunning: () => this.#status === "running",
    });
    this.#ending = new Ending({
      agreement: this.#agreement,
      strategy: prepared.strategy.name,
      settled: () => this.#settle(),
      finish: (status, failure) => this.#finish(status, failure),
    });
    this.#readiness = new Readiness(this.#agreement, venue.name, clock);
    this.#feed = new MarketFeed({
      market,
      trader: this.#trader,
      spec: trade,
      instruments: prepared.backtest.instruments,
      buffers: prepared.buffers,
      feeds: prepared.backtest.strategy.feeds,
      bookDepth: prepared.bookDepth,
      now: () => this.#now(),
      watch: {
        begun: () => observation.hears(),
        event: (event) => {
          observation.market(event);
          heard?.take(event);
        },
        candle: (candle) => this.#closed(candle.symbol, candle.time),
        link: (state, reason) => this.#link("market", state, reason),
        refused: (error) => this.#refused(error),
        unanswered: (error) => observation.missed.unanswered(error),
        answered: () => observation.missed.answered(),
      },
    });
  }

  /** Enters the session into its state file and rebuilds what it was, if it goes on. @throws LabError what opening state, strategy, metrics and log throw. */
  static async open(given: LiveSessionParts): Promise<LiveSession> {
    const observation = await Observation.open(given);
    const parts = { ...given, connected: observation.trace(given.connected) };
    try {
      const prepared = await prepareSession(parts);
      try {
        await observation.record(parts, prepared);
        const session = new LiveSession(parts, prepared, observation);
        await session.#trader.rebuildMarket();
        session.#agreement.hold((request, outcome) => session.#settled(request, outcome));
        const { id, venueName, trade } = parts;
        const environment = trade.real ? "real" : "paper";
        observation.begin(session, { session: id, strategy: prepared.strategy.name, venue: venueName, environment });
        return session;
      } catch (error) {
        prepared.writer.close();
        throw error;
      }
    } catch (error) {
      await observation.close();
      throw error;
    }
  }

  /** Resolves once the session has ended and everything of it is closed, with its last alerts delivered or given up. */
  get closed(): Promise<void> {
    return this.#observation.closed;
  }

  /** Address of the metrics. */
  get metricsUrl(): string | undefined {
    return this.#observation.metricsUrl;
  }

  async answer(request: SessionRequest): Promise<WireAnswer> {
    switch (request.kind) {
      case "run":
        return void this.run();
      case "status":
        return this.#report();
      case "flush":
        return void (await this.#flush());
      case "health":
        return JSON.parse(stableJson(this.health())) as Json;
      case "ready":
        return [...(await this.#readiness.within(request.ms))];
      case "stop":
        return void this.stop(request.closePositions);
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
    if (this.#parts.play === undefined || this.#status !== "running") return;
    try {
      await this.#parts.play(() => this.#settle());
      await this.#settle();
      await (this.#ending.failing ?? this.#finish("completed"));
    } catch (error) {
      await this.#finish("failed", asLabError(error, "SESSION_FAILED", "The recorded market failed"));
    }
  }

  async #begin(): Promise<void> {
    const { id, venueName, trade, clock } = this.#parts;
    const resumed = this.#prepared.lines.length > 0 || this.#prepared.restored;
    const { tripped } = this.#prepared;
    if (tripped !== undefined) {
      this.#guard.trip();
      const text = `${tripped.reason} That was at ${timeText(tripped.time)}, and it holds for every session of this state file until then: ${clearHint(id)}.`;
      this.#observation.alerts.raise("liquidateOnly", "critical", "The drawdown switch is on", text);
      this.#trader.command({ type: "liquidateOnly", on: true }, this.#now());
    }
    this.#listen();
    await this.#agreement.begin(resumed && this.#prepared.restored && trade.confirmRestored);
    for (const symbol of trade.symbols) this.#observation.alerts.watch(symbol);
    await this.#feed.open();
    if (this.#ending.failing !== undefined) return this.#ending.failing;
    this.#observation.log.write("info", "STARTED", `Session ${id} trades on ${venueName}`, { resumed, bars: this.#equity.bars });
    this.#reconcileAt = clock.now() + trade.reconcileSecs * 1000;
    this.#readiness.begun();
    this.#timer = setInterval(() => this.#guarded(() => this.#tick()), TICK_MS);
  }

  /** Hears what the venue tells of the account. */
  #listen(): void {
    this.#parts.connected.venue.subscribe((event) => {
      if (event.type === "link") this.#link("account", event.state, event.reason);
      else this.#guarded(() => this.#trader.account.hear(event));
    });
    this.#link("account", "healthy", undefined);
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

  /** What a venue sent cannot be taken, or the engine has thrown: that ends the session. */
  #refused(error: unknown): void {
    const codes = /^(CANDLE_|CANDLES_|NOT_REPRESENTABLE|UNITS_OVERFLOW|DECIMAL_INVALID)/;
    if (error instanceof LabError && codes.test(error.code)) this.#observation.log.write("error", error.code, error.message);
    else void this.#ending.broke(error);
  }

  #link(link: "market" | "account", state: LinkState, reason: string | undefined): void {
    const before = this.#observation.observer.links.get(link);
    if (before === state || this.#status !== "running") return;
    this.#observation.observer.link(link, state, reason);
    this.#guarded(() => this.#trader.process({ type: "link", venue: this.#parts.venueName, link, state, time: this.#now() }));
    if (state === "healthy" && before === "reconnecting") this.#soon();
  }

  #closed(symbol: string, time: EpochMs): void {
    this.#observation.observer.candle(symbol);
    if (this.#ending.failing === undefined) this.#equity.closed(symbol, time);
    this.#parts.tell({ kind: "status", status: this.#report() });
  }

  #tick(): void {
    if (this.#status !== "running") return;
    const now = this.#now();
    this.#feed.passed(now);
    this.#trader.process({ type: "timer", time: now });
    this.#observation.alerts.tick();
    this.#equity.tick();
    if (this.#parts.clock.now() >= this.#reconcileAt) {
      this.#reconcileAt = this.#parts.clock.now() + this.#parts.trade.reconcileSecs * 1000;
      void this.#agreement.later();
    }
  }

  /** Compares soon: something was heard of that the session does not know. */
  #soon(): void {
    if (this.#status === "running" && this.#running) void this.#agreement.later();
  }

  /** The connector has found out what became of an order that an earlier process had left. */
  #settled(request: OrderRequest, outcome: OrderOutcome): void {
    this.#guarded(() => this.#trader.account.answered({ kind: "open", request }, outcome));
    if (this.#running) void this.#agreement.again();
  }

  /** Carries out an operator's command. @throws LabError `SESSION_ENDED`, `COMMAND_INVALID`, `SESSION_BLOCKED` and what the engine refuses as misuse. */
  async command(command: Exclude<SessionCommand, string>): Promise<Json> {
    if (command.type === "open") await this.#readiness.entry();
    if (this.#status !== "running") throw new LabError("SESSION_ENDED", `Session ${this.#parts.id} has ended.`);
    this.#observation.log.write("info", "COMMAND", `An operator orders ${command.type}`, { command });
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
      links: this.#observation.observer.links,
      alerts: this.#observation.alerts,
      missed: this.#observation.missed,
      journal: this.#writer.isOpen ? this.#writer.sequence : undefined,
      metrics: this.#observation.metricsUrl,
      now: this.#parts.clock.now(),
    });
  }

  /** Sets the gauges of the metrics. */
  refresh(): void {
    const { trade, connected } = this.#parts;
    const lines = this.#writer.isOpen ? this.#writer.sequence : 0;
    this.#observation.refresh(this.#trader, connected.venue, trade.symbols, { lines, agreedAt: this.#agreement.agreedAt });
  }

  #report(): WireStatus {
    return {
      status: this.#status,
      bars: this.#equity.bars,
      length: this.#prepared.length ?? this.#equity.bars,
      marketTime: this.#prepared.buffers[0]!.time.at(-1) ?? null,
      equity: this.#trader.portfolio.equity().toFixed(),
    };
  }

  #written(batch: Parameters<StateWriter["write"]>[0]): void {
    this.#observation.written(batch, (id) => this.#trader.referenceOf(id));
    for (const order of batch.orders ?? []) this.#parts.tell({ kind: "order", row: orderRow(order) });
    for (const fill of batch.fills ?? []) this.#parts.tell({ kind: "fill", row: fillRow(fill) });
  }

  async #flush(): Promise<void> {
    // A candle that the strategy has thrown at does not count: what a backtest would do there is to throw.
    const counts = this.#ending.failing === undefined;
    if (this.#writer.isOpen) await this.#equity.flush(counts ? (this.#report().marketTime ?? undefined) : undefined);
  }

  /** Ends the session, see {@link Ending.stop}. */
  stop(closePositions: boolean): Promise<void> {
    return this.#ending.stop(closePositions);
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
      // What an engine that has thrown says of positions and money is nothing to write down.
      if (status === "completed") this.#equity.over();
      else this.#equity.complete();
      if (!this.#trader.isOver) await this.#flush();
      await this.#writer.commit({});
      this.#trader.end();
      this.#status = status;
      const level = error === undefined ? "info" : "error";
      const message = error?.message ?? `the session has ${status === "stopped" ? "been stopped" : "come to its end"}`;
      const event = { time: this.#parts.clock.now(), level, code: error?.code ?? status.toUpperCase(), message } as const;
      this.#writer.end(status, { events: [event] }, error);
    } catch (inner) {
      this.#trader.end();
      this.#status = "failed";
      this.#writer.close();
      failure ??= asLabError(inner, "SESSION_FAILED", `Session ${this.#parts.id} could not be written down`);
    }
    await this.#observation.recorded();
    this.#observation.ended(this.#parts.id, this.#status, failure);
    this.#parts.tell({ kind: "ended", status: this.#report(), ...(failure === undefined ? {} : { error: toWire(failure) }) });
    await this.#feed.close().catch(() => {});
    await this.#parts.connected.close().catch(() => {});
    await this.#observation.close();
  }
}
