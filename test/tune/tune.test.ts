import { describe, expect, test } from "vitest";
import { calmar, expectancy, maxDrawdown, profitFactor, sharpe, sortino, winRate } from "../../src/analytics/index.js";
import { type BacktestRun, backtest } from "../../src/backtest/index.js";
import type { Decimal } from "../../src/core/index.js";
import { OBJECTIVES, range, type TuneProgress, tune } from "../../src/tune/index.js";
import { benchSeries, randomWalk } from "./series.js";
import { Fragile, Idle } from "./strategies.js";

const walk = randomWalk(1500, 5);
const sma = { data: walk, strategy: "SmaCross", params: { minSamples: 0 }, sizer: "percent:0.5", fees: "none" } as const;
const space = { fastPeriod: range(3, 12, 3), slowPeriod: range(10, 40, 10) };

describe("grid", () => {
  test("tries every combination once, the parameter named last fastest", async () => {
    const study = await tune({ ...sma, space: { fastPeriod: [5, 3], slowPeriod: [20, 30, 10] } });
    expect(study.trials.map(({ searched }) => [searched.fastPeriod, searched.slowPeriod])).toEqual([
      [5, 20],
      [5, 30],
      [5, 10],
      [3, 20],
      [3, 30],
      [3, 10],
    ]);
    expect(study.search).toMatchObject({ method: "grid", seed: null, trials: 6, combinations: 6, skipped: 0, aborted: false });
  });

  test("where leaves combinations out and counts them", async () => {
    const study = await tune({ ...sma, space, where: (p) => p.fastPeriod < p.slowPeriod });
    expect(study.length + study.skipped.where).toBe(16);
    expect(study.skipped.where).toBe(1);
    expect(study.trials.every(({ params }) => (params.fastPeriod as number) < (params.slowPeriod as number))).toBe(true);
  });

  test("where sees defaults and fixed parameters", async () => {
    const seen: unknown[] = [];
    await tune({ ...sma, space: { fastPeriod: [4] }, where: (p) => seen.push([p.fastPeriod, p.slowPeriod, p.minSamples]) > 0 });
    expect(seen).toEqual([[4, 20, 0]]);
  });

  test("W2: the best of 1,000 pairs on 10,000 bars of the bench's generator", async () => {
    const study = await tune({
      data: benchSeries(10_000),
      strategy: "SmaCross",
      params: { minSamples: 0 },
      space: { fastPeriod: range(5, 29), slowPeriod: range(30, 69) },
      objective: "finalEquity",
      sizer: "fixed:0.010",
      fees: { maker: "0.00055", taker: "0.00055" },
      brackets: "none",
    });
    expect(study.length).toBe(1000);
    expect(study.best.searched).toEqual({ fastPeriod: 24, slowPeriod: 62 });
    expect(study.best.finalEquity.toFixed(8)).toBe("9988.88014720");
    expect(study.best.roundTrips).toBe(86);
  });
});

describe("scores equal the backtest's", () => {
  const measures: Record<string, (run: BacktestRun) => number | null> = {
    sharpe: (run) => sharpe(run),
    sortino: (run) => sortino(run),
    calmar: (run) => calmar(run),
    totalReturn: (run) => run.totalReturn,
    return: (run) => run.totalReturn,
    finalEquity: (run) => run.finalEquity.toNumber(),
    profitFactor: (run) => profitFactor(run),
    winRate: (run) => winRate(run),
    maxDrawdown: (run) => run.maxDrawdown,
    expectancy: (run) => expectancy(run),
  };

  test.each(OBJECTIVES)("%s, in every trial", async (objective) => {
    const study = await tune({ ...sma, space, objective });
    expect(study.objective).toBe(objective === "return" ? "totalReturn" : objective);
    for (const trial of study.trials) {
      const run = backtest({ ...sma, params: trial.params });
      expect(trial.score).toBe(measures[objective]!(run));
      expect(trial.finalEquity.eq(run.finalEquity)).toBe(true);
      expect([trial.totalReturn, trial.maxDrawdown, trial.roundTrips, trial.sharpe]).toEqual([
        run.totalReturn,
        run.maxDrawdown,
        run.roundTrips,
        sharpe(run),
      ]);
    }
  });

  test("a trial run again is its backtest, to the last fill", async () => {
    const study = await tune({ ...sma, space });
    const again = study.backtest();
    const alone = backtest({ ...sma, params: study.best.params });
    expect(again.fills).toEqual(alone.fills);
    expect(again.equity.value).toEqual(alone.equity.value);
    expect(study.backtest(3).params).toEqual(study.trial(3).params);
    expect(maxDrawdown(again)).toBeCloseTo(study.best.maxDrawdown, 12);
  });

  test("a function of one's own is given the whole run", async () => {
    const objective = (run: BacktestRun): number => run.trades.filter((trade) => trade.netPnl.gt(0)).length - run.counts.stops;
    const study = await tune({ ...sma, space, objective });
    expect(study.objective).toBe("objective");
    for (const trial of study.trials) expect(trial.score).toBe(objective(backtest({ ...sma, params: trial.params })));
  });
});

describe("ranking", () => {
  test("the best of a maximised objective is the largest score, of maxDrawdown the smallest", async () => {
    const most = await tune({ ...sma, space, objective: "sharpe" });
    expect(most.best.score).toBe(Math.max(...most.scores.map((score) => score!)));
    const least = await tune({ ...sma, space, objective: "maxDrawdown" });
    expect(least.direction).toBe("minimize");
    expect(least.best.score).toBe(Math.min(...least.scores.map((score) => score!)));
    const own = await tune({ ...sma, space, objective: { name: "trips", score: (run) => run.roundTrips, direction: "minimize" } });
    expect(own.best.roundTrips).toBe(Math.min(...own.trials.map((trial) => trial.roundTrips)));
  });

  test("the table is sorted by score, and top is its head", async () => {
    const study = await tune({ ...sma, space });
    const scores = study.table().map((row) => row.score as number);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(study.top(3).map((trial) => trial.score)).toEqual(scores.slice(0, 3));
    const { best } = study;
    expect(study.table()[0]).toMatchObject({ rank: 1, trial: best.index, ...best.searched, finalEquity: best.finalEquity.toFixed() });
  });

  test("of equal scores the one tried first wins, and a warning says so", async () => {
    const study = await tune({ ...sma, space, objective: { name: "same", score: () => 1 } });
    expect(study.best.index).toBe(0);
    expect(study.top(16).map((trial) => trial.index)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(study.warnings.map((warning) => warning.code)).toContain("TIED_BEST");
  });

  test("null, NaN and infinite scores come last, with the reason", async () => {
    const objective = {
      name: "odd",
      score: (run: BacktestRun) => [null, Number.NaN, Number.POSITIVE_INFINITY, -5][((run.params.fastPeriod as number) / 3 - 1) % 4]!,
    };
    const study = await tune({ ...sma, space: { fastPeriod: [3, 6, 9, 12] }, objective });
    expect(study.scores).toEqual([null, null, null, -5]);
    expect(study.best.index).toBe(3);
    expect(study.table().map((row) => row.reason)).toEqual([undefined, "odd returned no number", "odd is NaN", "odd is Infinity"]);
    expect(study.warnings.map((warning) => warning.code)).toContain("NO_SCORE");
  });

  test("a strategy that never trades has no Sharpe ratio, and the study no best", async () => {
    const study = await tune({ data: walk, strategy: Idle, space: { level: [1, 2] } });
    expect(study.scores).toEqual([null, null]);
    expect(study.trial(0).reason).toMatch(/do not vary/);
    expect(study.hasBest).toBe(false);
    expect(() => study.best).toThrow(expect.objectContaining({ code: "STUDY_NO_BEST" }));
    expect(study.warnings.map((warning) => warning.code)).toEqual(["NO_SCORE"]);
  });

  test("minRoundTrips takes the score of trials with fewer, and says so", async () => {
    const free = await tune({ ...sma, space });
    const least = Math.max(...free.trials.map((trial) => trial.roundTrips));
    const study = await tune({ ...sma, space, minRoundTrips: least });
    expect(study.best.roundTrips).toBe(least);
    const few = study.trials.find((trial) => trial.roundTrips < least)!;
    expect(few.score).toBeNull();
    expect(few.reason).toBe(`${few.roundTrips} round trips, fewer than minRoundTrips ${least}`);
  });
});

describe("random search", () => {
  const options = { ...sma, space: { fastPeriod: range(2, 41), slowPeriod: range(5, 80) }, search: "random", trials: 25 } as const;

  test("the same seed tries the same combinations, another seed others", async () => {
    const [a, b, c] = [await tune({ ...options, seed: 7 }), await tune({ ...options, seed: 7 }), await tune({ ...options, seed: 8 })];
    expect(a.table()).toEqual(b.table());
    expect(a.trials.map((trial) => trial.searched)).not.toEqual(c.trials.map((trial) => trial.searched));
    expect(a.search).toMatchObject({ method: "random", seed: 7, trials: 25, combinations: 3040 });
  });

  test("seed 7 draws these pairs on every machine (computed apart from this code, in integers)", async () => {
    const study = await tune({ ...options, trials: 4, seed: 7 });
    expect(study.trials.map(({ searched }) => [searched.fastPeriod, searched.slowPeriod])).toEqual([
      [2, 40],
      [41, 9],
      [22, 69],
      [20, 52],
    ]);
  });

  test("never tries a combination twice, and all of a space smaller than asked for", async () => {
    const study = await tune({ ...sma, space, search: "random", trials: 1000, seed: 3 });
    expect(study.length).toBe(16);
    expect(new Set(study.trials.map((trial) => JSON.stringify(trial.searched))).size).toBe(16);
  });

  test("where costs no trials as long as others are left", async () => {
    const study = await tune({ ...options, where: (p) => p.fastPeriod < p.slowPeriod });
    expect(study.length).toBe(25);
    expect(study.skipped.where).toBeGreaterThan(0);
  });

  test("reaches into a space far too large for a grid", async () => {
    const levels = range(1, 10_000);
    const study = await tune({
      ...sma,
      space: { fastPeriod: levels, slowPeriod: levels, vwapDurationSecs: levels },
      search: "random",
      trials: 5,
    });
    expect(study.search.combinations).toBe(1e12);
    expect(study.length).toBe(5);
    await expect(tune({ ...sma, space: { fastPeriod: levels, slowPeriod: levels } })).rejects.toThrow(
      expect.objectContaining({ code: "SPACE_TOO_LARGE" }),
    );
  });
});

describe("progress and abort", () => {
  test("progress rises from 0 to the total and carries the best so far", async () => {
    const calls: TuneProgress[] = [];
    const study = await tune({
      ...sma,
      space: { fastPeriod: range(3, 42), slowPeriod: range(50, 90, 2) },
      onProgress: (now) => calls.push(now),
    });
    expect(calls[0]).toMatchObject({ done: 0, total: 840, best: undefined, etaMs: null });
    expect(calls.at(-1)).toMatchObject({ done: 840, total: 840, etaMs: 0, best: { params: study.best.searched, score: study.best.score } });
    const done = calls.map((call) => call.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  test("timers run while it searches, and an abort keeps what was finished", async () => {
    const controller = new AbortController();
    const options = { ...sma, data: randomWalk(4000, 9) };
    setTimeout(() => controller.abort(), 60);
    const study = await tune({ ...options, space: { fastPeriod: range(2, 101), slowPeriod: range(102, 301) }, signal: controller.signal });
    expect(study.aborted).toBe(true);
    expect(study.length).toBeGreaterThan(0);
    expect(study.length).toBeLessThan(20_000);
    expect(study.search.aborted).toBe(true);
    expect(study.warnings.map((warning) => warning.code)).toContain("ABORTED");
    const { best } = study;
    expect(best.score).toBe(sharpe(backtest({ ...options, params: best.params })));
  });

  test("aborted before the start: an empty study", async () => {
    const study = await tune({ ...sma, space, signal: AbortSignal.abort() });
    expect([study.aborted, study.length]).toEqual([true, 0]);
    expect(() => study.best).toThrow(/stopped before the first one/);
  });

  test.each(["grid", "random"] as const)("a resumed %s search ends where an uninterrupted one does", async (search) => {
    const options = {
      ...sma,
      space,
      where: (p: { fastPeriod: number }) => p.fastPeriod !== 6,
      search,
      seed: 4,
      ...(search === "random" ? { trials: 10 } : {}),
    };
    const whole = await tune(options);
    const controller = new AbortController();
    let trials = 0;
    const stopAtFive = (run: BacktestRun): number | null => {
      if (++trials === 5) controller.abort();
      return sharpe(run);
    };
    const part = await tune({ ...options, objective: { name: "sharpe", score: stopAtFive }, signal: controller.signal });
    expect([part.aborted, part.length]).toEqual([true, 5]);
    const resumed = await part.resume();
    expect([resumed.aborted, part.length, part.aborted]).toEqual([false, 5, true]);
    expect(resumed.table()).toEqual(whole.table());
    expect(resumed.skipped).toEqual(whole.skipped);
  });

  test("an onProgress that throws costs no trial", async () => {
    const study = await tune({
      ...sma,
      space,
      onProgress() {
        throw new Error("no display");
      },
    });
    expect(study.length).toBe(16);
    expect(study.warnings).toContainEqual(
      expect.objectContaining({ code: "PROGRESS_FAILED", message: expect.stringContaining("no display") }),
    );
  });
});

describe("trials that cannot run", () => {
  test("one that throws is listed with its error, the others stay", async () => {
    const study = await tune({ data: walk, strategy: Fragile, space: { level: range(0, 5) } });
    expect(study.trials.map((trial) => trial.searched.level)).toEqual([0, 2, 4]);
    expect(study.failures.map(({ params }) => params.level)).toEqual([1, 3, 5]);
    expect(study.search).toMatchObject({ trials: 3, failed: 3 });
    expect(study.warnings).toContainEqual(
      expect.objectContaining({ code: "TRIALS_FAILED", message: expect.stringContaining("cannot live with 1") }),
    );
  });

  test("the strategy's own rule skips, and is quoted", async () => {
    const study = await tune({ data: walk, strategy: Fragile, space: { level: [-2, -1, 0] } });
    expect(study.length).toBe(1);
    expect(study.skipped).toEqual({ where: 0, strategy: 2 });
    expect(study.warnings).toContainEqual(
      expect.objectContaining({ code: "SKIPPED_BY_STRATEGY", message: expect.stringContaining("must not be negative") }),
    );
  });

  test("when every trial throws, the search ends with the first error as cause", async () => {
    const error = await tune({ data: walk, strategy: Fragile, space: { level: range(1, 101, 2) } }).catch((reason) => reason);
    expect(error).toMatchObject({
      code: "TUNE_FAILED",
      message: expect.stringMatching(/10 tried.*cannot live with 1/),
      cause: expect.any(Error),
    });
  });

  test("an objective or where without return is named", async () => {
    const lost = tune({ ...sma, space, objective: { name: "lost", score: (() => undefined) as unknown as () => number } });
    await expect(lost).rejects.toThrow(/lost must return a number or null, got undefined \(is a return missing\?\)/);
    await expect(tune({ ...sma, space, objective: (async () => 1) as unknown as () => number })).rejects.toThrow(/got a promise/);
    await expect(tune({ ...sma, space, where: (() => undefined) as unknown as () => boolean })).rejects.toThrow(
      /where must return true or false/,
    );
    await expect(tune({ ...sma, space, where: () => false })).rejects.toThrow(/None of the 16 combinations/);
  });
});

describe("misuse", () => {
  const failing = (options: Record<string, unknown>): Promise<unknown> =>
    tune({ ...sma, space, ...options } as never).catch((reason) => reason);

  test.each([
    [{ space: { fastPeriods: [1] } }, "PARAM_UNKNOWN", /Did you mean fastPeriod\?/],
    [{ space: { fastPeriod: [3, 0] } }, "PARAM_INVALID", /SmaCross.fastPeriod must be a whole number from 1/],
    [{ space: { fastPeriod: [1.5] } }, "PARAM_INVALID", /1.5/],
    [{ space: { fastPeriod: [] } }, "SPACE_INVALID", /no values/],
    [{ space: { fastPeriod: 5 } }, "SPACE_INVALID", /a fixed value belongs in params/],
    [{ space: { fastPeriod: "5" } }, "SPACE_INVALID", /got '5'/],
    [{ space: { fastPeriod: [5, "5"] } }, "SPACE_INVALID", /value 5 twice/],
    [{ space: {} }, "SPACE_INVALID", /at least one parameter/],
    [{ space: undefined }, "SPACE_INVALID", /at least one parameter/],
    [{ space: { minSamples: [1, 2] } }, "SPACE_INVALID", /either fixed or searched/],
    [{ params: { fastPeriode: 3 } }, "PARAM_UNKNOWN", /Did you mean fastPeriod\?/],
    [{ objective: "sharp" }, "OBJECTIVE_UNKNOWN", /Did you mean sharpe\?/],
    [{ objective: 3 }, "OBJECTIVE_INVALID", /name such as sharpe/],
    [{ objective: { name: "x", score: () => 1, direction: "up" } }, "OBJECTIVE_INVALID", /maximize, minimize/],
    [{ search: "randon" }, "SEARCH_UNKNOWN", /Did you mean random\?/],
    [{ trials: 10 }, "OPTION_INVALID", /Did you mean search: "random"\?/],
    [{ search: "random", trials: 0 }, "OPTION_INVALID", /trials must be a whole number from 1/],
    [{ search: "random", seed: -1 }, "OPTION_INVALID", /seed must be/],
    [{ minRoundTrips: -1 }, "OPTION_INVALID", /minRoundTrips/],
    [{ where: true }, "OPTION_INVALID", /where is a function/],
    [{ objectve: "sharpe" }, "OPTION_UNKNOWN", /Did you mean objective\?/],
    [{ sizr: "fixed:1" }, "OPTION_UNKNOWN", /Did you mean sizer\?/],
    [{ strategy: "SmaCros" }, "STRATEGY_UNKNOWN", /Did you mean SmaCross\?/],
  ])("%j", async (options, code, message) => {
    expect(await failing(options)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test("an endless generator of values stops", async () => {
    function* endless(): Generator<number> {
      for (let i = 1; ; i++) yield i;
    }
    await expect(tune({ ...sma, space: { fastPeriod: endless() } })).rejects.toThrow(/more than 1000000 values/);
  });

  test("decimal parameters are searched exactly", async () => {
    const study = await tune({
      data: walk,
      strategy: "RsiReversion",
      params: { lookback: 20 },
      space: { oversold: range("30.1", "30.3", "0.1"), period: [5] },
    });
    expect(study.trials.map((trial) => (trial.params.oversold as Decimal).toFixed())).toEqual(["30.1", "30.2", "30.3"]);
    expect(study.table().map((row) => row.oversold)).toContain("30.3");
    expect(study.slice("oversold", { period: "5" }).x).toEqual([30.1, 30.2, 30.3]);
  });
});
