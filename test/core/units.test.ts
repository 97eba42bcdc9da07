import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Decimal,
  decimal,
  floorDiv,
  floorDivBig,
  fraction,
  fromUnits,
  gcd,
  MAX_SAFE,
  narrow,
  ratio,
  roundDivBig,
  toUnits,
  toWideUnits,
  unitsNumber,
  unitsText,
} from "../../src/core/index.js";
import { expectMisuse } from "../misuse.js";

const safe = fc.integer({ min: -MAX_SAFE, max: MAX_SAFE });
const dps = fc.integer({ min: 0, max: 18 });

describe("units", () => {
  test("every whole number of units comes back as it went out", () => {
    fc.assert(fc.property(safe, dps, (units, dp) => toUnits(fromUnits(units, dp), dp) === units + 0));
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 60n), 10n ** 60n), dps, (units, dp) => BigInt(toWideUnits(fromUnits(units, dp), dp)) === units),
    );
  });

  test("every decimal made of units is the one that its text makes", () => {
    const same = (made: Decimal, text: string): void => {
      const read = new Decimal(text);
      // Down to the digits that every operation works with.
      expect({ s: made.s, e: made.e, d: made.d }).toEqual({ s: read.s, e: read.e, d: read.d });
      expect(made.constructor).toBe(Decimal);
    };
    fc.assert(fc.property(safe, dps, (units, dp) => same(fromUnits(units, dp), `${units}e-${dp}`)));
    for (const units of [0, -0, 1, 9, 10, 9_999_999, 10_000_000, -10_000_001, 1e14, MAX_SAFE, -MAX_SAFE])
      for (let dp = 0; dp <= 18; dp++) same(fromUnits(units, dp), `${units}e-${dp}`);
    const digits = fc.string({ unit: fc.constantFrom(..."0001234567899"), minLength: 1, maxLength: 12 });
    const plain = fc.oneof(
      digits,
      fc.tuple(digits, digits).map((parts) => parts.join(".")),
    );
    fc.assert(fc.property(plain, (text) => same(decimal(text), text)));
    fc.assert(
      fc.property(plain, fc.integer({ min: 0, max: 12 }), (text, dp) => {
        // By the slow way: a text with an exponent is read digit by digit elsewhere.
        const slow = (): number | bigint => toWideUnits(`${text}e0`, dp);
        if (new Decimal(text).decimalPlaces() > dp) expectMisuse(() => toWideUnits(text, dp), "NOT_REPRESENTABLE", "decimals");
        else expect(toWideUnits(text, dp)).toBe(slow());
        expect(toWideUnits(text, dp, "floor")).toBe(toWideUnits(`${text}e0`, dp, "floor"));
        expect(toWideUnits(text, dp, "ceil")).toBe(toWideUnits(`${text}e0`, dp, "ceil"));
      }),
    );
  });

  test("floor and ceil lie around the value, less than one unit apart", () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 50n), 10n ** 50n),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 12 }),
        (digits, scale, dp) => {
          const value = fromUnits(digits, scale);
          const below = BigInt(toWideUnits(value, dp, "floor"));
          const above = BigInt(toWideUnits(value, dp, "ceil"));
          // In whole numbers of 10^-(scale + dp), to compare without rounding.
          const exact = digits * 10n ** BigInt(dp);
          const unit = 10n ** BigInt(scale);
          expect(below * unit <= exact && exact < (below + 1n) * unit).toBe(true);
          expect(above * unit >= exact && exact > (above - 1n) * unit).toBe(true);
        },
      ),
    );
  });

  test("a 41st digit counts", () => {
    const nearlyOne = `0.${"9".repeat(45)}`;
    expect(toUnits(nearlyOne, 0, "floor")).toBe(0);
    expect(toUnits(nearlyOne, 0, "ceil")).toBe(1);
    expectMisuse(() => toUnits(`1.${"0".repeat(44)}1`, 8), "NOT_REPRESENTABLE", /has more than 8 decimals/);
    expect(fromUnits(1e22, 2).toFixed()).toBe("100000000000000000000");
    expect(fromUnits(10n ** 45n + 1n, 3).toFixed()).toBe(`1${"0".repeat(42)}.001`);
  });

  test("says what does not fit", () => {
    expectMisuse(() => toUnits("0.123", 2, "exact", "cash"), "NOT_REPRESENTABLE", "cash 0.123 has more than 2 decimals");
    expectMisuse(() => toUnits("90071992547409.92", 2, "exact", "cash"), "UNITS_OVERFLOW", "cash 90071992547409.92 is too large");
    expect(toUnits("90071992547409.91", 2)).toBe(MAX_SAFE);
    expect(toWideUnits("90071992547409.92", 2)).toBe(9007199254740992n);
  });

  test("print with exactly their decimals", () => {
    expect(unitsText(1_000_000_000_000, 8)).toBe("10000.00000000");
    expect(unitsText(-5, 2)).toBe("-0.05");
    expect(unitsNumber(12_345, 2)).toBe(123.45);
  });
});

describe("whole division", () => {
  test("floors like BigInt for every safe dividend", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: MAX_SAFE }),
        fc.integer({ min: 1, max: MAX_SAFE }),
        (x, d) => BigInt(floorDiv(x, d)) === BigInt(x) / BigInt(d),
      ),
    );
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(1n, 10n ** 30n), (x, d) => {
        const q = floorDivBig(x, d);
        return q * d <= x && x < (q + 1n) * d;
      }),
    );
  });

  test("rounds halves away from zero", () => {
    expect([5n, -5n, 4n, -4n, 15n].map((x) => roundDivBig(x, 10n))).toEqual([1n, -1n, 0n, 0n, 2n]);
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 35n), 10n ** 35n), fc.bigInt(1n, 10n ** 4n), (x, d) => {
        const exact = new Decimal(x.toString()).div(d.toString());
        return roundDivBig(x, d).toString() === exact.toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toFixed();
      }),
    );
  });

  test("narrow keeps doubles to 2^53 - 1 on both sides", () => {
    expect(narrow(BigInt(MAX_SAFE))).toBe(MAX_SAFE);
    expect(narrow(-BigInt(MAX_SAFE))).toBe(-MAX_SAFE);
    expect(narrow(BigInt(MAX_SAFE) + 1n)).toBe(9007199254740992n);
    expect(gcd(12n, 18n)).toBe(6n);
  });
});

describe("ratio", () => {
  test("is the fraction in lowest terms", () => {
    expect(ratio("0.9975")).toEqual({ num: 399, den: 400 });
    expect(ratio(0.00055)).toEqual({ num: 11, den: 20_000 });
    expect(ratio("-0.25")).toEqual({ num: -1, den: 4 });
    expect(ratio(decimal("2"))).toEqual({ num: 2, den: 1 });
    expect(ratio("0")).toEqual({ num: 0, den: 1 });
  });

  test("is exactly its decimal", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), fc.integer({ min: 0, max: 15 }), (units, dp) => {
        const value = fromUnits(units, dp);
        const { num, den } = ratio(value);
        return new Decimal(num).eq(value.times(den)) && gcd(BigInt(Math.abs(num)), BigInt(den)) === 1n;
      }),
    );
  });

  test("is refused rather than rounded", () => {
    expectMisuse(() => ratio("0.1234567890123456789", "fee"), "RATIO_TOO_FINE", /^fee 0\.1234567890123456789 has too many digits/);
    expectMisuse(() => ratio(`0.5${"0".repeat(45)}1`), "RATIO_TOO_FINE");
    expectMisuse(() => ratio("much", "fee"), "DECIMAL_INVALID");
    expectMisuse(() => fraction(2n ** 60n, 7n, "share"), "RATIO_TOO_FINE");
  });
});
