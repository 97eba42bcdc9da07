import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import {
  type CustomIndicator,
  defineIndicator,
  type IndicatorDefinition,
  IndicatorSet,
  indicatorValues,
} from "../../src/indicators/index.js";
import { indicators } from "../../src/lab/index.js";
import { defineStrategy, param } from "../../src/strategies/index.js";
import { range, tune } from "../../src/tune/index.js";
import { indicatorContract } from "../contracts/indicator.js";
import { randomWalk } from "../handoff/candles.js";
import { expectMisuse } from "../misuse.js";
import { closesOf, growingLike, sourceOf } from "./market.js";

/** The mean of the last closes, written as a user would. */
function meanOf(onCreate: () => void = () => undefined): IndicatorDefinition<{ period: number }> {
  return defineIndicator({
    name: "mean",
    params: { period: 3 },
    warmUp: ({ period }) => period,
    create({ period }) {
      onCreate();
      const closes: number[] = [];
      return (bar) => {
        closes.push(bar.close);
        return closes.slice(-period).reduce((sum, close) => sum + close, 0) / period;
      };
    },
  });
}
/** The same with its period built in. */
const means = new Map<number, IndicatorDefinition>();
function meanOver(period: number): IndicatorDefinition {
  if (!means.has(period)) means.set(period, defineIndicator({ name: "mean", warmUp: period, create: () => meanOf().create({ period }) }));
  return means.get(period)!;
}
const use = (source: ReturnType<typeof sourceOf>, definition: IndicatorDefinition<{ period: number }>, period?: number): CustomIndicator =>
  new IndicatorSet(source).use(definition, period === undefined ? {} : { period });

describe("an indicator of one's own", () => {
  const mean = meanOf();
  indicatorContract(
    (source, period) => new IndicatorSet(source).use(meanOver(period)),
    (period) => period - 1,
  );

  test("has the values of its function once it has warmed up, and shows earlier ones", () => {
    const source = sourceOf(closesOf([100, 110, 130, 100]));
    const own = use(source, mean);
    source.cursor.index = 1;
    expect([own.ready, own.value]).toEqual([false, Number.NaN]);
    source.cursor.index = 3;
    expect(own.ready).toBe(true);
    expect(own.value).toBeCloseTo(34 / 3, 12);
    expect(own.ago(1)).toBeCloseTo(34 / 3, 12);
    expect([own.ago(2), own.ago(9), own.ago(-1)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  test("is computed once for a series and its parameters, whoever asks", () => {
    let created = 0;
    const counted = meanOf(() => created++);
    const source = sourceOf(closesOf([100, 110, 130]));
    for (const period of [2, 2, 3, 2]) use(source, counted, period);
    expect(created).toBe(2);
    // A definition made again, as by a cell that is run again, is another one although it has the same name.
    use(
      source,
      meanOf(() => created++),
      2,
    );
    expect(created).toBe(3);
  });

  test("is not ready where its function gives no finite number", () => {
    const gap = defineIndicator({ name: "gap", create: () => (bar) => 1 / (bar.index - 1) });
    expect([...indicatorValues(closesOf([100, 110, 130]), (set) => set.use(gap))]).toEqual([-1, Number.NaN, 1]);
  });

  test("sees no bar but this and earlier ones", () => {
    const ahead = defineIndicator({ name: "ahead", create: () => (bar) => bar.closeAgo(-1) ?? -1 });
    expect([...indicatorValues(closesOf([100, 110, 130]), (set) => set.use(ahead))]).toEqual([-1, -1, -1]);
  });

  test("one that has thrown throws the same again: it has lost its place", () => {
    const whole = closesOf([100, 110, 130, 140]);
    const { series, next } = growingLike(whole);
    next();
    const source = sourceOf(series);
    let calls = 0;
    const broken = defineIndicator({
      name: "broken",
      create: () => () => {
        if (++calls === 2) throw new Error("no bar like this");
        return calls;
      },
    });
    const own = new IndicatorSet(source).use(broken);
    source.cursor.index = 0;
    expect(own.value).toBe(1);
    next();
    source.cursor.index = 1;
    for (const _ of [1, 2]) expect(() => own.value).toThrow("no bar like this");
    expect(calls).toBe(2);
  });

  test("drives a strategy, in a backtest and in a sweep that computes it once a period", async () => {
    let created = 0;
    const counted = meanOf(() => created++);
    const Above = defineStrategy({
      name: "Above",
      params: { period: param.integer({ default: 3, min: 1 }) },
      create: ({ params, indicators: set }) => {
        const own = set.use(counted, { period: params.period });
        return {
          onCandle(bar, desk) {
            if (!own.ready) return;
            if (bar.close > own.value) desk.enterLong();
            else desk.exitLong();
          },
        };
      },
    });
    const data = randomWalk(500);
    const run = backtest({ data, strategy: Above, params: { period: 10 } });
    expect(run.roundTrips).toBeGreaterThan(5);
    created = 0;
    const study = await tune({ data, strategy: Above, space: { period: range(5, 10, 5) } });
    expect(study.trials).toHaveLength(2);
    expect(created).toBe(2);
  });

  test("misuse is told", () => {
    const source = sourceOf(closesOf([100]));
    expectMisuse(() => defineIndicator({ name: "", create: () => () => 1 }), "INDICATOR_INVALID", /name/);
    expectMisuse(() => defineIndicator({ name: "x" } as never), "INDICATOR_INVALID", /create/);
    expectMisuse(() => defineIndicator({ name: "x", params: { of: {} }, create: () => () => 1 } as never), "PARAM_INVALID", /x\.of/);
    expectMisuse(() => new IndicatorSet(source).use(mean, { perod: 3 } as never), "PARAM_UNKNOWN", /period/);
    expectMisuse(() => new IndicatorSet(source).use(mean, { period: "3" } as never), "PARAM_INVALID", /number/);
    expectMisuse(() => new IndicatorSet(source).use({} as never), "INDICATOR_INVALID", /defineIndicator/);
    const text = defineIndicator({ name: "text", create: () => () => "1" as never });
    expectMisuse(() => new IndicatorSet(source).use(text), "INDICATOR_INVALID", /must return a number/);
    const zero = defineIndicator({ name: "zero", warmUp: 0, create: () => () => 1 });
    expectMisuse(() => new IndicatorSet(source).use(zero), "PERIOD_INVALID", /from 1 to/);
  });
});

describe("values over a series", () => {
  const series = closesOf([100, 110, 130, 100, 90]);

  test("are those a strategy sees bar by bar, of built-in indicators too", () => {
    expect([...indicators.values(series, (set) => set.sma(2))]).toEqual([Number.NaN, 10.5, 12, 11.5, 9.5]);
    const upper = indicators.values(series, (set) => {
      const bands = set.bollinger(2, 1);
      return () => bands.upper;
    });
    expect(upper[1]).toBeCloseTo(11, 12);
  });

  test("of something that is no indicator are misuse", () => {
    expectMisuse(() => indicators.values(series, () => undefined as never), "INDICATOR_INVALID", /set\.sma\(20\)/);
  });
});
