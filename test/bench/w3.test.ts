import { createHash } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { benchCsv, benchSeries, runW3 } from "../../src/bench/index.js";
import { type Generator, HAS_REFERENCE, REFERENCE, SKIPPED } from "./reference.js";

test("the bench's series are the pinned ones, with and without gaps", () => {
  const digest = (gaps: boolean): string =>
    createHash("sha256")
      .update(benchCsv(benchSeries({ bars: 10_000, gaps })))
      .digest("hex");
  expect(digest(false)).toBe("0067ed9f3bea1478e59daf0ffa5ada7e62ac03eab6d553f603609686c2fef557");
  expect(digest(true)).toBe("b15336efe2d12e17a06c1ab8d972b8d94c6cdc3965f4be4ae6374da4ae8c28be");
});

test.skipIf(!HAS_REFERENCE)(`they equal the reference generator's for any seed ${SKIPPED}`, async () => {
  const { gen } = (await import(pathToFileURL(join(REFERENCE, "gen.mjs")).href)) as Generator;
  const pairs = [
    ["time", "ts"],
    ["open", "o"],
    ["high", "h"],
    ["low", "l"],
    ["close", "c"],
    ["volume", "v"],
  ] as const;
  for (const seed of [42, 0, 7, 4_294_967_295])
    for (const gaps of [false, true]) {
      const expected = gen(20_000, seed, gaps);
      const series = benchSeries({ bars: 20_000, seed, gaps });
      for (const [ours, theirs] of pairs) expect([...series[ours]]).toEqual(Array.from(expected[theirs]));
    }
});

test("W3 checks loader, floor and generator against each other, then times both", async () => {
  const result = await runW3({ bars: 5000, rounds: 3 });
  expect(result).toMatchObject({ rows: 5000, rounds: 3 });
  expect(result.ms).toBeGreaterThan(0);
  expect(result.ratio).toBeCloseTo(result.ms / result.floorMs, 12);
});
