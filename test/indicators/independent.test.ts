import { ATR, BollingerBands, EMA, IchimokuCloud, MACD, RSI, SMA } from "trading-signals";
import { expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { Atr, Bollinger, Ema, Ichimoku, type Indicator, type IndicatorSource, Macd, Rsi, Sma } from "../../src/indicators/index.js";
import { sourceOf } from "./market.js";

const series = syntheticCandles({ bars: 1500, seed: 12, gaps: true });
const [high, low, close] = (["high", "low", "close"] as const).map((field) => series.prices(field)) as [
  Float64Array,
  Float64Array,
  Float64Array,
];

interface Stranger {
  update(input: never, replace: boolean): unknown;
}

/** Runs both over the series, and compares every value from a bar on, in relative terms of the price. */
function expectSame(
  make: (source: IndicatorSource) => Indicator,
  stranger: Stranger,
  input: (i: number) => unknown,
  pairs: (mine: never, theirs: never) => [number, number][],
  from: number,
): void {
  const source = sourceOf(series);
  const mine = make(source);
  let compared = 0;
  for (let i = 0; i < series.length; i++) {
    source.cursor.index = i;
    const theirs = stranger.update(input(i) as never, false);
    if (i < from) continue;
    expect(mine.ready).toBe(true);
    for (const [a, b] of pairs(mine as never, theirs as never)) {
      expect(Math.abs(a - b), `bar ${i}: ${a} and ${b}`).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(b)));
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(500);
}

const price = (i: number): number => close[i]!;
const candle = (i: number): { high: number; low: number; close: number; open: number } => ({
  high: high[i]!,
  low: low[i]!,
  close: close[i]!,
  open: close[i]!,
});
const value = (mine: Indicator, theirs: number): [number, number][] => [[mine.value, theirs]];

test("SMA is an independent library's", () => {
  expectSame((source) => new Sma(source, 20), new SMA(20) as never, price, value as never, 19);
});

// Theirs begins with the first price and ours with the mean: a difference that a period of 20 has forgotten after 400 bars.
test("EMA is an independent library's once the different beginnings are forgotten", () => {
  expectSame((source) => new Ema(source, 20), new EMA(20) as never, price, value as never, 400);
});

test("Wilder's RSI is an independent library's", () => {
  expectSame((source) => new Rsi(source, 14), new RSI(14) as never, price, value as never, 14);
});

test("Bollinger bands are an independent library's", () => {
  expectSame(
    (source) => new Bollinger(source, 20, "2.2"),
    new BollingerBands(20, 2.2) as never,
    price,
    ((mine: Bollinger, theirs: { lower: number; middle: number; upper: number }) => [
      [mine.lower, theirs.lower],
      [mine.value, theirs.middle],
      [mine.upper, theirs.upper],
    ]) as never,
    19,
  );
});

test("MACD is an independent library's once the different beginnings are forgotten", () => {
  expectSame(
    (source) => new Macd(source, { fast: 12, slow: 26, signal: 9 }),
    new MACD(new EMA(12), new EMA(26), new EMA(9)) as never,
    price,
    ((mine: Macd, theirs: { macd: number; signal: number; histogram: number }) => [
      [mine.value, theirs.macd],
      [mine.signal, theirs.signal],
      [mine.histogram, theirs.histogram],
    ]) as never,
    600,
  );
});

test("Wilder's ATR is an independent library's", () => {
  expectSame((source) => new Atr(source, 14), new ATR(14) as never, candle, value as never, 13);
});

test("Ichimoku's lines are an independent library's", () => {
  expectSame(
    (source) => new Ichimoku(source, { conversion: 9, base: 26, spanB: 52 }),
    new IchimokuCloud({ conversionInterval: 9, baseInterval: 26, spanBInterval: 52 }) as never,
    candle,
    ((mine: Ichimoku, theirs: { base: number; conversion: number; spanA: number; spanB: number }) => [
      [mine.conversion, theirs.conversion],
      [mine.base, theirs.base],
      [mine.spanA, theirs.spanA],
      [mine.spanB, theirs.spanB],
    ]) as never,
    51,
  );
});
