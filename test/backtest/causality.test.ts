import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BacktestOptions, type BacktestRun, backtest } from "../../src/backtest/index.js";
import { ratio } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { defineStrategy, param } from "../../src/strategies/index.js";

const STOP = ratio("0.9985");

const Brackets = defineStrategy({
  name: "Brackets",
  params: { fast: param.integer({ default: 3 }), slow: param.integer({ default: 8 }) },
  create({ params, indicators }) {
    const crossing = indicators.crossing(indicators.sma(params.fast), indicators.sma(params.slow));
    return {
      onCandle(bar, desk) {
        if (crossing.value > 0) desk.enterLong({ stopLoss: bar.exact.low.times(STOP), takeProfit: bar.exact.close.times("1.002") });
        if (crossing.value < 0) desk.enterShort({ limit: bar.exact.close.times("1.0005"), stopLoss: bar.exact.high.times("1.003") });
      },
    };
  },
});

/** Decides on what it hears of fills, on equity and on an indicator inside the bar. */
const Listener = defineStrategy({
  name: "Listener",
  params: {},
  create({ indicators }) {
    const rsi = indicators.rsi(4);
    let heard = 0;
    return {
      onCandle(bar, desk) {
        if (rsi.ready && desk.isFlat && (rsi.value + desk.equity.toNumber() + heard) % 3 < 1) desk.enterLong();
        if (desk.isLong && bar.index % 9 === 0) desk.exitLong();
      },
      onFill(fill, desk) {
        heard += fill.price.toNumber() + rsi.value + desk.equity.toNumber();
      },
    };
  },
});

const CASES: readonly [string, Omit<BacktestOptions, "data">][] = [
  ["SmaCross", { strategy: "SmaCross", params: { fastPeriod: 3, slowPeriod: 9, minSamples: 0 } }],
  ["RsiReversion", { strategy: "RsiReversion", params: { period: 5, oversold: 40, overbought: 60, lookback: 10 }, slippageBps: 2 }],
  ["brackets, limits and reversals", { strategy: Brackets, latencyBars: 2 }],
  ["one that listens to fills", { strategy: Listener }],
];

/** What had happened by a time: nothing of it may depend on what came later. */
const until = (run: BacktestRun, time: number): unknown => ({
  signals: run.signals.filter((signal) => signal.time <= time),
  fills: run.fills.filter((fill) => fill.time <= time),
  refusals: run.refusals.filter(({ order }) => order.createdAt <= time && order.updatedAt <= time),
  equity: Array.from(run.equity.value).slice(0, run.equity.time.filter((at) => at <= time).length),
});

describe.each(CASES)("no look-ahead: %s", (_what, options) => {
  const data = syntheticCandles({ bars: 1500, seed: 77, gaps: true });
  const whole = backtest({ data, ...options });

  test("trades enough to prove something", () => {
    expect(whole.counts.fills).toBeGreaterThan(60);
  });

  test("a series cut anywhere gives the same signals, fills and equity up to there", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1499 }), (end) => {
        const cut = backtest({ data: data.slice(0, end), ...options });
        const last = data.time[end - 1]!;
        expect(until(cut, last)).toEqual(until(whole, last));
      }),
      { numRuns: 25 },
    );
  });

  test("so does one whose future is another market", () => {
    const end = 700;
    const changed = syntheticCandles({ bars: 1500, seed: 77, gaps: true });
    for (const field of ["open", "high", "low", "close"] as const)
      for (let i = end; i < changed.length; i++) changed[field][i] = changed[field][i]! * 2;
    const last = data.time[end - 1]!;
    expect(until(backtest({ data: changed, ...options }), last)).toEqual(until(whole, last));
  });
});

test("the cut would be noticed: a strategy that peeks at its series fails it", () => {
  const data = syntheticCandles({ bars: 300, seed: 5 });
  const peek = (series: typeof data): BacktestRun =>
    backtest({
      data: series,
      strategy: defineStrategy({
        name: "Peek",
        params: {},
        create: () => ({
          onCandle: (bar, desk) => void ((series.close[bar.index + 3] ?? 0) > bar.closeUnits ? desk.enterLong() : desk.exitLong()),
        }),
      }),
    });
  const last = data.time[99]!;
  expect(until(peek(data.slice(0, 100)), last)).not.toEqual(until(peek(data), last));
});
