import { expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { plainText } from "../../src/display/index.js";
import { backtest, data, defineStrategy, exportStrategy, range, tune } from "../../src/lab/index.js";

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
