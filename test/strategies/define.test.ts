import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { type Fill, ratio } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { BUILT_IN, defineStrategy, param, resolveStrategy, STRATEGY_NAMES } from "../../src/strategies/index.js";
import { candles, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";

const data = syntheticCandles({ bars: 3000, seed: 5 });

/** Ten lines, typed and validated: what a cell holds. */
const Dip = defineStrategy({
  name: "Dip",
  params: { period: param.integer({ default: 14, min: 2 }), level: param.decimal({ default: 30, min: 0, max: 100 }) },
  create({ params, indicators }) {
    const rsi = indicators.rsi(params.period);
    const level = ratio(params.level);
    return {
      onCandle: (_bar, desk) => void (rsi.ready && (rsi.compare(level) < 0 ? desk.enterLong() : desk.exitLong())),
    };
  },
});

describe("defineStrategy", () => {
  test("ten lines make a strategy that trades", () => {
    const run = backtest({ data, strategy: Dip, params: { period: 5, level: "40" } });
    expect(run.counts.fills).toBeGreaterThan(50);
    expect(run.params).toMatchObject({ period: 5, symbol: "BTCUSDT" });
  });

  test.each<[string, Record<string, unknown>, string, RegExp]>([
    ["an unknown parameter", { perid: 5 }, "PARAM_UNKNOWN", /Unknown parameter of Dip 'perid'. Did you mean period\?/],
    ["one out of range", { level: 101 }, "PARAM_INVALID", /Dip.level must be a decimal from 0 to 100, got 101/],
    ["one of the wrong type", { period: "five" }, "PARAM_INVALID", /Dip.period must be a whole number of at least 2, got 'five'/],
    ["a symbol the data do not have", { symbol: "ETHUSDT" }, "SYMBOL_UNKNOWN", /BTCUSDT/],
  ])("%s is misuse", (_what, params, code, message) => {
    expectMisuse(() => backtest({ data, strategy: Dip, params }), code, message);
  });

  test("a rule between parameters is checked where parameters are", () => {
    const Pair = defineStrategy({
      name: "Pair",
      params: { fast: param.integer({ default: 5 }), slow: param.integer({ default: 20 }) },
      check: ({ fast, slow }) => (fast < slow ? undefined : `fast (${fast}) must be below slow (${slow})`),
      create: () => ({ onCandle: () => undefined }),
    });
    expect(Pair.parse({ fast: 3 })).toMatchObject({ fast: 3, slow: 20 });
    expectMisuse(() => Pair.parse({ fast: 30 }), "PARAM_INVALID", "Pair: fast (30) must be below slow (20).");
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["a name with a blank", { name: "My Dip" }, /letters, digits and underscores, such as MyCross, got 'My Dip'/],
    ["no name", { name: undefined }, /got 'undefined'/],
    ["no create", { create: undefined }, /needs a create function/],
    ["symbols that are neither a list nor a function", { symbols: "BTCUSDT" }, /a list of symbols or a function .* got the text 'BTCUSDT'/],
    ["a parameter in snake_case", { params: { fast_period: param.integer({ default: 1 }) } }, /camelCase, got 'fast_period'/],
  ])("refuses %s", (_what, change, message) => {
    const good = { name: "Good", params: {}, create: () => ({ onCandle: () => undefined }) };
    expectMisuse(() => defineStrategy({ ...good, ...change } as never), "STRATEGY_INVALID", message);
  });

  test("symbols may be a list", () => {
    const Two = defineStrategy({ name: "Two", params: {}, symbols: ["BTCUSDT", "ETHUSDT"], create: () => ({ onCandle: () => undefined }) });
    expect(Two.symbolsOf(Two.parse())).toEqual(["BTCUSDT", "ETHUSDT"]);
  });

  test("a create that returns no handlers is found at the run", () => {
    const Empty = defineStrategy({ name: "Empty", params: {}, create: () => ({}) });
    expectMisuse(() => backtest({ data, strategy: Empty }), "STRATEGY_INVALID", /return \{ onCandle/);
  });

  test("each run has a strategy of its own: nothing stays from the last", () => {
    const Once = defineStrategy({
      name: "Once",
      params: {},
      create() {
        let done = false;
        return {
          onCandle(_bar, desk) {
            if (!done) desk.enterLong();
            done = true;
          },
        };
      },
    });
    expect(backtest({ data, strategy: Once }).counts.fills).toBe(1);
    expect(backtest({ data, strategy: Once }).counts.fills).toBe(1);
  });
});

describe("handlers", () => {
  test.each(["onCandle", "onFill"])("an async %s is refused: a backtest and a live session could not agree on its order", (name) => {
    const Late = defineStrategy({
      name: "Late",
      params: {},
      create: () => ({
        onCandle: (_bar, desk) => desk.enterLong(),
        [name]: async () => undefined,
      }),
    });
    const act = (): unknown => backtest({ data, strategy: name === "onFill" ? Late : { ...Late } });
    expectMisuse(act, "STRATEGY_ASYNC", /Handlers are synchronous/);
  });

  test("onFill sees exact fills, and inside the bar nothing that is not known yet", () => {
    const seen: { fill: Fill; average: number; equity: string; side: string }[] = [];
    const Watch = defineStrategy({
      name: "Watch",
      params: {},
      create({ indicators }) {
        const close = indicators.sma(1);
        return {
          onCandle(bar, desk) {
            if (bar.index === 0) desk.enterLong();
            if (bar.index === 2) desk.exitLong();
          },
          onFill: (fill, desk) =>
            void seen.push({ fill, average: close.value, equity: desk.equity.toFixed(), side: desk.isLong ? "long" : "flat" }),
        };
      },
    });
    const rows = [still(100), [101, 120, 90, 110], [110, 115, 105, 107], [108, 130, 100, 125]] as const;
    const run = backtest({ data: candles(rows), strategy: Watch, sizer: "fixed:1", fees: { maker: 0, taker: "0.001" } });
    expect(seen.map(({ fill }) => fill)).toEqual(run.fills);
    expect(seen.map(({ fill }) => `${fill.side} ${fill.price.toFixed()} fee ${fill.fee.toFixed()} at ${fill.time}`)).toEqual([
      `buy 101 fee 0.101 at ${run.fills[0]!.time}`,
      `sell 108 fee 0.108 at ${run.fills[1]!.time}`,
    ]);
    // At the open of bar 1 the last close is bar 0's 100, at the open of bar 3 it is 107; equity stands at the fill's price.
    expect(seen.map(({ average, equity, side }) => ({ average, equity, side }))).toEqual([
      { average: 100, equity: "9999.899", side: "long" },
      { average: 107, equity: "10006.791", side: "flat" },
    ]);
  });

  test("what onFill asks for is an order at the close, filled at the next open", () => {
    const Chain = defineStrategy({
      name: "Chain",
      params: {},
      create: () => ({
        onCandle: (bar, desk) => void (bar.index === 0 && desk.enterLong()),
        onFill: (fill, desk) => void (fill.role === "entry" && desk.exitLong()),
      }),
    });
    const run = backtest({ data: candles([100, 101, 102, 103].map(still)), strategy: Chain, sizer: "fixed:1" });
    expect(run.fills.map((fill) => fill.price.toNumber())).toEqual([101, 102]);
  });
});

describe("the registry", () => {
  test("finds by name, whatever its case", () => {
    expect(resolveStrategy(" smacross ").name).toBe("SmaCross");
    expect(resolveStrategy(Dip as never)).toBe(Dip);
    expect(STRATEGY_NAMES).toEqual(expect.arrayContaining(["SmaCross", "RsiReversion"]));
    expect(BUILT_IN.every((strategy) => strategy.doc !== "")).toBe(true);
  });

  test("finds by alias", () => {
    const Short = defineStrategy({ name: "LongName", aliases: ["LN"], params: {}, create: () => ({ onCandle: () => undefined }) });
    expect(Short.aliases).toEqual(["LN"]);
  });

  test("says what was meant", () => {
    expectMisuse(() => resolveStrategy("SmaCros"), "STRATEGY_UNKNOWN", /Unknown strategy 'SmaCros'. Did you mean SmaCross\?/);
    expectMisuse(() => resolveStrategy(undefined as never), "STRATEGY_INVALID", /a name or what defineStrategy returns/);
  });
});
