import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { unitsText } from "../../src/core/index.js";
import {
  dataDir,
  describeData,
  findData,
  isClean,
  lessonCandles,
  loadCandles,
  loadFunding,
  resampleCandles,
  sp500,
} from "../../src/data/index.js";
import { failure, HAS_REAL_DATA, REAL_DATA } from "./files.js";

const skipped = "(skipped without the folder of real candles, TESSERLAB__DATA_DIR)";
afterEach(() => vi.unstubAllEnvs());

test.skipIf(!HAS_REAL_DATA).each([
  [
    "bybit_linear_BTCUSDT_5m_20240501-20240809.csv",
    ["BTCUSDT", "5m", 28_964, "2024-05-01T00:00:00Z", "2024-08-09T13:35:00Z"],
    ["60655.9", "60767.1", "60640.0", "60661.9", "322.495"],
    ["60031.2", "60039.3", "59762.0", "59975.4", "3026.613"],
    "44fddd535f71a66c46e0a696ae1d867d3accb9cb05e101e4874e3b12dad5ac49",
  ],
  [
    "bybit_linear_BTCUSDT_1h_20240501-20240809.csv",
    ["BTCUSDT", "1h", 2_413, "2024-05-01T00:00:00Z", "2024-08-09T12:00:00Z"],
    ["60655.9", "60820.0", "60031.8", "60213.5", "5591.462"],
    ["60632.1", "60782.2", "60183.5", "60518.2", "3628.354"],
    "7c7eec21b44ba640658e7e71ccac5f4cf6a5a4359059065ded37d67954a570ae",
  ],
  [
    "bybit_linear_ETHUSDT_5m_20240501-20240809.csv",
    ["ETHUSDT", "5m", 28_965, "2024-05-01T00:00:00Z", "2024-08-09T13:40:00Z"],
    ["3012.80", "3018.77", "3010.37", "3011.75", "1582.28"],
    ["2589.97", "2600.59", "2581.01", "2590.02", "16727.92"],
    "ddbc0c56ede5d0925c17760d7d62b410dd076c8b33f3d21a17f40cb3770c07c0",
  ],
] as const)(`%s ${skipped}`, async (name, head, first, last, sha256) => {
  const series = await loadCandles(join(REAL_DATA, name));
  const { summary } = series;
  expect([summary.symbol, summary.interval, summary.rows, summary.from, summary.to]).toEqual(head);
  const candle = (i: number): string[] => [
    ...[series.open, series.high, series.low, series.close].map((column) => unitsText(column[i]!, series.priceDp)),
    unitsText(series.volume[i]!, series.volumeDp),
  ];
  expect(candle(0)).toEqual(first);
  expect(candle(series.length - 1)).toEqual(last);
  expect(series.source.sha256).toBe(sha256);
  expect(isClean(series.report)).toBe(true);
  expect(series.source.synthetic).toBe(false);
});

test.skipIf(!HAS_REAL_DATA)(`five-minute candles resample to the venue's own hours ${skipped}`, async () => {
  const [fine, hours] = await Promise.all(
    ["5m", "1h"].map((interval) => loadCandles(join(REAL_DATA, `bybit_linear_BTCUSDT_${interval}_20240501-20240809.csv`))),
  );
  const made = resampleCandles(fine!, "1h");
  for (const field of ["time", "open", "high", "low", "close", "volume"] as const) expect(made[field]).toEqual(hours![field]);
  expect(made.resampling.partial).toEqual([{ time: Date.UTC(2024, 7, 9, 13), candles: 8, of: 12, kept: false }]);
});

test.skipIf(!HAS_REAL_DATA)(`funding rates are exact, exponents too ${skipped}`, async () => {
  const funding = await loadFunding(join(REAL_DATA, "bybit_linear_BTCUSDT_funding_8h.csv"));
  expect([funding.symbol, funding.rates.length, funding.badCount]).toEqual(["BTCUSDT", 300, 0]);
  expect([0, 1, 299].map((i) => funding.rates[i]!.rate.toFixed())).toEqual(["0.0001", "0.00005046", "-0.0000192"]);
  expect(funding.rates[0]!.time).toBe(Date.UTC(2024, 4, 1, 8));
  expect(funding.source.sha256).toBe("fbd09df353e7db97415e1bcbc65e882e453579deaa2d9480fac5477f9b1f025c");
});

test.skipIf(!HAS_REAL_DATA)(`a bare name is found in the folder of real candles, a near one suggested ${skipped}`, async () => {
  vi.stubEnv("TESSERLAB__DATA_DIR", REAL_DATA);
  expect(dataDir()).toBe(REAL_DATA);
  const name = "bybit_linear_BTCUSDT_1h_20240501-20240809.csv";
  expect(findData(name)).toEqual({ path: join(REAL_DATA, name), name });
  const error = await failure(loadCandles("bybit_linear_BTCUSD_1h_20240501-20240809.csv"));
  expect(error.code).toBe("DATA_NOT_FOUND");
  expect(error.message).toContain(`Did you mean ${name}?`);
  const lesson = await lessonCandles();
  expect([lesson.symbol, lesson.interval, lesson.source.synthetic]).toEqual(["BTCUSDT", "5m", false]);
});

test("the lessons fall back to the synthetic sample, and say so", async () => {
  vi.stubEnv("TESSERLAB__DATA_DIR", "/nowhere/at/all");
  const lesson = await lessonCandles();
  expect([lesson.symbol, lesson.interval, lesson.length, lesson.source.synthetic]).toEqual(["BTCUSDT", "5m", 20_000, true]);
  expect(describeData(lesson.report)[0]).toContain("SYNTHETIC");
  expect((await failure(loadCandles("nothing.csv"))).message).toContain("TESSERLAB__DATA_DIR");
});

test("the S&P 500 series is read from the installed package", async () => {
  const series = await sp500();
  expect([series.symbol, series.interval, series.length, series.priceDp]).toEqual(["SPX", "1d", 5105, 6]);
  expect(series.at(0)!.close.toFixed()).toBe("1455.219971");
  expect(series.at(-1)!.volume.toFixed()).toBe("5792140000");
  expect(series.summary).toMatchObject({ from: "2000-01-03T00:00:00Z", to: "2020-04-17T00:00:00Z", bad: 0, gaps: 1109, missing: 2306 });
  expect(series.report.calendar).toBe("weekdays");
});
