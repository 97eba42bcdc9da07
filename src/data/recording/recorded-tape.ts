import type { TapeSight } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { LineEvent } from "../book-lines.js";
import { BookReader } from "../book-reader.js";
import type { FoundData } from "../find-data.js";
import { LoadedTape } from "../loaded-tape.js";
import type { Levels, RecordKind, RecordRow } from "./kinds.js";
import type { RecordingEntry } from "./log.js";
import { type RecordingContents, readRecording } from "./read-recording.js";
import { originOf } from "./recorded-candles.js";

/** Kinds that make a tape. */
export const TAPE_KINDS: readonly RecordKind[] = ["ticks", "order_books", "depth_updates"];

/** The trades and books of a recording's folder as a tape. @throws LabError as `loadBook` does, `RECORDING_OVERLAP`. */
export async function loadRecordedTape(found: FoundData, symbol: string | undefined): Promise<LoadedTape> {
  return recordedTape(await readRecording(found.path, { kinds: TAPE_KINDS }), found, symbol);
}

/**
 * The trades and books among what a recording holds, of one symbol, in the order they were received.
 * @throws LabError `DATA_EMPTY` where there are none, `DATA_SYMBOL` for several symbols, `RECORDING_OVERLAP` where two sessions recorded the same time.
 */
export function recordedTape(contents: RecordingContents, { path, name }: FoundData, symbol: string | undefined): LoadedTape {
  const rows = TAPE_KINDS.flatMap((kind) => (contents.rows.get(kind) ?? []).map((row) => ({ kind, row })));
  rows.sort((a, b) => ((a.row.sequence ?? 0) as number) - ((b.row.sequence ?? 0) as number));
  const events = rows.map(({ kind, row }) => ({
    event: eventOf(kind, row),
    session: row.session as string | null,
    sequence: row.sequence as number | null,
  }));
  const wanted = events.filter(({ event }) => symbol === undefined || event.symbol === symbol);
  refuseOverlap(wanted, name);
  const reader = new BookReader(symbol, path);
  for (const [index, { event }] of events.entries()) reader.event(index + 1, event);
  const origin = originOf(contents, name);
  const { tape, ...facts } = reader.finish(name, false, { name, sha256: origin.sha256, synthetic: origin.synthetic });
  const { bytes, sha256, compression, synthetic } = origin;
  const sight = sightOf(wanted, contents.entries);
  return new LoadedTape({ ...tape, sight }, { name, compression, bytes, sha256, synthetic, ...facts, linesRead: rows.length });
}

function eventOf(kind: RecordKind, row: RecordRow): LineEvent {
  const symbol = row.symbol as string;
  if (kind === "ticks")
    return {
      type: "trade",
      symbol,
      time: row.exchange_timestamp as number,
      side: row.side === 1 ? "buy" : "sell",
      price: row.price as string,
      quantity: row.size as string,
    };
  return {
    type: "book",
    symbol,
    time: row.timestamp as number,
    kind: kind === "order_books" ? "snapshot" : "delta",
    bids: row.bids as Levels,
    asks: row.asks as Levels,
    update: undefined,
  };
}

/** An event with its place in the recording. */
interface Recorded {
  readonly event: LineEvent;
  readonly session: string | null;
  readonly sequence: number | null;
}

/** What the sessions' strategies saw of these events: where several recorded them, as much as the one that saw most. */
function sightOf(events: readonly Recorded[], entries: readonly RecordingEntry[]): TapeSight | undefined {
  const depths = [...new Set(events.map(({ session }) => session))].map(
    (session) => entries.findLast((entry) => entry.code === "STARTED" && entry.session === session) as { bookDepth?: number } | undefined,
  );
  const most = Math.max(...depths.map((one) => one?.bookDepth ?? Number.POSITIVE_INFINITY));
  const depth = Number.isFinite(most) ? most : undefined;
  const early = entries.filter((entry) => entry.code === "HEARS");
  if (early.length === 0) return depth === undefined ? undefined : { unheard: new Set(), depth };
  const isEarly = ({ session, sequence }: Recorded): boolean =>
    early.some((one) => one.session === session && sequence !== null && sequence > one.after && sequence <= one.until);
  // As a tape has them: by time, those of one time as they came.
  const inTime = [...events].sort((a, b) => a.event.time - b.event.time);
  const unheard = new Set(inTime.flatMap((one, i) => (isEarly(one) ? [i] : [])));
  return unheard.size === 0 && depth === undefined ? undefined : { unheard, depth };
}

/** Two sessions that heard of the same time would tell everything twice. */
function refuseOverlap(events: readonly Recorded[], name: string): void {
  const spans = new Map<string, { from: number; to: number }>();
  for (const { event, session } of events) {
    const key = `${session ?? ""} ${event.symbol}`;
    const span = spans.get(key);
    if (span === undefined) spans.set(key, { from: event.time, to: event.time });
    else {
      span.from = Math.min(span.from, event.time);
      span.to = Math.max(span.to, event.time);
    }
  }
  const all = [...spans].map(([key, span]) => ({ session: key.split(" ")[0]!, symbol: key.split(" ")[1]!, ...span }));
  for (const one of all)
    for (const other of all)
      if (one.symbol === other.symbol && one.session < other.session && one.from < other.to && other.from < one.to)
        throw new LabError(
          "RECORDING_OVERLAP",
          `The sessions ${one.session} and ${other.session} of ${name} both recorded ${one.symbol} at the same time: choose one with data.recording(folder, { session: "${other.session}" }).`,
          { details: { sessions: [one.session, other.session] } },
        );
}
