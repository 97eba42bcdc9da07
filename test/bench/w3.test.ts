import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { benchCsv, benchSeries, runW3 } from "../../src/bench/index.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const reference = resolve(root, process.env.TESSERLAB__DATA_DIR ?? "../shared/data", "../bench/gen.mjs");

test("the bench's series are the pinned ones, with and without gaps", () => {
  const digest = (gaps: boolean): string =>
    createHash("sha256")
      .update(benchCsv(benchSeries({ bars: 10_000, gaps })))
      .digest("hex");
  expect(digest(false)).toBe("0067ed9f3bea1478e59daf0ffa5ada7e62ac03eab6d553f603609686c2fef557");
  expect(digest(true)).toBe("b15336efe2d12e17a06c1ab8d972b8d94c6cdc3965f4be4ae6374da4ae8c28be");
});

test.skipIf(!existsSync(reference))(
  "they equal the reference generator's (skipped without the folder beside the real candles)",
  async () => {
    const { gen } = (await import(pathToFileURL(reference).href)) as {
      gen: (bars: number, seed: number, gaps: boolean) => Record<"ts" | "o" | "h" | "l" | "c" | "v", ArrayLike<number>>;
    };
    for (const gaps of [false, true]) {
      const expected = gen(20_000, 42, gaps);
      const series = benchSeries({ bars: 20_000, gaps });
      const pairs = [
        ["time", "ts"],
        ["open", "o"],
        ["high", "h"],
        ["low", "l"],
        ["close", "c"],
        ["volume", "v"],
      ] as const;
      for (const [ours, theirs] of pairs) expect([...series[ours]]).toEqual(Array.from(expected[theirs]));
    }
  },
);

test("W3 checks loader, floor and generator against each other, then times both", async () => {
  const result = await runW3({ bars: 5000, rounds: 3 });
  expect(result).toMatchObject({ rows: 5000, rounds: 3 });
  expect(result.ms).toBeGreaterThan(0);
  expect(result.ratio).toBeCloseTo(result.ms / result.floorMs, 12);
});
