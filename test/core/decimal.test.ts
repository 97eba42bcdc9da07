import { Decimal as PlainDecimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, type DecimalInput, decimal, decimalText } from "../../src/core/index.js";
import { expectMisuse } from "../misuse.js";

describe("decimal", () => {
  test("reads text exactly, whatever its length", () => {
    const text = "123456789012345678901234567890.123456789012345678901234567890123456789";
    expect(decimalText(decimal(text))).toBe(text);
    expect(decimalText(decimal(" -0.10 "))).toBe("-0.1");
    expect(decimalText(decimal("1e-9"))).toBe("0.000000001");
  });

  test("a JS number counts at its shortest text, never at its binary value", () => {
    expect(decimal(0.1).plus(decimal(0.2)).eq("0.3")).toBe(true);
    expect(decimalText(decimal(1e21))).toBe("1000000000000000000000");
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => decimal(x).eq(new Decimal(String(x)))));
  });

  test("settings of a cell's own decimal.js do not reach it", () => {
    const before = PlainDecimal.precision;
    PlainDecimal.set({ precision: 3 });
    try {
      expect(decimal("1").div(3).toFixed()).toBe(`0.${"3".repeat(40)}`);
    } finally {
      PlainDecimal.set({ precision: before });
    }
  });

  test("prints no exponent, large or small", () => {
    expect(String(decimal("1e-30"))).toBe(`0.${"0".repeat(29)}1`);
    expect(String(decimal("1e30"))).toBe(`1${"0".repeat(30)}`);
  });

  test.each([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["text", "abc"],
    ["no text", ""],
    ["a number with a comma", "1,5"],
    ["hexadecimal", "0x10"],
    ["an infinite Decimal", new Decimal(Number.POSITIVE_INFINITY)],
    ["nothing", undefined],
    ["null", null],
    ["an object", {}],
  ])("refuses %s and names it", (_what, input) => {
    expectMisuse(
      () => decimal(input as DecimalInput, "cash"),
      "DECIMAL_INVALID",
      /^cash must be a finite decimal number such as "0\.1", got/,
    );
  });
});
