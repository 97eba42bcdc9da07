import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ceilUnits, Decimal, type DecimalInput, ExactPrice, exactPrice, floorUnits, fromUnits, ratio } from "../../src/core/index.js";
import { expectMisuse } from "../misuse.js";

const prices = fc.integer({ min: 1, max: 10 ** 13 });
const steps = fc.constantFrom(1, 5, 10, 25, 50, 1000);

describe("rounding to a tick", () => {
  test("floor and ceil of units x num / den are those of BigInt, in doubles and beyond", () => {
    fc.assert(
      fc.property(prices, fc.integer({ min: 1, max: 10 ** 12 }), fc.integer({ min: 1, max: 10 ** 12 }), steps, (units, num, den, step) => {
        const top = BigInt(units) * BigInt(num);
        const bottom = BigInt(den) * BigInt(step);
        const floor = (top / bottom) * BigInt(step);
        const ceil = ((top + bottom - 1n) / bottom) * BigInt(step);
        fc.pre(ceil <= BigInt(Number.MAX_SAFE_INTEGER));
        expect(BigInt(floorUnits(units, num, den, step))).toBe(floor);
        expect(BigInt(ceilUnits(units, num, den, step))).toBe(ceil);
      }),
    );
  });

  test("98 % of a low, hand-computed", () => {
    const stop = new ExactPrice(300_001, 1).times("0.98"); // 29400.098
    expect(stop.toString()).toBe("29400.098");
    expect(stop.floorTo(1)).toBe(294_000);
    expect(stop.ceilTo(1)).toBe(294_001);
    expect(stop.ceilTo(5)).toBe(294_005);
    expect(new ExactPrice(300_000, 1).times("0.98").ceilTo(1)).toBe(294_000);
  });

  test("factors chain exactly and take ratios", () => {
    const price = new ExactPrice(123_457, 2).times("0.9975").times(ratio("1.005"));
    expect(price.toDecimal().eq(new Decimal("1234.57").times("0.9975").times("1.005"))).toBe(true);
    expectMisuse(() => price.times("1.0000000001").times("1.0000000001"), "RATIO_TOO_FINE", /too many digits/);
    expectMisuse(() => price.times("much"), "DECIMAL_INVALID");
  });

  test("another scale is the same price", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 6 }),
        (units, from, to) => {
          const price = new ExactPrice(units, from, 3, 7);
          const scaled = price.rescale(to);
          expect(scaled.dp).toBe(to);
          expect(scaled.toDecimal().toSignificantDigits(30).eq(price.toDecimal().toSignificantDigits(30))).toBe(true);
        },
      ),
    );
    expectMisuse(() => new ExactPrice(10 ** 15, 0).rescale(4), "UNITS_OVERFLOW");
  });
});

describe("exactPrice", () => {
  test("places every decimal, however long, on the tick below and above", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 26n), fc.integer({ min: 0, max: 20 }), steps, (digits, scale, step) => {
        const value = fromUnits(digits, scale);
        fc.pre(value.lt("1e12"));
        const price = exactPrice(value, 2);
        const unit = new Decimal(step).div(100);
        const below = value.div(unit).floor().times(step);
        expect(price.floorTo(step)).toBe(below.toNumber());
        expect(price.ceilTo(step)).toBe(value.div(unit).isInteger() ? below.toNumber() : below.plus(step).toNumber());
      }),
    );
  });

  test("takes what `bar.low * 0.98` gives, all 17 digits of it", () => {
    const low = 42_000.2;
    const stop = low * 0.98;
    expect(String(stop).replace(".", "").length).toBeGreaterThanOrEqual(16);
    expect(exactPrice(stop, 1).ceilTo(1)).toBe(Math.ceil(stop * 10));
    expect(exactPrice(97.00000000000001, 1).ceilTo(1)).toBe(971);
    expect(exactPrice(97.00000000000001, 1).floorTo(1)).toBe(970);
  });

  test.each([
    ["NaN", Number.NaN, "NaN"],
    ["zero", 0, "0"],
    ["a negative price", "-5", "-5"],
    ["text", "low", "low"],
  ])("refuses %s", (_what, input, shown) => {
    expectMisuse(
      () => exactPrice(input as DecimalInput, 1, "stopLoss"),
      "PRICE_INVALID",
      `stopLoss must be a price greater than zero, got ${shown}.`,
    );
  });

  test("refuses what no double holds, and says that", () => {
    expectMisuse(() => exactPrice("1e17", 1), "PRICE_INVALID", /too large/);
    expectMisuse(() => exactPrice("123456789012345678.55", 1), "PRICE_INVALID", /too large/);
  });
});
