import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { CandleSeries } from "../../src/core/index.js";
import {
  candlesCsv,
  generateSample,
  loadCandles,
  SAMPLE_NAME,
  sampleCandles,
  sampleWalk,
  syntheticCandles,
  writeCandlesCsv,
} from "../../src/data/index.js";
import { csv, failure, load, minutes, tempPath } from "./files.js";

const COLUMNS = ["time", "open", "high", "low", "close", "volume"] as const;
const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

function expectSame(a: CandleSeries, b: CandleSeries): void {
  for (const column of COLUMNS) expect(a[column]).toEqual(b[column]);
  expect([a.symbol, a.interval, a.priceDp, a.volumeDp]).toEqual([b.symbol, b.interval, b.priceDp, b.volumeDp]);
}

test.each(["plain.csv", "packed.csv.gz"])("what is written to %s loads as the same series and writes the same text", async (name) => {
  const series = sampleWalk({ bars: 500 });
  const path = tempPath(name);
  await writeCandlesCsv(series, path);
  const loaded = await loadCandles(path);
  expectSame(loaded, series);
  expect(candlesCsv(loaded)).toBe(candlesCsv(series));
  expect(loaded.report.compression).toBe(name.endsWith("gz") ? "gzip" : "none");
  expect(loaded.report.timeFormat).toBe("RFC 3339");
});

test("the text is Tesser's layout, with every decimal of the column", async () => {
  const series = await load(csv(`1704067200000,0.00000001,0.2,0.00000001,0.1,5`, ...minutes(1)));
  expect(candlesCsv(series).split("\n").slice(0, 2)).toEqual([
    "symbol,timestamp,open,high,low,close,volume",
    "BTCUSDT,2024-01-01T00:00:00Z,0.00000001,0.20000000,0.00000001,0.10000000,5.00",
  ]);
});

test("a symbol with a comma is quoted, milliseconds are kept", async () => {
  const series = await load("time,open,high,low,close\n2024-01-01T00:00:00.250Z,1,2,1,2\n2024-01-01T00:00:01.250Z,1,2,1,2\n", {
    symbol: 'A,"B"',
  });
  const path = tempPath("odd.csv");
  await writeCandlesCsv(series, path);
  expectSame(await loadCandles(path), series);
});

test("a folder that is not there is an error and leaves nothing behind", async () => {
  const path = `${tempPath("missing")}/x.csv`;
  expect((await failure(writeCandlesCsv(syntheticCandles({ bars: 2 }), path))).code).toBe("DATA_WRITE");
  expect(existsSync(path)).toBe(false);
});

test("a walk is a valid series: checked by our own loader", async () => {
  const series = await load(candlesCsv(syntheticCandles({ bars: 3000, gaps: true })), { strict: true });
  expect(series.report.spacing.missing).toBe(0);
});

test("without gaps a candle opens at the last close, with gaps mostly not", () => {
  const opensAtClose = (series: CandleSeries): number => series.open.filter((open, i) => i > 0 && open === series.close[i - 1]).length;
  expect(opensAtClose(syntheticCandles({ bars: 1000 }))).toBe(999);
  expect(opensAtClose(syntheticCandles({ bars: 1000, gaps: true }))).toBeLessThan(100);
});

test("options of the walk are heeded and checked", () => {
  const series = syntheticCandles({ bars: 3, seed: 1, start: "2020-02-29", interval: "4h", symbol: "X" });
  expect([series.symbol, series.interval, series.time[0], series.time[2]! - series.time[0]!]).toEqual([
    "X",
    "4h",
    Date.UTC(2020, 1, 29),
    28_800_000,
  ]);
  expect(series.source.synthetic).toBe(true);
  expect(syntheticCandles({ bars: 3, seed: 2 }).close).not.toEqual(syntheticCandles({ bars: 3, seed: 1 }).close);
  for (const options of [{ bars: 0 }, { bars: 1.5 }, { bars: 5, seed: -1 }, { bars: 5, seed: 2 ** 33 }])
    expect(() => syntheticCandles(options)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }) as Error);
  expect(() => syntheticCandles({ bars: 5, gap: true } as never)).toThrow(/Did you mean gaps/);
});

test("the shipped sample is what its generator makes, and its README says which file it is", async () => {
  const path = tempPath(SAMPLE_NAME);
  const made = await generateSample(path);
  const shipped = await sampleCandles();
  expectSame(shipped, made);
  expect(shipped.source.synthetic).toBe(true);
  expect(shipped.source.sha256).toBe(sha256(readFileSync(path)));
  const readme = readFileSync(new URL("../../data/README.md", import.meta.url), "utf8");
  expect(readme).toContain(shipped.source.sha256);
  expect(shipped.report.bytes).toBeLessThan(1_600_000);
});

test("the sample has what lessons need: clustered volatility, fat tails, no memory in its returns", () => {
  const { close, length } = sampleWalk();
  const returns = Array.from({ length: length - 1 }, (_, i) => Math.log(close[i + 1]! / close[i]!));
  const mean = returns.reduce((a, b) => a + b) / returns.length;
  const centred = returns.map((r) => r - mean);
  const moment = (k: number): number => centred.reduce((sum, r) => sum + r ** k, 0) / centred.length;
  const lagged = (values: number[]): number => {
    const m = values.reduce((a, b) => a + b) / values.length;
    const product = (lag: number): number => values.reduce((sum, v, i) => (i < lag ? sum : sum + (v - m) * (values[i - lag]! - m)), 0);
    return product(1) / product(0);
  };
  expect(moment(4) / moment(2) ** 2).toBeGreaterThan(3.5);
  expect(lagged(centred.map((r) => r * r))).toBeGreaterThan(0.1);
  expect(Math.abs(lagged(centred))).toBeLessThan(0.05);
});

test("a generated file must be called synthetic", async () => {
  const error = await failure(generateSample(tempPath("BTCUSDT_5m.csv")));
  expect([error.code, error.message.includes("synthetic_")]).toEqual(["SAMPLE_NAME", true]);
});
