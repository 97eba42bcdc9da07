import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  deflatedSharpe,
  expectedMaxSharpe,
  minTrackRecordLength,
  overfitting,
  probabilisticSharpe,
  sharpe,
} from "../../src/analytics/index.js";
import { normals } from "./support.js";

const NORMAL = { skewness: 0, kurtosis: 3 };

describe("the worked example of The Deflated Sharpe Ratio (2014): 2.5 a year found in 100 trials on 5 years of 250 days", () => {
  const best = { sharpe: 2.5 / Math.sqrt(250), observations: 1250, trialSharpeVariance: 0.5 / 250 };
  it("expects 0.1132 of the best unskilled trial", () => {
    expect(expectedMaxSharpe({ trials: 100, variance: 0.5 / 250 })).toBeCloseTo(0.1132, 4);
    expect(expectedMaxSharpe({ trials: 100, variance: 0.5 / 250 })).toBeCloseTo(0.11317200186513203, 15);
  });
  it("deflates to 0.9004 with skewness -3 and kurtosis 10", () => {
    const value = deflatedSharpe({ ...best, trials: 100, skewness: -3, kurtosis: 10 });
    expect(value).toBeCloseTo(0.9004, 4);
    expect(value).toBeCloseTo(0.900396834449391, 13);
  });
  it("passes 0.95 after 46 trials, or 88 for normal returns", () => {
    expect(deflatedSharpe({ ...best, trials: 46, skewness: -3, kurtosis: 10 })).toBeCloseTo(0.9505, 4);
    expect(deflatedSharpe({ ...best, trials: 88, ...NORMAL })).toBeCloseTo(0.9505, 4);
  });
});

describe("the worked examples of The Sharpe Ratio Efficient Frontier (2012)", () => {
  it("24 months at 0.458 a month: 0.982 if normal, 0.913 with skewness -2.448 and kurtosis 10.164", () => {
    expect(probabilisticSharpe({ sharpe: 0.458, observations: 24, ...NORMAL })).toBeCloseTo(0.982, 3);
    expect(probabilisticSharpe({ sharpe: 0.458, observations: 24, skewness: -2.448, kurtosis: 10.164 })).toBeCloseTo(0.913, 3);
  });
  it.each([
    ["daily", 250, 2.73, NORMAL],
    ["weekly", 52, 2.83, NORMAL],
    ["monthly", 12, 3.24, NORMAL],
    ["monthly, as hedge funds", 12, 4.99, { skewness: -0.72, kurtosis: 5.78 }],
  ])("a ratio of 2 a year needs, to beat 1 at 95 %%, %s: %d a year, %d years", (_, q, years, shape) => {
    const length = minTrackRecordLength({ sharpe: 2 / Math.sqrt(q), benchmark: 1 / Math.sqrt(q), ...shape })!;
    expect(length / q).toBeCloseTo(years, 2);
  });
});

describe("expectedMaxSharpe", () => {
  it("meets the exact maximum of normal trials", () => {
    // Expected maxima of N standard normals (Harter, Biometrika 48, 1961).
    const exact = [
      [5, 1.16296],
      [10, 1.53875],
      [20, 1.86748],
      [50, 2.24907],
      [100, 2.50759],
    ] as const;
    for (const [trials, maximum] of exact) expect(Math.abs(expectedMaxSharpe({ trials, variance: 1 }) / maximum - 1)).toBeLessThan(0.03);
  });
  it("is 0 for one trial or no variance, grows with both", () => {
    expect(expectedMaxSharpe({ trials: 1, variance: 4 })).toBe(0);
    expect(expectedMaxSharpe({ trials: 1000, variance: 0 })).toBe(0);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: 1e-6, max: 10, noNaN: true }), (trials, variance) => {
        const value = expectedMaxSharpe({ trials, variance });
        expect(expectedMaxSharpe({ trials: trials * 2, variance })).toBeGreaterThan(value);
        expect(expectedMaxSharpe({ trials, variance: variance * 4 })).toBeCloseTo(value * 2, 10);
      }),
    );
  });
  it("checks its input", () => {
    expect(() => expectedMaxSharpe({ trials: 0, variance: 1 })).toThrow("trials must be a finite number, at least 1, got 0.");
    expect(() => expectedMaxSharpe({ trials: 5, variance: -1 })).toThrow("variance must be a finite number, at least 0, got -1.");
    expect(() => expectedMaxSharpe({ trials: 5, varience: 1 } as never)).toThrow(/Did you mean variance\?/);
  });
});

describe("probabilistic and deflated Sharpe ratio", () => {
  const sharpes = fc.double({ min: -0.5, max: 0.5, noNaN: true });
  it("are one half at the benchmark, and probabilities that grow with the ratio and fall with the trials", () => {
    fc.assert(
      fc.property(sharpes, fc.integer({ min: 2, max: 5000 }), fc.integer({ min: 2, max: 1e6 }), (ratio, observations, trials) => {
        expect(probabilisticSharpe({ sharpe: ratio, benchmark: ratio, observations, ...NORMAL })).toBe(0.5);
        const single = deflatedSharpe({ sharpe: ratio, observations, trials: 1, trialSharpeVariance: 0.01, ...NORMAL })!;
        const many = deflatedSharpe({ sharpe: ratio, observations, trials, trialSharpeVariance: 0.01, ...NORMAL })!;
        expect(single).toBe(probabilisticSharpe({ sharpe: ratio, observations, ...NORMAL }));
        expect(many).toBeLessThanOrEqual(single);
        expect(many).toBeGreaterThanOrEqual(0);
        expect(probabilisticSharpe({ sharpe: ratio + 0.1, benchmark: 0, observations, ...NORMAL })!).toBeGreaterThanOrEqual(single);
      }),
    );
  });
  it("reach the confidence exactly at the minimum track record length", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 1, noNaN: true }), fc.double({ min: 0.6, max: 0.99, noNaN: true }), (ratio, confidence) => {
        const shape = { sharpe: ratio, skewness: -1, kurtosis: 6 };
        const length = minTrackRecordLength({ ...shape, confidence })!;
        if (length >= 2) expect(probabilisticSharpe({ ...shape, observations: length })).toBeCloseTo(confidence, 12);
      }),
    );
  });
  it("fat tails and negative skewness cost confidence", () => {
    const at = (skewness: number, kurtosis: number): number => probabilisticSharpe({ sharpe: 0.1, observations: 250, skewness, kurtosis })!;
    expect(at(-1, 3)).toBeLessThan(at(0, 3));
    expect(at(0, 9)).toBeLessThan(at(0, 3));
  });
  it("no length is long enough at or below the benchmark", () => {
    expect(minTrackRecordLength({ sharpe: 0.1, benchmark: 0.1, ...NORMAL })).toBeNull();
    expect(minTrackRecordLength({ sharpe: -0.1, ...NORMAL })).toBeNull();
  });
  it("refuse impossible input", () => {
    expect(() => probabilisticSharpe({ sharpe: 0.1, observations: 100, skewness: 0, kurtosis: 0 })).toThrow(
      "No returns have kurtosis 0 at skewness 0: it is at least 1. An excess kurtosis lacks 3.",
    );
    expect(() => probabilisticSharpe({ sharpe: 0.1, observations: 1, ...NORMAL })).toThrow(
      "observations must be a finite number, at least 2, got 1.",
    );
    expect(() => deflatedSharpe({ sharpe: Number.NaN, observations: 9, trials: 2, trialSharpeVariance: 1, ...NORMAL })).toThrow(
      /sharpe must be/,
    );
    expect(() => deflatedSharpe({ sharpe: 1, observations: 9, trails: 2, trialSharpeVariance: 1, ...NORMAL } as never)).toThrow(
      /Did you mean trials\?/,
    );
    expect(() => minTrackRecordLength({ sharpe: 1, ...NORMAL, confidence: 1 })).toThrow(
      /confidence must be a finite number, at least 0.5 and less than 1/,
    );
  });
});

/** A search over `trials` strategies of daily returns with an edge (mean over deviation) in the last one. */
function search(seed: number, trials: number, days: number, edge = 0): { best: Float64Array; trialSharpes: number[] } {
  const noise = normals(seed);
  let best = new Float64Array(0);
  const trialSharpes = Array.from({ length: trials }, (_, k) => {
    const list = Float64Array.from({ length: days }, () => 0.01 * (noise() + (k === trials - 1 ? edge : 0)));
    const ratio = sharpe(list)!;
    if (best.length === 0 || ratio > sharpe(best)!) best = list;
    return ratio;
  });
  return { best, trialSharpes };
}

describe("overfitting", () => {
  it("noise fails: the best of 200 random strategies looks superb, and is called luck", () => {
    const { best, trialSharpes } = search(11, 200, 500);
    expect(sharpe(best, { periodsPerYear: 365 })).toBeGreaterThan(2);
    const verdict = overfitting({ best, trialSharpes });
    expect(verdict.probabilisticSharpe).toBeGreaterThan(0.98);
    expect(verdict.deflatedSharpe).toBeLessThan(0.9);
    expect(verdict.passes).toBe(false);
    expect(verdict).toMatchObject({ trials: 200, observations: 500, sharpe: Math.max(...trialSharpes) });
  });
  it("a planted edge passes", () => {
    const { best, trialSharpes } = search(12, 200, 500, 0.3);
    const verdict = overfitting({ best, trialSharpes });
    expect(verdict.deflatedSharpe).toBeGreaterThan(0.95);
    expect(verdict.passes).toBe(true);
    expect(verdict.minTrackRecordLength).toBeLessThan(500);
  });
  it("is calibrated: of 100 searches in noise, one in twenty may pass, while single-trial confidence passes nearly all", () => {
    let deflated = 0;
    let naive = 0;
    for (let seed = 0; seed < 100; seed++) {
      const verdict = overfitting(search(1000 + seed, 30, 250));
      if (verdict.passes) deflated++;
      if (verdict.probabilisticSharpe! >= 0.95) naive++;
    }
    expect(deflated).toBeLessThanOrEqual(8);
    expect(naive).toBeGreaterThanOrEqual(70);
  });
  it("the more trials, the stricter", () => {
    const { best, trialSharpes } = search(13, 50, 300, 0.2);
    const all = overfitting({ best, trialSharpes }).deflatedSharpe!;
    const unlogged = overfitting({ best, trialSharpes: [...trialSharpes, ...Array<null>(5000).fill(null)] });
    expect(unlogged.deflatedSharpe!).toBeLessThan(all);
    expect(unlogged.trials).toBe(5050);
  });
  it("one trial is not a search", () => {
    const { best, trialSharpes } = search(14, 1, 300, 0.3);
    const verdict = overfitting({ best, trialSharpes });
    expect(verdict.deflatedSharpe).toBe(verdict.probabilisticSharpe);
    expect(verdict.expectedMaxSharpe).toBe(0);
  });
  it("what cannot be computed does not pass, and says why", () => {
    expect(overfitting({ best: [0, 0, 0], trialSharpes: [null, 0.1] })).toMatchObject({
      passes: false,
      deflatedSharpe: null,
      reason: "the returns do not vary",
    });
    const { best, trialSharpes } = search(15, 1, 100);
    expect(overfitting({ best, trialSharpes: [...trialSharpes, null] })).toMatchObject({
      passes: false,
      deflatedSharpe: null,
      reason: "fewer than 2 trials have a Sharpe ratio",
    });
  });
  it("refuses annualised ratios and none at all", () => {
    const { best, trialSharpes } = search(16, 20, 100);
    expect(() => overfitting({ best, trialSharpes: trialSharpes.map((r) => r * Math.sqrt(365)) })).toThrow(
      /is not among trialSharpes: .* not annualised/,
    );
    expect(() => overfitting({ best, trialSharpes: [] })).toThrow("number of trials must be a finite number, at least 1, got 0.");
    expect(() => overfitting({ best, trialSharpes: [Number.NaN] })).toThrow("trialSharpes[0] must be a finite number, got NaN.");
  });
});
