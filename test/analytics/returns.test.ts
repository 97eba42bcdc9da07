import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cagr,
  dailyReturns,
  kurtosis,
  monthlyReturns,
  priceReturns,
  returns,
  sharpe,
  sharpeOfEquity,
  skewness,
  sortino,
  totalReturn,
  volatility,
} from "../../src/analytics/index.js";
import { daily, decimalMoments, normals, run, START } from "./support.js";

const HOUR = 3_600_000;
const smallReturns = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 3, maxLength: 60 });
const varied = smallReturns.filter((list) => Math.max(...list) - Math.min(...list) > 1e-6);

describe("returns", () => {
  it("start at the initial equity", () => {
    expect(Array.from(returns(daily([110, 99, 99])))).toEqual([110 / 100 - 1, 99 / 110 - 1, 0]);
  });
  it("are the same for a run, its equity and its plain returns", () => {
    const equity = daily([101, 103, 99, 104]);
    const plain = returns(equity);
    expect(returns(run(equity))).toEqual(plain);
    expect(returns(plain)).toEqual(plain);
    expect(returns(Array.from(plain))).toEqual(plain);
  });
  it("are a copy", () => {
    const plain = Float64Array.of(0.1, 0.2);
    returns(plain)[0] = 9;
    expect(plain[0]).toBe(0.1);
  });
  it("do not exist after ruin, but include the ruin", () => {
    expect(Array.from(returns(daily([50, -10])))).toEqual([-0.5, -1.2]);
    expect(() => returns(daily([50, 0, 10]))).toThrow(
      "No returns: equity was 0 at point 1 (2024-01-02T00:00:00Z): later returns have no base.",
    );
  });
  it("of nothing are nothing", () => expect(returns([])).toHaveLength(0));
});

describe("priceReturns", () => {
  it("has one fewer than prices", () => expect(Array.from(priceReturns([100, 110, 55]))).toEqual([110 / 100 - 1, -0.5]));
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses the price %d with its index", (price) => {
    expect(() => priceReturns([1, price])).toThrow(`prices[1] must be a finite price greater than zero, got ${price}.`);
  });
});

describe("bad input", () => {
  it("names index and value", () => {
    expect(() => sharpe([0.1, Number.NaN, 0.2])).toThrow("returns[1] must be a finite number, got NaN.");
    expect(() => totalReturn(daily([1, 2, Number.POSITIVE_INFINITY]))).toThrow("equity[2] must be a finite number, got Infinity.");
    expect(() => sharpe(["0.1", "0.2"] as unknown as number[])).toThrow("returns[0] must be a finite number, got 0.1.");
    expect(() => sharpe([0.1, undefined, 0.2] as number[])).toThrow("returns[1] must be a finite number, got undefined.");
  });
  it("names what is accepted", () => {
    for (const source of [null, undefined, 5, "run", {}])
      expect(() => sharpe(source as never)).toThrow(/takes a run or session .* an array of returns/);
  });
  it("checks times and the start", () => {
    expect(() => cagr({ ...daily([1, 2]), time: Float64Array.of(1) })).toThrow("time has 1 entries, the values are 2.");
    expect(() => cagr({ ...daily([1, 2]), time: Float64Array.of(2, 1) })).toThrow("time[1] is 1, before time[0], which is 2.");
    expect(() => cagr({ ...daily([1, 2]), initial: 0 })).toThrow("initial equity must be a finite number, greater than 0, got 0.");
    expect(() => sharpe([0.1, 0.2], { periodsPerYear: 0 })).toThrow("periodsPerYear must be a finite number, greater than 0, got 0.");
  });
  it("suggests the option that was meant", () => {
    expect(() => sharpe([0.1, 0.2], { riskFreeRate: 0.02 } as never)).toThrow(
      /Unknown option of sharpe 'riskFreeRate'. Did you mean riskFreeReturn\?/,
    );
    expect(() => sharpe([0.1, 0.2], { riskFreeReturn: -1 })).toThrow("riskFreeReturn must be a finite number, greater than -1, got -1.");
  });
});

describe("totalReturn and cagr", () => {
  it("by hand", () => {
    expect(totalReturn(daily([110, 121]))).toBeCloseTo(0.21, 15);
    expect(totalReturn([0.1, 0.1])).toBeCloseTo(0.21, 15);
    expect(totalReturn([])).toBeNull();
    expect(totalReturn(daily([50, -20]))).toBe(-1.2);
  });
  it("takes years from real times, the first point standing for a period", () => {
    const year = daily(Array.from({ length: 365 }, (_, i) => 100 + (i + 1) / 36.5));
    expect(cagr(year)).toBeCloseTo(0.1, 12);
    const gapped = { ...year, time: year.time.map((t, i) => (i === 364 ? t + 365 * 24 * HOUR : t)) };
    expect(cagr(gapped)).toBeCloseTo(Math.sqrt(1.1) - 1, 12);
  });
  it("of plain returns is per period without periodsPerYear", () => {
    expect(cagr([0.21, 0])).toBeCloseTo(0.1, 14);
    expect(cagr([0.21, 0], { periodsPerYear: 2 })).toBeCloseTo(0.21, 14);
  });
  it("is -1 when all is lost and undefined beyond", () => {
    expect(cagr(daily([0]))).toBe(-1);
    expect(cagr(daily([-1]))).toBeNull();
  });
  it("is undefined where annualising overflows", () => expect(cagr(daily([1e9], 1, 60_000))).toBeNull());
});

describe("volatility, sharpe, skewness and kurtosis", () => {
  it("agree with the textbook formulas in 40 digits", () => {
    const noise = normals(3);
    for (const scale of [1e-6, 1e-3, 0.05, 1]) {
      const list = Array.from({ length: 500 }, () => scale * (0.3 + noise() + (noise() > 2 ? 4 : 0)));
      const expected = decimalMoments(list);
      const annual = Math.sqrt(252);
      expect(volatility(list, { periodsPerYear: 252 })! / (expected.sd.toNumber() * annual)).toBeCloseTo(1, 12);
      expect(sharpe(list, { periodsPerYear: 252 })! / (expected.mean.div(expected.sd).toNumber() * annual)).toBeCloseTo(1, 12);
      expect(skewness(list)! / expected.skewness.toNumber()).toBeCloseTo(1, 11);
      expect(kurtosis(list)! / expected.kurtosis.toNumber()).toBeCloseTo(1, 12);
    }
  });
  it("keep their digits where the mean dwarfs the deviation", () => {
    const noise = normals(4);
    const list = Array.from({ length: 400 }, () => 0.5 + 1e-9 * noise());
    const expected = decimalMoments(list);
    expect(sharpe(list)! / expected.mean.div(expected.sd).toNumber()).toBeCloseTo(1, 9);
    expect(kurtosis(list)!).toBeCloseTo(expected.kurtosis.toNumber(), 6);
  });
  it("give the adjusted estimators G1 and G2", () => {
    const list = [0.01, -0.02, 0.03, 0.015, -0.005, 0.04];
    // From the definitions with 40 digits (mpmath); pandas' skew() and kurt() are these.
    expect(skewness(list, { unbiased: true })).toBeCloseTo(-0.2080205050142387, 13);
    expect(kurtosis(list, { unbiased: true, excess: true })).toBeCloseTo(-0.8110105085381872, 13);
  });
  it("need enough points", () => {
    expect(sharpe([0.1])).toBeNull();
    expect(volatility([0.1])).toBeNull();
    expect(skewness([0.1, 0.2], { unbiased: true })).toBeNull();
    expect(kurtosis([0.1, 0.2, 0.4], { unbiased: true })).toBeNull();
  });
  it("have no ratio without variance, also where only rounding varies", () => {
    const constant = daily(Array.from({ length: 300 }, (_, i) => 100 * 1.01 ** (i + 1)));
    expect(new Set(returns(constant)).size).toBeGreaterThan(1);
    for (const source of [[0, 0, 0], [0.1, 0.1, 0.1], Array(1000).fill(0.3), daily([100, 100, 100]), constant]) {
      expect(sharpe(source)).toBeNull();
      expect(volatility(source)).toBe(0);
      expect(skewness(source)).toBeNull();
      expect(kurtosis(source)).toBeNull();
    }
  });
  it("are undefined after ruin", () => expect(sharpe(daily([50, 0, 10, 20]))).toBeNull());
  it("sharpe subtracts the compounded risk-free return per period", () => {
    const list = [0.02, -0.01, 0.03, 0.01];
    const perDay = 1.05 ** (1 / 365) - 1;
    const shifted = sharpe(
      list.map((r) => r - perDay),
      { periodsPerYear: 365 },
    )!;
    expect(sharpe(list, { periodsPerYear: 365, riskFreeReturn: 0.05 })).toBeCloseTo(shifted, 12);
  });
  it("sharpe keeps under scaling, changes sign with the returns, grows with the mean", () => {
    fc.assert(
      fc.property(varied, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (list, k) => {
        expect(sharpe(list.map((r) => r * k))).toBeCloseTo(sharpe(list)!, 8);
        expect(sharpe(list.map((r) => -r))).toBeCloseTo(-sharpe(list)!, 10);
        expect(sharpe(list.map((r) => r + 0.01))!).toBeGreaterThan(sharpe(list)!);
      }),
    );
  });
  it("volatility scales with the returns and ignores their order", () => {
    fc.assert(
      fc.property(varied, (list) => {
        expect(volatility(list.map((r) => r * 3))! / volatility(list)!).toBeCloseTo(3, 10);
        expect(volatility(list.slice().reverse())! / volatility(list)!).toBeCloseTo(1, 10);
      }),
    );
  });
  it("kurtosis is at least 1 + skewness squared", () => {
    fc.assert(fc.property(varied, (list) => kurtosis(list)! >= (1 + skewness(list)! ** 2) * (1 - 1e-9)));
  });
});

describe("sortino", () => {
  it("divides by the downside deviation over all periods", () => {
    // mean 0.01, squares below zero (0.02^2 + 0.01^2) / 5
    const list = [0.03, -0.02, 0.04, -0.01, 0.01];
    expect(sortino(list)).toBeCloseTo(0.01 / Math.sqrt((0.0004 + 0.0001) / 5), 12);
    expect(sortino(list, { periodsPerYear: 365 })).toBeCloseTo((0.01 / 0.01) * Math.sqrt(365), 10);
  });
  it("counts against the target", () => {
    expect(sortino([0.03, 0.01], { targetReturn: 0.02 })).toBeCloseTo(0, 12);
    expect(sortino([0.03, 0.0], { targetReturn: 0.02 })).toBeCloseTo(-0.005 / Math.sqrt(0.0004 / 2), 12);
  });
  it("one losing period is enough, none is undefined", () => {
    expect(sortino([0.03, -0.01])).toBeCloseTo(0.01 / Math.sqrt(0.0001 / 2), 12);
    expect(sortino([0.03, 0])).toBeNull();
    expect(sortino(daily([100, 100]))).toBeNull();
    expect(sortino([0.1])).toBeNull();
  });
  it("has the sign of the mean and is at least the Sharpe ratio of a gaining series", () => {
    fc.assert(
      fc.property(varied, (list) => {
        const value = sortino(list);
        if (value === null) expect(Math.min(...list)).toBeGreaterThanOrEqual(-1e-12);
        else expect(Math.sign(value)).toBe(Math.sign(list.reduce((a, b) => a + b, 0)));
      }),
    );
  });
});

describe("sharpeOfEquity", () => {
  it("is the Sharpe ratio per period, of any prefix", () => {
    const noise = normals(5);
    let value = 1000;
    const values = Float64Array.from({ length: 2000 }, () => (value *= 1 + 0.01 * noise() + 0.001));
    for (const n of [2, 3, 100, 2000]) {
      const expected = sharpe({ ...daily(Array.from(values.slice(0, n)), 1000), periodsPerYear: 1 });
      expect(sharpeOfEquity(values, 1000, n)! / expected!).toBeCloseTo(1, 12);
    }
    const exact = decimalMoments(Array.from(returns(daily(Array.from(values), 1000))));
    expect(sharpeOfEquity(values, 1000)! / exact.mean.div(exact.sd).toNumber()).toBeCloseTo(1, 12);
  });
  it("keeps its digits on an almost straight line", () => {
    const noise = normals(6);
    let value = 100;
    const values = Float64Array.from({ length: 500 }, () => (value *= 1.01 + 1e-7 * noise()));
    const exact = decimalMoments(Array.from(returns(daily(Array.from(values)))));
    expect(sharpeOfEquity(values, 100)! / exact.mean.div(exact.sd).toNumber()).toBeCloseTo(1, 10);
  });
  it("is null without trades, with one point, after ruin", () => {
    expect(sharpeOfEquity(new Float64Array(100).fill(10_000), 10_000)).toBeNull();
    expect(sharpeOfEquity(Float64Array.of(10_100), 10_000)).toBeNull();
    expect(sharpeOfEquity(new Float64Array(0), 10_000)).toBeNull();
    expect(sharpeOfEquity(Float64Array.of(50, -20, 30, 40), 100)).toBeNull();
  });
  it("counts a ruin at the last point", () => expect(sharpeOfEquity(Float64Array.of(110, -20), 100)).toBeLessThan(0));
  it("names index and value of what is not finite, and ignores what is beyond n", () => {
    const values = Float64Array.of(101, 102, Number.NaN, 103);
    expect(() => sharpeOfEquity(values, 100)).toThrow("equity[2] must be a finite number, got NaN.");
    expect(sharpeOfEquity(values, 100, 2)).not.toBeNull();
    expect(() => sharpeOfEquity(values, 0)).toThrow(/initial equity/);
    expect(() => sharpeOfEquity(values, 100, 5)).toThrow("n must be a finite number, at least 0 and at most 4, got 5.");
  });
});

describe("dailyReturns and monthlyReturns", () => {
  it("use the last equity of each UTC day, from the initial equity on", () => {
    const equity = daily(
      Array.from({ length: 48 }, (_, i) => 101 + i),
      100,
      HOUR,
    );
    const days = dailyReturns(equity);
    expect(Array.from(days.returns)).toEqual([124 / 100 - 1, 148 / 124 - 1]);
    expect(Array.from(days.time)).toEqual([START, START + 24 * HOUR]);
    expect(days.periodsPerYear).toBe(365);
  });
  it("give 0 for days without points", () => {
    const equity = { ...daily([110, 121]), time: Float64Array.of(START, START + 3 * 24 * HOUR) };
    expect(Array.from(dailyReturns(equity).returns)).toEqual([110 / 100 - 1, 0, 0, 121 / 110 - 1]);
  });
  it("group months of different length", () => {
    const months = monthlyReturns(daily(Array.from({ length: 91 }, (_, i) => 101 + i)));
    expect(Array.from(months.time, (t) => new Date(t).toISOString().slice(0, 10))).toEqual(["2024-01-01", "2024-02-01", "2024-03-01"]);
    expect(Array.from(months.returns)).toEqual([131 / 100 - 1, 160 / 131 - 1, 191 / 160 - 1]);
  });
  it("compound to the total return and are a source themselves", () => {
    const noise = normals(7);
    let value = 100;
    const equity = daily(
      Array.from({ length: 24 * 40 }, () => (value *= 1 + 0.01 * noise())),
      100,
      HOUR,
    );
    for (const series of [dailyReturns(equity), monthlyReturns(equity)]) {
      expect(totalReturn(series)).toBeCloseTo(totalReturn(equity)!, 12);
      expect(sharpe(series)).toBe(sharpe(series.returns, { periodsPerYear: series.periodsPerYear }));
    }
  });
  it("need times and money", () => {
    expect(() => dailyReturns([0.1, 0.2])).toThrow(/has no times/);
    expect(() => monthlyReturns({ ...daily([0, 5]), time: Float64Array.of(START, START + 40 * 24 * HOUR) })).toThrow(/equity was 0/);
    expect(dailyReturns(daily([])).returns).toHaveLength(0);
  });
});
