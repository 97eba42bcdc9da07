import { type Clock, type EpochMs, timeText } from "../../core/index.js";
import type { Alerts } from "../observe/alerts.js";
import type { SessionLog } from "../observe/log.js";

/** How long candles may be asked for in vain before an operator hears of it, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Tells of candles that were missed and that the venue's history does not give: the strategy hears none that closed after them until it does. */
export class MissedCandles {
  readonly #clock: Clock;
  readonly #log: SessionLog;
  readonly #alerts: Alerts;
  #since: EpochMs | undefined;
  #reason = "";
  #isTold = false;

  constructor(parts: { readonly clock: Clock; readonly log: SessionLog; readonly alerts: Alerts }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#alerts = parts.alerts;
  }

  /** Seconds for which they have been asked for in vain; 0 where none are. */
  get seconds(): number {
    return this.#since === undefined ? 0 : Math.max(0, (this.#clock.now() - this.#since) / 1000);
  }

  /** What an operator should know of it; undefined where none are missing. */
  get why(): string | undefined {
    if (this.#since === undefined) return undefined;
    return `Candles that were missed have been asked for in vain since ${timeText(this.#since)} (${this.#reason}): until the venue gives them, the strategy hears none that closed after them. Its orders stand, commands are carried out, and the drawdown switch watches the prices that are heard.`;
  }

  /** The venue has not answered; it is asked again. */
  unanswered(error: unknown): void {
    this.#reason = error instanceof Error ? error.message : String(error);
    if (this.#since === undefined) {
      this.#since = this.#clock.now();
      this.#log.write("warning", "CANDLES_MISSED", `Missed candles could not be asked for, and are asked for again: ${this.#reason}`);
    }
    if (this.#isTold || this.seconds * 1000 < PATIENCE_MS) return;
    this.#isTold = true;
    this.#alerts.raise("dataGap", "warning", "Missed candles are not to be had", this.why!);
  }

  /** None is waited for any more: they have been given, or cannot be taken, which is told by itself. */
  answered(): void {
    if (this.#since === undefined) return;
    this.#log.write("info", "CANDLES_BACK", "Missed candles are waited for no more: the strategy hears of candles again", {
      seconds: Math.round(this.seconds),
    });
    this.#since = undefined;
    this.#isTold = false;
  }
}
