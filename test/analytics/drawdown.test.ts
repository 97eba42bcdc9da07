import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cagr, calmar, drawdown, drawdownPeriods, drawdownSummary, maxDrawdown, maxDrawdownOfEquity } from "../../src/analytics/index.js";
import { daily, START } from "./support.js";

const DAY = 86_400_000;
const equities = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 1, maxLength: 50 });

/** The definition, quadratic: the deepest fall from any earlier value. */
function naive(values: readonly number[], initial: number): number {
  const all = [initial, ...values];
  let worst = 0;
  for (let i = 0; i < all.length; i++) for (let j = i; j < all.length; j++) worst = Math.max(worst, (all[i]! - all[j]!) / all[i]!);
  return worst;
}

describe("drawdown", () => {
  it("starts at the initial equity", () => {
    expect(Array.from(drawdown(daily([80, 120, 90, 120, 60])))).toEqual([0.2, 0, 0.25, 0, 0.5]);
    expect(maxDrawdown(daily([80, 90]))).toBe(0.2);
  });
  it("compounds plain returns", () => {
    expect(drawdown([-0.5, 1, -0.25])[2]).toBeCloseTo(0.25, 15);
    expect(maxDrawdown([-1, 0.5])).toBe(1);
  });
  it("exceeds 1 in debt and has no plain-return form beyond -1", () => {
    expect(maxDrawdown(daily([120, -12]))).toBeCloseTo(1.1, 15);
    expect(maxDrawdown([0.1, -1.5, 0.2])).toBeNull();
    expect(() => drawdown([0.1, -1.5, 0.2])).toThrow("No drawdown: the return at point 1 is -1.5, below -1: debt does not compound.");
    expect(() => drawdownPeriods([-2])).toThrow(/debt/);
  });
  it("of nothing", () => {
    expect(drawdown([])).toHaveLength(0);
    expect(drawdownPeriods([])).toEqual([]);
    expect(maxDrawdown([])).toBeNull();
    expect(drawdownSummary([])).toBeNull();
  });
});

describe("drawdownPeriods", () => {
  const curve = daily([90, 100, 130, 117, 104, 120, 130, 143, 140]);
  it("have peak, trough and recovery", () => {
    const [first, second, third, ...rest] = drawdownPeriods(curve);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      depth: 0.1,
      peakIndex: -1,
      peakTime: START,
      peakValue: 100,
      troughIndex: 0,
      recoveryIndex: 1,
      points: 2,
    });
    expect(second).toEqual({
      depth: 0.2,
      peakIndex: 2,
      peakTime: START + 2 * DAY,
      peakValue: 130,
      troughIndex: 4,
      troughTime: START + 4 * DAY,
      troughValue: 104,
      recoveryIndex: 6,
      recoveryTime: START + 6 * DAY,
      points: 4,
      duration: 4 * DAY,
    });
    expect(third).toMatchObject({ peakIndex: 7, troughIndex: 8, recoveryIndex: null, recoveryTime: null, points: 1, duration: DAY });
  });
  it("in short", () => {
    const summary = drawdownSummary(curve)!;
    expect(summary.worst?.troughIndex).toBe(4);
    expect(summary.longest?.peakIndex).toBe(2);
    expect(summary.current).toBeCloseTo(3 / 143, 15);
    expect(summary.mean).toBeCloseTo((0.1 + 0.2 + 3 / 143) / 3, 15);
    expect(summary.count).toBe(3);
    expect(drawdownSummary(daily([100, 101]))).toEqual({ worst: null, longest: null, current: 0, mean: 0, count: 0 });
    expect(drawdownSummary(daily([50, 80]))?.current).toBeCloseTo(0.2, 15);
  });
  it("have no times for plain returns", () => {
    expect(drawdownPeriods([0.1, -0.1])[0]).toMatchObject({ peakTime: null, troughTime: null, duration: null, points: 1 });
  });
  it("keep the first of equals", () => expect(drawdownSummary(daily([80, 100, 80, 100]))?.worst?.troughIndex).toBe(0));
  it("the deepest is the maximum drawdown, as by the definition", () => {
    fc.assert(
      fc.property(equities, fc.double({ min: 1, max: 1000, noNaN: true }), (values, initial) => {
        const curve = daily(values, initial);
        expect(maxDrawdown(curve)).toBe(naive(values, initial));
        expect(drawdownSummary(curve)?.worst?.depth ?? 0).toBe(maxDrawdown(curve));
        expect(Math.max(...drawdown(curve))).toBe(maxDrawdown(curve));
        expect(maxDrawdownOfEquity(Float64Array.from(values), initial)).toBe(maxDrawdown(curve));
        expect(drawdownSummary(curve)?.current).toBe(drawdown(curve).at(-1));
      }),
    );
  });
  it("do not overlap and keep their order", () => {
    fc.assert(
      fc.property(equities, (values) => {
        let last = -1;
        for (const period of drawdownPeriods(daily(values))) {
          expect(period.peakIndex).toBeGreaterThanOrEqual(last);
          expect(period.troughIndex).toBeGreaterThan(period.peakIndex);
          last = period.recoveryIndex ?? values.length;
          expect(last).toBeGreaterThan(period.troughIndex);
        }
      }),
    );
  });
});

describe("maxDrawdownOfEquity", () => {
  it("looks at n values", () => expect(maxDrawdownOfEquity(Float64Array.of(90, 50), 100, 1)).toBe(0.1));
  it("refuses what is not finite", () => {
    expect(() => maxDrawdownOfEquity(Float64Array.of(90, Number.NaN), 100)).toThrow(/finite/);
    expect(() => maxDrawdownOfEquity(Float64Array.of(90, Number.POSITIVE_INFINITY, 80), 100)).toThrow(/finite/);
    expect(() => maxDrawdownOfEquity(Float64Array.of(90), -1)).toThrow(/initial equity/);
    expect(() => maxDrawdownOfEquity(Float64Array.of(90), 1, 2)).toThrow(/at most 1/);
  });
});

describe("calmar", () => {
  it("is growth over the maximum drawdown", () => {
    const curve = daily([120, 90, 130]);
    expect(calmar(curve)).toBe(cagr(curve)! / 0.25);
    expect(calmar([0.5, -0.5])).toBeCloseTo((Math.sqrt(0.75) - 1) / 0.5, 14);
  });
  it("is undefined without a drawdown, without points, beyond ruin", () => {
    expect(calmar(daily([101, 102]))).toBeNull();
    expect(calmar([])).toBeNull();
    expect(calmar(daily([-5]))).toBeNull();
  });
});
