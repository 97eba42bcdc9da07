import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  averageTrade,
  expectancy,
  exposure,
  payoffRatio,
  profitFactor,
  streaks,
  TRADE_COLUMNS,
  tradeTable,
  winRate,
} from "../../src/analytics/index.js";
import { Decimal } from "../../src/core/index.js";
import { daily, run, START, trades } from "./support.js";

const DAY = 86_400_000;

describe("statistics of trades", () => {
  const list = trades(["3", "-1", "0", "2", "-1.5"]);
  it("by hand", () => {
    expect(winRate(list)).toBe(0.4);
    expect(profitFactor(list)).toBe(2);
    expect(payoffRatio(list)).toBe(2);
    expect(payoffRatio(trades(["3", "1", "-1", "1"]))).toBeCloseTo(5 / 3, 15);
    // 0.4 x 2.5 - 0.4 x 1.25 = 0.5 a trade, in units of the average loss of 1.25
    expect(expectancy(list)).toBe(0.4);
    const average = averageTrade(list)!;
    expect(average.netPnl.toFixed()).toBe("0.5");
    expect(average.win?.toFixed()).toBe("2.5");
    expect(average.loss?.toFixed()).toBe("-1.25");
    expect(average.return).toBeCloseTo(0.005, 15);
    expect(average.bars).toBe(12);
    expect(average.duration).toBe(DAY / 2);
    expect(streaks(list)).toEqual({ longestWin: 1, longestLoss: 1, current: -1 });
  });
  it("take a run or its trades", () => {
    for (const statistic of [winRate, profitFactor, payoffRatio, expectancy])
      expect(statistic(run(daily([101]), list))).toBe(statistic(list));
  });
  it("add up money exactly", () => {
    expect(profitFactor(trades(["0.1", "0.1", "0.1", "-0.3"]))).toBe(1);
    expect(averageTrade(trades(["0.1", "0.2", "-0.3"]))?.netPnl.isZero()).toBe(true);
    expect(averageTrade(trades(["90071992547409.93000001", "0.00000001"]))?.netPnl.toFixed()).toBe("45035996273704.96500001");
  });
  it("are undefined without what they divide by", () => {
    for (const statistic of [winRate, profitFactor, payoffRatio, expectancy, averageTrade]) expect(statistic([])).toBeNull();
    const wins = trades([1, 2]);
    expect([winRate(wins), profitFactor(wins), payoffRatio(wins), expectancy(wins), averageTrade(wins)?.loss]).toEqual([
      1,
      null,
      null,
      null,
      null,
    ]);
    const losses = trades([-1, -2]);
    expect([winRate(losses), profitFactor(losses), payoffRatio(losses), expectancy(losses)]).toEqual([0, 0, null, -1]);
    expect(averageTrade(losses)?.win).toBeNull();
    expect([winRate(trades([0])), profitFactor(trades([0])), averageTrade(trades([0]))?.netPnl.toNumber()]).toEqual([0, null, 0]);
  });
  it("keep under scaling; the profit factor exceeds 1 exactly when money was made", () => {
    const pnl = fc.integer({ min: -1000, max: 1000 }).map((cents) => new Decimal(cents).div(100).toFixed());
    fc.assert(
      fc.property(fc.array(pnl, { minLength: 1, maxLength: 30 }), (pnls) => {
        const once = trades(pnls);
        const thrice = trades(pnls.map((text) => new Decimal(text).times(3).toFixed()));
        for (const statistic of [winRate, profitFactor, payoffRatio, expectancy]) expect(statistic(thrice)).toBe(statistic(once));
        const net = pnls.reduce((sum, text) => sum.plus(text), new Decimal(0));
        const factor = profitFactor(once);
        if (factor !== null) expect(Math.sign(factor - 1)).toBe(net.isZero() ? 0 : net.s);
        const { longestWin, longestLoss, current } = streaks(once);
        expect(longestWin + longestLoss).toBeLessThanOrEqual(pnls.length);
        expect(current).toBeGreaterThanOrEqual(-longestLoss);
        expect(current).toBeLessThanOrEqual(longestWin);
      }),
    );
  });
  it("refuse what is no list of trades", () => {
    expect(() => winRate([0.1, 0.2] as never)).toThrow("trades[0] is not a trade: 0.1. Statistics of returns are other functions.");
    expect(() => winRate(daily([1]) as never)).toThrow(/takes a run or session/);
    expect(() => tradeTable(null as never)).toThrow(/list of trades/);
  });
});

describe("streaks", () => {
  it("count in order of exit and end at a break-even trade", () => {
    const list = trades([1, 1, 0, 1, -1, -1, -1, 2, 2]);
    expect(streaks(list)).toEqual({ longestWin: 2, longestLoss: 3, current: 2 });
    expect(streaks(list.slice().reverse())).toEqual(streaks(list));
    expect(streaks([])).toEqual({ longestWin: 0, longestLoss: 0, current: 0 });
  });
});

describe("exposure", () => {
  const equity = daily([101, 102, 103, 104]);
  it("is the time held over the span", () => {
    expect(exposure(run(equity, trades([1, 1])))).toBe(0.25);
    expect(exposure(run(equity))).toBe(0);
    expect(exposure(run(daily([])))).toBeNull();
  });
  it("counts positions held at once only once", () => {
    const [a, b, c] = trades([1, 1, 1]);
    const list = [
      { ...c!, entryTime: START + 2.5 * DAY, exitTime: START + 3.5 * DAY },
      { ...a!, entryTime: START, exitTime: START + 2 * DAY },
      { ...b!, entryTime: START + DAY, exitTime: START + 1.5 * DAY },
    ];
    expect(exposure(run(equity, list))).toBe(0.75);
  });
});

describe("tradeTable", () => {
  it("has exact text in a fixed column order", () => {
    const [row] = tradeTable(run(daily([1]), trades(["0.10000000", "2"])));
    expect(Object.keys(row!)).toEqual([...TRADE_COLUMNS]);
    expect(Object.values(row!)).toEqual([
      1,
      "BTCUSDT",
      "long",
      "0.01",
      "2024-01-01T00:00:00Z",
      "10000.1",
      "2024-01-01T12:00:00Z",
      "10001",
      "0.2",
      "0.1",
      "0.1",
      0.001,
      12,
      "signal",
    ]);
    expect(Object.isFrozen(row)).toBe(true);
  });
  it("has no rows without trades", () => expect(tradeTable([])).toEqual([]));
});
