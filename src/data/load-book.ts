import { LabError } from "../errors/index.js";
import { BookReader } from "./book-reader.js";
import { isSyntheticName } from "./file-labels.js";
import { findData } from "./find-data.js";
import { knownKeys } from "./load-options.js";
import { LoadedTape } from "./loaded-tape.js";
import { readDataFile } from "./read-file.js";
import { isRecording } from "./recording/read-recording.js";
import { loadRecordedTape } from "./recording/recorded-tape.js";

/** Options of {@link loadBook}; all may be left out. */
export interface BookOptions {
  /** Which symbol to read, or what to call the tape when the file names none. */
  symbol?: string;
  /** Throw `DATA_BAD_ROWS` instead of leaving bad lines out. */
  strict?: boolean;
}

/**
 * Reads recorded order books and trades from JSON lines (also gzip) into an exact tape: Tesser's LOB events (`{"event":"snapshot" | "depth" | "trade", …}`) and
 * Bybit's own stream messages (`{"topic":"orderbook.500.XRPUSDT", …}`, `publicTrade`), each line by itself. Events are put in order of time, those of one time
 * stay as they are; bad lines are left out and reported by number.
 *
 * A folder that a session was recorded in is read as well: its trades and books of one symbol, in the order they came.
 *
 * Tesser's events carry their own time, Bybit's messages the time they were sent: when they could be known.
 * @param path - file name; a relative one is also looked for in the folder of real data and among the samples.
 * @throws LabError `DATA_NOT_FOUND`, `DATA_READ`, `DATA_FORMAT`, `DATA_EMPTY`, `DATA_SYMBOL`, `DATA_BAD_ROWS` (strict), `OPTION_UNKNOWN`, `OPTION_INVALID`.
 */
export async function loadBook(path: string, options: BookOptions = {}): Promise<LoadedTape> {
  if (typeof path !== "string" || path === "")
    throw new LabError(
      "DATA_NOT_FOUND",
      `data.loadBook takes a file's path, such as data.loadBook("xrp_ob500.jsonl"), got '${String(path)}'.`,
    );
  knownKeys(options, ["symbol", "strict"], "option of loadBook");
  const { symbol, strict = false } = options;
  if (symbol !== undefined && (typeof symbol !== "string" || symbol.trim() === ""))
    throw new LabError("OPTION_INVALID", `symbol must be a name such as "BTCUSDT", got '${String(symbol)}'.`);
  if (typeof strict !== "boolean") throw new LabError("OPTION_INVALID", `strict must be true or false, got '${String(strict)}'.`);
  const found = findData(path);
  if (isRecording(found.path)) return loadRecordedTape(found, symbol?.trim());
  const file = await readDataFile(found.path, found.name);
  if (file.format === "parquet") throw new LabError("DATA_FORMAT", `${found.name} is Parquet; books are read from JSON lines.`);
  const reader = new BookReader(symbol?.trim(), found.path);
  readLines(file.content, reader);
  const synthetic = isSyntheticName(found.name);
  const { tape, ...facts } = reader.finish(found.name, strict, { name: found.name, sha256: file.sha256, synthetic });
  const { compression, bytes, sha256 } = file;
  return new LoadedTape(tape, { name: found.name, compression, bytes, sha256, synthetic, ...facts });
}

function readLines(content: Buffer, reader: BookReader): void {
  for (let start = 0, line = 1; start < content.length; line++) {
    const newline = content.indexOf(10, start);
    const end = newline < 0 ? content.length : newline;
    const text = content.toString("utf8", start, end).trim();
    if (text !== "") reader.line(line, text);
    start = end + 1;
  }
}
