import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { describeData, loadCandles } from "../../src/data/index.js";
import { expectMisuse } from "../misuse.js";
import { csv, failure, load, minutes } from "./files.js";

test.each([
  ["an unknown option", { intervall: "1m" }, "OPTION_UNKNOWN", "Did you mean interval?"],
  ["an empty symbol", { symbol: " " }, "OPTION_INVALID", "symbol must be a name"],
  ["strict as text", { strict: "yes" }, "OPTION_INVALID", "got 'yes'"],
  ["an unknown policy", { duplicates: "frist" }, "OPTION_INVALID", "Did you mean first?"],
  ["a wrong field in columns", { columns: { clsoe: "x" } }, "OPTION_UNKNOWN", "Did you mean close?"],
  ["decimals out of range", { decimals: { price: 16 } }, "OPTION_INVALID", "from 0 to 15"],
  ["a wrong key of decimals", { decimals: { prices: 2 } }, "OPTION_UNKNOWN", "Did you mean price?"],
  ["an interval as a number", { interval: 5 }, "INTERVAL_UNKNOWN", "'5'"],
])("%s is refused", async (_, options, code, said) => {
  const error = await failure(load(csv(...minutes(0, 1)), options as never));
  expect(error.code).toBe(code);
  expect(error.message).toContain(said);
});

test.each([
  ["an empty name", "", "DATA_NOT_FOUND"],
  ["a URL", "https://example.com/x.csv", "DATA_NOT_FOUND"],
  ["a file that is not there", "/nowhere/x.csv", "DATA_NOT_FOUND"],
  ["a folder", tmpdir(), "DATA_READ"],
])("%s is an error", async (_, name, code) => {
  const error = await failure(loadCandles(name));
  expect(error.code).toBe(code);
  expect(error.message).not.toContain("/nowhere");
});

test("a missing file names what is there", async () => {
  const error = await failure(loadCandles("synthetic_BTCUSDT_5m_seed8.csv"));
  expect(error.message).toContain("Did you mean synthetic_BTCUSDT_5m_seed7.csv?");
});

test("describe takes what was loaded or its report, and nothing else", async () => {
  const series = await load(csv(...minutes(0, 1, 2)));
  expect(describeData(series)).toEqual(describeData(series.report));
  expect(describeData(series)[0]).toContain("3 candles of BTCUSDT");
  expectMisuse(() => describeData(series.slice(0, 2) as never), "DATA_INVALID", /describe takes what data.load/);
  expectMisuse(() => describeData(load(csv(...minutes(0, 1))) as never), "DATA_INVALID", /write await/);
});
