import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maxDrawdown, sharpeOfEquity } from "../../src/analytics/index.js";
import { backtest } from "../../src/backtest/index.js";
import {
  benchSeries,
  bracketFloor,
  crossFloor,
  type FloorResult,
  floorData,
  pairs,
  runPart,
  runW2,
  sweepFloor,
  w1bOptions,
  w1Options,
} from "../../src/bench/index.js";
import { HAS_REFERENCE, REFERENCE, SKIPPED, type Sweep } from "./reference.js";

const BARS = 20_000;

describe.skipIf(!HAS_REFERENCE)(`the floors equal hand loops written apart from ours ${SKIPPED}`, () => {
  test("W1", () => {
    const { stdout } = spawnSync(process.execPath, ["floor.mjs", "int", String(BARS), "1"], { cwd: REFERENCE, encoding: "utf8" });
    const reference = JSON.parse(stdout) as { trades: number; final: number; mdd: number };
    const floor = crossFloor(floorData(benchSeries({ bars: BARS })), 10, 30, new Float64Array(BARS));
    expect([floor.roundTrips, floor.finalUnits]).toEqual([reference.trades, reference.final]);
    expect(floor.maxDrawdown.toFixed(8)).toBe(reference.mdd.toFixed(8));
  });

  test("W2, in the pairs, their order, and every figure of a pair", async () => {
    const { run1, grid } = (await import(pathToFileURL(join(REFERENCE, "sweepcore.mjs")).href)) as Sweep;
    expect(pairs()).toEqual(grid());
    const data = floorData(benchSeries({ bars: 3000, gaps: true }));
    for (const [fast, slow] of pairs().filter((_, i) => i % 53 === 0)) {
      const { roundTrips, finalUnits, maxDrawdown, sharpe } = sweepFloor(data, fast, slow);
      expect([roundTrips, finalUnits, maxDrawdown, sharpe]).toEqual(run1(data.open, data.close, data.length, fast, slow));
    }
  });
});

const request = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fast: fc.integer({ min: 1, max: 80 }),
  slow: fc.integer({ min: 1, max: 200 }),
  gaps: fc.boolean(),
});

const answer = ({ roundTrips, finalUnits, maxDrawdown, stops, targets }: FloorResult) => ({
  roundTrips,
  finalUnits,
  maxDrawdown,
  stops,
  targets,
});

describe("the engine equals the floors in every figure and at every bar, whatever the series and the periods", () => {
  test("W1 and W1g", () => {
    fc.assert(
      fc.property(request, ({ seed, gaps, ...periods }) => {
        const series = benchSeries({ bars: BARS, seed, gaps });
        const equity = new Float64Array(BARS);
        const floor = crossFloor(floorData(series), periods.fast, periods.slow, equity);
        const run = backtest(w1Options(series, periods));
        const { roundTrips, finalEquityUnits: finalUnits, counts } = run;
        expect({ roundTrips, finalUnits, maxDrawdown: run.maxDrawdown, stops: counts.stops, targets: counts.targets }).toEqual(
          answer(floor),
        );
        expect(run.equityUnits).toEqual(equity);
      }),
      { numRuns: 20 },
    );
  });

  test("W1b", () => {
    fc.assert(
      fc.property(request, ({ seed, gaps, ...periods }) => {
        const series = benchSeries({ bars: BARS, seed, gaps });
        const equity = new Float64Array(BARS);
        const floor = bracketFloor(floorData(series), periods.fast, periods.slow, equity);
        const run = backtest(w1bOptions(series, periods));
        const { roundTrips, finalEquityUnits: finalUnits, counts } = run;
        expect({ roundTrips, finalUnits, maxDrawdown: run.maxDrawdown, stops: counts.stops, targets: counts.targets }).toEqual(
          answer(floor),
        );
        expect(run.equityUnits).toEqual(equity);
      }),
      { numRuns: 20 },
    );
  });

  test("the floors' own drawdown and Sharpe ratio are those of their equity", () => {
    const data = floorData(benchSeries({ bars: BARS, gaps: true }));
    const equity = new Float64Array(BARS);
    const cross = crossFloor(data, 10, 30, equity);
    const swept = sweepFloor(data, 10, 30);
    const money = { time: new Float64Array(BARS), value: equity, initial: 1e12, periodsPerYear: 525_600 };
    expect([swept.roundTrips, swept.finalUnits, swept.maxDrawdown]).toEqual([cross.roundTrips, cross.finalUnits, cross.maxDrawdown]);
    expect(cross.maxDrawdown).toBeCloseTo(maxDrawdown(money) ?? Number.NaN, 14);
    expect(swept.sharpe).toBeCloseTo(sharpeOfEquity(equity, 1e12)! * Math.sqrt(525_600), 8);
  });
});

describe("a part of the bench", () => {
  test.each([
    ["w1", { seed: 42, fast: 10, slow: 30 }],
    ["w1", { seed: 9, fast: 3, slow: 50 }],
    ["w1g", { seed: 9, fast: 3, slow: 50 }],
    ["w1b", { seed: 42, fast: 10, slow: 30 }],
    ["w1b", { seed: 1, fast: 5, slow: 12 }],
  ] as const)("%s with %j gives the floor's answer, money with 8 decimals and drawdown with 6", async (part, periods) => {
    const bars = 5000;
    const series = benchSeries({ bars, seed: periods.seed, gaps: part !== "w1" });
    const floor = (part === "w1b" ? bracketFloor : crossFloor)(floorData(series), periods.fast, periods.slow, new Float64Array(bars));
    const figures = await runPart(part, { ...periods, bars, gaps: false });
    expect(figures).toMatchObject({
      roundTrips: floor.roundTrips,
      finalEquity: (floor.finalUnits / 1e8).toFixed(8),
      maxDrawdownPct: (floor.maxDrawdown * 100).toFixed(6),
      ...(part === "w1b" ? { stops: floor.stops, targets: floor.targets } : {}),
    });
    if (part === "w1b") expect(floor.stops * floor.targets).toBeGreaterThan(0);
    const { ms, floorMs, ratio } = figures as Record<string, number>;
    expect(ratio).toBeCloseTo(ms! / floorMs!, 12);
  });

  test("W2 finds the pair that a plain search finds", () => {
    const series = benchSeries({ bars: 2000 });
    const data = floorData(series);
    const finals = pairs().map(([fast, slow]) => sweepFloor(data, fast, slow));
    const top = Math.max(...finals.map(({ finalUnits }) => finalUnits));
    const at = finals.findIndex(({ finalUnits }) => finalUnits === top);
    expect(runW2(series, 1)).toMatchObject({
      best: pairs()[at],
      bestEquity: (top / 1e8).toFixed(8),
      roundTrips: finals[at]!.roundTrips,
    });
  });

  test("refuses periods and lengths that no series has", async () => {
    await expect(runPart("w1", { seed: 1, fast: 0, slow: 30, bars: 1000, gaps: false })).rejects.toMatchObject({ code: "PARAM_INVALID" });
    await expect(runPart("w1", { seed: 1, fast: 3, slow: 30, bars: 0, gaps: false })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});
