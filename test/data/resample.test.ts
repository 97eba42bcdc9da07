import { expect, test } from "vitest";
import { CandleSeries } from "../../src/core/index.js";
import { resampleCandles, syntheticCandles } from "../../src/data/index.js";
import { LabError } from "../../src/errors/index.js";
import { csv, load, minutes } from "./files.js";

const T = Date.UTC(2024, 0, 1);

test("first open, highest high, lowest low, last close, summed volume", async () => {
  const rows = ["10,12,9,11,1.5", "11,15,10,12,2.25", "12,13,8,9,0.25"].map((row, i) => `${T + i * 60_000},${row}`);
  const made = resampleCandles(await load(csv(...rows)), "3m");
  expect(made).toBeInstanceOf(CandleSeries);
  expect([made.interval, made.length, made.time[0]]).toEqual(["3m", 1, T]);
  expect(Object.values(made.at(0)!).map(String)).toEqual([String(T), "10", "15", "8", "9", "4"]);
});

test("buckets in part at the ends are dropped or kept, and reported either way", async () => {
  const series = await load(csv(...minutes(3, 4, 5, 6, 7, 8, 9, 10, 11)));
  const dropped = resampleCandles(series, "5m");
  expect([...dropped.time]).toEqual([T + 300_000]);
  const partial = [
    { time: T, candles: 2, of: 5 },
    { time: T + 600_000, candles: 2, of: 5 },
  ];
  expect(dropped.resampling.partial).toEqual(partial.map((bucket) => ({ ...bucket, kept: false })));
  const kept = resampleCandles(series, "5m", { partial: "keep" });
  expect([...kept.time]).toEqual([T, T + 300_000, T + 600_000]);
  expect(kept.resampling.partial).toEqual(partial.map((bucket) => ({ ...bucket, kept: true })));
  expect(kept.volume[2]).toBe(2 * 325);
});

test("gaps inside are counted: buckets with holes are kept, empty ones stay gaps", async () => {
  const made = resampleCandles(await load(csv(...minutes(0, 1, 2, 3, 4, 5, 6, 8, 9, 20, 21, 22, 23, 24))), "5m");
  expect([...made.time].map((t) => (t - T) / 60_000)).toEqual([0, 5, 20]);
  expect(made.resampling).toMatchObject({ incomplete: 1, empty: 2, partial: [] });
});

test("weeks begin on Monday, days at midnight UTC", () => {
  const series = syntheticCandles({ bars: 24 * 21, interval: "1h", start: "2024-01-03" });
  const weeks = resampleCandles(series, "1w");
  expect([...weeks.time]).toEqual([Date.UTC(2024, 0, 8), Date.UTC(2024, 0, 15)]);
  expect(resampleCandles(series, "1d").time[0]).toBe(Date.UTC(2024, 0, 3));
});

test("in steps or at once is the same", () => {
  const series = syntheticCandles({ bars: 2880, gaps: true });
  const steps = resampleCandles(resampleCandles(series, "15m"), "4h");
  const once = resampleCandles(series, "4h");
  for (const field of ["time", "open", "high", "low", "close", "volume"] as const) expect(steps[field]).toEqual(once[field]);
});

test.each([
  ["a shorter interval", "30s", {}, "RESAMPLE_INTERVAL"],
  ["no multiple", "90s", {}, "RESAMPLE_INTERVAL"],
  ["an unknown interval", "hourly", {}, "INTERVAL_UNKNOWN"],
  ["too little data", "1d", {}, "RESAMPLE_EMPTY"],
  ["a wrong option", "5m", { partials: "keep" }, "OPTION_UNKNOWN"],
  ["a wrong value", "5m", { partial: "maybe" }, "OPTION_INVALID"],
])("%s is an error", (_, interval, options, code) => {
  const series = syntheticCandles({ bars: 100 });
  expect(() => resampleCandles(series, interval, options as never)).toThrow(expect.objectContaining({ code }) as Error);
});

test("a volume that no longer fits is an error, not a rounded sum", async () => {
  const series = await load(csv(`${T},1,2,1,2,9007199254740991`, `${T + 60_000},1,2,1,2,1`));
  expect(() => resampleCandles(series, "2m")).toThrow(LabError);
});
