import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import type { Bar, Strategy } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import {
  assertFeeds,
  BUILT_IN,
  checkHandlers,
  defineStrategy,
  onlyOwnSymbols,
  param,
  type StrategyInput,
} from "../../src/strategies/index.js";
import { expectMisuse } from "../misuse.js";

const quiet = (): Strategy => ({ onCandle: () => undefined });
const define = (input: Partial<StrategyInput<Record<string, never>>>): ReturnType<typeof defineStrategy> =>
  defineStrategy({ name: "Fed", params: {}, create: quiet, ...input } as never);

describe("what a strategy asks to be fed with", () => {
  test("candles of its symbol unless it says otherwise", () => {
    const plain = define({});
    expect([plain.feeds, plain.timerMs, plain.symbolsOf(plain.parse({}))]).toEqual([["candles"], undefined, ["BTCUSDT"]]);
    const fed = define({ feeds: ["book", "trades", "book"], timerMs: 250 });
    expect([fed.feeds, fed.timerMs]).toEqual([["trades", "book"], 250]);
  });

  test("its symbols are those of its parameters, or what it says", () => {
    const text = (symbol: string) => param.text({ default: symbol });
    const params = {
      volSymbol: text("V"),
      underlying: text("U"),
      symbolA: text("A"),
      symbols: param.texts({ default: ["X", "Y"] }),
      note: text("no"),
    };
    const held = defineStrategy({ name: "Held", params, create: quiet });
    expect(held.symbolsOf(held.parse({ symbolA: "B" }))).toEqual(["V", "U", "B", "X", "Y"]);
    expect("symbol" in held.params).toBe(false);
    const said = defineStrategy({ name: "Said", params: { pair: text("P") }, symbols: ({ pair }) => [pair, "Q"], create: quiet });
    expect(said.symbolsOf(said.parse({}))).toEqual(["P", "Q"]);
    expect("symbol" in said.params).toBe(false);
  });

  test.each<[string, Partial<StrategyInput<Record<string, never>>>, string, RegExp]>([
    ["a feed that is none", { feeds: ["books" as never] }, "FEED_UNKNOWN", /feed of Fed 'books'. Did you mean book\?/],
    ["a timer of nothing", { timerMs: 0 }, "STRATEGY_INVALID", /timerMs must be a whole number of milliseconds above zero, got 0/],
  ])("%s is misuse", (_what, change, code, message) => {
    expectMisuse(() => define(change), code, message);
  });

  test.each<[string, Strategy, RegExp]>([
    ["onTrade without trades", { onTrade: () => undefined }, /has onTrade but is not fed with trades: add feeds: \["candles", "trades"\]/],
    ["onBook without books", { onBook: () => undefined }, /has onBook but is not fed with book/],
    ["onTimer without an interval", { onTimer: () => undefined }, /has onTimer but no interval: add timerMs/],
    ["a handler that is no function", { onCandle: 5 as never }, /onCandle is no function/],
    ["nothing", {}, /create returned no handlers/],
    ["no object", undefined as never, /create returned no handlers/],
  ])("a create that returns %s is misuse", (_what, strategy, message) => {
    expectMisuse(() => checkHandlers(define({}), strategy), "STRATEGY_INVALID", message);
  });

  test("every handler that can be had, alone", () => {
    for (const handler of ["onFill", "onDisconnect", "onTradingDisabled", "closePositions"])
      expect(() => checkHandlers(define({}), { [handler]: () => undefined })).not.toThrow();
    expect(() => checkHandlers(define({ timerMs: 1 }), { onTimer: () => undefined })).not.toThrow();
    expect(() => checkHandlers(define({ feeds: ["book"] }), { onBook: () => undefined })).not.toThrow();
  });

  test("data without a feed is an error that names it", () => {
    const definition = define({ feeds: ["candles", "book"] });
    assertFeeds(definition, ["A"], () => true);
    expectMisuse(
      () => assertFeeds(definition, ["A", "B"], (feed, symbol) => feed === "candles" || symbol === "A"),
      "FEED_MISSING",
      "Fed needs book of B, and the data has none: data.loadBook reads recorded books and trades.",
    );
    const data = syntheticCandles({ bars: 5, seed: 1 });
    const Booked = defineStrategy({ name: "Booked", params: {}, feeds: ["book"], create: () => ({ onBook: () => undefined }) });
    expectMisuse(() => backtest({ data, strategy: Booked }), "FEED_MISSING", /Booked needs book of BTCUSDT/);
  });

  test("every built-in strategy has what its handlers need, and says what it trades", () => {
    for (const strategy of BUILT_IN) expect(strategy.symbolsOf(strategy.parse({})).length, strategy.name).toBeGreaterThan(0);
  });
});

describe("data of more symbols than a strategy asked for", () => {
  test("reaches it only for its own", () => {
    const heard: string[] = [];
    const own = onlyOwnSymbols(
      {
        onCandle: (bar) => void heard.push(`candle ${bar.symbol}`),
        onTrade: (trade) => void heard.push(`trade ${trade.symbol}`),
        onBook: (book) => void heard.push(`book ${book.symbol}`),
        onFill: () => void heard.push("fill"),
      },
      (symbol) => symbol === "A",
    );
    for (const symbol of ["A", "B"]) {
      own.onCandle!({ symbol } as Bar, undefined as never);
      own.onTrade!({ symbol } as never, undefined as never);
      own.onBook!({ symbol } as never, undefined as never);
    }
    own.onFill!({} as never, undefined as never);
    expect(heard).toEqual(["candle A", "trade A", "book A", "fill"]);
    expect(own.onTimer).toBeUndefined();
  });
});
