import { describe, expect, test } from "vitest";
import { type BacktestOptions, backtest, prepareBacktest } from "../../src/backtest/index.js";
import { CandleSeries, type StrategyContext } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { expectMisuse } from "../misuse.js";
import { candles, play, scripted, still } from "./scripted.js";

const data = syntheticCandles({ bars: 200, seed: 1 });
const other = candles([still(100), still(101)], { symbol: "ABCUSDT" });
const good: BacktestOptions = { data, strategy: "SmaCross" };
const empty = data.slice(0, 0);
const broken = new CandleSeries({ ...data, close: data.close.map((units, i) => (i === 7 ? Number.NaN : units)) });

describe("every misspelt or impossible option has its code, and names what is wrong", () => {
  test.each<[string, Record<string, unknown>, string, RegExp]>([
    ["a misspelt option", { slippage: 5 }, "OPTION_UNKNOWN", /'slippage'. Did you mean slippageBps\?/],
    ["no data", { data: undefined }, "DATA_INVALID", /did you forget to await data\.load\?/],
    ["a promise of data", { data: Promise.resolve(data) }, "DATA_INVALID", /await/],
    ["an empty series", { data: empty }, "DATA_EMPTY", /BTCUSDT holds no candles/],
    ["an empty list", { data: [] }, "DATA_EMPTY", /empty list/],
    ["a symbol twice", { data: [data, data] }, "DATA_SYMBOL_TWICE", /BTCUSDT, BTCUSDT/],
    ["two intervals", { data: [data, candles([still(1)], { symbol: "X", interval: "5m" })] }, "INTERVAL_MIXED", /1m, X 5m/],
    ["a missing price", { data: broken }, "CANDLES_INVALID", /BTCUSDT, candle 7/],
    ["an unknown strategy", { strategy: "SmaCrss" }, "STRATEGY_UNKNOWN", /Did you mean SmaCross\?/],
    ["no strategy", { strategy: undefined }, "STRATEGY_INVALID", /defineStrategy/],
    ["an unknown parameter", { params: { fast: 3 } }, "PARAM_UNKNOWN", /fastPeriod/],
    ["a parameter out of range", { params: { fastPeriod: -3 } }, "PARAM_INVALID", /got -3/],
    ["parameters that are none", { params: null }, "OPTION_INVALID", /params is an object/],
    ["a symbol the data lack", { params: { symbol: "ETHUSDT" } }, "SYMBOL_UNKNOWN", /'ETHUSDT'/],
    ["a misspelt sizer", { sizer: "percnt:0.1" }, "SIZER_INVALID", /Did you mean percent\?/],
    ["a misspelt limit", { risk: { maxOrder: 1 } }, "RISK_UNKNOWN", /maxOrder/],
    ["a negative limit", { risk: { maxOrderQuantity: -1 } }, "RISK_LIMIT", /must not be negative/],
    ["a misspelt fee schedule", { fees: "bybit" }, "FEES_UNKNOWN", /Unknown fee schedule 'bybit'/],
    ["a percentage for a fee", { fees: { maker: 0, taker: 0.55 } }, "FEES_INVALID", /fraction/],
    ["negative slippage", { slippageBps: -1 }, "OPTION_INVALID", /slippageBps must lie between 0 and 1000, got -1/],
    ["slippage that is no number", { slippageBps: "some" }, "DECIMAL_INVALID", /slippageBps/],
    ["no latency at all", { latencyBars: 0 }, "OPTION_INVALID", /latencyBars must be a whole number from 1 to 10000, got 0/],
    ["half a bar", { latencyBars: 1.5 }, "OPTION_INVALID", /got 1.5/],
    ["no cash", { cash: 0 }, "OPTION_INVALID", /cash must be greater than zero/],
    ["negative cash", { cash: "-5" }, "OPTION_INVALID", /cash must lie between 0/],
    ["cash finer than 1e-8", { cash: "1.123456789" }, "NOT_REPRESENTABLE", /cash 1.123456789 has more than 8 decimals/],
    ["leverage below one", { leverage: 0.5 }, "OPTION_INVALID", /leverage must be a whole number from 1 to 200/],
    ["leverage on spot", { leverage: 2, category: "spot" }, "OPTION_INVALID", /from 1 to 1, got 2/],
    ["an unknown category", { category: "perp" }, "INSTRUMENT_KIND", /Unknown category 'perp'/],
    ["brackets as a boolean", { brackets: false }, "OPTION_INVALID", /Known: strategy, none/],
    ["reverse as text", { reverse: "yes" }, "OPTION_INVALID", /reverse takes true or false, got the text .yes./],
    ["a funding time as text", { funding: [{ time: "2024-05-01T08:00:00Z", rate: 0 }] }, "OPTION_INVALID", /epoch milliseconds/],
    ["retries below zero", { retries: -1 }, "OPTION_INVALID", /retries/],
    ["what becomes of a position without a stop", { unprotected: "sell" }, "OPTION_INVALID", /close, keep/],
    ["a group's exit that is none", { groupExit: "limit" }, "OPTION_INVALID", /offsetBps/],
    ["a group's exit too far away", { groupExit: { offsetBps: 10_000 } }, "OPTION_INVALID", /groupExit.offsetBps/],
    ["a stage no router has", { hooks: { preplan: () => undefined } }, "HOOK_STAGE", /prePlan/],
    ["a hook that is no function", { hooks: { prePlan: "log" } }, "HOOK_INVALID", /function/],
    ["pyramiding below zero", { pyramiding: -1 }, "OPTION_INVALID", /pyramiding/],
    [
      "an instrument of another symbol",
      { instrument: { symbol: "BTCUSD", tickSize: 1, lotSize: 1 } },
      "INSTRUMENT_UNUSED",
      /Did you mean BTCUSDT\?/,
    ],
    ["a misspelt filter", { instrument: { symbol: "BTCUSDT", tickSize: 1, lotSize: 1, minQuant: 1 } }, "OPTION_UNKNOWN", /minQuantity/],
    ["funding of spot", { category: "spot", funding: [{ time: 0, rate: 0 }] }, "OPTION_INVALID", /perpetuals only/],
    ["funding that is no list", { funding: { rates: [] } }, "OPTION_INVALID", /list of \{ time, rate \}/],
    [
      "funding times that fall",
      {
        funding: [
          { time: 2, rate: 0 },
          { time: 1, rate: 0 },
        ],
      },
      "FUNDING_ORDER",
      /got 1970-01-01T00:00:00.001Z after 1970-01-01T00:00:00.002Z/,
    ],
    [
      "a funding rate too fine to be exact",
      { funding: [{ time: 2, rate: "0.00012345678901234567" }] },
      "RATIO_TOO_FINE",
      /^funding rate 0.00012345678901234567/,
    ],
    ["a funding rate in percent", { funding: [{ time: 2, rate: 1 }] }, "OPTION_INVALID", /funding rate must lie between -0.1 and 0.1/],
  ])("%s", (_what, change, code, message) => {
    expectMisuse(() => backtest({ ...good, ...change } as BacktestOptions), code, message);
  });

  test("funding, kinds and settlement of several symbols", () => {
    const of = (symbol: string, more: object): object => ({ symbol, tickSize: "0.1", lotSize: "0.001", ...more });
    const both = { ...good, data: [data, other] };
    expectMisuse(() => backtest({ ...both, funding: [{ time: 0, rate: 0 }] }), "OPTION_INVALID", /names its own/);
    expectMisuse(
      () => backtest({ ...both, instrument: [of("ABCUSDT", { kind: "spot" })] } as BacktestOptions),
      "KIND_MIXED",
      /ABCUSDT spot/,
    );
    expectMisuse(
      () => backtest({ ...both, instrument: [of("ABCUSDT", { settlement: "USDC" })] } as BacktestOptions),
      "SETTLEMENT_MIXED",
      /ABCUSDT in USDC/,
    );
  });

  test("no options at all", () => {
    expectMisuse(() => backtest(undefined as never), "OPTION_INVALID", /takes an object of options/);
  });
});

describe("defaults", () => {
  test("are all printed with the run", () => {
    expect(backtest(good).settings).toMatchObject({
      symbols: ["BTCUSDT"],
      interval: "1m",
      category: "linear",
      sizer: "percent:0.1",
      risk: {},
      fees: { name: "bybit-linear", maker: "0.0002", taker: "0.00055" },
      slippageBps: "0",
      latencyBars: 1,
      cash: "10000",
      currency: "USDT",
      leverage: 1,
      brackets: "strategy",
      pyramiding: 0,
      reverse: true,
      hooks: [],
      retries: 2,
      unprotected: "close",
      groupExit: "market",
      funding: 0,
      instruments: [{ symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001", minNotional: "5", source: "table of 2024-05-01" }],
    });
    expect(backtest({ ...good, category: "spot" }).settings.fees.name).toBe("bybit-spot");
  });

  test("60m and 1h are one interval", () => {
    const hour = candles([still(100)], { symbol: "AUSDT", interval: "1h" });
    const sixty = candles([still(100)], { symbol: "BUSDT", interval: "60m" });
    expect(backtest({ data: [hour, sixty], strategy: scripted({}) }).counts.bars).toBe(1);
  });
});

describe("warnings", () => {
  const codes = (run: ReturnType<typeof backtest>): string[] => run.warnings.map((warning) => warning.code);

  test("a guessed instrument, synthetic data, an open position, no fees, no funding, no trades", () => {
    const guessed = backtest({ data: candles([still(100), still(100)]), strategy: scripted({ 0: (d) => d.enterLong() }), fees: "none" });
    expect(codes(guessed)).toEqual(["INSTRUMENT_INFERRED", "OPEN_AT_END", "NO_FUNDING", "NO_FEES"]);
    expect(guessed.warnings[0]!.message).toContain("tick 0.1 from the data, lot 0.001, no minimum");
    expect(codes(backtest({ data, strategy: scripted({}) }))).toEqual(["SYNTHETIC_DATA", "NO_TRADES"]);
  });

  test("refused entries: how many by which check, and what the first was told", () => {
    const rows = Array.from({ length: 6 }, () => still(100));
    const enters = (quantity: string) => (desk: StrategyContext) => desk.enterLong({ quantity });
    const run = play(rows, { 0: enters("5"), 1: enters("0.0001"), 2: enters("6") }, { risk: { maxOrderQuantity: "2" } });
    expect(run.warnings.find(({ code }) => code === "ENTRIES_REFUSED")!.message).toBe(
      "3 entries were refused by checks (MAX_ORDER_QUANTITY 2, BELOW_LOT 1), the first since order quantity 5 exceeds limit 2; run.refusals lists them.",
    );
    const one = play(rows, { 0: enters("5") }, { risk: { maxOrderQuantity: "2" } });
    expect(one.warnings.find(({ code }) => code === "ENTRIES_REFUSED")!.message).toMatch(
      /^1 entry was refused by checks \(MAX_ORDER_QUANTITY\), the/,
    );
  });

  test("equity that was gone before it came back", () => {
    const rows = [still(100), still(100), [100, 100, 80, 80], [80, 130, 80, 130]] as const;
    const run = play(rows, { 0: (d) => d.enterLong() }, { sizer: "fixed:900", leverage: 10, fees: "none" });
    expect(run.equity.value[2]).toBe(-8000);
    expect(run.finalEquity.toNumber()).toBe(37_000);
    expect(codes(run)).toContain("EQUITY_GONE");
  });

  test("amounts beyond 2^53 units: cash of a hundred million is no misuse", () => {
    const rows = [still(100), still(100), still(110), still(110)];
    const run = play(rows, { 0: (d) => d.enterLong(), 2: (d) => d.exitLong() }, { cash: "900000000000", sizer: "percent:0.5" });
    // 4.5e9 coins bought at 100 and sold at 110, less 0.055 % of both.
    expect(run.finalEquity.toFixed()).toBe("944480250000");
    expect(run.initialCash.toFixed()).toBe("900000000000");
    expect(run.totalReturn).toBeCloseTo(0.0494225, 9);
    expect(run.equity.value.at(-1)).toBe(944_480_250_000);
    expect(codes(run)).toContain("BIG_NUMBERS");
  });
});

describe("a prepared run", () => {
  const prepared = prepareBacktest(good);

  test("is the same as backtest, and runs do not touch each other", () => {
    const runs = [5, 8, 5].map((fastPeriod) => prepared.run({ fastPeriod }, { reuse: true }));
    const alone = backtest({ ...good, params: { fastPeriod: 5 } });
    expect(runs.map((run) => run.finalEquity.toFixed())).toEqual([
      alone.finalEquity.toFixed(),
      backtest({ ...good, params: { fastPeriod: 8 } }).finalEquity.toFixed(),
      alone.finalEquity.toFixed(),
    ]);
    expect(runs[2]!.fills).toEqual(alone.fills);
    expect(Array.from(runs[2]!.equityUnits)).toEqual(Array.from(alone.equityUnits));
  });

  test("checks parameters of every run", () => {
    expectMisuse(() => prepared.run({ fastPeriod: 0 }), "PARAM_INVALID", /got 0/);
  });
});
