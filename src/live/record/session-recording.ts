import { basename, dirname, join, resolve } from "node:path";
import { type CandleBuffer, Decimal, type MarketEvent, unitsText } from "../../core/index.js";
import {
  bookRow,
  candleRow,
  fillRow,
  type KindRow,
  orderRow,
  type RecordedSignal,
  type RecordKind,
  type RowPlace,
  signalRow,
  tickRow,
} from "../../data/index.js";
import { fillOf, openState, orderOf, type Row, type SessionBatch } from "../../state/index.js";
import { plainRecord } from "../portable.js";
import type { StoredLine } from "../trader/journal-events.js";
import type { Observation } from "../trader/observation.js";
import type { PreparedSession } from "../trader/prepare.js";
import type { LiveSessionParts } from "../trader/session-parts.js";
import type { Said } from "../trader/voice.js";
import { outageText } from "./missing.js";
import { SessionRecorder } from "./recorder.js";

/** The folder of a recording that was only asked for: beside the state file. */
export function recordingFolder(record: true | string, statePath: string): string {
  if (record !== true) return resolve(record);
  return join(dirname(statePath), `${basename(statePath).replace(/\.db$/, "")}.recording`);
}

/** A candle in whole units of its series: time, open, high, low, close, volume. */
type UnitCandle = readonly [number, number, number, number, number, number];

/**
 * What a session records: the candles its strategy saw before it, every trade and book as it comes, every candle the engine takes, and every signal, order and fill once it
 * is in the journal. What a crash took of the latter is filled in from there when the session goes on.
 */
export class SessionRecording {
  readonly #recorder: SessionRecorder;
  readonly #buffers: readonly CandleBuffer[];
  readonly #now: () => number;
  /** Trades and books that came before the strategy heard any. */
  #early = 0;
  #hears = false;

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
        ...(trade.bookDepth === undefined ? {} : { bookDepth: trade.bookDepth }),
      },
      journal: { from: trade.resume ? prepared.writer.sequence : 0, now: () => prepared.writer.sequence },
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
            `Session ${session} had not closed its recording: ${rows} rows are kept; what came after ${new Date(until).toISOString()}, a second at most, is lost where no journal has it`,
            { rows, tornBytes, until },
          ),
      },
    });
    const recording = new SessionRecording(recorder, prepared.buffers, () => clock.now());
    // Before anything else is recorded: the recorder takes the journal's newest line for recorded from the next flush on.
    if (!trade.resume) recording.#warmUp();
    else if (recorder.missing !== undefined) {
      const rows = recording.#refill(parts.statePath, id, recorder.missing.journal);
      log.write("info", "RECORDING_REFILLED", "What a crash had taken of the recording was filled in from the journal", { rows });
    }
    return recording;
  }

  /** The history that the strategy is warmed up with. @returns how many candles. */
  #warmUp(): number {
    let count = 0;
    for (const buffer of this.#buffers) {
      const { time, open, high, low, close, volume, length } = buffer;
      for (let i = 0; i < length; i++) this.#candle(buffer, [time[i]!, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!], "warm_up");
      count += length;
    }
    return count;
  }

  /** Records again what the journal holds after a line. @returns how many rows of each kind. */
  #refill(path: string, session: string, after: number): Partial<Record<RecordKind, number>> {
    const opened = openState(path);
    try {
      if (opened.format !== "tesserlab") return {};
      const counts: Partial<Record<RecordKind, number>> = {};
      const count = (kind: RecordKind, rows: number): void => {
        if (rows > 0) counts[kind] = (counts[kind] ?? 0) + rows;
      };
      for (const { kind, payload, time } of opened.session(session).journal({ after, kind: ["history", "event", "order", "fill"] })) {
        if (kind === "history") count("warm_up", this.#warmUp());
        else if (kind === "event") {
          const line = payload as unknown as StoredLine;
          this.#event(line, time);
          count(candleKind(line), line.event.type === "candle" ? 1 : 0);
          count("signals", line.said?.length ?? 0);
        } else {
          const row = payload as Row;
          this.#record((place) => (kind === "order" ? orderRow(orderOf(row), place) : fillRow(fillOf(row), place)));
          count(kind === "order" ? "orders" : "fills", 1);
        }
      }
      this.#recorder.refilled(counts);
      return counts;
    } finally {
      opened.close();
    }
  }

  #record(make: (place: RowPlace) => KindRow): void {
    this.#recorder.record(make);
  }

  /** A message of the market. Candles are taken where the engine takes them: closed, in order, also those that were missed and asked for. */
  market(event: MarketEvent): void {
    if (!this.#hears && (event.type === "trade" || event.type === "book")) this.#early++;
    if (event.type === "trade") this.#record((place) => tickRow(event, this.#now(), place));
    else if (event.type === "book") this.#record((place) => bookRow(event, place));
  }

  /** The strategy hears of the market from here on. */
  hears(): void {
    this.#hears = true;
    if (this.#early > 0) this.#recorder.hears();
  }

  /** Something is in the journal. */
  written({ lines = [], orders = [], fills = [] }: SessionBatch): void {
    for (const { kind, payload, time } of lines) if (kind === "event") this.#event(payload as StoredLine, time ?? 0);
    for (const order of orders) this.#record((place) => orderRow(order, place));
    for (const fill of fills) this.#record((place) => fillRow(fill, place));
  }

  #event(line: StoredLine, time: number): void {
    const { event, said = [] } = line;
    if (event.type === "candle") this.#candle(this.#buffers[event.slot]!, event.candle, candleKind(line));
    for (const one of said) this.#record((place) => signalRow(signalOf(one, `${place.session}-signal-${place.sequence}`, time), place));
  }

  #candle({ symbol, interval, priceDp, volumeDp }: CandleBuffer, [time, ...units]: UnitCandle, kind: "candles" | "warm_up"): void {
    const [open, high, low, close] = units.map((one) => unitsText(one, priceDp)) as [string, string, string, string];
    const volume = unitsText(units[4], volumeDp);
    this.#record((place) => candleRow({ symbol, interval, time, open, high, low, close, volume, closed: true }, place, kind));
  }

  /** Closes the recording. It never rejects: what could not be written has been said. */
  async close(): Promise<void> {
    await this.#recorder.close();
  }
}

/** A candle that the strategy saw without a say is kept as those of its history are: whoever replays the recording must not act on it either. */
function candleKind({ muted }: StoredLine): "candles" | "warm_up" {
  return muted === true ? "warm_up" : "candles";
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
