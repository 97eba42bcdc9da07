import { describe, expect, it } from "vitest";
import {
  buyAndHold,
  cagr,
  calmar,
  expectancy,
  exposure,
  kurtosis,
  maxDrawdown,
  payoffRatio,
  profitFactor,
  sharpe,
  skewness,
  sortino,
  summary,
  totalReturn,
  volatility,
  winRate,
} from "../../src/analytics/index.js";
import { CandleSeries } from "../../src/core/index.js";
import { daily, run, START, trades } from "./support.js";

function candles(open: readonly number[], close: readonly number[]): CandleSeries {
  const column = (values: readonly number[]): Float64Array => Float64Array.from(values);
  const time = Float64Array.from(open, (_, i) => START + i * 86_400_000);
  const volume = new Float64Array(open.length).fill(1);
  return new CandleSeries({
    symbol: "BTCUSDT",
    interval: "1d",
    priceDp: 2,
    volumeDp: 0,
    time,
    open: column(open),
    high: column(close),
    low: column(open),
    close: column(close),
    volume,
  });
}

describe("buyAndHold", () => {
  const series = candles([10_000, 11_000], [11_000, 12_000]);
  it("buys at the first open and marks each close", () => {
    const equity = buyAndHold(series);
    expect(equity.initial).toBe(10_000);
    expect(totalReturn(equity)).toBeCloseTo(0.2, 14);
    expect(Array.from(equity.value, (v) => v.toFixed(6))).toEqual(["11000.000000", "12000.000000"]);
    expect(equity.periodsPerYear).toBe(365);
    expect(equity.time).toEqual(series.time);
  });
  it("pays the fee of its one purchase", () => expect(totalReturn(buyAndHold(series, { feeRate: 0.01 }))).toBeCloseTo(1.2 / 1.01 - 1, 14));
  it("refuses no candles, no price, odd options", () => {
    expect(() => buyAndHold(series.slice(0, 0))).toThrow("The series BTCUSDT has no candles to buy at.");
    expect(() => buyAndHold(candles([0], [1]))).toThrow("The first open of BTCUSDT must be greater than zero, got 0.");
    expect(() => buyAndHold(series, { fee: 0.1 } as never)).toThrow(/Unknown option of buyAndHold 'fee'/);
    expect(() => buyAndHold(series, { initial: 0 })).toThrow(/initial must be/);
  });
});

describe("summary", () => {
  const equity = daily([101, 99, 103, 108]);
  const list = [...trades(["3", "-1", "2"]), ...trades(["4"], "end").map((trade) => ({ ...trade, index: 3 }))];
  const all = summary(run(equity, list), { riskFreeReturn: 0.02, targetReturn: 0.01, benchmark: daily([101, 102]) });

  it("says what the functions say", () => {
    const source = run(equity, list);
    const ofReturns = { totalReturn, cagr, volatility, calmar, maxDrawdown, skewness, kurtosis };
    const ofTrades = { exposure, winRate, profitFactor, payoffRatio, expectancy };
    for (const [name, statistic] of Object.entries({ ...ofReturns, ...ofTrades }))
      expect(all[name as keyof typeof all], name).toBe(statistic(source));
    expect(all.sharpe).toBe(sharpe(equity, { riskFreeReturn: 0.02 }));
    expect(all.sortino).toBe(sortino(equity, { targetReturn: 0.01 }));
    expect(all.buyAndHoldReturn).toBeCloseTo(0.02, 14);
    expect(all.netProfit?.toFixed()).toBe("8");
    expect(all.fees?.toFixed()).toBe("0.4");
    expect(all.averageTrade?.toFixed()).toBe("2");
    expect(all).toMatchObject({
      start: START,
      points: 4,
      initialEquity: 100,
      finalEquity: 108,
      trades: 4,
      openTrades: 1,
      longestWinStreak: 2,
    });
    expect(all.years).toBeCloseTo(4 / 365, 15);
    expect(all.longestDrawdown).toBe(2);
    expect(all.reasons).toEqual({});
  });
  it("is frozen, with a row and a unit for each statistic", () => {
    expect(Object.isFrozen(all) && Object.isFrozen(all.toRows()) && Object.isFrozen(all.reasons)).toBe(true);
    const rows = all.toRows();
    const fields = Object.keys(all).filter((key) => key !== "reasons" && key !== "toRows");
    expect(rows.map((row) => row.name)).toEqual(fields);
    for (const row of rows) expect(row.label.length * row.text.length * row.unit.length, row.name).toBeGreaterThan(0);
    const text = Object.fromEntries(rows.map((row) => [row.name, row.text]));
    expect(text).toMatchObject({
      totalReturn: "8.00 %",
      netProfit: "8",
      start: "2024-01-01T00:00:00Z",
      winRate: "75.00 %",
      longestDrawdown: "2.00 days",
    });
    expect(rows.find((row) => row.name === "sharpe")?.unit).toBe("ratio, annualised");
    expect(rows.find((row) => row.name === "netProfit")?.value).toBe("8");
  });
  it("gives the reason of every null", () => {
    const empty = summary(run(daily([100, 100]), []));
    expect(empty).toMatchObject({
      sharpe: null,
      profitFactor: null,
      winRate: null,
      volatility: 0,
      maxDrawdown: 0,
      exposure: 0,
      calmar: null,
    });
    expect(empty.reasons).toMatchObject({
      sharpe: "the returns do not vary",
      sortino: "no return is below the target",
      calmar: "there was no drawdown",
      winRate: "there are no trades",
      buyAndHoldReturn: "no benchmark was given",
    });
    for (const row of empty.toRows()) {
      expect(row.value === null, row.name).toBe(row.name in empty.reasons);
      if (row.value === null) expect(row.text).toBe(`n/a: ${row.reason}`);
    }
  });
  it("of plain returns is per period, with neither money nor trades", () => {
    const plain = summary([0.1, -0.05, 0.02]);
    expect(plain).toMatchObject({ start: null, finalEquity: null, trades: null, years: 3 });
    expect(plain.sharpe).toBe(sharpe([0.1, -0.05, 0.02]));
    expect(plain.reasons).toMatchObject({
      finalEquity: "a return series has no money",
      trades: "the source has no trades",
      start: "the returns carry no times",
    });
    const units = Object.fromEntries(plain.toRows().map((row) => [row.name, row.unit]));
    expect(units).toMatchObject({ sharpe: "ratio per period", cagr: "fraction per period", years: "periods" });
  });
  it("of nothing and after ruin is complete", () => {
    expect(summary([]).reasons).toMatchObject({ totalReturn: "there are no points", sharpe: "there are no points" });
    const ruined = summary(run(daily([50, -20, -20])));
    expect(ruined.totalReturn).toBe(-1.2);
    expect(ruined.reasons.sharpe).toBe("equity was -20 at point 1 (2024-01-02T00:00:00Z): later returns have no base");
    expect(ruined.reasons.cagr).toBe("the loss exceeds the initial equity");
  });
  it("refuses unknown options and bad sources", () => {
    expect(() => summary(equity, { riskfree: 1 } as never)).toThrow(/Unknown option of summary 'riskfree'/);
    expect(() => summary(7 as never)).toThrow(/takes a run or session/);
    expect(() => summary(equity, { periodsPerYear: -1 })).toThrow(/periodsPerYear/);
  });
});
