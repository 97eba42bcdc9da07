import { describe, expect, test } from "vitest";
import { type CandleColumns, CandleSeries, RecordLog, SeriesBar } from "../../src/core/index.js";
import { expectMisuse } from "../misuse.js";

const column = (...values: number[]): Float64Array => Float64Array.from(values);
const columns: CandleColumns = {
  symbol: "ABCUSDT",
  interval: "1m",
  priceDp: 1,
  volumeDp: 0,
  time: column(0, 60_000, 180_000),
  open: column(100, 102, 99),
  high: column(103, 104, 101),
  low: column(98, 99, 97),
  close: column(102, 100, 100),
  volume: column(5, 6, 7),
};
const series = new CandleSeries(columns);

describe("CandleSeries", () => {
  test("reads candles as decimals, from the end too", () => {
    expect(series.at(0)).toMatchObject({ time: 0 });
    expect(series.at(0)!.high.toFixed()).toBe("10.3");
    expect(series.at(-1)!.close.toFixed()).toBe("10");
    expect(series.at(3)).toBeUndefined();
    expect(series.extremes).toEqual({ low: 97, high: 104 });
    expect(series.indexAt(60_001)).toBe(2);
    expect(series.indexAt(999_999)).toBe(3);
  });

  test("slices share columns; finer units are the same prices", () => {
    expect(series.slice(1).at(0)).toEqual(series.at(1));
    expect(series.slice(-1).length).toBe(1);
    const finer = series.withPriceDp(3);
    expect(finer.low[2]).toBe(9700);
    expect(finer.at(2)!.low.eq(series.at(2)!.low)).toBe(true);
    expect(series.withPriceDp(1)).toBe(series);
    expectMisuse(() => series.withPriceDp(0), "NOT_REPRESENTABLE");
    expectMisuse(() => series.withPriceDp(16), "UNITS_OVERFLOW");
  });

  test.each<[string, Partial<CandleColumns>, string, RegExp]>([
    ["columns of unequal length", { close: column(1) }, "CANDLES_RAGGED", /Column close has 1 values, time has 3/],
    ["times that fall", { time: column(0, 120_000, 60_000) }, "CANDLES_INVALID", /candle 2: its time 60000 is not after 120000/],
    ["a time twice", { time: column(0, 0, 60_000) }, "CANDLES_INVALID", /candle 1/],
    ["a missing time", { time: column(Number.NaN, 1, 2) }, "CANDLES_INVALID", /candle 0: its time NaN/],
    ["a missing price", { close: column(102, Number.NaN, 100) }, "CANDLES_INVALID", /candle 1: prices must be whole units above zero/],
    ["a price of zero", { low: column(98, 0, 97) }, "CANDLES_INVALID", /candle 1/],
    ["a fraction of a unit", { open: column(100.5, 102, 99) }, "CANDLES_INVALID", /candle 0/],
    ["a close above the high", { close: column(102, 100, 102) }, "CANDLES_INVALID", /candle 2: .* must lie between low 97 and high 101/],
  ])("finds %s", (_what, change, code, message) => {
    expectMisuse(() => new CandleSeries({ ...columns, ...change }).assertValid(), code, message);
  });
});

describe("SeriesBar", () => {
  test("shows this bar and earlier ones, never a later one", () => {
    const bar = new SeriesBar(series, 0);
    bar.index = 1;
    expect([bar.open, bar.high, bar.low, bar.close, bar.volume, bar.time]).toEqual([10.2, 10.4, 9.9, 10, 6, 60_000]);
    expect(bar.exact.low.toString()).toBe("9.9");
    expect(bar.closeAgo(0)).toBe(10);
    expect(bar.closeAgo(1)).toBe(10.2);
    expect(bar.closeAgo(2)).toBeUndefined();
    expect(bar.closeAgo(-1)).toBeUndefined();
  });
});

test("RecordLog keeps records across its chunks", () => {
  const log = new RecordLog(3);
  const rows = 1000;
  for (let row = 0; row < rows; row++) {
    const at = log.add();
    for (let field = 0; field < 3; field++) log.data[at + field] = row * 3 + field;
  }
  const at = log.seek(255);
  log.data[at + 1] = -1;
  expect(log.length).toBe(rows);
  expect(log.get(255, 1)).toBe(-1);
  for (let row = 0; row < rows; row++) expect(log.get(row, 2)).toBe(row * 3 + 2);
});
