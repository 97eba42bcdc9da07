import { type CandleSeries, type EpochMs, type Fill, type MarketTape, type Order, processIsAlive, timeText } from "../../core/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { findData } from "../find-data.js";
import { checkOptions, knownKeys } from "../load-options.js";
import type { LoadedCandles } from "../loaded-candles.js";
import type { LoadedTape } from "../loaded-tape.js";
import { RECORD_KINDS, type RecordKind, type RecordRow } from "./kinds.js";
import type { RecordingEntry } from "./log.js";
import { type RecordingContents, readRecording } from "./read-recording.js";
import { recordedCandles } from "./recorded-candles.js";
import { recordedTape, TAPE_KINDS } from "./recorded-tape.js";
import { fillOf, orderOf, type RecordedSignal, signalOf } from "./rows.js";
import { unheardRows } from "./unheard.js";

/** A session of a recording. */
export interface RecordedSession {
  readonly id: string;
  readonly strategy: string;
  readonly venue: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Wall time of its (first) start. */
  readonly started: EpochMs;
  /** Wall time at which it closed the recording; undefined while it runs, and after a crash. */
  readonly closed: EpochMs | undefined;
}

/** Something a recording lacks. */
export interface RecordingLoss {
  readonly session: string;
  /** Why: the process ended without closing the recording, or nothing could be written. */
  readonly cause: "crash" | "notWritten";
  /** Wall time from which something may be missing, and until when; after a crash that is not known: a second at most. */
  readonly from: EpochMs;
  readonly to: EpochMs | undefined;
  /** Rows known to be lost: what was torn counts as bytes. */
  readonly rows: number;
  readonly bytes: number;
  readonly message: string;
}

/** What a session recorded: its market, and what it did. `backtest({ data: recording, … })` replays the market. */
export class Recording {
  /** The folder as the user wrote it. */
  readonly name: string;
  /** Candles of the session by symbol and interval, those that were missed and asked for later included. */
  readonly candles: readonly LoadedCandles[];
  /** Candles the strategy saw before it traded, by symbol and interval. */
  readonly warmUp: readonly LoadedCandles[];
  /** Trades and books by symbol. */
  readonly tapes: readonly LoadedTape[];
  readonly signals: readonly RecordedSignal[];
  /** Orders as they last stood, in the order they were made. */
  readonly orders: readonly Order[];
  readonly fills: readonly Fill[];
  readonly sessions: readonly RecordedSession[];
  readonly losses: readonly RecordingLoss[];
  /** Rows by kind, as they lie on disk. */
  readonly rows: Readonly<Record<RecordKind, number>>;
  /** Days (UTC) that have become Parquet. */
  readonly days: readonly string[];
  /** Size of what was read. */
  readonly bytes: number;
  /** The candles with those of the warm-up before them. */
  readonly #warmed: readonly LoadedCandles[];

  /** @throws LabError what putting candles and tapes together throws. */
  constructor(contents: RecordingContents, path: string, name: string, session?: string) {
    const rows = (kind: RecordKind): readonly RecordRow[] => contents.rows.get(kind) ?? [];
    this.name = name;
    const series = (heard: readonly RecordRow[], unheard: readonly RecordRow[]): LoadedCandles[] =>
      labels(heard.length > 0 ? heard : unheard, ["symbol", "interval"]).map(([symbol, interval]) =>
        recordedCandles(contents, name, checkOptions({ symbol: symbol!, interval: interval! }), heard, unheard),
      );
    const { before, between } = unheardRows(rows("warm_up"), rows("candles"));
    this.candles = series(rows("candles"), between);
    this.warmUp = series([], before);
    // Of a symbol without a candle of the session there is nothing to go on from.
    this.#warmed = this.candles.length === 0 ? [] : series(rows("candles"), [...before, ...between]);
    const symbols = new Set(TAPE_KINDS.flatMap((kind) => labels(rows(kind), ["symbol"]).map(([symbol]) => symbol!)));
    this.tapes = [...symbols].map((symbol) => recordedTape(contents, { path, name }, symbol));
    this.signals = rows("signals").map(signalOf);
    // A later row of the same order replaces the earlier one and keeps its place.
    this.orders = [...new Map(rows("orders").map((row) => [row.id, orderOf(row)])).values()];
    this.fills = rows("fills").map(fillOf);
    this.sessions = sessionsOf(contents.entries, session);
    this.losses = lossesOf(contents, session);
    this.rows = Object.fromEntries(RECORD_KINDS.map((kind) => [kind, rows(kind).length])) as Record<RecordKind, number>;
    this.days = contents.days;
    this.bytes = contents.bytes;
  }

  /** What a backtest is fed with: all candles, and the tapes that hold a price. A venue that has no book of a symbol tells an empty one: nothing can trade on that. */
  get market(): readonly (CandleSeries | MarketTape)[] {
    return [...this.candles, ...this.tapes.filter((tape) => tape.price.length > 0)];
  }

  /**
   * What a backtest replays: {@link market} with the candles of the warm-up before it. Its strategy sees those without a say, and those that were missed and asked for
   * later, as it did in the session.
   */
  get replayed(): readonly (CandleSeries | MarketTape)[] {
    const { market, candles } = this;
    return [...this.#warmed, ...market.filter((one) => !candles.includes(one as LoadedCandles))];
  }

  /** The recording in words: what it holds, and first of all what it lacks. */
  describe(): string[] {
    const kinds = RECORD_KINDS.filter((kind) => this.rows[kind] > 0).map((kind) => `${this.rows[kind].toLocaleString("en-US")} ${kind}`);
    return [
      ...(this.market.some((one) => one.source.synthetic) ? ["SYNTHETIC DATA: made by a generator, not by a market"] : []),
      `${this.name}: ${kinds.join(", ") || "nothing recorded yet"}`,
      ...this.sessions.map(
        ({ id, strategy, venue, started, closed }) =>
          `session ${id}: ${strategy} on ${venue}, from ${timeText(started)}${closed === undefined ? ", not closed" : ` to ${timeText(closed)}`}`,
      ),
      ...(this.losses.length === 0 ? ["nothing is known to be missing"] : this.losses.map((loss) => `MISSING: ${loss.message}`)),
      ...this.warmUp.map((one) => `warm-up: ${spanOf(one)}`),
      ...this.candles.map(spanOf),
      ...this.tapes.map(String),
    ];
  }

  toString(): string {
    return this.describe().join("\n");
  }
}

function spanOf({ symbol, interval, length, time }: CandleSeries): string {
  return `${length.toLocaleString("en-US")} candles of ${symbol}, ${interval}, ${timeText(time[0]!)} to ${timeText(time[length - 1]!)}`;
}

/** Series and tapes one by one: a recording stands for all it has of the market. */
export function marketOf(
  data: CandleSeries | MarketTape | Recording | readonly (CandleSeries | MarketTape | Recording)[],
): readonly (CandleSeries | MarketTape)[] {
  return [data].flat().flatMap((one) => (one instanceof Recording ? one.market : [one as CandleSeries | MarketTape]));
}

/** The combinations of labels among rows, in the order they came. */
function labels(rows: readonly RecordRow[], columns: readonly string[]): string[][] {
  const found = new Map<string, string[]>();
  for (const row of rows) {
    const values = columns.map((column) => String(row[column]));
    const key = values.join(" ");
    if (!found.has(key)) found.set(key, values);
  }
  return [...found.values()];
}

function sessionsOf(entries: readonly RecordingEntry[], wanted: string | undefined): RecordedSession[] {
  const sessions = new Map<string, RecordedSession>();
  for (const entry of entries) {
    const { session: id, at } = entry;
    if (wanted !== undefined && id !== wanted) continue;
    if (entry.code === "STARTED") {
      const { strategy, venue, params, settings } = entry;
      sessions.set(id, { id, strategy, venue, params, settings, started: sessions.get(id)?.started ?? at, closed: undefined });
    } else if (entry.code === "CLOSED" && sessions.has(id)) sessions.set(id, { ...sessions.get(id)!, closed: at });
  }
  return [...sessions.values()];
}

function lossesOf({ entries, open }: RecordingContents, wanted: string | undefined): RecordingLoss[] {
  const losses: RecordingLoss[] = entries.flatMap((entry, i): RecordingLoss[] => {
    const { session } = entry;
    if (entry.code === "RECOVERED") {
      const refilled = entries.slice(i).find((one) => one.code === "REFILLED" && one.session === session);
      return [crash(session, entry.until, entry.tornBytes, refilled as Refilled | undefined)];
    }
    if (entry.code !== "NOT_RECORDED" || entry.rows === 0) return [];
    const { from, to, rows, reason } = entry;
    const message = `session ${session} could not record from ${timeText(from)} to ${timeText(to)} (${reason}): ${rows} rows are lost`;
    return [{ session, cause: "notWritten", from, to, rows, bytes: 0, message }];
  });
  for (const { header, closed, torn, flushed } of open)
    if (header !== undefined && !closed && !processIsAlive(header.pid)) losses.push(crash(header.session, flushed, torn));
  return losses.filter(({ session }) => wanted === undefined || session === wanted);
}

type Refilled = Extract<RecordingEntry, { readonly code: "REFILLED" }>;

function crash(session: string, from: EpochMs, bytes: number, refilled?: Refilled): RecordingLoss {
  const torn = bytes === 0 ? "" : `; ${bytes} bytes were torn`;
  if (refilled !== undefined) {
    const kinds = RECORD_KINDS.flatMap((kind) => ((refilled.rows[kind] ?? 0) > 0 ? [`${refilled.rows[kind]} ${kind}`] : []));
    const message = `session ${session} ended without closing its recording: its ${refilled.lost.join(", ")} after ${timeText(from)}, a second at most, and until it went on are lost; filled in from its journal: ${kinds.join(", ") || "nothing was missing"}${torn}`;
    return { session, cause: "crash", from, to: refilled.to, rows: 0, bytes, message };
  }
  const message = `session ${session} ended without closing its recording: what it received after ${timeText(from)}, a second at most, is lost${torn}`;
  return { session, cause: "crash", from, to: undefined, rows: 0, bytes, message };
}

/** Options of {@link loadRecording}; all may be left out. */
export interface RecordingOptions {
  /** Only what one session recorded. */
  readonly session?: string;
}

/**
 * Reads what a session recorded, also while it runs: Parquet by day, and what is no Parquet yet. A flight recorder's folder of Tesser's is read as well.
 * @example backtest({ data: await loadRecording("reports/live_state.recording"), strategy: "SmaCross" })
 * @throws LabError `DATA_NOT_FOUND`, `RECORDING_MISSING`, `RECORDING_OVERLAP`, `SESSION_UNKNOWN`, `DATA_FORMAT`, `DATA_CONFLICT`, `OPTION_UNKNOWN`.
 */
export async function loadRecording(folder: string, options: RecordingOptions = {}): Promise<Recording> {
  knownKeys(options, ["session"], "option of recording");
  const found = findData(folder);
  const { session } = options;
  const contents = await readRecording(found.path, { session });
  const known = [...new Set(contents.entries.map((entry) => entry.session))];
  if (session !== undefined && !known.includes(session))
    throw unknownName("SESSION_UNKNOWN", `session of ${found.name}`, String(session), known);
  if (contents.entries.length === 0 && contents.days.length === 0)
    throw new LabError("RECORDING_MISSING", `${found.name} holds no recording.`, { details: { folder: found.name } });
  return new Recording(contents, found.path, found.name, session);
}
