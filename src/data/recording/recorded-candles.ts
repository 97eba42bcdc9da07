import { CandleSeries, type EpochMs } from "../../core/index.js";
import { assembleCandles, type CandleOrigin } from "../assemble-candles.js";
import { type ExactNumber, parseExact } from "../exact-number.js";
import type { FoundData } from "../find-data.js";
import type { CheckedOptions } from "../load-options.js";
import { LoadedCandles } from "../loaded-candles.js";
import { type CandleField, FIELDS } from "../roles.js";
import { RowSink } from "../row-sink.js";
import type { RecordRow } from "./kinds.js";
import { type RecordingContents, readRecording } from "./read-recording.js";
import { unheardRows } from "./unheard.js";

/** Column of a field. */
const COLUMN: Readonly<Record<CandleField, string>> = {
  time: "timestamp",
  open: "open",
  high: "high",
  low: "low",
  close: "close",
  volume: "volume",
  symbol: "symbol",
  interval: "interval",
};

/** Candles of a recording, of which the session's strategy saw some without a say: a backtest lets its strategy see them so, too, in a slice as well. */
export class RecordedCandles extends LoadedCandles {
  /** Opening times of the candles that were seen without a say: the warm-up, and what was missed and asked for later. */
  readonly unheard: ReadonlySet<EpochMs>;

  constructor(candles: LoadedCandles, unheard: ReadonlySet<EpochMs>) {
    super(candles, candles.report);
    this.unheard = unheard;
  }

  override slice(start?: number, end?: number): CandleSeries {
    return new RecordedSlice(super.slice(start, end), this.unheard);
  }
}

/** A part of a recording's candles. */
class RecordedSlice extends CandleSeries {
  readonly unheard: ReadonlySet<EpochMs>;

  constructor(candles: CandleSeries, unheard: ReadonlySet<EpochMs>) {
    super(candles);
    this.unheard = unheard;
  }

  override slice(start?: number, end?: number): CandleSeries {
    return new RecordedSlice(super.slice(start, end), this.unheard);
  }
}

/** Opening times of the candles that a session's strategy saw without a say, of candles of a recording or a slice of them. */
export function unheardOf(series: CandleSeries): ReadonlySet<EpochMs> | undefined {
  return series instanceof RecordedCandles || series instanceof RecordedSlice ? series.unheard : undefined;
}

/** Where recorded rows came from, for reports. */
export function originOf({ bytes, sha256, entries }: RecordingContents, name: string): CandleOrigin {
  const synthetic = entries.some((entry) => entry.code === "STARTED" && entry.synthetic);
  return { name, bytes, sha256, compression: "none", format: "parquet", synthetic };
}

/** The candles of a recording's folder as a series, with those that its session saw without a say. @throws LabError as `loadCandles` does. */
export async function loadRecordedCandles(found: FoundData, options: CheckedOptions): Promise<LoadedCandles> {
  const contents = await readRecording(found.path, { kinds: ["candles", "warm_up"] });
  const candles = contents.rows.get("candles") ?? [];
  const { before, between } = unheardRows(contents.rows.get("warm_up") ?? [], candles);
  return recordedCandles(contents, found.name, options, candles, [...before, ...between]);
}

/**
 * The candles among what a recording holds, of one symbol and interval.
 * @param unheard - those among them that the session's strategy saw without a say.
 * @throws LabError as `loadCandles` does.
 */
export function recordedCandles(
  contents: RecordingContents,
  name: string,
  options: CheckedOptions,
  heard: readonly RecordRow[],
  unheard: readonly RecordRow[] = [],
): LoadedCandles {
  const rows = unheard.length === 0 ? heard : [...heard, ...unheard].sort((a, b) => (a.timestamp as number) - (b.timestamp as number));
  const roles = { at: new Map(FIELDS.map((field, index) => [field, index])), ignored: [] };
  const sink = new RowSink(roles, { file: name, ...options }, rows.length);
  for (const [index, row] of rows.entries()) sink.add(cellsOf(row), index + 1, () => JSON.stringify(row));
  const read = { sink, ignoredColumns: [], timeFormat: "Parquet timestamp in ns", notes: [] };
  const loaded = assembleCandles(read, originOf(contents, name), options);
  const mine = unheard.filter(({ symbol, interval }) => symbol === loaded.symbol && interval === loaded.interval);
  return mine.length === 0 ? loaded : new RecordedCandles(loaded, new Set(mine.map((row) => row.timestamp as number)));
}

function cellsOf(row: RecordRow): Parameters<RowSink["add"]>[0] {
  return {
    label: (field) => row[COLUMN[field]] as string,
    time: () => row.timestamp as number,
    number: (field): ExactNumber | string => {
      const text = String(row[COLUMN[field]]);
      return parseExact(text) ?? `is not a finite number (${text})`;
    },
  };
}
