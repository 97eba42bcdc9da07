import { LabError } from "../errors/index.js";
import { assembleCandles } from "./assemble-candles.js";
import { readCsvCandles } from "./csv-candles.js";
import { isSyntheticName } from "./file-labels.js";
import { findData } from "./find-data.js";
import { checkOptions, type LoadOptions } from "./load-options.js";
import type { LoadedCandles } from "./loaded-candles.js";
import { readParquetCandles } from "./parquet-candles.js";
import { readDataFile } from "./read-file.js";
import { isRecording } from "./recording/read-recording.js";
import { loadRecordedCandles } from "./recording/recorded-candles.js";

/**
 * Reads candles from a CSV file (also gzip), a Parquet file, or the folder of a recorded session, into an exact series. Format and packing are told by content.
 *
 * CSV needs a header; columns come in any order and case: `timestamp` (or open_time, time, datetime, date), open, high, low,
 * close, and where there are, volume, symbol, interval. Timestamps are epoch numbers of one unit a file, RFC 3339 text, or
 * dates. Bad rows are left out and reported by line, repeated rows kept once, unsorted rows sorted, gaps listed, never filled.
 *
 * @param path - name of a file or a recording's folder; a relative one is also looked for in the folder of real candles and among the samples.
 * @throws LabError `DATA_NOT_FOUND`, `DATA_READ`, `DATA_FORMAT`, `DATA_ENCODING`, `DATA_EMPTY`, `DATA_HEADER`, `DATA_COLUMN`,
 *   `DATA_SYMBOL`, `DATA_INTERVAL`, `DATA_CONFLICT`, `DATA_BAD_ROWS` (strict), `OPTION_UNKNOWN`, `OPTION_INVALID`.
 */
export async function loadCandles(path: string, options: LoadOptions = {}): Promise<LoadedCandles> {
  if (typeof path !== "string" || path === "")
    throw new LabError(
      "DATA_NOT_FOUND",
      `data.load takes a file's path, such as data.load("btc_5m.csv"), got ${path === "" ? "an empty text" : String(path)}.`,
    );
  const checked = checkOptions(options);
  const found = findData(path);
  if (isRecording(found.path)) return loadRecordedCandles(found, checked);
  const file = await readDataFile(found.path, found.name);
  const request = { file: found.name, ...checked };
  const read = file.format === "csv" ? readCsvCandles(file.content, request) : await readParquetCandles(file.content, request);
  return assembleCandles(read, { ...file, name: found.name, synthetic: isSyntheticName(found.name) }, checked);
}
