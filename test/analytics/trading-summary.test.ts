import { describe, expect, test } from "vitest";
import { calmar, sharpe, sortino, tradingSummary } from "../../src/analytics/index.js";
import type { StrategyContext } from "../../src/core/index.js";
import { play, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";
import { daily, trades } from "./support.js";

const exit = (desk: StrategyContext): void => desk.exitLong();
const enter = (desk: StrategyContext): void => desk.enterLong();
const run = play(
  [100, 100, 110, 110, 110, 105, 105, 105, 112, 112].map(still),
  { 0: enter, 2: exit, 3: enter, 5: exit, 6: enter, 8: exit },
  { sizer: "fixed:10", fees: { maker: 0, taker: 0 } },
);

describe("a trading summary", () => {
  const summary = tradingSummary({ equity: run.equity, trades: run.trades, riskFreeReturn: 0.03, currency: "USDT" });

  test("wins over all trades, won over lost: not their opposites", () => {
    expect(run.trades.map(({ netPnl }) => netPnl.toFixed())).toEqual(["100", "-50", "70"]);
    expect(summary.total.winRate).toBeCloseTo(2 / 3, 12);
    expect(summary.total.profitFactor).toBeCloseTo(170 / 50, 12);
    expect(summary.total.netProfit!.toFixed()).toBe("120");
    expect(summary.total.totalReturn).toBeCloseTo(0.012, 12);
  });

  test("Sharpe is of regular equity, with the risk-free return given", () => {
    expect(summary.total.sharpe).toBe(sharpe(run, { riskFreeReturn: 0.03 }));
    expect(summary.total.sharpe).not.toBe(tradingSummary(run).total.sharpe);
    expect(summary.riskFreeReturn).toBe(0.03);
  });

  test("drawdown is of equity, from its first moment", () => {
    expect(summary.total.maxDrawdown).toBeCloseTo(50 / 10_100, 12);
    expect(summary.total.currentDrawdown).toBe(0);
    const losing = tradingSummary({ equity: daily([90, 80]), trades: trades(["-10", "-10"]) });
    expect(losing.total.maxDrawdown).toBeCloseTo(0.2, 12);
  });

  test("mean drawdown is of the falls, Sortino of what falls short of the risk-free return, Calmar of the deepest fall", () => {
    // Two falls, of 10 % and of 20 %, each made good.
    const twice = daily([100, 90, 100, 80, 100]);
    const { total } = tradingSummary({ equity: twice, trades: [], riskFreeReturn: 0.02 });
    expect(total.meanDrawdown).toBeCloseTo(0.15, 12);
    expect([total.maxDrawdown, total.currentDrawdown]).toEqual([expect.closeTo(0.2, 12), 0]);
    const { total: of } = summary;
    expect(of.sortino).toBe(sortino(run, { targetReturn: 0.03 }));
    expect(of.sortino).not.toBe(tradingSummary(run).total.sortino);
    expect(of.calmar).toBe(calmar(run));
    for (const sheet of [summary.instruments.TESTUSDT!, summary.total])
      for (const name of ["sortino", "calmar", "meanDrawdown", "totalReturn", "winRate", "profitFactor", "sharpe"] as const)
        expect(sheet[name], name).toEqual(expect.any(Number));
  });

  test("by instrument and strategy, which add up to the total", () => {
    expect(Object.keys(summary.instruments)).toEqual(["TESTUSDT"]);
    expect(summary.instruments.TESTUSDT!.totalReturn).toBeCloseTo(summary.total.totalReturn!, 12);
    const split = tradingSummary({ equity: run.equity, trades: run.trades, strategyOf: ({ index }) => (index === 1 ? "b" : "a") });
    expect(Object.keys(split.strategies)).toEqual(["a", "b"]);
    expect(split.strategies.a!.netProfit!.plus(split.strategies.b!.netProfit!).toFixed()).toBe("120");
    expect([split.strategies.a!.winRate, split.strategies.b!.winRate]).toEqual([1, 0]);
  });

  test("assets by their balances", () => {
    expect(summary.assets.USDT).toMatchObject({ balanceEnd: 10_120, currentDrawdown: 0 });
    const two = tradingSummary({ equity: run.equity, trades: run.trades, assets: { BTC: daily([2, 1], 1), USDT: daily([100, 50, 75]) } });
    expect(two.assets.BTC).toMatchObject({ balanceEnd: 1, maxDrawdown: 0.5, currentDrawdown: 0.5 });
    expect(two.assets.USDT!.currentDrawdown).toBeCloseTo(0.25, 12);
  });

  test("null with a reason, never a sentinel", () => {
    const { total } = tradingSummary({ equity: daily([100, 100, 100]), trades: [], riskFreeReturn: 0.05 });
    for (const name of ["sharpe", "winRate", "profitFactor", "calmar"] as const) {
      expect(total[name], name).toBeNull();
      expect(total.reasons[name], name).toMatch(/\w/);
    }
  });

  test("says the same however often it is asked", () => {
    const again = (): string => JSON.stringify(tradingSummary({ equity: run.equity, trades: run.trades, riskFreeReturn: 0.03 }));
    expect(again()).toBe(again());
    expect(summary.toRows()).toBe(summary.toRows());
  });

  test("shows itself", () => {
    expect(String(summary)).toContain("total: Win rate 66.67 %");
    expect(String(summary)).toContain("instrument TESTUSDT: Profit factor 3.4000");
    expect(summary.toRows()[0]).toEqual({ sheet: "total", label: "Total return", text: "1.20 %" });
    expect(Object.isFrozen(summary.total)).toBe(true);
  });

  test("takes a run as it is, settings beside it; its currency names the asset", () => {
    const direct = tradingSummary(run, { riskFreeReturn: 0.03 });
    expect(direct).toEqual(summary);
    expect(direct.toRows()).toEqual(summary.toRows());
    expect(Object.keys(direct.assets)).toEqual([run.settings.currency]);
    expect(Object.keys(tradingSummary(run, { currency: "EUR" }).assets)).toEqual(["EUR"]);
    expectMisuse(() => tradingSummary(run, { riskFreeRate: 0.03 } as never), "OPTION_UNKNOWN", /Did you mean riskFreeReturn/);
  });

  test("what is no session is misuse", () => {
    expectMisuse(() => tradingSummary({} as never), "TRADES_SOURCE", /equity, trades/);
  });
});
