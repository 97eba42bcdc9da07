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

// Until then, against the averages as weighted sums: each price counts with what is left of it after all later steps, the first of them with an equal part of the mean.
/** An exponential average that begins with the mean of its first `period` values, summed up anew at every bar, newest first. */
function weighted(values: readonly number[], period: number): number {
  const keeps = 1 - 2 / (period + 1);
  let sum = 0;
  let weight = 1;
  for (const one of values.slice(period).reverse()) {
    sum += one * (1 - keeps) * weight;
    weight *= keeps;
  }
  const seed = values.slice(0, period).reduce((total, one) => total + one, 0) / period;
  return sum + seed * weight;
}

test("EMA is the weighted sum that defines it from its first value on, and nothing before", () => {
  const source = sourceOf(series);
  const emas = [2, 20, 50].map((period) => new Ema(source, period));
  for (let i = 0; i < 450; i++) {
    source.cursor.index = i;
    for (const ema of emas) {
      expect(ema.ready).toBe(i >= ema.period - 1);
      const expected = ema.ready ? weighted([...close.subarray(0, i + 1)], ema.period) : Number.NaN;
      if (ema.ready) expect(Math.abs(ema.value - expected), `EMA(${ema.period}) at ${i}`).toBeLessThanOrEqual(1e-9 * expected);
      else expect(ema.value).toBeNaN();
    }
  }
});

test("MACD is its averages' difference and that one's average from the signal's first value on, and nothing before", () => {
  const source = sourceOf(series);
  const macd = new Macd(source, { fast: 12, slow: 26, signal: 9 });
  const lines: number[] = [];
  for (let i = 0; i < 450; i++) {
    source.cursor.index = i;
    const seen = [...close.subarray(0, i + 1)];
    if (i >= 25) lines.push(weighted(seen, 12) - weighted(seen, 26));
    expect(macd.ready).toBe(i >= 33);
    const expected = macd.ready ? [lines.at(-1)!, weighted(lines, 9)] : [Number.NaN, Number.NaN];
    const found = [macd.value, macd.signal, macd.histogram];
    if (!macd.ready) expect(found).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    else
      for (const [j, one] of [...expected, expected[0]! - expected[1]!].entries())
        expect(Math.abs(found[j]! - one), `bar ${i}`).toBeLessThanOrEqual(1e-9 * close[i]!);
  }
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
