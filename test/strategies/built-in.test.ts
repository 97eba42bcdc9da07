import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { Decimal } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { RsiReversion, SmaCross } from "../../src/strategies/index.js";
import { expectMisuse } from "../misuse.js";

const data = syntheticCandles({ bars: 4000, seed: 21, gaps: true });

/** Signals as "bar kind", without those of a strategy's making: from the definition, in decimals. */
function smaCrossSignals(fast: number, slow: number, minSamples: number): string[] {
  const closes = Array.from(data.close);
  const average = (bar: number, n: number): Decimal | undefined =>
    bar < n - 1
      ? undefined
      : closes
          .slice(bar - n + 1, bar + 1)
          .reduce((sum, units) => sum.plus(units), new Decimal(0))
          .div(n);
  const signals: string[] = [];
  for (let bar = 1; bar < closes.length; bar++) {
    const [f, s, pf, ps] = [average(bar, fast), average(bar, slow), average(bar - 1, fast), average(bar - 1, slow)];
    if (bar + 1 < minSamples || f === undefined || s === undefined || pf === undefined || ps === undefined) continue;
    if (pf.lte(ps) && f.gt(s)) signals.push(`${bar} enterLong`);
    else if (pf.gte(ps) && f.lt(s)) signals.push(`${bar} exitLong`);
  }
  return signals;
}

function rsiSignals(period: number, oversold: number, overbought: number, lookback: number): string[] {
  const signals: string[] = [];
  let gain = new Decimal(0);
  let loss = new Decimal(0);
  for (let bar = 1; bar < data.length; bar++) {
    const change = data.close[bar]! - data.close[bar - 1]!;
    const [up, down] = [Math.max(change, 0), Math.max(-change, 0)];
    if (bar <= period) {
      gain = gain.plus(new Decimal(up).div(period));
      loss = loss.plus(new Decimal(down).div(period));
    } else {
      gain = gain
        .times(period - 1)
        .plus(up)
        .div(period);
      loss = loss
        .times(period - 1)
        .plus(down)
        .div(period);
    }
    if (bar < period || bar + 1 < lookback) continue;
    const rsi = loss.isZero()
      ? new Decimal(100)
      : gain.isZero()
        ? new Decimal(0)
        : new Decimal(100).minus(new Decimal(100).div(gain.div(loss).plus(1)));
    if (rsi.lte(oversold)) signals.push(`${bar} enterLong`);
    else if (rsi.gte(overbought)) signals.push(`${bar} exitLong`);
  }
  return signals;
}

const signalsOf = (run: ReturnType<typeof backtest>): string[] => run.signals.map((signal) => `${signal.bar} ${signal.kind}`);

describe("SmaCross", () => {
  test.each([
    [5, 20, 25],
    [3, 9, 200],
    [20, 5, 0],
    [1, 2, 0],
  ])("fast %i, slow %i, minSamples %i: every signal is Tesser's", (fastPeriod, slowPeriod, minSamples) => {
    const run = backtest({ data, strategy: SmaCross, params: { fastPeriod, slowPeriod, minSamples } });
    const expected = smaCrossSignals(fastPeriod, slowPeriod, minSamples);
    expect(expected.length).toBeGreaterThan(100);
    expect(signalsOf(run)).toEqual(expected);
    expect(run.signals.every((signal) => signal.confidence === 0.75)).toBe(true);
  });

  test("defaults are Tesser's, and so is the stop at 98 % of the bar's low", () => {
    expect(SmaCross.parse({})).toMatchObject({ symbol: "BTCUSDT", fastPeriod: 5, slowPeriod: 20, minSamples: 25 });
    const run = backtest({ data, strategy: "SmaCross" });
    const stop = run.orders.find((order) => order.role === "stopLoss")!;
    const entry = run.fills.find((fill) => fill.time === stop.createdAt && fill.role === "entry")!;
    const signalBar = data.at(data.indexAt(entry.time) - 1)!;
    expect(stop.triggerPrice!.toFixed()).toBe(signalBar.low.times("0.98").toDecimalPlaces(1, Decimal.ROUND_CEIL).toFixed());
  });

  test("a period of zero is misuse", () => {
    expectMisuse(
      () => SmaCross.parse({ fastPeriod: 0 }),
      "PARAM_INVALID",
      /SmaCross.fastPeriod must be a whole number from 1 to 1000000, got 0/,
    );
    expectMisuse(() => SmaCross.parse({ fast: 5 }), "PARAM_UNKNOWN", /fastPeriod/);
  });
});

describe("RsiReversion", () => {
  test.each([
    [14, 30, 70, 200],
    [3, 20, 80, 0],
    [2, 50, 50, 0],
  ])("period %i, %i/%i, lookback %i: every signal is Tesser's", (period, oversold, overbought, lookback) => {
    const run = backtest({ data, strategy: RsiReversion, params: { period, oversold, overbought, lookback } });
    const expected = rsiSignals(period, oversold, overbought, lookback);
    expect(expected.length).toBeGreaterThan(50);
    expect(signalsOf(run)).toEqual(expected);
    expect(run.signals.every((signal) => signal.confidence === 0.8)).toBe(true);
  });

  test("thresholds are exact decimals within 0 to 100", () => {
    expect((RsiReversion.parse({ oversold: 27.3 }) as { oversold: Decimal }).oversold.toFixed()).toBe("27.3");
    expectMisuse(() => RsiReversion.parse({ overbought: "100.5" }), "PARAM_INVALID", /decimal from 0 to 100, got '100.5'/);
  });
});
