import { expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { plainText } from "../../src/display/index.js";
import {
  analytics,
  backtest,
  charts,
  compliance,
  data,
  defineStrategy,
  exportStrategy,
  handleSignal,
  paper,
  quality,
  range,
  tune,
} from "../../src/lab/index.js";

const candles = syntheticCandles({ bars: 500, seed: 1 });

test("a whole study is not exported as its strategy's defaults", async () => {
  const study = await tune({ data: candles, strategy: "SmaCross", space: { fastPeriod: range(5, 10, 5) } });
  await expect(exportStrategy(study as never, "x.toml")).rejects.toMatchObject({
    code: "EXPORT_SOURCE",
    message: expect.stringContaining("study.best"),
  });
  await expect(exportStrategy(undefined as never, "x.toml")).rejects.toMatchObject({ code: "EXPORT_SOURCE" });
});

test("data.load asks for a path", async () => {
  await expect(data.load(5 as never)).rejects.toMatchObject({ code: "DATA_NOT_FOUND", message: expect.stringContaining("got 5") });
  await expect(data.load("")).rejects.toMatchObject({ code: "DATA_NOT_FOUND" });
});

test("a price that candles do not have is named with the nearest one", () => {
  expect(() => candles.prices("clos" as never)).toThrow(/close/);
});

test("a parameter without a type is refused where the strategy is defined", () => {
  const define = (): unknown => defineStrategy({ name: "X", params: { n: 5 } as never, create: () => ({ onCandle() {} }) });
  expect(define).toThrow(/X\.n is declared by its type/);
});

test("a forgotten await is told, without the kernel's own marks", () => {
  const promise = Object.assign(new Promise(() => {}), { [Symbol("async_id_symbol")]: 7 });
  expect(plainText(promise)).toBe("Promise { <pending> } (still running: put await before it)");
  expect(plainText(backtest({ data: candles, strategy: "SmaCross" }))).not.toMatch(/Symbol\(/);
});

test.each<[string, string, (given: never) => unknown]>([
  ["candleChart", "CHART_INPUT", charts.candleChart],
  ["equityChart", "CHART_INPUT", charts.equityChart],
  ["tradeScatter", "CHART_INPUT", charts.tradeScatter],
  ["returnsHistogram", "CHART_INPUT", charts.returnsHistogram],
  ["trialsChart", "CHART_INPUT", charts.trialsChart],
  ["executionQuality", "CHART_INPUT", charts.executionQuality],
  ["quality.orders", "QUALITY_SOURCE", quality.orders],
  ["quality.latencies", "QUALITY_SOURCE", quality.latencies],
  ["quality.algorithms", "QUALITY_SOURCE", quality.algorithms],
  ["A statistic of returns", "RETURNS_SOURCE", analytics.sharpe],
  ["A statistic of trades", "TRADES_SOURCE", analytics.winRate],
  ["tradingSummary", "TRADES_SOURCE", analytics.tradingSummary],
])("%s says that an await is missing before its input, and what it takes instead of something else", (what, code, call) => {
  const running = backtest({ data: candles, strategy: "SmaCross" });
  expect(() => call(running as never)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(/got a promise: write await before/) }),
  );
  for (const odd of [5, undefined, {}, "run"])
    if (!(what === "returnsHistogram" || what === "trialsChart") || typeof odd !== "string")
      expect(() => call(odd as never)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(`${what} takes`) }));
});

test("what is given instead of options is named", () => {
  expect(() => paper(candles as never)).toThrow(/paper takes options such as \{ feed: replay\(btc\) \}, got a CandleSeries/);
  expect(() => compliance.monitor({} as never)).toThrow(/a list of instruments/);
  expect(() => handleSignal("enterLong" as never, {} as never)).toThrow(/handleSignal takes a signal .* got the text 'enterLong'/);
  expect(() => handleSignal({ id: "s", kind: "enterLong" }, undefined as never)).toThrow(/a context/);
  expect(() => analytics.sharpe(candles as never)).toThrow(/got a CandleSeries/);
});
