import { expect, test } from "vitest";
import { loadFunding } from "../../src/data/index.js";
import { failure, file } from "./files.js";

const HEADER = "symbol,timestamp,funding_rate\n";
const loadText = (text: string, options = {}): ReturnType<typeof loadFunding> => loadFunding(file(text, "funding.csv"), options);

test("rates are exact and in time order; repeats count once", async () => {
  const { rates, symbol } = await loadText(
    `${HEADER}BTCUSDT,2024-05-01T16:00:00Z,5.046e-05\nBTCUSDT,2024-05-01T08:00:00Z,0.0001\nBTCUSDT,2024-05-01T16:00:00Z,0.00005046\n`,
  );
  expect(symbol).toBe("BTCUSDT");
  expect(rates.map(({ time, rate }) => [time, rate.toFixed()])).toEqual([
    [Date.UTC(2024, 4, 1, 8), "0.0001"],
    [Date.UTC(2024, 4, 1, 16), "0.00005046"],
  ]);
});

test("columns in any order, epoch milliseconds, no symbol", async () => {
  const funding = await loadText("funding_rate,timestamp\n-0.0001,1714521600000\n", { symbol: "ETHUSDT" });
  expect([funding.symbol, funding.rates[0]!.rate.toFixed(), funding.rates[0]!.time]).toEqual(["ETHUSDT", "-0.0001", 1714521600000]);
});

test("bad rows are reported by line; strict throws", async () => {
  const text = `${HEADER}BTCUSDT,2024-05-01T08:00:00Z,0.0001\nBTCUSDT,soon,0.0001\nBTCUSDT,2024-05-01T16:00:00Z,high\nBTCUSDT\n`;
  const funding = await loadText(text);
  expect(funding.badRows.map(({ line, kind }) => [line, kind])).toEqual([
    [3, "timestamp"],
    [4, "number"],
    [5, "fields"],
  ]);
  expect((await failure(loadText(text, { strict: true }))).code).toBe("DATA_BAD_ROWS");
});

test.each([
  ["a missing column", "symbol,timestamp,fundingrate\n", {}, "DATA_HEADER", "Did you mean to call fundingrate so?"],
  ["an empty file", "", {}, "DATA_EMPTY", "is empty"],
  ["a header only", HEADER, {}, "DATA_EMPTY", "no good row"],
  ["several symbols", `${HEADER}A,2024-05-01,1\nB,2024-05-01,1\n`, {}, "DATA_SYMBOL", "A, B"],
  ["an unknown symbol", `${HEADER}BTCUSDT,2024-05-01,1\n`, { symbol: "BTCUSD" }, "DATA_SYMBOL", "Did you mean BTCUSDT?"],
  ["rates in conflict", `${HEADER}A,2024-05-01,1\nA,2024-05-01,2\n`, {}, "DATA_CONFLICT", "1 and 2"],
  ["an unknown option", `${HEADER}A,2024-05-01,1\n`, { symbols: "A" }, "OPTION_UNKNOWN", "Did you mean symbol?"],
])("%s is an error", async (_, text, options, code, said) => {
  const error = await failure(loadText(text, options));
  expect(error.code).toBe(code);
  expect(error.message).toContain(said);
});
