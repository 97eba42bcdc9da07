import { expect, test } from "vitest";
import { describeData, isClean } from "../../src/data/index.js";
import { csv, failure, HEADER, load, minutes } from "./files.js";

const T = 1_704_067_200_000;
const at = (i: number, close = "11.0"): string => `${T + i * 60_000},10.0,12.5,9.5,${close},3.25`;

test("gaps are listed, never filled", async () => {
  const { report, length } = await load(csv(...minutes(0, 1, 2, 5, 6, 10)));
  expect(length).toBe(6);
  expect(report.spacing.gaps).toEqual([
    { after: T + 120_000, before: T + 300_000, missing: 2 },
    { after: T + 360_000, before: T + 600_000, missing: 3 },
  ]);
  expect(report.spacing.missing).toBe(5);
  expect(describeData(report).join("\n")).toContain("2 gaps, 5 candles missing, none filled; longest: 3 candles between");
  expect(isClean(report)).toBe(false);
});

test("equal rows are kept once and reported; equal means in value, not in text", async () => {
  const series = await load(csv(at(0), at(1), at(1, "11"), at(2)));
  expect(series.length).toBe(3);
  expect(series.report.duplicates).toEqual({ identical: 1, conflicting: 0, lines: [4] });
  expect(describeData(series.report)).toContain("1 repeated row kept once (lines 4)");
});

test("rows of one time that disagree are an error, unless one is to count", async () => {
  const content = csv(at(0), at(1, "11.5"), at(2), at(1, "11.7"));
  const error = await failure(load(content));
  expect(error.code).toBe("DATA_CONFLICT");
  expect(error.message).toContain("2024-01-01T00:01:00Z, on lines 3 and 5");
  const first = await load(content, { duplicates: "first" });
  const last = await load(content, { duplicates: "last" });
  expect([first.at(1)!.close.toFixed(), last.at(1)!.close.toFixed()]).toEqual(["11.5", "11.7"]);
  expect([first.report.duplicates.lines, last.report.duplicates.lines]).toEqual([[5], [3]]);
  expect(last.report.duplicates.conflicting).toBe(1);
  expect([first.length, last.length]).toEqual([3, 3]);
});

test("rows out of order are sorted and reported by line", async () => {
  const { report, time } = await load(csv(...minutes(0, 3, 1, 2, 4)));
  expect([...time].map((t) => (t - T) / 60_000)).toEqual([0, 1, 2, 3, 4]);
  expect(report.outOfOrder).toEqual({ count: 2, lines: [4, 5], descending: false });
});

test("sorting moves whole rows", async () => {
  const series = await load(csv(at(2, "10.2"), at(0, "10.0"), at(1, "10.1")));
  expect([0, 1, 2].map((i) => series.at(i)!.close.toFixed())).toEqual(["10", "10.1", "10.2"]);
});

test("a file from new to old is turned round and said to be", async () => {
  const { report, time } = await load(csv(...minutes(3, 2, 1, 0)));
  expect(time[0]).toBe(T);
  expect(report.outOfOrder.descending).toBe(true);
  expect(describeData(report)).toContain("the file runs from new to old; turned round");
});

test("several symbols need a choice", async () => {
  const content = `symbol,${HEADER}\nBTCUSDT,${at(0)}\nETHUSDT,${at(0, "12")}\nBTCUSDT,${at(1)}\nETHUSDT,${at(1, "12")}\nETHUSDT,bad\n`;
  const error = await failure(load(content, { symbol: undefined as never }));
  expect(error.code).toBe("DATA_SYMBOL");
  expect(error.message).toContain("BTCUSDT, ETHUSDT");
  const eth = await load(content, { symbol: "ETHUSDT" });
  expect(eth.length).toBe(2);
  expect(eth.at(0)!.close.toFixed()).toBe("12");
  expect(eth.report.otherRows).toEqual({ BTCUSDT: 2 });
  expect(eth.report.rowsRead).toBe(5);
  const unknown = await failure(load(content, { symbol: "ETHUST" }));
  expect(unknown.message).toContain("Did you mean ETHUSDT?");
});

test("decimals of another symbol do not refine the columns", async () => {
  const content = `symbol,${HEADER}\nPEPE,${T},0.00000001,0.00000002,0.00000001,0.00000001,1\nBTCUSDT,${at(0)}\nBTCUSDT,${at(1)}\n`;
  expect((await load(content)).priceDp).toBe(1);
});

test("an empty symbol goes with the others; a file without any is named after the file", async () => {
  const content = `symbol,${HEADER}\n,${at(0)}\n,${at(1)}\n`;
  const named = await load(content, { symbol: undefined as never }, "bybit_linear_SOLUSDT_1m.csv");
  expect([named.symbol, named.symbolSource]).toEqual(["SOLUSDT", "file name"]);
  const plain = await load(csv(...minutes(0, 1)), { symbol: undefined as never }, "gold.csv.gz");
  expect(plain.symbol).toMatch(/^\d+-GOLD$/);
});

test("the interval is the most common distance, and shown", async () => {
  const series = await load(csv(...minutes(0, 5, 10, 20, 25)));
  expect([series.interval, series.intervalSource]).toEqual(["5m", "inferred"]);
  expect(series.report.spacing.missing).toBe(1);
});

test("an interval that contradicts the data is an error", async () => {
  const content = csv(...minutes(0, 1, 2, 3, 4, 5));
  const long = await failure(load(content, { interval: "5m" }));
  expect(long.code).toBe("DATA_INTERVAL");
  expect(long.message).toContain("most candles are 1m apart");
  expect(long.message).toContain("resample to 5m");
  const short = await failure(load(csv(...minutes(0, 5, 10)), { interval: "1m" }));
  expect(short.message).toContain("Did you mean 5m?");
  const sparse = await load(csv(...minutes(0, 1, 3, 5, 7)), { interval: "1m" });
  expect([sparse.interval, sparse.intervalSource, sparse.report.spacing.missing]).toEqual(["1m", "given", 3]);
  const unknown = await failure(load(content, { interval: "60" }));
  expect(unknown.code).toBe("INTERVAL_UNKNOWN");
});

test("candles off the grid are counted", async () => {
  const shifted = `${T + 210_000},10,12,9,11,3`;
  const { report } = await load(csv(...minutes(0, 1, 2), shifted, ...minutes(4, 5)));
  expect(report.spacing.irregular).toBe(2);
});

test("a column tells the interval, in Tesser's words too", async () => {
  const content = `interval,${HEADER}\nFiveMinutes,${at(0)}\nFiveMinutes,${at(5)}\n5m,${at(10)}\n`;
  const series = await load(content);
  expect([series.interval, series.intervalSource, series.length]).toEqual(["5m", "column", 3]);
  const mixed = `interval,${HEADER}\n1m,${at(0)}\n1m,${at(1)}\n1h,${at(0)}\n`;
  expect((await failure(load(mixed))).message).toContain("several intervals: 1m, 1h");
  expect((await load(mixed, { interval: "1m" })).report.otherRows).toEqual({ "1h": 1 });
  expect((await failure(load(mixed, { interval: "4h" }))).code).toBe("DATA_INTERVAL");
});

test("a single candle takes its interval from the file's name, or needs one", async () => {
  expect((await failure(load(csv(...minutes(0))))).code).toBe("DATA_INTERVAL");
  const named = await load(csv(...minutes(0)), {}, "x_15m.csv");
  expect([named.interval, named.intervalSource]).toEqual(["15m", "file name"]);
});

test("a file name that says another interval is noted", async () => {
  const { report } = await load(csv(...minutes(0, 1, 2)), {}, "x_1h.csv");
  expect(report.notes).toContain("the file name says 1h, the candles are 1m");
});

test("weekends in daily data are a calendar, not an error", async () => {
  const days = Array.from({ length: 30 }, (_, i) => Date.UTC(2024, 0, 1 + i)).filter((t) => ![0, 6].includes(new Date(t).getUTCDay()));
  const { report } = await load(csv(...days.map((t) => `${t},1,2,1,2,3`)));
  expect(report.interval).toBe("1d");
  expect([report.calendar, report.spacing.missing, report.spacing.missingOnWeekends]).toEqual(["weekdays", 8, 8]);
  expect(describeData(report).join("\n")).toContain("closes on weekends (8) and holidays (0)");
  const holed = await load(csv(...minutes(0, 1, 2, 30)));
  expect(holed.report.calendar).toBe("continuous");
});

test("a gap of years counts its weekends as one of days does", async () => {
  const years = await load(
    csv(`${Date.UTC(2010, 0, 1)},1,2,1,2,3`, `${Date.UTC(2010, 0, 2)},1,2,1,2,3`, `${Date.UTC(2020, 0, 1)},1,2,1,2,3`),
  );
  let weekends = 0;
  for (let t = Date.UTC(2010, 0, 3); t < Date.UTC(2020, 0, 1); t += 86_400_000) if ([0, 6].includes(new Date(t).getUTCDay())) weekends++;
  expect(years.report.spacing.missingOnWeekends).toBe(weekends);
});
