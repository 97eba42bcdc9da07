import type { BacktestOptions } from "../backtest/index.js";
import { Decimal, type EpochMs, type EquityPoints, type Fill, type Order, type Position, type Trade } from "../core/index.js";
import type { CommandFilter, OpenCommand } from "../engine/index.js";
import { LabError, unknownName } from "../errors/index.js";
import {
  abandonSession,
  fillOf,
  type Json,
  type OrderFilter,
  openState,
  orderOf,
  type SessionStatus,
  type SessionSummary,
  type SessionView,
  type SessionWarning,
  stableJson,
} from "../state/index.js";
import { compareSession, type SessionComparison } from "./compare.js";
import { fromWire, type WireError } from "./failure.js";
import type { SessionLink, SessionMessage, WireAnswer, WireStatus } from "./messages.js";
import type { Alert } from "./observe/webhook.js";
import { overviewOf, type SessionOverview } from "./overview.js";
import type { CommandAnswer } from "./trader/command-answer.js";
import type { SessionCommand } from "./trader/commands.js";
import type { Health } from "./trader/health.js";
import { blocked } from "./trader/readiness.js";

/** Where a session stands. */
export interface SessionReport {
  readonly status: SessionStatus;
  /** Bars handled, of `length`. */
  readonly bars: number;
  readonly length: number;
  /** Open time of the newest bar. */
  readonly marketTime: EpochMs | undefined;
  /** Exact, at the newest close. */
  readonly equity: Decimal;
}

/** What a session's listeners are given, by event. */
export interface SessionEvents {
  order: Order;
  fill: Fill;
  status: SessionReport;
  /** Of one that trades on a venue: what an operator must hear of. */
  alert: Alert;
  error: LabError;
}

type Listener<K extends keyof SessionEvents> = (value: SessionEvents[K]) => void;

const EVENTS: readonly (keyof SessionEvents)[] = ["order", "fill", "status", "alert", "error"];

/** What a handle is made of. */
export interface HandleParts {
  readonly id: string;
  readonly strategy: string;
  /** Name of the venue. */
  readonly venue: string;
  readonly statePath: string;
  readonly logPath?: string;
  readonly warnings: readonly SessionWarning[];
  readonly link: SessionLink;
  /** What a backtest of the same would be given, where it is known. */
  readonly backtest?: BacktestOptions;
}

/**
 * A running session, from outside: everything is asked and answered asynchronously, wherever the session runs. What it shows is what is on disk: reading
 * makes the session write down what it has, and reads the state file. It goes on answering after the session has ended.
 */
export class SessionHandle {
  /** Name of the session, in its state file too. */
  readonly id: string;
  /** Name of the strategy that runs. */
  readonly strategy: string;
  /** Name of the venue it trades on. */
  readonly venue: string;
  /** State file the session writes, for `state.open`. */
  readonly statePath: string;
  /** File of its structured log, where it writes one. */
  readonly logPath: string | undefined;
  /** Doubts known at the start; the summary has those of the end as well. */
  readonly warnings: readonly SessionWarning[];
  /** Resolves with the summary when the session completes or is stopped; rejects with what it failed of. It may be left unawaited. */
  readonly done: Promise<SessionSummary>;
  readonly #link: SessionLink;
  readonly #backtest: BacktestOptions | undefined;
  readonly #listeners = new Map<keyof SessionEvents, Set<Listener<never>>>();
  readonly #ended: Promise<void>;
  /** Settles {@link done}; undefined once the session has ended. */
  #settle: (() => void) | undefined;
  #isDetached = false;
  #last: WireStatus | undefined;
  #error: LabError | undefined;

  constructor(parts: HandleParts) {
    this.id = parts.id;
    this.strategy = parts.strategy;
    this.venue = parts.venue;
    this.statePath = parts.statePath;
    this.logPath = parts.logPath;
    this.warnings = parts.warnings;
    this.#link = parts.link;
    this.#backtest = parts.backtest;
    this.#ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.done = this.#ended.then(() => {
      if (this.#error !== undefined) throw this.#error;
      return this.#read((view) => view.summary());
    });
    // Somebody who only looks at the status must not be told of an unhandled rejection.
    this.done.catch(() => {});
    parts.link.listen((message) => this.#receive(message));
    void parts.link.lost.then((error) => this.#lose(error));
    // After whoever awaits the handle has had the chance to listen.
    setImmediate(() => this.#link.request({ kind: "run" }).catch(() => {}));
  }

  /** Where the session stands now. */
  async status(): Promise<SessionReport> {
    const status = (await this.#ask({ kind: "status" })) as WireStatus | undefined;
    return reportOf(status ?? this.#last!);
  }

  /** Positions, flat ones too. */
  async positions(): Promise<readonly Position[]> {
    return this.#fresh((view) => view.positions());
  }

  /** Orders in the order they were made. @throws LabError `ORDER_STATUS`, `OPTION_UNKNOWN`. */
  async orders(filter: Omit<OrderFilter, "session"> = {}): Promise<readonly Order[]> {
    return this.#fresh((view) => view.orders(filter));
  }

  /** Fills in the order they happened. */
  async fills(filter: { readonly symbol?: string } = {}): Promise<readonly Fill[]> {
    return this.#fresh((view) => view.fills(filter));
  }

  /** The equity curve, a point a bar: for every statistic. */
  async equity(): Promise<EquityPoints> {
    return this.#fresh((view) => view.equity);
  }

  /** Round trips; one under way is valued at the newest close, with the exit reason `end`. */
  async trades(): Promise<readonly Trade[]> {
    return this.#fresh((view) => view.trades);
  }

  /** The figures a person asks for first. */
  async summary(): Promise<SessionSummary> {
    return this.#fresh((view) => view.summary());
  }

  /** What a panel shows: positions, open orders, last fills, equity, last audits and, of one that trades on a venue, its health. */
  async overview(): Promise<SessionOverview> {
    const health = await this.health().catch((error: unknown) => {
      // A replay has none.
      if (error instanceof LabError && error.code === "COMMAND_UNSUPPORTED") return undefined;
      throw error;
    });
    return this.#fresh((view) => overviewOf(view, health));
  }

  /**
   * Sets the session against a backtest of the same strategy, parameters, settings and candles up to its newest bar: orders, fills and equity side by side. Options
   * given stand before those known. What an operator ordered is given to the backtest, too, at the close of the same candle, and `reasons` names it with what somebody else did
   * at the venue. An attached session, or one on a live market, needs `data`. Of a recording's candles (`data.load(folder)`, a slice of them, or a recording
   * without trades and books) the backtest acts on those alone that the session acted on.
   * @example (await session.compare()).equal
   * @throws LabError `COMPARE_DATA` saying what to give, `COMPARE_FUNDING`, `SESSION_EMPTY` before the first bar, and what a backtest throws.
   */
  async compare(options: Partial<BacktestOptions> = {}): Promise<SessionComparison> {
    return this.#fresh((view) => compareSession(view, this.#backtest, options));
  }

  /**
   * Ends the session after the bar it is at; with `closePositions`, after leaving every position at the next open. Asking again, or after the end, changes nothing.
   * One on a venue ends once the venue confirms that nothing of it works there but what protects its positions, with `closePositions` nothing at all.
   * @returns the summary; rejects when the session had failed, and with `STOP_INCOMPLETE`, naming what is left, where the venue has not confirmed it in 30 seconds.
   */
  async stop(options: { readonly closePositions?: boolean } = {}): Promise<SessionSummary> {
    for (const key of Object.keys(options))
      if (key !== "closePositions") throw unknownName("OPTION_UNKNOWN", "stop option", key, ["closePositions"]);
    await this.#ask({ kind: "stop", closePositions: options.closePositions ?? false });
    return this.done;
  }

  /**
   * Gives a session on a venue an operator's command: `open`, `cancel`, `cancelOrders`, `cancelEntries`, `closePositions`, `liquidateOnly`, `enable`, `disable`, `clearLiquidateOnly`,
   * `confirm`, `reconcile`, `resetBreaker`, `resume`. What is refused is told in the answer, with code and numbers.
   * @example await session.command({ type: "open", symbol: "BTCUSDT", side: "buy", quantity: "0.01" })
   * @throws LabError `COMMAND_INVALID` with the nearest command, `COMMAND_UNSUPPORTED` for a replay, `SESSION_ENDED`, `SESSION_BLOCKED`.
   */
  async command(command: SessionCommand): Promise<Json> {
    if (this.#settle === undefined) throw new LabError("SESSION_ENDED", `Session ${this.id} has ended; it takes no commands.`);
    return (await this.#ask({ kind: "command", command: JSON.parse(stableJson(command)) as Json })) as Json;
  }

  /** Places an order by hand: an entry that passes risk and filters like any other. */
  place(order: Omit<OpenCommand, "type">): Promise<CommandAnswer> {
    return this.#order({ type: "open", ...order });
  }

  /** Asks for the cancel of an order, by its id. */
  cancel(orderId: string): Promise<CommandAnswer> {
    return this.#order({ type: "cancel", orderId });
  }

  /** Asks for the cancel of all open orders, or of those that fit a filter of venue, symbol, underlying and strategy. */
  cancelOrders(filter: CommandFilter = {}): Promise<CommandAnswer> {
    return this.#order({ type: "cancelOrders", filter });
  }

  /** Closes positions: all, or those that fit a filter of venue, symbol, underlying and strategy. */
  close(filter: CommandFilter = {}): Promise<CommandAnswer> {
    return this.#order({ type: "closePositions", filter });
  }

  /** Lets the strategy trade again. */
  enable(): Promise<CommandAnswer> {
    return this.#order({ type: "enable" });
  }

  /** Lets the strategy only leave positions. */
  disable(): Promise<CommandAnswer> {
    return this.#order({ type: "disable" });
  }

  async #order(command: SessionCommand): Promise<CommandAnswer> {
    return (await this.command(command)) as unknown as CommandAnswer;
  }

  /** Links, breaker, switches and alerts of a session on a venue; undefined once it has ended. @throws LabError `COMMAND_UNSUPPORTED` for a replay. */
  async health(): Promise<Health | undefined> {
    return (await this.#ask({ kind: "health" })) as Health | undefined;
  }

  /**
   * Resolves once the session trades: it has agreed with its venue and hears its market. Entries wait until then; one by hand waits for the first comparison by itself.
   * @param options - `timeoutMs`: how long to wait; 60,000 unless given.
   * @throws LabError `SESSION_BLOCKED` saying what the two do not agree on, or what is still being found out, and what to do; `SESSION_ENDED`.
   */
  async ready(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    for (const key of Object.keys(options))
      if (key !== "timeoutMs") throw unknownName("OPTION_UNKNOWN", "ready option", key, ["timeoutMs"]);
    const why = (await this.#ask({ kind: "ready", ms: options.timeoutMs ?? 60_000 })) as readonly string[] | undefined;
    if (why === undefined) throw new LabError("SESSION_ENDED", `Session ${this.id} has ended: it trades no more.`);
    if (why.length > 0) throw blocked(this.venue, why);
  }

  /**
   * What the session's `/metrics` says now, in Prometheus' text format.
   * @throws LabError `METRICS_OFF` for one that serves none, `SESSION_ENDED`, `COMMAND_UNSUPPORTED` for a replay.
   */
  async metrics(): Promise<string> {
    const health = await this.health();
    if (health === undefined) throw new LabError("SESSION_ENDED", `Session ${this.id} has ended; it serves no metrics any more.`);
    if (health.metrics === undefined)
      throw new LabError("METRICS_OFF", `Session ${this.id} serves no metrics: start it with trade: { metricsAddr: "127.0.0.1:9100" }.`);
    return (await fetch(`${health.metrics}/metrics`)).text();
  }

  /** Lets go of a session that runs in a process of its own, which goes on: this program may then end. `live.attach(id)` finds it again. */
  detach(): void {
    if (this.#link.close === undefined) return;
    this.#isDetached = true;
    this.#link.close();
  }

  /**
   * Calls a function whenever an order changes, a fill arrives, the session moves on, raises an alert, or fails. Returns a function that ends this.
   * @throws LabError `EVENT_UNKNOWN`.
   */
  on<K extends keyof SessionEvents>(event: K, listener: Listener<K>): () => void {
    if (!EVENTS.includes(event)) throw unknownName("EVENT_UNKNOWN", "session event", String(event), EVENTS);
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener as Listener<never>));
    return () => void listeners.delete(listener as Listener<never>);
  }

  #emit<K extends keyof SessionEvents>(event: K, value: SessionEvents[K]): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        (listener as Listener<K>)(value);
      } catch (error) {
        // A session must not fail of those who watch it.
        process.emitWarning(
          `A listener to '${event}' of session ${this.id} threw: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }

  #receive(message: SessionMessage): void {
    switch (message.kind) {
      case "order":
        this.#emit("order", orderOf(message.row));
        break;
      case "fill":
        this.#emit("fill", fillOf(message.row));
        break;
      case "status":
        this.#last = message.status;
        this.#emit("status", reportOf(message.status));
        break;
      case "alert":
        this.#emit("alert", message.alert);
        break;
      case "ended":
        this.#finish(message.status, message.error);
        break;
    }
  }

  #finish(status: WireStatus, error: WireError | undefined): void {
    if (this.#settle === undefined) return;
    this.#last = status;
    this.#error = error === undefined ? undefined : fromWire(error);
    this.#settle();
    this.#settle = undefined;
    this.#emit("status", reportOf(status));
    if (this.#error !== undefined) this.#emit("error", this.#error);
  }

  /** The session went away without a word: its state stays as it was last written. */
  #lose(error: WireError): void {
    if (this.#settle === undefined) return;
    abandonSession(this.statePath, this.id);
    const { bars, marketTime, equity } = this.#read((view) => view.record);
    this.#finish(
      { status: "interrupted", bars, length: this.#last?.length ?? bars, marketTime: marketTime ?? null, equity: equity.toFixed() },
      error,
    );
  }

  /** Asks the session; nothing once it has ended, even if it ends before it answers. */
  async #ask(request: Parameters<SessionLink["request"]>[0]): Promise<WireAnswer> {
    if (this.#settle === undefined) return undefined;
    if (this.#isDetached)
      throw new LabError("SESSION_DETACHED", `This handle has let go of session ${this.id}: live.attach("${this.id}") gives another one.`, {
        details: { session: this.id },
      });
    const gone = this.#ended.then(() => undefined);
    return Promise.race([this.#link.request(request).catch((error: unknown) => this.#unlessEnded(error)), gone]);
  }

  async #unlessEnded(error: unknown): Promise<undefined> {
    if (error instanceof LabError && error.code === "SESSION_LOST") return this.#ended.then(() => undefined);
    throw error;
  }

  async #fresh<T>(read: (view: SessionView) => T): Promise<T> {
    await this.#ask({ kind: "flush" });
    return this.#read(read);
  }

  #read<T>(read: (view: SessionView) => T): T {
    const view = openState(this.statePath);
    try {
      if (view.format !== "tesserlab") throw new LabError("STATE_FOREIGN", `${this.statePath} no longer holds session ${this.id}.`);
      return read(view.session(this.id));
    } finally {
      view.close();
    }
  }
}

function reportOf({ status, bars, length, marketTime, equity }: WireStatus): SessionReport {
  return { status, bars, length, marketTime: marketTime ?? undefined, equity: new Decimal(equity) };
}
