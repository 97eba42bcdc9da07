import { beforeAll, describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { compare, range, type Study, tune } from "../../src/tune/index.js";
import { randomWalk } from "./series.js";

const data = randomWalk(1200, 11);
const options = { data, strategy: "SmaCross", sizer: "percent:0.5", fees: "none" } as const;
let study: Study;

beforeAll(async () => {
  study = await tune({
    ...options,
    space: { fastPeriod: [4, 8, 12], slowPeriod: [20, 30], minSamples: [0, 100] },
    objective: "totalReturn",
  });
});

const score = (fastPeriod: number, slowPeriod: number, minSamples: number): number =>
  backtest({ ...options, params: { fastPeriod, slowPeriod, minSamples } }).totalReturn;

describe("slice", () => {
  test("holds the others at the best's values", () => {
    const { slowPeriod, minSamples } = study.best.searched as Record<string, number>;
    const slice = study.slice("fastPeriod");
    expect(slice.fixed).toEqual({ slowPeriod, minSamples });
    expect(slice.x).toEqual([4, 8, 12]);
    expect(slice.y).toEqual([4, 8, 12].map((fast) => score(fast, slowPeriod!, minSamples!)));
    expect(slice.y).toContain(study.best.score);
    expect(slice.trials.map((trial) => study.trial(trial).score)).toEqual(slice.y);
  });

  test("or at the values given, in any spelling", () => {
    const slice = study.slice("slowPeriod", { fastPeriod: "8", minSamples: 100 });
    expect(slice.y).toEqual([score(8, 20, 100), score(8, 30, 100)]);
  });

  test("is in the order of the space, whatever order was tried", async () => {
    const mixed = await tune({ ...options, space: { fastPeriod: range(3, 12) }, search: "random", trials: 7, seed: 1 });
    const { x, trials } = mixed.slice("fastPeriod");
    expect(x).toHaveLength(7);
    expect(x).toEqual([...x].sort((a, b) => Number(a) - Number(b)));
    expect(x).toEqual(trials.map((trial) => mixed.trial(trial).params.fastPeriod));
  });

  test("refuses unknown parameters and values that were not searched", () => {
    expect(() => study.slice("fastPeriods")).toThrow(/Did you mean fastPeriod\?/);
    expect(() => study.slice("symbol")).toThrow(expect.objectContaining({ code: "PARAM_NOT_SEARCHED" }));
    expect(() => study.slice("fastPeriod", { slowPeriod: 25 })).toThrow(/Known: 20, 30/);
    expect(() => study.slice("fastPeriod", { slowPeriod: "x" })).toThrow(expect.objectContaining({ code: "PARAM_INVALID" }));
    expect(() => study.slice("fastPeriod", { fastPeriod: 4 })).toThrow(/is the axis/);
  });
});

describe("grid", () => {
  test("z is rows of y, columns of x; other parameters are aggregated as asked", () => {
    const fast = [4, 8, 12];
    const slow = [20, 30];
    const pairs = (f: number, s: number): number[] => [score(f, s, 0), score(f, s, 100)];
    const best = study.grid("fastPeriod", "slowPeriod");
    expect([best.x, best.y, best.aggregate]).toEqual([fast, slow, "best"]);
    expect(best.z).toEqual(slow.map((s) => fast.map((f) => Math.max(...pairs(f, s)))));
    expect(best.counts).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ]);
    expect(best.best).toEqual({ x: study.best.searched.fastPeriod, y: study.best.searched.slowPeriod });
    const mean = study.grid("fastPeriod", "slowPeriod", { aggregate: "mean" });
    expect(mean.z).toEqual(slow.map((s) => fast.map((f) => (pairs(f, s)[0]! + pairs(f, s)[1]!) / 2)));
    const worst = study.grid("fastPeriod", "slowPeriod", { aggregate: "worst" });
    expect(worst.z).toEqual(slow.map((s) => fast.map((f) => Math.min(...pairs(f, s)))));
    const held = study.grid("slowPeriod", "fastPeriod", { fixed: { minSamples: 100 } });
    expect(held.z).toEqual(fast.map((f) => slow.map((s) => score(f, s, 100))));
  });

  test("the best of a minimised objective is the smallest", async () => {
    const least = await tune({
      ...options,
      space: { fastPeriod: [4, 8], slowPeriod: [20, 30], minSamples: [0, 100] },
      objective: "maxDrawdown",
    });
    const all = (f: number, s: number): number[] =>
      [0, 100].map((minSamples) => backtest({ ...options, params: { fastPeriod: f, slowPeriod: s, minSamples } }).maxDrawdown);
    expect(least.grid("fastPeriod", "slowPeriod").z).toEqual([20, 30].map((s) => [4, 8].map((f) => Math.min(...all(f, s)))));
  });

  test("what was not tried is null", async () => {
    const half = await tune({
      ...options,
      space: { fastPeriod: [4, 8, 30], slowPeriod: [20, 30] },
      where: (p) => p.fastPeriod < p.slowPeriod,
    });
    const { z, counts } = half.grid("fastPeriod", "slowPeriod");
    expect(z.map((row) => row.map((value) => value === null))).toEqual([
      [false, false, true],
      [false, false, true],
    ]);
    expect(counts[0]).toEqual([1, 1, 0]);
  });

  test("refuses one parameter twice, unknown options and aggregates", () => {
    expect(() => study.grid("fastPeriod", "fastPeriod")).toThrow(/twice/);
    expect(() => study.grid("fastPeriod", "slowPeriod", { agregate: "mean" } as never)).toThrow(/Did you mean aggregate\?/);
    expect(() => study.grid("fastPeriod", "slowPeriod", { aggregate: "max" as never })).toThrow(/Known: best, mean, worst/);
  });
});

describe("columns", () => {
  test("marginal: best, mean and worst by value", () => {
    const { x, best, mean, worst, counts } = study.marginal("minSamples");
    expect([x, counts]).toEqual([
      [0, 100],
      [6, 6],
    ]);
    const at = (samples: number): number[] => study.trials.filter((t) => t.searched.minSamples === samples).map((t) => t.score!);
    expect(best).toEqual([0, 100].map((samples) => Math.max(...at(samples))));
    expect(worst).toEqual([0, 100].map((samples) => Math.min(...at(samples))));
    expect(mean[0]).toBeCloseTo(at(0).reduce((a, b) => a + b) / 6, 15);
  });

  test("column and scores are in the order tried", () => {
    expect(study.column("slowPeriod").slice(0, 5)).toEqual([20, 20, 30, 30, 20]);
    expect(study.scores).toEqual(study.trials.map((trial) => trial.score));
    expect(() => study.trial(12)).toThrow(expect.objectContaining({ code: "TRIAL_UNKNOWN" }));
    expect(() => study.top(0)).toThrow(/at least 1, got 0/);
  });

  test("the best carries all that an export needs", () => {
    const { best } = study;
    expect(best.strategy.name).toBe("SmaCross");
    expect(best.params).toMatchObject({ ...best.searched, symbol: "TESTUSDT" });
    expect(best.settings).toMatchObject({ sizer: "percent:0.5", interval: "1m", cash: "10000" });
    expect(best.series).toEqual([data]);
    expect(best.search).toMatchObject({ method: "grid", trials: 12, objective: "totalReturn", space: { slowPeriod: ["20", "30"] } });
  });
});

describe("warnings", () => {
  const codes = (of: Study): string[] => of.warnings.map((warning) => warning.code);

  test("few round trips, an optimum at the edge, and those of the best run", async () => {
    const edge = await tune({
      ...options,
      space: { slowPeriod: [300, 400, 500] },
      objective: { name: "slow", score: (run) => run.params.slowPeriod as number },
    });
    expect(codes(edge)).toEqual(expect.arrayContaining(["FEW_ROUND_TRIPS", "BEST_AT_EDGE", "NO_FEES", "SYNTHETIC_DATA"]));
    expect(edge.warnings.find(({ code }) => code === "BEST_AT_EDGE")!.message).toMatch(/slowPeriod, 500,/);
  });

  test("neither where there is no reason", async () => {
    const inner = await tune({
      ...options,
      space: { fastPeriod: [2, 3, 4] },
      objective: { name: "middle", score: (run) => -Math.abs((run.params.fastPeriod as number) - 3) },
    });
    expect(inner.best.roundTrips).toBeGreaterThanOrEqual(30);
    expect(codes(inner)).not.toContain("FEW_ROUND_TRIPS");
    expect(codes(inner)).not.toContain("BEST_AT_EDGE");
    expect(codes(inner)).not.toContain("TIED_BEST");
  });
});

describe("compare", () => {
  const run = backtest({ ...options, params: { fastPeriod: 4, slowPeriod: 20 }, fees: "bybit-linear" });

  test("shows the settings that differ and every metric, side by side", () => {
    const { labels, differences, metrics } = compare(run, study.best);
    expect(labels).toEqual(["1 SmaCross", "2 SmaCross"]);
    const named = Object.fromEntries(differences.map(({ name, values }) => [name, values]));
    expect(named["fees.taker"]).toEqual(["0.00055", "0"]);
    expect(named["params.minSamples"]).toEqual([25, study.best.params.minSamples]);
    expect(Object.keys(named).some((name) => name.startsWith("data.") || name === "sizer")).toBe(false);
    const equity = metrics.find(({ name }) => name === "finalEquity")!;
    expect(equity.values).toEqual([run.finalEquity.toFixed(), study.best.finalEquity.toFixed()]);
  });

  test("names items, takes a study by its best, and makes rows of a table", () => {
    const table = compare({ before: run, after: study }).table();
    expect(table.find((row) => row.name === "totalReturn")).toEqual({
      kind: "metric",
      name: "totalReturn",
      before: run.totalReturn,
      after: study.best.totalReturn,
    });
  });

  test("data that differ are a difference", () => {
    const half = backtest({ ...options, data: data.slice(0, 600) });
    const names = compare(half, backtest({ ...options })).differences.map(({ name }) => name);
    expect(names).toEqual(["data.TESTUSDT.to", "data.TESTUSDT.candles"]);
  });

  test("refuses one item and strangers", () => {
    expect(compare([run, study.best]).labels).toEqual(compare(run, study.best).labels);
    expect(() => compare([run])).toThrow(/at least two items, got 1/);
    expect(() => compare(run)).toThrow(/at least two items, got 1/);
    expect(() => compare(run, {} as never)).toThrow(expect.objectContaining({ code: "COMPARE_INVALID" }));
    expect(() => compare({ a: run, b: 3 } as never)).toThrow(expect.objectContaining({ code: "COMPARE_INVALID" }));
  });
});
