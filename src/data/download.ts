import { appendFile, open, readFile, rename, stat, truncate } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  type EpochMs,
  type Interval,
  intervalMs,
  intervalName,
  type MarketData,
  makeFolder,
  parseTime,
  type TimeInput,
  timeText,
} from "../core/index.js";
import { LabError } from "../errors/index.js";
import { candlesCsv } from "./write-csv.js";

/** What is downloaded, from where, to where. */
export interface DownloadOptions {
  /** Who is asked; its name is the folder's. */
  market: Pick<MarketData, "name" | "candles">;
  symbol: string;
  /** As in `1m`, `4h`. */
  interval: Interval;
  /** First open time: milliseconds, a date or ISO text (UTC unless it says otherwise). Rounded up to the interval. */
  from: TimeInput;
  /** End, not part of it; the last closed candle unless given. Rounded down to the interval. */
  to?: TimeInput;
  /** The file; `data/<exchange>/<symbol>/<interval>_<from>-<to>.csv` unless given. */
  file?: string;
  /** Candles asked for at a time; 1,000. */
  pageSize?: number;
  /** Hears after every page how many candles of how many there are. */
  onProgress?: (done: number, total: number) => void;
  /** Gives up after the page under way; the next call goes on from there. */
  signal?: AbortSignal;
}

/** A finished download. */
export interface Download {
  readonly file: string;
  readonly candles: number;
  /** Candles of them that an earlier, interrupted call had brought. */
  readonly resumed: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * Downloads a history of candles into a CSV file that `data.load` reads, oldest page first. What has come lies in `<file>.part`, where a later call goes on; the file appears only
 * when it is complete, every candle once and none missing. A finished file is not asked for again. Where the history begins after `from`, so does the file.
 * @throws LabError `TIME_INVALID`, `DOWNLOAD_OPTION`, `DOWNLOAD_PARTIAL` where the partial file is of another download, `DOWNLOAD_GAP`, `DOWNLOAD_INCOMPLETE`, `DATA_WRITE`, and what the market throws.
 */
export async function downloadCandles(options: DownloadOptions): Promise<Download> {
  const { market, symbol, interval, pageSize = 1_000 } = options;
  if (!/^[\w.-]+$/.test(symbol)) throw new LabError("DOWNLOAD_OPTION", `The symbol '${symbol}' cannot stand in a file's name.`);
  if (!Number.isInteger(pageSize) || pageSize < 1)
    throw new LabError("DOWNLOAD_OPTION", `pageSize must be a whole number of at least 1, got ${String(pageSize)}.`);
  const step = intervalMs(interval);
  const from = Math.ceil(parseTime(options.from, "from") / step) * step;
  const to = Math.floor(Math.min(parseTime(options.to ?? Date.now(), "to"), Date.now()) / step) * step;
  if (from >= to)
    throw new LabError("DOWNLOAD_OPTION", `There is no closed candle from ${timeText(from)} to ${timeText(to)}: from must come before to.`);
  const name = `${intervalName(step)}_${compact(from)}-${compact(to)}.csv`;
  const file = options.file ?? join("data", market.name, symbol, name);
  const total = (to - from) / step;
  if (await exists(file)) {
    const done = rowsOf(await readFile(file, "utf8"), file);
    if (done.length > 0 && done.at(-1)!.time === to - step && done[0]!.symbol === symbol)
      return { file, candles: done.length, resumed: done.length, from: done[0]!.time, to };
    throw new LabError("DOWNLOAD_PARTIAL", `${basename(file)} exists and is not this download; name another file or move it away.`);
  }
  const part = `${file}.part`;
  const state = await openPart(part, { symbol, from, to, step });
  let { first, next, count } = state;
  const resumed = count;
  options.onProgress?.(first === undefined ? 0 : count, total);
  while (next < to) {
    options.signal?.throwIfAborted();
    const end = Math.min(to, next + pageSize * step);
    const page = await market.candles({ symbol, interval, from: next, to: end });
    if (page.length > 0) {
      // The history may begin later than asked for; once it has begun it goes on without a hole.
      let expected = first === undefined ? page.time[0]! : next;
      for (const time of page.time) {
        if (time !== expected)
          throw new LabError(
            "DOWNLOAD_GAP",
            `${symbol} has no candle at ${timeText(expected)}; the next is at ${timeText(time)}. Download the parts before and after.`,
            { details: { expected, time } },
          );
        expected += step;
      }
      first ??= page.time[0]!;
      await append(part, candlesCsv(page).slice(HEADER.length));
      count += page.length;
    }
    const reached = page.length > 0 ? page.time[page.length - 1]! + step : next;
    if (reached < end && first !== undefined)
      throw new LabError(
        "DOWNLOAD_INCOMPLETE",
        `${symbol} ends at ${timeText(reached)}, before ${timeText(to)}. Call again later, or with to: "${timeText(reached)}".`,
        { details: { reached, to } },
      );
    next = end;
    options.onProgress?.((next - from) / step, total);
  }
  if (first === undefined)
    throw new LabError("DOWNLOAD_INCOMPLETE", `${market.name} has no candles of ${symbol} from ${timeText(from)} to ${timeText(to)}.`);
  await finish(part, file);
  return { file, candles: count, resumed, from: first, to };
}

const HEADER = "symbol,timestamp,open,high,low,close,volume\n";
const compact = (time: EpochMs): string => timeText(time).replace(/[-:]|\.\d+/g, "");
const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function rowsOf(text: string, file: string): { readonly symbol: string; readonly time: EpochMs }[] {
  if (!text.startsWith(HEADER)) throw new LabError("DOWNLOAD_PARTIAL", `${basename(file)} is no download of candles; move it away.`);
  return text
    .slice(HEADER.length)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [symbol = "", time = ""] = line.split(",");
      return { symbol, time: Date.parse(time) };
    });
}

/** Where an earlier call stopped. A line that was cut is cut off. */
async function openPart(
  part: string,
  { symbol, from, to, step }: { symbol: string; from: EpochMs; to: EpochMs; step: number },
): Promise<{ first: EpochMs | undefined; next: EpochMs; count: number }> {
  const begin = { first: undefined, next: from, count: 0 };
  makeFolder(dirname(part));
  const bytes = await readFile(part).catch(() => undefined);
  const whole = (bytes?.lastIndexOf(10) ?? -1) + 1;
  if (bytes === undefined || whole === 0) {
    await truncate(part).catch(() => undefined);
    await append(part, HEADER);
    return begin;
  }
  const rows = rowsOf(bytes.subarray(0, whole).toString(), part);
  if (whole < bytes.length) await truncate(part, whole);
  if (rows.length === 0) return begin;
  const start = rows[0]!.time;
  const ours = start >= from && rows.at(-1)!.time < to && rows.every((row, i) => row.symbol === symbol && row.time === start + i * step);
  if (!ours) throw new LabError("DOWNLOAD_PARTIAL", `${basename(part)} is of another download; move it away to begin anew.`);
  return { first: start, next: rows.at(-1)!.time + step, count: rows.length };
}

function writeFailure(path: string, cause: unknown): LabError {
  return new LabError("DATA_WRITE", `${basename(path)} cannot be written: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}.`, {
    cause,
  });
}

async function append(path: string, text: string): Promise<void> {
  await appendFile(path, text).catch((cause: unknown) => {
    throw writeFailure(path, cause);
  });
}

/** On the disk before it has its name. */
async function finish(part: string, file: string): Promise<void> {
  try {
    const handle = await open(part, "r+");
    await handle.sync().finally(() => handle.close());
    await rename(part, file);
  } catch (cause) {
    throw writeFailure(file, cause);
  }
}
