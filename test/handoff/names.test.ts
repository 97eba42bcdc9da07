import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { camelCase, parseSymbol, snakeCase } from "../../src/handoff/index.js";

const camel = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,20}$/);
const snake = fc.stringMatching(/^[a-z][a-z0-9]*(_[a-z0-9]+){0,4}$/);

describe("parameter names", () => {
  test("one mapping serves both directions", () => {
    expect(snakeCase("vwapDurationSecs")).toBe("vwap_duration_secs");
    expect(camelCase("vwap_duration_secs")).toBe("vwapDurationSecs");
    expect(snakeCase("sma2Period")).toBe("sma2_period");
    expect(snakeCase("entryZ")).toBe("entry_z");
    fc.assert(fc.property(camel, (name) => camelCase(snakeCase(name)) === name));
    fc.assert(fc.property(snake, (name) => snakeCase(camelCase(name)) === name));
  });

  test("no two names of code meet in one name of a file", () => {
    fc.assert(fc.property(camel, camel, (a, b) => (a === b) === (snakeCase(a) === snakeCase(b))));
  });
});

describe("symbols", () => {
  test.each([
    ["BTCUSDT", undefined, "BTCUSDT"],
    ["btcusdt", undefined, "btcusdt"],
    ["bybit_linear:BTCUSDT", "bybit_linear", "BTCUSDT"],
    [" Bybit_Linear : ethusdt ", "bybit_linear", "ETHUSDT"],
    ["BTCUSDT:PERP:x", "btcusdt", "PERP:X"],
  ])("reads %s as Tesser does", (text, venue, code) => {
    expect(parseSymbol(text)).toEqual({ venue, code });
  });

  test.each(["", "  ", ":BTC", "bybit_linear:"])("refuses '%s'", (text) => {
    expect(() => parseSymbol(text)).toThrow(expect.objectContaining({ code: "SYMBOL_INVALID" }));
  });
});
