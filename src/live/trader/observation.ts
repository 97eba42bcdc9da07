import type { Clock, Decimal, EpochMs, MarketEvent, Venue } from "../../core/index.js";
import type { LabError } from "../../errors/index.js";
import type { SessionBatch } from "../../state/index.js";
import { Alerts } from "../observe/alerts.js";
import { MetricsServer } from "../observe/http.js";
import { SessionLog } from "../observe/log.js";
import { SessionMetrics } from "../observe/metrics.js";
import { traced } from "../observe/traced.js";
import { SessionRecording } from "../record/session-recording.js";
import type { ConnectedVenue } from "./contracts.js";
import type { Health } from "./health.js";
import { MissedCandles } from "./missed-candles.js";
import { SessionObserver } from "./observer.js";
import type { PreparedSession } from "./prepare.js";
import type { LiveSessionParts } from "./session-parts.js";
import type { LiveTrader } from "./trader.js";

/** A session as its observation asks for it. */
interface Observed {
  /** Sets the gauges. */
  refresh(): void;
  health(): Health;
}

/** Everything by which a session is watched from outside: its log, metrics and alerts, and the server of the two latter. */
export class Observation {
  readonly log: SessionLog;
  readonly metrics: SessionMetrics;
  readonly alerts: Alerts;
  readonly observer: SessionObserver;
  readonly missed: MissedCandles;
  readonly #clock: Clock;
  #server: MetricsServer | undefined;
  #observed: Observed | undefined;
  #recording: SessionRecording | undefined;
  #close: () => void = () => {};
  /** Resolves once everything is closed, with the last alerts delivered or given up. */
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#close = resolve;
  });

  private constructor({ id, trade, clock, tell }: LiveSessionParts) {
    this.#clock = clock;
    this.log = new SessionLog({
      clock,
      session: id,
      ...(trade.logPath === undefined ? {} : { path: trade.logPath }),
      ...(trade.logLevel === undefined ? {} : { level: trade.logLevel }),
    });
    this.metrics = new SessionMetrics(() => this.#observed?.refresh());
    this.alerts = new Alerts(trade.alerting, {
      session: id,
      clock,
      log: this.log,
      metrics: this.metrics,
      sleep: (ms) => clock.sleep(ms),
      told: (alert) => tell({ kind: "alert", alert }),
    });
    this.observer = new SessionObserver(this.metrics, this.log, this.alerts);
    this.missed = new MissedCandles({ clock, log: this.log, alerts: this.alerts });
  }

  /** Opens log and server, before there is a session. @throws LabError what those throw. */
  static async open(parts: LiveSessionParts): Promise<Observation> {
    const observation = new Observation(parts);
    const { metricsAddr } = parts.trade;
    if (metricsAddr === undefined) return observation;
    const { metrics } = observation;
    try {
      observation.#server = await MetricsServer.open(metricsAddr, {
        metrics: async () => ({ type: metrics.contentType, text: await metrics.text() }),
        health: () => observation.#observed?.health() ?? { ok: false, status: "starting" },
      });
      return observation;
    } catch (error) {
      observation.log.close();
      throw error;
    }
  }

  /** A connection whose questions and answers are logged, at level `debug`. */
  trace(connected: ConnectedVenue): ConnectedVenue {
    return this.log.has("debug") ? traced(connected, this.log) : connected;
  }

  /** Address of the metrics, where they are served. */
  get metricsUrl(): string | undefined {
    return this.#server?.url;
  }

  /** There is a session to watch. */
  begin(observed: Observed, labels: Readonly<Record<"session" | "strategy" | "venue" | "environment", string>>): void {
    this.#observed = observed;
    this.metrics.set("tesserlab_info", 1, labels);
  }

  /** Sets the gauges of a session. */
  refresh(
    trader: LiveTrader,
    venue: Venue,
    symbols: readonly string[],
    { lines, agreedAt }: { readonly lines: number; readonly agreedAt: EpochMs },
  ): void {
    this.observer.refresh(trader, venue, lines);
    this.metrics.set("tesserlab_candles_missed_seconds", this.missed.seconds);
    if (agreedAt > 0) this.metrics.set("tesserlab_reconcile_age_seconds", (this.#clock.now() - agreedAt) / 1000);
    for (const symbol of symbols) this.metrics.set("tesserlab_data_gap_seconds", this.alerts.gapSeconds(symbol), { symbol });
  }

  /** Opens the recording, for a session that asks for one. @throws LabError `RECORD_UNUSABLE`. */
  async record(parts: LiveSessionParts, prepared: PreparedSession): Promise<void> {
    this.#recording = await SessionRecording.open(parts, prepared, this);
  }

  /** A message of the market. */
  market(event: MarketEvent): void {
    this.observer.market(event);
    this.#recording?.market(event);
  }

  /** The strategy hears of the market from here on. */
  hears(): void {
    this.#recording?.hears();
  }

  /** Something is in the journal. @param reference - price at the decision of an order, by its id. */
  written(batch: SessionBatch, reference: (orderId: string) => Decimal | undefined): void {
    this.observer.written(batch, reference);
    this.#recording?.written(batch);
  }

  /** Closes the recording, before anybody hears that the session has ended: all of it is on disk then, or said to be lost. */
  async recorded(): Promise<void> {
    const recording = this.#recording;
    this.#recording = undefined;
    await recording?.close();
  }

  /** Something could not be written down that is no order. */
  unwritten(error: unknown): void {
    this.log.write("error", "STATE", String(error));
  }

  /** The session has ended. */
  ended(id: string, status: string, failure: LabError | undefined): void {
    this.log.write(
      failure === undefined ? "info" : "error",
      "ENDED",
      `Session ${id} has ended: ${status}`,
      failure === undefined ? {} : { error: failure.message },
    );
  }

  /** Lets alerts under way out, then closes server and log. */
  async close(): Promise<void> {
    await this.recorded();
    await this.alerts.settled();
    await this.#server?.close();
    this.log.close();
    this.#close();
  }
}
