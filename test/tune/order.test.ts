import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Study, tune } from "../../src/tune/index.js";
import { seriesOf } from "./series.js";
import { Idle } from "./strategies.js";

const flat = seriesOf([1000, 1000, 1000]);
const drawn = (study: Study): number[] => study.trials.map((trial) => trial.params.level as number);
const draw = (size: number, trials: number, seed: number): Promise<Study> =>
  tune({ data: flat, strategy: Idle, space: { level: Array.from({ length: size }, (_, i) => i) }, search: "random", trials, seed });

describe("random order", () => {
  test("every size and seed: a permutation, whose start is what fewer trials draw", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), async (size, seed) => {
        const all = drawn(await draw(size, size, seed));
        expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
        const some = Math.ceil(size / 2);
        expect(drawn(await draw(size, some, seed))).toEqual(all.slice(0, some));
      }),
      { numRuns: 40 },
    );
  });

  test("the first draw of 1,000 seeds is even over ten values (chi-square, 9 degrees, 99.9 %)", async () => {
    const counts = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 1000; seed++) counts[drawn(await draw(10, 1, seed))[0]!]!++;
    const chi = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    expect(chi).toBeLessThan(27.88);
  });
});
