import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BLOCKS, BlockSums, pbo, sharpe, sharpeOfEquity } from "../../src/analytics/index.js";
import { normals } from "./support.js";

/** Every way to choose `k` of the numbers below `n`. */
function choices(n: number, k: number, from = 0): number[][] {
  if (k === 0) return [[]];
  const out: number[][] = [];
  for (let i = from; i <= n - k; i++) for (const rest of choices(n, k - 1, i + 1)) out.push([i, ...rest]);
  return out;
}

/** The definition word by word: returns of the chosen blocks put one after another, ratios by `sharpe`, ranks by sorting. */
function naive(trials: readonly (readonly number[])[], blocks: number): { probability: number; loss: number } {
  const n = trials[0]!.length;
  const each = BLOCKS / blocks;
  const at = (block: number): number => Math.floor((block * each * n) / BLOCKS);
  const pieces = trials.map((returns) => Array.from({ length: blocks }, (_, block) => returns.slice(at(block), at(block + 1))));
  const ratio = (trial: number, chosen: readonly number[]): number =>
    sharpe(
      chosen.flatMap((block) => pieces[trial]![block]!),
      { periodsPerYear: 1 },
    ) ?? 0;
  let below = 0;
  let losses = 0;
  const splits = choices(blocks, blocks / 2);
  for (const inside of splits) {
    const outside = Array.from({ length: blocks }, (_, block) => block).filter((block) => !inside.includes(block));
    const chosenBy = trials.map((_, trial) => ratio(trial, inside));
    const judgedBy = trials.map((_, trial) => ratio(trial, outside));
    const best = chosenBy.indexOf(Math.max(...chosenBy));
    const sorted = [...judgedBy].sort((a, b) => a - b);
    const rank = (sorted.indexOf(judgedBy[best]!) + sorted.lastIndexOf(judgedBy[best]!)) / 2 + 1;
    const omega = rank / (trials.length + 1);
    if (Math.log(omega / (1 - omega)) <= 0) below++;
    if (judgedBy[best]! < 0) losses++;
  }
  return { probability: below / splits.length, loss: losses / splits.length };
}

const noise = (seed: number, trials: number, length: number, drift: (trial: number) => number = () => 0): number[][] => {
  const next = normals(seed);
  return Array.from({ length: trials }, (_, trial) => Array.from({ length }, () => 0.01 * next() + drift(trial)));
};

describe("the probability of backtest overfitting", () => {
  test("is what its definition gives, whatever the returns and however many there are", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 32, max: 90 }),
        fc.constantFrom(4, 8),
        (seed, trials, length, blocks) => {
          const returns = noise(seed, trials, length, (trial) => (trial % 3) * 0.001);
          const expected = naive(returns, blocks);
          const found = pbo(returns, { blocks });
          expect(found).toMatchObject({ trials, periods: length, blocks, splits: blocks === 4 ? 6 : 70 });
          expect([found.probability, found.probabilityOfLoss]).toEqual([expected.probability, expected.loss]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("trials that do nothing for some blocks neither gain nor lose there", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 3, max: 6 }), (seed, trials) => {
        const returns = noise(seed, trials, 64).map((one, trial) => one.map((r, i) => ((i >> 4) % 2 === trial % 2 ? 0 : r)));
        const expected = naive(returns, 4);
        const found = pbo(returns, { blocks: 4 });
        expect([found.probability, found.probabilityOfLoss]).toEqual([expected.probability, expected.loss]);
      }),
      { numRuns: 60 },
    );
  });

  test("by hand: the best of each half is the worst of the other", () => {
    // Blocks of 4 periods. The first trial gains in blocks 1 and 2 and loses in 3 and 4, the second the other way round.
    const up = [1 / 64, 1 / 128, 1 / 64, 1 / 128];
    const down = up.map((one) => -one);
    const found = pbo(
      [
        [...up, ...up, ...down, ...down],
        [...down, ...down, ...up, ...up],
      ],
      { blocks: 4 },
    );
    // Of six splits two part gains from losses; in the other four each half has both, and both trials have a ratio of 0 on either.
    expect(found.splits).toBe(6);
    expect(found.probability).toBe(1);
    expect(found.probabilityOfLoss).toBeCloseTo(2 / 6, 12);
  });

  test("one trial that is better throughout is found on every half", () => {
    const found = pbo(noise(3, 20, 800, (trial) => (trial === 7 ? 0.004 : 0)));
    expect(found).toMatchObject({ probability: 0, probabilityOfLoss: 0, blocks: 16, splits: 12_870 });
    expect(found.medianRank).toBeCloseTo(20 / 21, 12);
  });

  test("where there is nothing to find, choosing is as good as a coin", () => {
    const found = Array.from({ length: 40 }, (_, i) => pbo(noise(100 + i, 10, 160), { blocks: 8 }).probability!);
    const mean = found.reduce((sum, one) => sum + one) / found.length;
    // Its spread over such series is about 0.25, that of the mean of 40 about 0.04.
    expect(mean).toBeGreaterThan(0.35);
    expect(mean).toBeLessThan(0.75);
    expect(pbo(noise(9, 10, 160)).degradation).toBeLessThan(0);
  });

  test("a trial that does nothing has a ratio of 0, one that was ruined ranks last", () => {
    const losing = noise(5, 3, 64, () => -0.02);
    const idle = Array.from({ length: 64 }, () => 0);
    // The idle one is best on every half, and loses on none.
    expect(pbo([...losing, idle])).toMatchObject({ probability: 0, probabilityOfLoss: 0 });
    const sums = new BlockSums(64);
    for (const returns of losing) sums.addReturns(Float64Array.from(returns));
    const running = new Float64Array(2 * BLOCKS);
    const ruin = Float64Array.from({ length: 64 }, (_, i) => (i < 10 ? 1_000 * (i + 1) : -5));
    expect(sharpeOfEquity(ruin, 100, 64, running)).toBeNull();
    sums.add(running);
    const found = pbo(sums);
    expect(found.trials).toBe(4);
    expect(found.probabilityOfLoss).toBe(1);
  });

  test("trials without a difference cannot be chosen among", () => {
    const [one] = noise(1, 1, 64);
    expect(pbo([one!, one!, one!]).probability).toBe(1);
  });

  test("sums of an equity curve are those of its returns", () => {
    const next = normals(8);
    const returns = Float64Array.from({ length: 333 }, () => 0.01 * next());
    let value = 1_000;
    const equity = returns.map((r) => (value *= 1 + r));
    const running = new Float64Array(2 * BLOCKS);
    sharpeOfEquity(equity, 1_000, 333, running);
    const [a, b] = [new BlockSums(333), new BlockSums(333)];
    a.add(running);
    b.addReturns(returns);
    let periods = 0;
    for (let block = 0; block < BLOCKS; block++) {
      periods += a.count(block);
      expect(a.sum(0, block)).toBeCloseTo(b.sum(0, block), 12);
      expect(a.squares(0, block)).toBeCloseTo(b.squares(0, block), 12);
    }
    expect(periods).toBe(333);
    expect(new BlockSums(333, a).sum(0, 3)).toBe(a.sum(0, 3));
  });

  test("is undefined with a reason where there is nothing to split or to choose", () => {
    expect(pbo([])).toMatchObject({ probability: null, reason: "there are fewer than 2 trials to choose from" });
    expect(pbo(noise(1, 1, 64))).toMatchObject({ probability: null, trials: 1, splits: 0 });
    expect(pbo(noise(1, 3, 31))).toMatchObject({ probability: null, reason: "31 periods are too few for 16 blocks of at least 2" });
    expect(pbo(noise(1, 3, 31), { blocks: 8 }).probability).not.toBeNull();
    expect(pbo([new Array(64).fill(0), new Array(64).fill(0)])).toMatchObject({ probability: null, reason: "no trial has returns" });
  });

  test("names what it is given wrongly", () => {
    expect(() => pbo(noise(1, 3, 64), { blocks: 10 })).toThrow("blocks is one of 16, 8, 4, got 10.");
    expect(() => pbo(noise(1, 3, 64), { block: 8 } as never)).toThrow(/blocks/);
    expect(() => pbo([...noise(1, 2, 64), [0.1]])).toThrow("the first has 64 returns, trial 2 has 1");
    expect(() => pbo("runs" as never)).toThrow(/pbo takes a list/);
  });
});
