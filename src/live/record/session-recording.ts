import { basename, dirname, join, resolve } from "node:path";
import { type CandleBuffer, Decimal, type MarketEvent, type Order, unitsText } from "../../core/index.js";
import { bookRow, candleRow, fillRow, orderRow, type RecordedSignal, signalRow, tickRow } from "../../data/index.js";
import type { SessionBatch } from "../../state/index.js";
import { plainRecord } from "../portable.js";
import type { StoredLine } from "../trader/journal-events.js";
import type { Observation } from "../trader/observation.js";
import type { PreparedSession } from "../trader/prepare.js";
import type { LiveSessionParts } from "../trader/session-parts.js";
import type { Said } from "../trader/voice.js";
import { outageText, SessionRecorder } from "./recorder.js";

/** The folder of a recording that was only asked for: beside the state file. */
export function recordingFolder(record: true | string, statePath: string): string {
  if (record !== true) return resolve(record);
  return join(dirname(statePath), `${basename(statePath).replace(/\.db$/, "")}.recording`);
}

/** What a session records: every trade and book as it comes, every candle the engine takes, and every signal, order and fill once it is in the journal. */
export class SessionRecording {
  readonly #recorder: SessionRecorder;
  readonly #buffers: readonly CandleBuffer[];
  readonly #now: () => number;
  /** Open orders as they were last kept. */
  readonly #open = new Map<string, string>();

  private constructor(recorder: SessionRecorder, buffers: readonly CandleBuffer[], now: () => number) {
    this.#recorder = recorder;
    this.#buffers = buffers;
    this.#now = now;
  }

  /** Opens the recording of a session that asks for one. @throws LabError `RECORD_UNUSABLE`. */
  static async open(
    parts: LiveSessionParts,
    prepared: PreparedSession,
    { log, metrics, alerts }: Observation,
  ): Promise<SessionRecording | undefined> {
    const { trade, id, venueName } = parts;
    if (trade.record === undefined) return undefined;
    const clock = { now: () => Date.now() };
    const recorder = await SessionRecorder.open({
      folder: trade.record,
      session: id,
      clock,
      started: {
        strategy: prepared.strategy.name,
        venue: venueName,
        synthetic: prepared.buffers.some((buffer) => buffer.source.synthetic),
        params: plainRecord(prepared.params, "params"),
        settings: plainRecord({ ...prepared.backtest.settings }, "settings"),
      },
      watch: {
        wrote: (rows, bytes) => {
          for (const [kind, count] of rows) metrics.count("tesserlab_recorder_rows_total", { kind }, count);
          metrics.count("tesserlab_recorder_bytes_total", {}, bytes);
        },
        failed: (_from, reason) => {
          metrics.count("tesserlab_recorder_failures_total");
          const text = `${trade.record}: ${reason}. Trading goes on; it is tried again every second, and what comes meanwhile waits in memory as long as it fits.`;
          alerts.raise("recorderFailed", "warning", "Nothing can be recorded", text);
        },
        lost: (rows) => metrics.count("tesserlab_recorder_lost_rows_total", {}, rows),
        again: (from, to, lost, reason) => {
          const text = outageText(from, to, lost, reason);
          log.write(lost === 0 ? "info" : "error", "NOT_RECORDED", text, { from, to, rows: lost });
          if (lost > 0) alerts.raise("recorderFailed", "warning", "A part of the recording is missing", text, { from, to, rows: lost });
        },
        unsettled: (segment, reason) =>
          log.write("warning", "RECORDING_UNSETTLED", `${segment} could not be made Parquet (${reason}): it stays as it is and is read so`),
        recovered: ({ session, until, rows, tornBytes }) =>
          log.write(
            "warning",
            "RECORDING_RECOVERED",
            `Session ${session} had not closed its recording: ${rows} rows are kept; what came after ${new Date(until).toISOString()}, a second at most, is lost`,
            { rows, tornBytes, until },
          ),
      },
    });
    return new SessionRecording(recorder, prepared.buffers, () => clock.now());
  }

  /** A message of the market. Candles are taken where the engine takes them: closed, in order, also those that were missed and asked for. */
  market(event: MarketEvent): void {
    if (event.type === "trade") this.#recorder.record((place) => tickRow(event, this.#now(), place));
    else if (event.type === "book") this.#recorder.record((place) => bookRow(event, place));
  }

  /** Something is in the journal. */
  written({ lines = [], orders = [], fills = [] }: SessionBatch): void {
    for (const { kind, payload, time } of lines) if (kind === "event") this.#event(payload as StoredLine, time ?? 0);
    for (const order of orders) this.#order(order);
    for (const fill of fills) this.#recorder.record((place) => fillRow(fill, place));
  }

  /** An order is told again and again while it is open: only what changed is kept. */
  #order(order: Order): void {
    const text = JSON.stringify(order);
    if (this.#open.get(order.id) === text) return;
    if (order.status === "working" || order.status === "partiallyFilled") this.#open.set(order.id, text);
    else this.#open.delete(order.id);
    this.#recorder.record((place) => orderRow(order, place));
  }

  #event({ event, said = [] }: StoredLine, time: number): void {
    if (event.type === "candle") {
      const { symbol, interval, priceDp, volumeDp } = this.#buffers[event.slot]!;
      const [opened, ...prices] = event.candle;
      const [open, high, low, close] = prices.map((units) => unitsText(units, priceDp)) as [string, string, string, string];
      const volume = unitsText(event.candle[5], volumeDp);
      this.#recorder.record((place) => candleRow({ symbol, interval, time: opened, open, high, low, close, volume, closed: true }, place));
    }
    for (const one of said) {
      this.#recorder.record((place) => signalRow(signalOf(one, `${place.session}-signal-${place.sequence}`, time), place));
    }
  }

  /** Closes the recording. It never rejects: what could not be written has been said. */
  async close(): Promise<void> {
    await this.#recorder.close();
  }
}

function signalOf({ symbol, kind, options }: Said, id: string, time: number): RecordedSignal {
  const { stopLoss, takeProfit, quantity, confidence = 1, group, ...rest } = options as Readonly<Record<string, unknown>>;
  const exact = (value: unknown): Decimal | undefined => (value === undefined ? undefined : new Decimal(value as string));
  return {
    id,
    symbol,
    kind,
    confidence: confidence as number,
    quantity: exact(quantity),
    stopLoss: exact(stopLoss),
    takeProfit: exact(takeProfit),
    time,
    metadata: Object.keys(rest).length === 0 ? undefined : JSON.stringify(rest),
    group: group as string | undefined,
  };
}
