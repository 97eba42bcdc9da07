import { join } from "node:path";
import { expect, test } from "vitest";
import { CandleBuffer, type CandleSeries, SeriesBar } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { ColumnCache, IndicatorSet, resolveStrategy } from "../../src/strategies/index.js";
import { ROOT } from "../cli/tesserlab.js";
import { Recorder } from "./recorder.js";

const CASES: readonly [string, Record<string, unknown>][] = [
  ["SmaCross", { fastPeriod: 5, slowPeriod: 12, minSamples: 15 }],
  ["RsiReversion", { period: 7, lookback: 10 }],
  ["BollingerBreakout", { period: 10, lookback: 12 }],
  ["MlClassifier", { modelPath: join(ROOT, "strategies/models/ml_linear.toml"), thresholdLong: 0.05, thresholdShort: -0.05 }],
  ["PairsTradingArbitrage", { lookback: 20, entryZ: 1.5 }],
  ["CrossExchangeArb", { symbolB: "ETHUSDT", trendGateBps: "50" }],
  ["VolatilitySkew", { volSymbol: "ETHUSDT" }],
];

const whole = [
  syntheticCandles({ bars: 400, seed: 1, gaps: true }),
  syntheticCandles({ bars: 400, seed: 2, gaps: true, symbol: "ETHUSDT" }),
];

/** What a strategy asks for, candle by candle; `before` prepares the series for the candle at an index. */
function signals(
  name: string,
  params: Record<string, unknown>,
  series: readonly CandleSeries[],
  before: (index: number) => void,
): string[][] {
  const definition = resolveStrategy(name);
  const bars = series.map((one, slot) => new SeriesBar(one, slot));
  const columns = new ColumnCache();
  const sets = series.map((one, slot) => new IndicatorSet({ series: one, cursor: bars[slot]!, columns }));
  const recorder = new Recorder();
  const strategy = definition.create({
    params: definition.parse(params),
    symbol: series[0]!.symbol,
    indicators: sets[0]!,
    indicatorsOf: (symbol) => sets[series.findIndex((one) => one.symbol === symbol)]!,
  });
  const own = definition.symbolsOf(definition.parse(params));
  return Array.from({ length: whole[0]!.length }, (_, index) => {
    before(index);
    for (const bar of bars) bar.index = index;
    for (const bar of bars) if (own.includes(bar.symbol)) strategy.onCandle?.(bar, recorder.desk(bar.symbol));
    return recorder.take();
  });
}

test.each(CASES)("%s asks for the same on candles that come one by one as on a series that is whole", (name, params) => {
  const expected = signals(name, params, whole, () => undefined);
  expect(expected.flat().length).toBeGreaterThan(5);
  const growing = whole.map((one) => {
    const { symbol, interval, priceDp, volumeDp } = one;
    return new CandleBuffer({ symbol, interval, priceDp, volumeDp, capacity: 1000 });
  });
  const append = (index: number): void => {
    for (const [slot, series] of growing.entries()) {
      const { time, open, high, low, close, volume } = whole[slot]!.at(index)!;
      series.append({ time, open, high, low, close, volume });
    }
  };
  expect(signals(name, params, growing, append)).toEqual(expected);
});
