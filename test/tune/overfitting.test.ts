import { describe, expect, test } from "vitest";
import { deflatedSharpe, kurtosis, pbo, sharpe, skewness } from "../../src/analytics/index.js";
import { seededRandom } from "../../src/core/index.js";
import { range, tune } from "../../src/tune/index.js";
import { normal, randomWalk, seriesOf } from "./series.js";
import { Echo, Idle } from "./strategies.js";

const LAG = 17;

/** Moves that repeat, in part, the sign of the one `LAG` bars before: an edge that one pair of parameters can find, and no other. */
function planted(length: number, seed: number): ReturnType<typeof seriesOf> {
  const random = seededRandom(seed);
  const moves: number[] = [];
  let price = 300_000;
  const closes = Array.from({ length }, () => {
    const pull = 0.15 * Math.sign(moves.at(-LAG) ?? 0);
    const move = 0.001 * (pull + normal(random));
    moves.push(move);
    price *= Math.exp(move);
    return Math.round(price);
  });
  return seriesOf(closes);
}

/** A signal on bar t is filled at the open of t + 1 and earns the move of t + 1, which echoes that of t + 1 - LAG: Echo finds it at lag LAG - 1. */
const search = (data: ReturnType<typeof seriesOf>): ReturnType<typeof tune> =>
  tune({ data, strategy: Echo, space: { lag: range(0, 49), sign: [-1, 1] }, sizer: "percent:0.9", fees: "none", objective: "sharpe" });

describe("the overfitting verdict", () => {
  test.each([1, 2, 3, 4, 5, 6])("noise does not survive 100 trials (walk %i)", async (seed) => {
    const study = await search(randomWalk(4000, seed));
    expect(study.best.sharpe).toBeGreaterThan(0);
    expect(study.overfitting.verdict).not.toBe("survives");
    expect(study.overfitting.passes).toBe(false);
    expect(study.overfitting.probabilisticSharpe).toBeGreaterThan(study.overfitting.deflatedSharpe!);
    expect(study.warnings.map((warning) => warning.code)).toContain("OVERFITTING");
  });

  test.each([1, 2, 3])("a planted edge is found and survives (series %i)", async (seed) => {
    const study = await search(planted(4000, seed));
    expect(study.best.searched).toEqual({ lag: LAG - 1, sign: 1 });
    expect(study.overfitting.verdict).toBe("survives");
    expect(study.overfitting.deflatedSharpe).toBeGreaterThanOrEqual(0.95);
    expect(study.warnings.map((warning) => warning.code)).not.toContain("OVERFITTING");
  });

  test("is the deflated Sharpe ratio of the best trial's own returns among all trials", async () => {
    const study = await search(randomWalk(2000, 7));
    const run = study.backtest();
    const perPeriod = study.trials.map((trial) => trial.sharpe! / Math.sqrt(run.periodsPerYear));
    const mean = perPeriod.reduce((sum, ratio) => sum + ratio) / perPeriod.length;
    const variance = perPeriod.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / (perPeriod.length - 1);
    const expected = deflatedSharpe({
      sharpe: sharpe(run, { periodsPerYear: 1 })!,
      observations: 2000,
      skewness: skewness(run)!,
      kurtosis: kurtosis(run)!,
      trials: 100,
      trialSharpeVariance: variance,
    });
    expect(study.overfitting.deflatedSharpe).toBeCloseTo(expected!, 12);
    expect(study.overfitting.trials).toBe(100);
    expect(study.overfitting.text).toContain("after 100 trials");
  });

  test("what cannot be computed is uncertain, with the reason", async () => {
    const study = await tune({ data: randomWalk(300, 1), strategy: Idle, space: { level: [1, 2] }, objective: "finalEquity" });
    expect(study.overfitting).toMatchObject({ deflatedSharpe: null, verdict: "uncertain", passes: false });
    expect(study.overfitting.text).toMatch(/cannot be computed: the returns do not vary/);
  });

  test("holds the probability of backtest overfitting, from the returns of every trial, also of a search that was resumed", async () => {
    const stop = new AbortController();
    const where = ({ lag }: { readonly lag: number }): boolean => {
      if (lag === 5) stop.abort();
      return true;
    };
    const options = {
      data: randomWalk(1000, 3),
      strategy: Echo,
      space: { lag: range(0, 9), sign: [-1, 1] },
      sizer: "percent:0.9",
      fees: "none",
    } as const;
    const half = await tune({ ...options, where, signal: stop.signal });
    expect(half.aborted).toBe(true);
    const study = await half.resume();
    expect(study.length).toBe(20);
    const { probability, trials, splits, probabilityOfLoss } = study.overfitting.pbo;
    const expected = pbo(study.trials.map((trial) => trial.backtest()));
    expect([probability, probabilityOfLoss, trials, splits]).toEqual([expected.probability, expected.probabilityOfLoss, 20, 12_870]);
    expect(study.overfitting.text).toContain(`Probability of backtest overfitting ${(probability! * 100).toPrecision(3)} %`);
    expect(half.length + 1).toBeLessThan(20);
    expect(half.overfitting.pbo.trials).toBe(half.length);
  });

  test("an edge that is there is found on every half, noise is not", async () => {
    expect((await search(planted(4000, 1))).overfitting.pbo.probability).toBeLessThan(0.01);
    expect((await search(randomWalk(4000, 1))).overfitting.pbo.probability).toBeGreaterThan(0.2);
  });

  test("too few bars for it are said", async () => {
    const study = await tune({ data: randomWalk(31, 3), strategy: Echo, space: { lag: [0, 1, 2] }, fees: "none" });
    expect(study.overfitting.text).toContain(
      "The probability of backtest overfitting cannot be computed: 31 periods are too few for 16 blocks of at least 2.",
    );
  });
});
