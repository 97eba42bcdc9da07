import { type Clock, Decimal, type EpochMs } from "../../core/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import type { SessionLog } from "./log.js";
import type { SessionMetrics } from "./metrics.js";
import { type Alert, type AlertKind, deliver, WEBHOOK_FORMATS, type WebhookFormat, webhookRequest } from "./webhook.js";

/** When to raise an alert, and where it goes. */
export interface AlertSettings {
  /** Empty or absent: alerts go to the log only. */
  readonly webhookUrl?: string;
  readonly webhookFormat?: WebhookFormat;
  /** Silence of a symbol's market data, in seconds; 0 never alerts. */
  readonly maxDataGapSecs?: number;
  /** Failed orders in a row; 0 never alerts. */
  readonly maxOrderFailures?: number;
  /** Fall of equity from its peak, as a fraction; 0 never alerts. */
  readonly maxDrawdown?: number;
}

/** What alerting needs around it. */
export interface AlertParts {
  readonly session: string;
  readonly clock: Clock;
  readonly log: SessionLog;
  readonly metrics: SessionMetrics;
  readonly sleep: (ms: number) => Promise<void>;
  readonly attempts?: number;
  /** Hears of each alert as it is raised. */
  readonly told?: (alert: Alert) => void;
}

/** A share in percent, to two places or, below them, two digits: a small fall is none of 0.00 %. */
function percent(share: number): string {
  const value = new Decimal(share).times(100);
  return `${value.gte("0.01") ? value.toFixed(2) : value.toSignificantDigits(2).toFixed()} %`;
}

/** What alerts are held to unless told otherwise. */
const ALERT_DEFAULTS: Required<Omit<AlertSettings, "webhookUrl" | "webhookFormat">> = Object.freeze({
  maxDataGapSecs: 300,
  maxOrderFailures: 3,
  maxDrawdown: 0.03,
});

/** Checks an alert's receiver. @throws LabError `WEBHOOK_FORMAT`, `WEBHOOK_URL`, `WEBHOOK_CHAT`. */
function checkReceiver(url: string, format: WebhookFormat): void {
  if (!WEBHOOK_FORMATS.includes(format)) throw unknownName("WEBHOOK_FORMAT", "webhook format", String(format), WEBHOOK_FORMATS);
  if (url === "") return;
  if (!/^https?:\/\/[^/\s]+/.test(url) || !URL.canParse(url))
    throw new LabError("WEBHOOK_URL", "A webhook URL starts with https:// or http://; leave it empty for alerts in the log only.");
  webhookRequest(format, url, { kind: "dataGap", severity: "warning", title: "", message: "", session: "", time: 0, details: {} });
}

/**
 * Watches a session and raises alerts, to its log and to a webhook. Each condition alerts once until it is over: a gap until data comes, failures until an order
 * lands, a drawdown until a new peak.
 */
export class Alerts {
  readonly #settings: Required<AlertSettings>;
  readonly #parts: AlertParts;
  readonly #lastData = new Map<string, EpochMs>();
  readonly #silent = new Set<string>();
  #failures = 0;
  #peak = 0;
  #drawn = false;
  #queue: Promise<void> = Promise.resolve();
  readonly #recent: Alert[] = [];

  /** @throws LabError `WEBHOOK_FORMAT`, `WEBHOOK_URL`, `WEBHOOK_CHAT`. */
  constructor(settings: AlertSettings, parts: AlertParts) {
    this.#settings = { webhookUrl: "", webhookFormat: "json", ...ALERT_DEFAULTS, ...settings };
    this.#parts = parts;
    checkReceiver(this.#settings.webhookUrl, this.#settings.webhookFormat);
  }

  /** The newest alerts, oldest first. */
  get recent(): readonly Alert[] {
    return this.#recent;
  }

  /** Watches a symbol's data from now on. */
  watch(symbol: string): void {
    this.#lastData.set(symbol, this.#parts.clock.now());
  }

  /** Market data of a symbol has come. */
  data(symbol: string): void {
    this.#lastData.set(symbol, this.#parts.clock.now());
    if (this.#silent.delete(symbol)) this.#parts.log.write("info", "DATA_BACK", `Market data of ${symbol} comes again`, { symbol });
  }

  /** Seconds since the newest data of a symbol. */
  gapSeconds(symbol: string): number {
    const last = this.#lastData.get(symbol);
    return last === undefined ? 0 : Math.max(0, (this.#parts.clock.now() - last) / 1000);
  }

  /** Looks for data that is missing; call it at least every few seconds. */
  tick(): void {
    const { maxDataGapSecs } = this.#settings;
    for (const symbol of this.#lastData.keys()) {
      const gap = this.gapSeconds(symbol);
      this.#parts.metrics.set("tesserlab_data_gap_seconds", gap, { symbol });
      if (maxDataGapSecs <= 0 || gap < maxDataGapSecs || this.#silent.has(symbol)) continue;
      this.#silent.add(symbol);
      this.raise(
        "dataGap",
        "warning",
        `No market data of ${symbol}`,
        `Nothing has come for ${Math.floor(gap)} s; the limit is ${maxDataGapSecs} s.`,
        {
          symbol,
          gapSeconds: Math.floor(gap),
        },
      );
    }
  }

  /** How a request to the venue went. */
  order(ok: boolean, code: string = "", message: string = ""): void {
    const { maxOrderFailures } = this.#settings;
    if (ok) {
      this.#failures = 0;
      return;
    }
    this.#parts.metrics.count("tesserlab_order_errors_total", { code });
    this.#failures++;
    if (maxOrderFailures > 0 && this.#failures === maxOrderFailures)
      this.raise("orderFailures", "critical", `${this.#failures} orders failed in a row`, `The last one: ${message} (${code}).`, { code });
  }

  /** The equity now. The comparison is for an alert only: the guard that acts works on exact numbers. */
  equity(value: number): void {
    const { maxDrawdown } = this.#settings;
    if (value > this.#peak) {
      this.#peak = value;
      this.#drawn = false;
    }
    const drawdown = this.#peak > 0 ? (this.#peak - value) / this.#peak : 0;
    this.#parts.metrics.set("tesserlab_drawdown_ratio", drawdown);
    if (maxDrawdown <= 0 || drawdown < maxDrawdown || this.#drawn) return;
    this.#drawn = true;
    this.raise(
      "drawdown",
      "warning",
      `Equity is ${percent(drawdown)} below its peak`,
      `Peak ${this.#peak}, now ${value}; the limit is ${new Decimal(maxDrawdown).times(100).toFixed()} %.`,
      {
        drawdown,
      },
    );
  }

  /** Raises an alert: to the log at once, to the webhook in turn, tried again while it fails. */
  raise(
    kind: AlertKind,
    severity: Alert["severity"],
    title: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
  ): void {
    const { session, clock, log, metrics, told } = this.#parts;
    const alert: Alert = { kind, severity, title, message, session, time: clock.now(), details };
    metrics.count("tesserlab_alerts_total", { kind });
    log.write(severity === "critical" ? "error" : "warning", "ALERT", `${title}. ${message}`, { ...details, kind });
    this.#recent.push(alert);
    if (this.#recent.length > 100) this.#recent.shift();
    told?.(alert);
    if (this.#settings.webhookUrl !== "") this.#queue = this.#queue.then(() => this.#send(alert));
  }

  /** Resolves when every alert so far has been delivered or given up. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  async #send(alert: Alert): Promise<void> {
    const { webhookUrl, webhookFormat } = this.#settings;
    const { log, metrics, sleep, attempts = 5 } = this.#parts;
    const result = await deliver(webhookFormat, webhookRequest(webhookFormat, webhookUrl, alert), { attempts, sleep });
    if (result.ok) return;
    metrics.count("tesserlab_webhook_failures_total");
    const host = new URL(webhookUrl).host;
    log.write("error", "WEBHOOK_FAILED", `The alert '${alert.title}' could not be delivered to ${host}: ${result.reason}`, {
      attempts: result.attempts,
    });
  }
}
