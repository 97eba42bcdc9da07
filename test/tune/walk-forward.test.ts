import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sharpe, summary } from "../../src/analytics/index.js";
import { backtest } from "../../src/backtest/index.js";
import { CandleSeries, seededRandom } from "../../src/core/index.js";
import { exportStrategy, loadStrategy } from "../../src/handoff/index.js";
import { defineStrategy, param, type StrategyDefinition } from "../../src/strategies/index.js";
import { range, type TuneProgress, tune, walkForward } from "../../src/tune/index.js";
import { normal, randomWalk, seriesOf } from "./series.js";
import { Echo, Fragile } from "./strategies.js";

const base = { strategy: Echo, sizer: "percent:0.5", fees: "bybit-linear" } as const;
const space = { lag: range(0, 4), sign: [-1, 1] };
const iso = (series: CandleSeries, index: number): number => series.time[index]!;

/** Long whenever it may be, and counts what it hears. */
function holder(heard: { fills: number; timers: number; bars: number } = { fills: 0, timers: 0, bars: 0 }): StrategyDefinition {
  return defineStrategy({
    name: "Holder",
    params: { level: param.integer({ default: 0 }) },
    timerMs: 600_000,
    create: () => ({
      onCandle(_, desk) {
        heard.bars++;
        if (desk.isFlat) desk.enterLong();
      },
      onFill() {
        heard.fills++;
      },
      onTimer(_, desk) {
        heard.timers++;
        desk.enterLong();
      },
    }),
  }) as unknown as StrategyDefinition;
}

describe("windows", () => {
  test("train on the bars before each test; the tests lie end to end, the last over what is left", async () => {
    const data = randomWalk(1000, 1);
    const walk = await walkForward({ ...base, data, space, train: 300, test: 200 });
    expect(walk.windows.map(({ train }) => [train!.from, train!.to, train!.bars])).toEqual(
      [0, 200, 400, 600].map((from) => [iso(data, from), iso(data, from + 299), 300]),
    );
    // What is decided at a close fills at the next open: a window's results are those of the bars after its first, up to the first of the next, at whose open it is closed.
    expect(walk.windows.map(({ test }) => [test.from, test.to, test.bars])).toEqual(
      [
        [301, 500],
        [501, 700],
        [701, 900],
        [901, 999],
      ].map(([from, to]) => [iso(data, from!), iso(data, to!), to! - from! + 1]),
    );
    expect([walk.aborted, walk.lengths]).toEqual([false, { train: 300, test: 200, anchored: false }]);
    expect([walk.latest!.series[0]!.time[0], walk.latest!.series[0]!.length]).toEqual([iso(data, 700), 300]);
  });

  test("a rest shorter than half a test is tested with the last window", async () => {
    const data = randomWalk(590, 19);
    const walk = await walkForward({ ...base, data, space, train: 200, test: 100 });
    expect(walk.windows.map(({ test }) => [test.from, test.to])).toEqual(
      [
        [201, 300],
        [301, 400],
        [401, 500],
        [501, 589],
      ].map(([from, to]) => [iso(data, from!), iso(data, to!)]),
    );
    const shorter = await walkForward({ ...base, data: data.slice(0, 540), space, train: 200, test: 100 });
    expect(shorter.windows.map(({ test }) => test.to)).toEqual([300, 400, 539].map((to) => iso(data, to)));
  });

  test("anchored trainings begin at the first bar and grow", async () => {
    const data = randomWalk(600, 2);
    const walk = await walkForward({ ...base, data, space, train: "5h", test: "100m", anchored: true });
    expect(walk.windows.map(({ train }) => [train!.from, train!.bars])).toEqual([300, 400, 500].map((bars) => [iso(data, 0), bars]));
    expect(walk.latest!.series[0]!.length).toBe(600);
  });
});

describe("what is traded", () => {
  test("each window trades what a search on its training alone finds best", async () => {
    const data = randomWalk(900, 3);
    const walk = await walkForward({ ...base, data, space, train: 300, test: 150 });
    for (const [k, { params, study, train }] of walk.windows.entries()) {
      const alone = await tune({ ...base, data: data.slice(k * 150, k * 150 + 300), space });
      expect(params).toEqual(alone.best.searched);
      expect(study.scores).toEqual(alone.scores);
      expect([train!.return, train!.sharpe, train!.roundTrips]).toEqual([alone.best.totalReturn, alone.best.sharpe, alone.best.roundTrips]);
    }
    expect(new Set(walk.windows.map(({ params }) => JSON.stringify(params))).size).toBeGreaterThan(1);
  });

  test("one window is a backtest that keeps still while it trains, to the last fill", async () => {
    const data = randomWalk(700, 4);
    const walk = await walkForward({ ...base, data, space, train: 400, test: 400 });
    const { lag, sign } = walk.windows[0]!.params as { lag: number; sign: number };
    const late = defineStrategy({
      name: "Late",
      params: {},
      create: () => ({
        onCandle(bar, desk) {
          if (bar.index < 400) return;
          const move = bar.close - bar.closeAgo(lag + 1)! - (bar.close - bar.closeAgo(lag)!);
          if (move * sign > 0) desk.enterLong();
          else desk.exitLong();
        },
      }),
    });
    const alone = backtest({ data, strategy: late, sizer: base.sizer, fees: base.fees });
    expect(walk.run.fills.length).toBeGreaterThan(20);
    expect(walk.run.fills).toEqual(alone.fills);
    expect(walk.run.finalEquity.eq(alone.finalEquity)).toBe(true);
    expect(walk.trades).toEqual(alone.trades);
  });

  test("nothing is known beforehand: whatever happens afterwards, what was traded before is the same", async () => {
    const data = randomWalk(800, 5);
    const walk = await walkForward({ ...base, data, space, train: 200, test: 100 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1e6 }), async (window, seed) => {
        // From the bar after a window's last decision on, prices are others.
        const from = 200 + window * 100;
        const random = seededRandom(seed);
        const closes = Array.from(data.close, (close, i) => (i < from ? close : Math.round(close * (1 + 0.05 * random()))));
        const other = await walkForward({ ...base, data: seriesOf(closes), space, train: 200, test: 100 });
        for (let k = 0; k < window; k++) {
          expect(other.windows[k]!.params).toEqual(walk.windows[k]!.params);
          if (k < window - 1) expect(other.windows[k]!.test).toEqual(walk.windows[k]!.test);
        }
        expect(other.windows[window]!.params).toEqual(walk.windows[window]!.params);
        const isBefore = (time: number): boolean => time < iso(data, from);
        expect(other.run.fills.filter(({ time }) => isBefore(time))).toEqual(walk.run.fills.filter(({ time }) => isBefore(time)));
      }),
      { numRuns: 12 },
    );
  });

  test("a window's position is closed at the first open of the next, and costs what closing costs", async () => {
    const data = randomWalk(640, 6);
    const heard = { fills: 0, timers: 0, bars: 0 };
    const walk = await walkForward({ ...base, strategy: holder(heard), data, space: { level: [0] }, train: 100, test: 200 });
    expect(walk.trades.map(({ entryTime, exitTime }) => [entryTime, exitTime])).toEqual([
      [iso(data, 101), iso(data, 300)],
      [iso(data, 301), iso(data, 500)],
      [iso(data, 501), iso(data, 639)],
    ]);
    expect(walk.trades.slice(0, 2).map(({ exitPrice }) => exitPrice.toNumber())).toEqual([data.open[300]! / 10, data.open[500]! / 10]);
    expect(walk.windows.map(({ test }) => test.roundTrips)).toEqual([1, 1, 1]);
    expect(walk.warnings.map(({ code }) => code)).not.toContain("CARRIED_OVER");
    const paid = walk.trades.reduce((sum, { fees }) => sum.plus(fees), walk.run.fees.times(0));
    expect(paid.eq(walk.run.fees)).toBe(true);
    expect(walk.run.fills.length).toBe(5);
  });

  test("an entry that still waits when its window ends is taken back", async () => {
    // It rises to the end of the first window and falls from there: a bid below the market waits, and would be met in the next window.
    const data = seriesOf(Array.from({ length: 400 }, (_, i) => (i < 200 ? 300_000 + i * 100 : 319_900 - (i - 199) * 300)));
    const once = defineStrategy({
      name: "Once",
      params: { level: param.integer({ default: 0 }) },
      create: () => ({
        onCandle(bar, desk) {
          if (bar.index === 198) desk.enterLong();
        },
      }),
    }) as unknown as StrategyDefinition;
    const options = { ...base, strategy: once, data, router: { style: "maker_both", entryTtlS: 300, entryMiss: "skip" } } as const;
    const alone = backtest({ ...options, strategy: once });
    expect(alone.trades.length).toBe(1);
    expect(alone.trades[0]!.entryTime).toBe(iso(data, 200));
    const walk = await walkForward({ ...options, space: { level: [0] }, objective: "finalEquity", train: 100, test: 100 });
    expect(walk.run.orders.map(({ status }) => status)).toEqual(["cancelled"]);
    expect(walk.trades).toEqual([]);
  });

  test("windows multiply to the whole, which is the account's own", async () => {
    const walk = await walkForward({ ...base, data: randomWalk(1100, 7), space, train: 300, test: 130, cash: "2500" });
    const product = walk.windows.reduce((growth, { test }) => growth * (1 + test.return), 1);
    expect(product - 1).toBeCloseTo(walk.totalReturn, 12);
    expect(walk.equity.initial).toBe(2500);
    expect(walk.equity.value.at(-1)).toBeCloseTo(walk.run.finalEquity.toNumber(), 8);
    expect(walk.windows.reduce((bars, { test }) => bars + test.bars, 0)).toBe(walk.equity.value.length);
    expect(walk.equity.value.length).toBe(1100 - 301);
    expect(summary(walk).sharpe).toBe(sharpe(walk.equity));
    expect(summary(walk).trades).toBe(walk.trades.length);
  });

  test("several symbols: each position is closed when its window ends", async () => {
    const rename = (series: CandleSeries, symbol: string): CandleSeries => new CandleSeries({ ...series, symbol });
    const noise = randomWalk(700, 8);
    const random = seededRandom(9);
    const other = seriesOf(Array.from(noise.close, (close) => Math.round(close * (1 + 0.002 * normal(random)))));
    const walk = await walkForward({
      data: [rename(noise, "AUSDT"), rename(other, "BUSDT")],
      strategy: "PairsTradingArbitrage",
      params: { symbols: ["AUSDT", "BUSDT"] },
      space: { lookback: [20, 40], entryZ: ["1.5"] },
      sizer: "percent:0.2",
      fees: "none",
      train: 300,
      test: 200,
    });
    expect(walk.trades.some(({ symbol }) => symbol === "AUSDT")).toBe(true);
    expect(walk.trades.some(({ symbol }) => symbol === "BUSDT")).toBe(true);
    expect(walk.trades.every(({ entryTime, exitTime }) => exitTime <= walk.windows.find(({ test }) => entryTime <= test.to)!.test.to)).toBe(
      true,
    );
  });
});

describe("what it says", () => {
  test("an edge that lasts holds afterwards; noise does not", async () => {
    const random = seededRandom(11);
    const moves: number[] = [];
    let price = 300_000;
    const closes = Array.from({ length: 6000 }, () => {
      const move = 0.001 * (0.25 * Math.sign(moves.at(-4) ?? 0) + normal(random));
      moves.push(move);
      price *= Math.exp(move);
      return Math.round(price);
    });
    const options = {
      ...base,
      fees: "none",
      sizer: "percent:0.9",
      space: { lag: range(0, 9), sign: [-1, 1] },
      train: 2000,
      test: 1000,
    } as const;
    const edge = await walkForward({ ...options, data: seriesOf(closes) });
    expect(edge.windows.map(({ params }) => params)).toEqual(Array.from({ length: 4 }, () => ({ lag: 3, sign: 1 })));
    expect(edge.efficiency).toBeGreaterThan(0.5);
    expect(edge.text).toContain("4 of 4 windows gained");
    const noise = await walkForward({ ...options, data: randomWalk(6000, 12) });
    expect(noise.efficiency).toBeLessThan(edge.efficiency!);
  });

  test("efficiency is the growth a bar afterwards over that in training", async () => {
    const walk = await walkForward({ ...base, fees: "none", data: randomWalk(900, 13), space, train: 300, test: 200 });
    const rate = (of: "train" | "test"): number =>
      walk.windows.reduce((sum, one) => sum + Math.log(1 + one[of]!.return), 0) / walk.windows.reduce((sum, one) => sum + one[of]!.bars, 0);
    expect(walk.efficiency).toBeCloseTo(rate("test") / rate("train"), 10);
  });

  test("a window in which no trial has a score is not traded, and said", async () => {
    const data = randomWalk(900, 14);
    const quiet = seriesOf(Array.from(data.close, (close, i) => (i >= 300 && i < 600 ? data.close[300]! : close)));
    const walk = await walkForward({ ...base, data: quiet, space: { lag: [0], sign: [1] }, train: 300, test: 300, minRoundTrips: 5 });
    expect(walk.windows.map(({ params }) => params === undefined)).toEqual([false, true]);
    expect(walk.windows[1]!.test).toMatchObject({ return: 0, roundTrips: 0 });
    expect(walk.warnings.map(({ code }) => code)).toContain("NO_SCORE");
    await expect(walkForward({ ...base, data, space, train: 300, test: 300, minRoundTrips: 1_000 })).rejects.toMatchObject({
      code: "WALK_NO_BEST",
    });
  });

  test("a table holds every window, and what would trade next can be exported", async () => {
    const walk = await walkForward({
      ...base,
      strategy: "SmaCross",
      data: randomWalk(900, 15),
      space: { fastPeriod: [3, 5], slowPeriod: [20, 30] },
      train: 300,
      test: 200,
    });
    const rows = walk.table();
    expect(rows.length).toBe(3);
    expect(rows[0]).toMatchObject({ window: 1, from: "2023-01-01T05:01:00Z", bars: 200, testReturn: walk.windows[0]!.test.return });
    expect([3, 5]).toContain(rows[0]!.fastPeriod);
    const path = join(mkdtempSync(join(tmpdir(), "walk-")), "next.toml");
    await exportStrategy(walk.best, path, { outOfSample: { sharpe: sharpe(walk), totalReturn: walk.totalReturn } });
    const loaded = await loadStrategy(path);
    expect(loaded.params).toMatchObject(walk.best.searched);
    expect(loaded.provenance).toMatchObject({ outOfSample: { totalReturn: walk.totalReturn }, data: [{ bars: 300 }] });
  });
});

describe("while it runs", () => {
  test("progress rises to the total of all searches", async () => {
    const seen: TuneProgress[] = [];
    await walkForward({ ...base, data: randomWalk(700, 16), space, train: 300, test: 200, onProgress: (one) => seen.push(one) });
    expect(seen.map(({ total }) => total).every((total) => total === 30)).toBe(true);
    expect(seen.map(({ done }) => done)).toEqual([...seen.map(({ done }) => done)].sort((a, b) => a - b));
    expect(seen.at(-1)!.done).toBe(30);
  });

  test("one that is stopped tests the windows that were searched", async () => {
    const data = randomWalk(1000, 17);
    const whole = await walkForward({ ...base, data, space, train: 300, test: 200 });
    const stop = new AbortController();
    const walk = await walkForward({
      ...base,
      data,
      space,
      train: 300,
      test: 200,
      signal: stop.signal,
      onProgress: ({ done }) => done >= 20 && stop.abort(),
    });
    expect([walk.aborted, walk.windows.length]).toEqual([true, 2]);
    expect(walk.windows[0]!.test).toEqual(whole.windows[0]!.test);
    expect(walk.windows[1]!.params).toEqual(whole.windows[1]!.params);
    expect(walk.warnings.map(({ code }) => code)).toContain("ABORTED");
    expect(() => walk.best).toThrow(/stopped before the newest bars/);
    const stopped = walkForward({ ...base, data, space, train: 300, test: 200, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "WALK_ABORTED" });
  });
});

describe("bad input is named", () => {
  const data = randomWalk(500, 18);
  const good = { ...base, data, space, train: 300, test: 100 };
  test.each([
    [{ ...good, train: 499 }, "WALK_TOO_SHORT", /500 bars: with 499 to train on fewer than 2 are left/],
    [{ ...good, train: 1 }, "OPTION_INVALID", /train must be a whole number from 2/],
    [{ ...good, train: "90s" }, "OPTION_INVALID", /a duration in m, h, d or w such as "90d", got 90s/],
    [{ ...good, test: "1m" }, "OPTION_INVALID", /test of 1m is 1 bars of 1m/],
    [{ ...good, train: undefined }, "OPTION_INVALID", /train is a number of bars or a duration .* got undefined/],
    [{ ...good, anchored: "yes" }, "OPTION_INVALID", /anchored is true or false, got yes/],
    [{ ...good, trian: 5 }, "OPTION_UNKNOWN", /train/],
    [{ ...good, space: { leg: [1] } }, "PARAM_UNKNOWN", /lag/],
    [undefined, "OPTION_INVALID", /walkForward takes an object of options/],
  ])("%#", async (options, code, message) => {
    await expect(walkForward(options as never)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  test("a strategy that throws in every trial ends the walk with its error", async () => {
    await expect(walkForward({ ...good, strategy: Fragile, space: { level: [1, 3] } })).rejects.toMatchObject({ code: "TUNE_FAILED" });
  });
});
