import { describe, expect, test } from "vitest";
import { type DecimalInput, instrument, scaleInstrument } from "../../src/core/index.js";
import { defineSizer, parseSizer, type Sizer, sizers } from "../../src/execution/index.js";
import { sizerContract } from "../contracts/sizer.js";
import { expectMisuse } from "../misuse.js";

const half = (): Sizer => defineSizer({ name: "half", size: ({ equity, price }) => (equity.gt(0) ? equity.div(price).div(2) : 0) });

describe.each<[string, () => Sizer]>([
  ["fixed", () => sizers.fixed("0.0123456")],
  ["percent", () => sizers.percent("0.10")],
  ["percent, more than all", () => sizers.percent("2.5")],
  ["percent, odd digits", () => sizers.percent("0.333333333333333")],
  ["percent, nothing", () => sizers.percent("0")],
  ["risk-adjusted", () => sizers.riskAdjusted("0.01")],
  ["risk-adjusted, own volatility", () => sizers.riskAdjusted("0.0123", { volatility: "0.0457" })],
  ["from a cell", half],
])("%s", (_name, make) => {
  sizerContract(make);
});

describe("Tesser's semantics", () => {
  test("5 % of 25,000 at 50,000 is exactly 0.025", () => {
    expect(sizers.percent("0.05").size({ equity: 25_000, price: 50_000 }).toFixed()).toBe("0.025");
    expect(sizers.percent(0.05).size({ equity: "25000", price: "50000" }).toFixed()).toBe("0.025");
  });

  test("risk-adjusted: equity x fraction / (price x 0.02)", () => {
    expect(sizers.riskAdjusted("0.01").size({ equity: 10_000, price: 50_000 }).toFixed()).toBe("0.1");
    expect(sizers.riskAdjusted("0.01", { volatility: "0.04" }).size({ equity: 10_000, price: 50_000 }).toFixed()).toBe("0.05");
  });

  test.each([0, "-1"])("a price of %s is an error that says zero or negative price", (price) => {
    for (const sizer of [sizers.percent("0.05"), sizers.riskAdjusted("0.01")])
      expectMisuse(() => sizer.size({ equity: 25_000, price }), "SIZE_PRICE", /zero or negative price/);
  });

  test("the same inside a run", () => {
    const scaled = scaleInstrument(instrument({ symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001" }));
    const bound = sizers.percent("0.05").bind(scaled);
    expect(bound.units({ equity: 2_500_000_000_000, price: 500_000, kind: "enterLong", confidence: 1 })).toBe(25);
    expectMisuse(() => bound.units({ equity: 1, price: 0, kind: "enterLong", confidence: 1 }), "SIZE_PRICE", /zero or negative price/);
  });

  test("a negative share counts as none; a fixed size takes no look at equity", () => {
    expect(sizers.percent("-0.5").size({ equity: 100, price: 1 }).toFixed()).toBe("0");
    expect(sizers.fixed("0.01").size({ equity: 0, price: 1 }).toFixed()).toBe("0.01");
  });
});

describe("misuse", () => {
  test.each([
    ["a negative fixed size", () => sizers.fixed("-1"), "SIZER_INVALID", /must not be negative, got -1/],
    ["a size that is no number", () => sizers.fixed("much"), "DECIMAL_INVALID", /fixed quantity/],
    ["a volatility of zero", () => sizers.riskAdjusted("0.01", { volatility: 0 }), "SIZER_INVALID", /volatility must be greater than zero/],
    ["too many digits", () => sizers.riskAdjusted("0.000000000000001", { volatility: "12.5" }), "RATIO_TOO_FINE", /too many digits/],
    ["a misspelt name", () => parseSizer("precent:0.1"), "SIZER_INVALID", /expected fixed:value.*Did you mean percent\?/],
    ["no value", () => parseSizer("percent"), "SIZER_INVALID", /expected fixed:value/],
    ["too many values", () => parseSizer("fixed:1:2"), "SIZER_INVALID", /Invalid sizer 'fixed:1:2'/],
    ["a name every object has", () => parseSizer("constructor:1"), "SIZER_INVALID", /Invalid sizer/],
    ["something else", () => parseSizer(5 as unknown as string), "SIZER_INVALID", /percent:0\.05/],
    ["a definition without a function", () => defineSizer({ name: "x" } as never), "SIZER_INVALID", /name and a size function/],
  ])("%s", (_what, act, code, message) => {
    expectMisuse(act, code, message);
  });

  test.each<[string, unknown, string]>([
    ["negative", "-1", "SIZER_INVALID"],
    ["no number", Number.NaN, "DECIMAL_INVALID"],
    ["a promise", Promise.resolve(1), "DECIMAL_INVALID"],
    ["nothing", undefined, "DECIMAL_INVALID"],
  ])("a quantity from a cell that is %s", (_what, quantity, code) => {
    const sizer = defineSizer({ name: "odd", size: () => quantity as DecimalInput });
    expectMisuse(() => sizer.size({ equity: 1, price: 1 }), code, /odd/);
  });
});

test("notation reads back: case and blanks do not count", () => {
  expect(parseSizer(" Percent:0.10 ").text).toBe("percent:0.1");
  expect(parseSizer("risk-adjusted:0.01:0.03").text).toBe("risk-adjusted:0.01:0.03");
  const own = half();
  expect(parseSizer(own)).toBe(own);
});
