import { describe, expect, test } from "vitest";
import { type InstrumentInput, instrument, scaleInstrument, shippedInstrument, splitSymbol } from "../../src/core/index.js";
import { expectMisuse } from "../misuse.js";

const given: InstrumentInput = { symbol: "ABCUSDT", tickSize: "0.05", lotSize: "0.002" };

describe("instrument", () => {
  test("fills in what follows from the symbol", () => {
    const made = instrument(given);
    expect(made).toMatchObject({ base: "ABC", quote: "USDT", settlement: "USDT", kind: "linear", source: "given" });
    expect(made.minQuantity.toFixed()).toBe("0.002");
    expect(Object.isFrozen(made)).toBe(true);
    expect(instrument({ ...given, kind: "inverse" }).settlement).toBe("ABC");
    expect(splitSymbol("bybit:ETHBTC")).toEqual({ base: "ETH", quote: "BTC" });
  });

  test("one that was made may be given back", () => {
    expect(instrument(instrument(given))).toEqual(instrument(given));
  });

  test.each<[string, Record<string, unknown>, string, RegExp]>([
    ["no symbol", { symbol: " " }, "INSTRUMENT_INVALID", /needs a symbol/],
    ["a tick of zero", { tickSize: "0" }, "INSTRUMENT_INVALID", /tickSize must be greater than zero, got 0/],
    ["a negative lot", { lotSize: "-1" }, "INSTRUMENT_INVALID", /lotSize/],
    ["a tick that is no number", { tickSize: "fine" }, "DECIMAL_INVALID", /tickSize/],
    ["a negative minimum value", { minNotional: "-5" }, "INSTRUMENT_INVALID", /minNotional must not be negative/],
    ["a maximum below the minimum", { minQuantity: "2", maxQuantity: "1" }, "INSTRUMENT_INVALID", /maxQuantity 1 is below minQuantity 2/],
    ["an unknown kind", { kind: "perp" }, "INSTRUMENT_KIND", /Unknown instrument kind 'perp'/],
    ["a misspelt key", { minQuantty: "1" }, "OPTION_UNKNOWN", /Unknown key of an instrument 'minQuantty'. Did you mean minQuantity\?/],
  ])("refuses %s", (_what, change, code, message) => {
    expectMisuse(() => instrument({ ...given, ...change } as InstrumentInput), code, message);
  });

  test("the shipped table is dated and knows both kinds", () => {
    expect(shippedInstrument("BTCUSDT", "linear")).toMatchObject({ source: "table", asOf: "2024-05-01" });
    expect(shippedInstrument("BTCUSDT", "linear")!.tickSize.toFixed()).toBe("0.1");
    expect(shippedInstrument("BTCUSDT", "spot")!.lotSize.toFixed()).toBe("0.000001");
    expect(shippedInstrument("DOGEUSDT", "linear")).toBeUndefined();
  });
});

describe("scaled for a run", () => {
  test("price x quantity x valueScale is money in 1e-8", () => {
    const scaled = scaleInstrument(instrument({ ...given, minNotional: "5", maxQuantity: "100.001" }));
    expect(scaled).toMatchObject({ priceDp: 2, quantityDp: 3, cashDp: 8, valueScale: 1000, tick: 5, lot: 2, minQuantity: 2 });
    expect(scaled).toMatchObject({ maxQuantity: 100_001, minNotional: 500_000_000 });
  });

  test("data finer than the tick makes finer units, tick x lot finer than 1e-8 makes finer money", () => {
    expect(scaleInstrument(instrument(given), 4)).toMatchObject({ priceDp: 4, tick: 500, valueScale: 10 });
    const fine = scaleInstrument(instrument({ symbol: "SHIBUSDT", tickSize: "0.00000001", lotSize: "0.01" }));
    expect(fine).toMatchObject({ priceDp: 8, quantityDp: 2, cashDp: 10, valueScale: 1 });
  });

  test("a maximum beyond 2^53 units is none", () => {
    expect(scaleInstrument(instrument({ ...given, maxQuantity: "1e15" })).maxQuantity).toBe(Number.POSITIVE_INFINITY);
  });

  test("refuses units too fine, and money too coarse to hold a tick of a lot", () => {
    expectMisuse(() => scaleInstrument(instrument({ ...given, tickSize: "1e-12", lotSize: "1e-8" })), "INSTRUMENT_INVALID", /too fine/);
    expectMisuse(() => scaleInstrument(instrument({ ...given, tickSize: "1e-8" }), 0, 8), "INSTRUMENT_INVALID", /too fine/);
  });
});
