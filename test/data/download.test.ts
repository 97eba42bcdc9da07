import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { downloadCandles, loadCandles, syntheticCandles } from "../../src/data/index.js";
import { type BybitConnection, bybit } from "../../src/venues/bybit/index.js";
import { type PaperServer, paperServer } from "../../src/venues/paper/index.js";

const BARS = 2_345;
const series = syntheticCandles({ bars: BARS });
const { symbol, interval } = series;
const step = series.time[1]! - series.time[0]!;
const [from, to] = [series.time[0]!, series.time[BARS - 1]! + step];
let folder: string;
let server: PaperServer;
let link: BybitConnection;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "download-"));
  server = await paperServer({ data: series, limits: "none" });
  await server.next({ count: BARS, fills: false });
  link = await bybit({ env: "local", urls: server.url }).connect();
});
afterEach(async () => {
  await link.close();
  await server.close();
  await rm(folder, { recursive: true });
});

test("an interrupted download goes on where it stopped and is every candle once, exactly", async () => {
  const file = join(folder, "BTC", "all.csv");
  const stop = new AbortController();
  const options = { market: link.market, symbol, interval, from, to, file, pageSize: 500 };
  const interrupted = downloadCandles({
    ...options,
    signal: stop.signal,
    onProgress: (done) => {
      if (done === 1_000) stop.abort(new Error("interrupted"));
    },
  });
  await expect(interrupted).rejects.toThrow("interrupted");
  await expect(stat(file)).rejects.toThrow("ENOENT");
  // The process ended in the middle of a line.
  const part = await readFile(`${file}.part`, "utf8");
  await writeFile(`${file}.part`, part.slice(0, -20));
  const asked: number[] = [];
  const market = {
    name: "bybit",
    candles: (query: Parameters<typeof link.market.candles>[0]) => {
      asked.push(query.from);
      return link.market.candles(query);
    },
  };
  expect(await downloadCandles({ ...options, market })).toEqual({ file, candles: BARS, resumed: 999, from, to });
  expect(asked[0]).toBe(series.time[999]);
  const loaded = await loadCandles(file, { strict: true });
  for (const column of ["time", "open", "high", "low", "close", "volume"] as const)
    expect([...loaded.withPriceDp(series.priceDp)[column]]).toEqual([...series[column]]);
  asked.length = 0;
  expect(await downloadCandles({ ...options, market })).toMatchObject({ candles: BARS, resumed: BARS });
  expect(asked).toEqual([]);
});

test("a partial file of another download, a future without candles and an empty stretch are refused", async () => {
  const file = join(folder, "x.csv");
  const options = { market: link.market, symbol, interval, from, to, file };
  await writeFile(`${file}.part`, "symbol,timestamp,open,high,low,close,volume\nOTHER,2024-01-01T00:00:00Z,1,1,1,1,1\n");
  await expect(downloadCandles(options)).rejects.toThrow(expect.objectContaining({ code: "DOWNLOAD_PARTIAL" }));
  await rm(`${file}.part`);
  await expect(downloadCandles({ ...options, to: to + 5 * step })).rejects.toThrow(
    expect.objectContaining({ code: "DOWNLOAD_INCOMPLETE" }),
  );
  await expect(stat(file)).rejects.toThrow("ENOENT");
  await expect(downloadCandles({ ...options, to: from })).rejects.toThrow("from must come before to");
  await expect(downloadCandles({ ...options, from: "soon" })).rejects.toThrow(expect.objectContaining({ code: "TIME_INVALID" }));
});

test("a hole in the history is named and nothing after it is written", async () => {
  const file = join(folder, "x.csv");
  const candles = async ({ from: start }: { from: number }) => series.slice(start === from ? 0 : 11, start === from ? 10 : 20);
  const query = { market: { name: "holey", candles }, symbol, interval, from, to: from + 20 * step, file, pageSize: 10 };
  await expect(downloadCandles(query)).rejects.toThrow(expect.objectContaining({ code: "DOWNLOAD_GAP" }));
  expect((await readFile(`${file}.part`, "utf8")).trim().split("\n")).toHaveLength(11);
});
