import { beforeAll, describe, expect, test } from "vitest";
import { type BacktestRun, backtest, prepareBacktest } from "../../src/backtest/index.js";
import { benchSeries } from "../../src/bench/index.js";
import { type CandleSeries, Decimal, ratio } from "../../src/core/index.js";
import { defineStrategy, param } from "../../src/strategies/index.js";

const W1 = {
  strategy: "SmaCross",
  params: { fastPeriod: 10, slowPeriod: 30, minSamples: 0 },
  sizer: "fixed:0.010",
  fees: "bybit-linear",
  brackets: "none",
} as const;

const STOP = ratio("0.9975");
const TARGET = ratio("1.005");

/** W1 with a stop at the signal bar's low x 0.9975 and a target at its close x 1.005. */
const Bracketed = defineStrategy({
  name: "Bracketed",
  params: { fast: param.integer({ default: 10 }), slow: param.integer({ default: 30 }) },
  create({ params, indicators }) {
    const crossing = indicators.crossing(indicators.sma(params.fast), indicators.sma(params.slow));
    return {
      onCandle(bar, desk) {
        const direction = crossing.value;
        if (direction > 0) desk.enterLong({ stopLoss: bar.exact.low.times(STOP), takeProfit: bar.exact.close.times(TARGET) });
        else if (direction < 0) desk.exitLong();
      },
    };
  },
});

const headline = (run: BacktestRun): [number, string, string] => [
  run.roundTrips,
  run.finalEquity.toFixed(8),
  `${(run.maxDrawdown * 100).toFixed(6)} %`,
];

let plain: CandleSeries;
let gapped: CandleSeries;
beforeAll(() => {
  plain = benchSeries();
  gapped = benchSeries({ gaps: true });
});

describe("the figures other implementations agree on", () => {
  test("W1: a year of minute bars, SMA 10/30, long only", () => {
    expect(headline(backtest({ data: plain, ...W1 }))).toEqual([10_234, "7575.70658310", "24.247684 %"]);
  });

  test("W1g: the same on bars that open away from the last close", () => {
    expect(headline(backtest({ data: gapped, ...W1 }))).toEqual([10_152, "7271.60964390", "27.314486 %"]);
  });

  test("W1b: with stops and targets, 0.055 % on every fill", () => {
    const run = backtest({ data: gapped, strategy: Bracketed, sizer: "fixed:0.010", fees: { maker: "0.00055", taker: "0.00055" } });
    expect(headline(run)).toEqual([10_152, "7355.98521180", "26.449901 %"]);
    expect(run.counts).toMatchObject({ stops: 3983, targets: 3099, signalExits: 3070, exitsFromFlat: 7084 });
    // No bar of it touches both legs: that case is made by hand in venues/inside-a-bar.
    const reasons = run.trades.map((trade) => trade.exitReason);
    expect(["stop", "target", "signal"].map((reason) => reasons.filter((one) => one === reason).length)).toEqual([3983, 3099, 3070]);
  });

  test("W1b: indeed no bar touches both legs of a position", () => {
    const run = backtest({ data: gapped, strategy: Bracketed, sizer: "fixed:0.010", fees: { maker: "0.00055", taker: "0.00055" } });
    const legs = run.orders.filter((order) => order.role === "stopLoss" || order.role === "takeProfit");
    const both = run.trades.filter((trade, i) => {
      const [stop, target] = [legs[2 * i]!.triggerPrice!.toNumber(), legs[2 * i + 1]!.price!.toNumber()];
      const bar = gapped.at(gapped.indexAt(trade.exitTime))!;
      return trade.exitReason !== "signal" && bar.low.lte(stop) && bar.high.gte(target);
    });
    expect(both).toEqual([]);
  });

  test("W2: the best of 1,000 pairs over 10,000 bars", () => {
    const { params: _, ...rest } = W1;
    const prepared = prepareBacktest({ data: plain.slice(0, 10_000), ...rest });
    let best: { pair: [number, number]; equity: Decimal; roundTrips: number } | undefined;
    for (let fastPeriod = 5; fastPeriod < 30; fastPeriod++)
      for (let slowPeriod = 30; slowPeriod < 70; slowPeriod++) {
        const run = prepared.run({ fastPeriod, slowPeriod, minSamples: 0 }, { reuse: true });
        if (best === undefined || run.finalEquity.gt(best.equity))
          best = { pair: [fastPeriod, slowPeriod], equity: run.finalEquity, roundTrips: run.roundTrips };
      }
    expect(best!.pair).toEqual([24, 62]);
    expect(best!.equity.toFixed(8)).toBe("9988.88014720");
    expect(best!.roundTrips).toBe(86);
  });
});

test("W1, written out in decimals with none of our code, agrees fill by fill and bar by bar", () => {
  const bars = 20_000;
  const data = plain.slice(0, bars);
  const run = backtest({ data, ...W1 });
  const opens = Array.from(data.open, (units) => new Decimal(units).div(10));
  const closes = Array.from(data.close, (units) => new Decimal(units).div(10));
  const quantity = new Decimal("0.010");
  const fills: string[] = [];
  const equities: number[] = [];
  let cash = new Decimal(10_000);
  let held = new Decimal(0);
  let [fastSum, slowSum] = [new Decimal(0), new Decimal(0)];
  let before: number | undefined;
  let wanted: "buy" | "sell" | undefined;
  for (let i = 0; i < bars; i++) {
    if (wanted !== undefined) {
      const value = opens[i]!.times(quantity);
      const fee = value.times("0.00055").toDecimalPlaces(8, Decimal.ROUND_HALF_UP);
      cash = (wanted === "buy" ? cash.minus(value) : cash.plus(value)).minus(fee);
      held = wanted === "buy" ? quantity : new Decimal(0);
      fills.push(`${wanted} ${opens[i]!.toFixed()} ${fee.toFixed()}`);
      wanted = undefined;
    }
    fastSum = fastSum.plus(closes[i]!).minus(closes[i - 10] ?? 0);
    slowSum = slowSum.plus(closes[i]!).minus(closes[i - 30] ?? 0);
    if (i >= 29) {
      const now = fastSum.div(10).comparedTo(slowSum.div(30));
      if (before !== undefined && now > 0 && before <= 0 && held.isZero()) wanted = "buy";
      else if (before !== undefined && now < 0 && before >= 0 && !held.isZero()) wanted = "sell";
      before = now;
    }
    equities.push(cash.plus(held.times(closes[i]!)).toNumber());
  }
  expect(fills.length).toBeGreaterThan(600);
  expect(run.fills.map((fill) => `${fill.side} ${fill.price.toFixed()} ${fill.fee.toFixed()}`)).toEqual(fills);
  expect(Array.from(run.equity.value)).toEqual(equities);
  let [peak, worst] = [10_000, 0];
  for (const equity of equities) {
    peak = Math.max(peak, equity);
    worst = Math.max(worst, (peak - equity) / peak);
  }
  expect(run.maxDrawdown).toBeCloseTo(worst, 12);
});
