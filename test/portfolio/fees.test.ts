import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, fromUnits, instrument, ratio, scaleInstrument } from "../../src/core/index.js";
import { FEE_SCHEDULES, type FeesInput, feeRates, RatedAmount } from "../../src/portfolio/index.js";
import { expectMisuse } from "../misuse.js";

const shapes = [
  { tickSize: "0.1", lotSize: "0.001" },
  { tickSize: "0.00000001", lotSize: "1" },
  { tickSize: "0.0000001", lotSize: "0.00001" },
  { tickSize: "5", lotSize: "10" },
].map((filters) => scaleInstrument(instrument({ symbol: "ABCUSDT", ...filters })));

describe("RatedAmount", () => {
  test("is price x quantity x rate, rounded half away from zero to 1e-8, for every rate and size", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...shapes),
        fc.integer({ min: 1, max: 10 ** 12 }),
        fc.integer({ min: 1, max: 10 ** 12 }),
        fc.integer({ min: -(10 ** 6), max: 10 ** 6 }),
        fc.integer({ min: 4, max: 12 }),
        (scaled, price, quantity, rateUnits, rateDp) => {
          const rate = fromUnits(rateUnits, rateDp);
          const exact = fromUnits(BigInt(price) * BigInt(quantity) * BigInt(rateUnits), scaled.priceDp + scaled.quantityDp + rateDp);
          const expected = exact.toDecimalPlaces(8, Decimal.ROUND_HALF_UP);
          const amount = new RatedAmount(scaled, ratio(rate)).of(price, quantity);
          expect(fromUnits(amount, scaled.cashDp).toFixed()).toBe(expected.toFixed());
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("halves, hand-computed: 30,000.1 x 0.001 x 0.00055 is 0.0165000550, 30,000.9 x 0.01 x 0.00055 is 0.16500495", () => {
    const taker = new RatedAmount(shapes[0]!, ratio("0.00055"));
    expect(taker.of(300_001, 1)).toBe(1_650_006); // 0.0165000550 -> ...06 (the half goes up)
    expect(taker.of(300_009, 10)).toBe(16_500_495);
    const rebate = new RatedAmount(shapes[0]!, ratio("-0.00055"));
    expect(rebate.of(300_001, 1)).toBe(-1_650_006); // away from zero, too
  });

  test("a rate with 15 digits keeps them all", () => {
    const odd = new RatedAmount(shapes[0]!, ratio("0.012345678901237"));
    const exact = new Decimal("98765.4").times("123.456").times("0.012345678901237");
    expect(fromUnits(odd.of(987_654, 123_456), 8).toFixed()).toBe(exact.toDecimalPlaces(8, Decimal.ROUND_HALF_UP).toFixed());
  });
});

describe("schedules", () => {
  test("by name, or as fractions", () => {
    expect(feeRates("bybit-linear")).toEqual({ name: "bybit-linear", maker: { num: 1, den: 5000 }, taker: { num: 11, den: 20_000 } });
    expect(feeRates({ maker: "-0.0001", taker: 0.0005 })).toMatchObject({
      name: "maker -0.0001, taker 0.0005",
      maker: { num: -1, den: 10_000 },
      taker: { num: 1, den: 2000 },
    });
    expect(FEE_SCHEDULES).toEqual(["bybit-linear", "bybit-inverse", "bybit-spot", "none"]);
  });

  test.each<[string, unknown, string, RegExp]>([
    ["a misspelt name", "bybit-liner", "FEES_UNKNOWN", /Did you mean bybit-linear\?/],
    ["a name every object has", "constructor", "FEES_UNKNOWN", /Unknown fee schedule 'constructor'/],
    ["a percentage for a fraction", { maker: "0.02", taker: "0.55" }, "FEES_INVALID", /fees.taker is a fraction .* got 0.55/],
    ["a rebate too good", { maker: "-0.02", taker: "0" }, "FEES_INVALID", /fees.maker/],
    ["a misspelt key", { maker: "0", takr: "0" }, "FEES_INVALID", /'takr'. Did you mean taker\?/],
    ["a missing rate", { maker: "0" }, "DECIMAL_INVALID", /fees.taker/],
    ["a number alone", 0.001, "FEES_INVALID", /schedule's name or \{ maker, taker \}/],
  ])("refuses %s", (_what, input, code, message) => {
    expectMisuse(() => feeRates(input as FeesInput), code, message);
  });
});
