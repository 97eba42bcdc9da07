import { assembleCandles, type CandleOrigin } from "../assemble-candles.js";
import { type ExactNumber, parseExact } from "../exact-number.js";
import type { FoundData } from "../find-data.js";
import type { CheckedOptions } from "../load-options.js";
import type { LoadedCandles } from "../loaded-candles.js";
import { type CandleField, FIELDS } from "../roles.js";
import { RowSink } from "../row-sink.js";
import type { RecordRow } from "./kinds.js";
import { type RecordingContents, readRecording } from "./read-recording.js";

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

/** Where recorded rows came from, for reports. */
export function originOf({ bytes, sha256, entries }: RecordingContents, name: string): CandleOrigin {
  const synthetic = entries.some((entry) => entry.code === "STARTED" && entry.synthetic);
  return { name, bytes, sha256, compression: "none", format: "parquet", synthetic };
}

/** The candles of a recording's folder as a series. @throws LabError as `loadCandles` does. */
export async function loadRecordedCandles(found: FoundData, options: CheckedOptions): Promise<LoadedCandles> {
  const contents = await readRecording(found.path, { kinds: ["candles"] });
  return recordedCandles(contents, found.name, options);
}

/** The candles among what a recording holds, of one symbol and interval; those of its session unless other rows are given. @throws LabError as `loadCandles` does. */
export function recordedCandles(
  contents: RecordingContents,
  name: string,
  options: CheckedOptions,
  rows: readonly RecordRow[] = contents.rows.get("candles") ?? [],
): LoadedCandles {
  const roles = { at: new Map(FIELDS.map((field, index) => [field, index])), ignored: [] };
  const sink = new RowSink(roles, { file: name, ...options }, rows.length);
  for (const [index, row] of rows.entries()) sink.add(cellsOf(row), index + 1, () => JSON.stringify(row));
  const read = { sink, ignoredColumns: [], timeFormat: "Parquet timestamp in ns", notes: [] };
  return assembleCandles(read, originOf(contents, name), options);
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
