import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CandleBuffer, type CandleInput, CandleSeries, SeriesBar } from "../../src/core/index.js";
import { expectMisuse } from "../misuse.js";

const candle = (time: number, change: Partial<CandleInput> = {}): CandleInput => ({
  time,
  open: "10.0",
  high: "10.3",
  low: "9.8",
  close: "10.2",
  volume: "5",
  ...change,
});
const empty = (options: { capacity?: number } = {}): CandleBuffer =>
  new CandleBuffer({ symbol: "ABCUSDT", interval: "1m", priceDp: 1, volumeDp: 0, ...options });

describe("CandleBuffer", () => {
  test("appends exact text; its columns, extremes and bar views follow", () => {
    const series = empty();
    const { close } = series;
    const bar = new SeriesBar(series, 0);
    expect([series.length, series.at(-1), close.length]).toEqual([0, undefined, 0]);
    expect(series.append(candle(60_000))).toBe(0);
    bar.index = 0;
    expect([bar.close, bar.closeUnits, bar.time]).toEqual([10.2, 102, 60_000]);
    expect(series.extremes).toEqual({ low: 98, high: 103 });
    expect(series.append({ ...candle(240_000, { high: "11" }), symbol: "ABCUSDT", interval: "1m", closed: true })).toBe(1);
    bar.index = 1;
    expect([bar.high, bar.closeAgo(1), close.length, series.length]).toEqual([11, 10.2, 2, 2]);
    expect(series.extremes).toEqual({ low: 98, high: 110 });
    expect(series.indexAt(60_001)).toBe(1);
    expect(() => series.assertValid()).not.toThrow();
  });

  test("is the series its candles make at once, whatever they are", () => {
    const price = fc.integer({ min: 1, max: 1e9 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), price, price, price, price, price), { maxLength: 40 }), (rows) => {
        const series = empty({ capacity: 50 });
        let time = 0;
        const columns = { time: [0], open: [0], high: [0], low: [0], close: [0], volume: [0] };
        for (const list of Object.values(columns)) list.length = 0;
        for (const [gap, a, b, c, d, volume] of rows) {
          time += gap * 60_000;
          const [low, open, close, high] = [a, b, c, d].sort((x, y) => x - y) as [number, number, number, number];
          const text = (units: number): string => (units / 10).toFixed(1);
          series.append({ time, open: text(open), high: text(high), low: text(low), close: text(close), volume: String(volume) });
          for (const [name, value] of Object.entries({ time, open, high, low, close, volume }))
            columns[name as keyof typeof columns].push(value);
        }
        for (const [name, values] of Object.entries(columns)) expect([...series[name as keyof typeof columns]], name).toEqual(values);
      }),
    );
  });

  test("goes on from a history; slices stay what they were", () => {
    const first = empty();
    first.append(candle(0));
    const history = first.slice(0, 1);
    const series = CandleBuffer.from(history);
    series.append(candle(60_000, { close: "9.9" }));
    const slice = series.slice(-1);
    series.append(candle(120_000));
    expect([history.length, slice.length, series.length]).toEqual([1, 1, 3]);
    expect(slice.at(0)!.close.toFixed()).toBe("9.9");
    expect(slice).toBeInstanceOf(CandleSeries);
    expect(slice.capacity).toBe(1);
  });

  test.each<[string, CandleInput, string, RegExp]>([
    ["the same time again", candle(60_000), "CANDLE_ORDER", /1970-01-01T00:01:00Z is not after the last, of 1970-01-01T00:01:00Z/],
    ["an earlier time", candle(0), "CANDLE_ORDER", /not after the last/],
    ["a time off the grid", candle(150_000), "CANDLE_SPACING", /not whole intervals of 1m after/],
    ["a time that is none", candle(Number.NaN), "CANDLES_INVALID", /time NaN is no whole number/],
    ["too many decimals", candle(120_000, { close: "10.21" }), "NOT_REPRESENTABLE", /ABCUSDT close 10.21 has more than 1 decimals/],
    ["text that is no number", candle(120_000, { close: "ten" }), "DECIMAL_INVALID", /'ten'/],
    ["a price of zero", candle(120_000, { low: "0" }), "CANDLES_INVALID", /above zero/],
    ["a negative volume", candle(120_000, { volume: "-1" }), "CANDLES_INVALID", /volume none below/],
    ["a close above the high", candle(120_000, { close: "10.4" }), "CANDLES_INVALID", /must lie between low 98 and high 103/],
    ["another symbol", candle(120_000, { symbol: "XYZUSDT" }), "CANDLE_FOREIGN", /XYZUSDT, 1m, does not belong to ABCUSDT, 1m/],
    ["another interval", candle(120_000, { interval: "5m" }), "CANDLE_FOREIGN", /ABCUSDT, 5m/],
    ["a candle that is still open", candle(120_000, { closed: false }), "CANDLE_OPEN", /has not closed/],
  ])("refuses %s and keeps what it has", (_what, next, code, message) => {
    const series = empty();
    series.append(candle(60_000));
    expectMisuse(() => series.append(next), code, message);
    expect([series.length, series.close.length]).toEqual([1, 1]);
    expect(series.append(candle(120_000))).toBe(1);
  });

  test("says when it is full, and refuses options that make no sense", () => {
    const series = empty({ capacity: 1 });
    series.append(candle(0));
    expectMisuse(() => series.append(candle(60_000)), "CANDLES_FULL", /holds 1 candles/);
    expectMisuse(() => empty({ capacity: -1 }), "OPTION_INVALID", /capacity must be a whole number/);
    expectMisuse(() => new CandleBuffer({ symbol: "A", interval: "1m", priceDp: 16, volumeDp: 0 }), "OPTION_INVALID", /priceDp/);
  });
});
