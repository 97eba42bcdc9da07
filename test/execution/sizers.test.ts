import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { Decimal, type DecimalInput, instrument, scaleInstrument } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import {
  defineSizer,
  FixedOrderSizer,
  PortfolioPercentSizer,
  parseSizer,
  positionSizing,
  RiskAdjustedSizer,
  SIZER_FORMS,
  type Sizer,
  sizers,
} from "../../src/execution/index.js";
import { candles, play, still } from "../backtest/scripted.js";
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
  ["risk-adjusted, Tesser's constant", () => new RiskAdjustedSizer("0.01")],
  ["risk-adjusted, realised", () => sizers.riskAdjusted("0.01", { volatility: sizers.realised(20) })],
  ["volatility target", () => sizers.volatilityTarget("0.25")],
  ["volatility target, leverage", () => sizers.volatilityTarget("0.9", { volatility: "atr:7", maxLeverage: "2.5" })],
  ["Kelly", () => sizers.kelly({ winRate: "0.55", payoff: "1.5" })],
  ["Kelly, odd digits", () => sizers.kelly({ winRate: "0.6123", payoff: "1.377", fraction: "0.33", cap: "0.2" })],
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
    expect(RiskAdjustedSizer("0.01").size({ equity: 10_000, price: 50_000 }).toFixed()).toBe("0.1");
    expect(parseSizer("risk-adjusted:0.01").size({ equity: 10_000, price: 50_000 }).toFixed()).toBe("0.1");
    expect(sizers.riskAdjusted("0.01", { volatility: "0.04" }).size({ equity: 10_000, price: 50_000 }).toFixed()).toBe("0.05");
  });

  test.each([0, "-1"])("a price of %s is an error that says zero or negative price", (price) => {
    for (const sizer of [sizers.percent("0.05"), sizers.riskAdjusted("0.01"), sizers.kelly({ winRate: 1, payoff: 1 })])
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

test.each(SIZER_FORMS)("%s, which editors offer, is a sizer", (form) => {
  const [name, ...values] = form.split(":");
  const sizer = parseSizer(form);
  expect(sizer.name).toBe(name);
  expect(parseSizer(sizer.text).text).toBe(sizer.text);
  for (const value of values) expect(sizer.text).toContain(String(Number(value) || value));
});

describe("misuse", () => {
  test.each([
    ["a negative fixed size", () => sizers.fixed("-1"), "SIZER_INVALID", /must not be negative, got -1/],
    ["a size that is no number", () => sizers.fixed("much"), "DECIMAL_INVALID", /fixed quantity/],
    ["a volatility of zero", () => sizers.riskAdjusted("0.01", { volatility: 0 }), "SIZER_INVALID", /volatility must be greater than zero/],
    ["too many digits", () => sizers.riskAdjusted("0.000000000000001", { volatility: "12.5" }), "RATIO_TOO_FINE", /too many digits/],
    ["an estimator nobody has", () => sizers.riskAdjusted("0.01", { volatility: "art:14" }), "SIZER_INVALID", /Did you mean atr\?/],
    ["no leverage", () => sizers.riskAdjusted("0.01", { maxLeverage: 0 }), "SIZER_INVALID", /maxLeverage must be greater than zero, got 0/],
    [
      "a constant's bars",
      () => parseSizer("risk-adjusted:0.01:0.03:14:1"),
      "SIZER_INVALID",
      /after a constant volatility there is only maxLeverage/,
    ],
    ["an estimator without bars", () => sizers.riskAdjusted("0.01", { volatility: "atr:x" }), "SIZER_INVALID", /reads as atr:14/],
    ["an estimator of no bars", () => sizers.atr(0), "SIZER_INVALID", /whole period from 1/],
    ["a win rate above one", () => sizers.kelly({ winRate: 55, payoff: 1 }), "SIZER_INVALID", /winRate must lie between 0 and 1, got 55/],
    ["a payoff of nothing", () => sizers.kelly({ winRate: 1, payoff: 0 }), "SIZER_INVALID", /payoff must be greater than zero/],
    ["a leverage of nothing", () => sizers.volatilityTarget("0.2", { maxLeverage: 0 }), "SIZER_INVALID", /maxLeverage/],
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
  for (const text of [
    "risk-adjusted:0.01:atr:14",
    "risk-adjusted:0.01:atr:14:0.95",
    "risk-adjusted:0.01:0.03:2",
    "risk-adjusted:0.01:0.02:1",
    "volatility-target:0.2:realised:20:1",
    "kelly:0.55:1.5:0.5:0.4",
  ])
    expect(parseSizer(text).text).toBe(text);
  expect(parseSizer("kelly:0.55:1.5").text).toBe("kelly:0.55:1.5:0.5:0.4");
  expect(parseSizer("volatility-target:0.2").text).toBe("volatility-target:0.2:realised:20:1");
  expect(parseSizer("risk-adjusted:0.01:0.03").text).toBe("risk-adjusted:0.01:0.03");
  const own = half();
  expect(parseSizer(own)).toBe(own);
});

describe("estimated volatility", () => {
  // Closes 100, 102, 101, 105; true ranges 4, 3 and 6 after the first.
  const series = candles([
    [100, 101, 99, 100],
    [101, 104, 100, 102],
    [102, 103, 100, 101],
    [102, 107, 102, 105],
  ]);

  test("ATR is the mean of the true ranges, gaps included, over the close", () => {
    // Equity 10,000 x 1 % / (13 / 3): 23.0769...
    const size = sizers.riskAdjusted("0.01", { volatility: sizers.atr(3) }).size({ equity: 10_000, price: 105, history: series });
    expect(size.toNumber()).toBeCloseTo((10_000 * 0.01) / (13 / 3), 10);
    // The last bar alone: 107 less the close before, 101.
    expect(
      sizers.riskAdjusted("0.01", { volatility: "atr:1" }).size({ equity: 10_000, price: 105, history: series }).toNumber(),
    ).toBeCloseTo((10_000 * 0.01) / 6, 10);
  });

  test("realised volatility is the sample deviation of returns", () => {
    const returns = [102 / 100 - 1, 101 / 102 - 1, 105 / 101 - 1];
    const mean = returns.reduce((a, b) => a + b) / 3;
    const deviation = Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / 2);
    const size = sizers.riskAdjusted("0.01", { volatility: "realised:3" }).size({ equity: 10_000, price: 105, history: series });
    expect(size.toNumber()).toBeCloseTo((10_000 * 0.01) / (105 * deviation), 8);
    // A year of minutes has 525,600 of them.
    const target = sizers.volatilityTarget("0.5", { volatility: "realised:3", maxLeverage: 10 });
    const yearly = deviation * Math.sqrt(525_600);
    expect(target.size({ equity: 10_000, price: 105, history: series }).toNumber()).toBeCloseTo((10_000 * 0.5) / yearly / 105, 8);
  });

  test("a volatility target never passes its leverage", () => {
    const calm = sizers.volatilityTarget("1000", { volatility: "atr:3", maxLeverage: "1.5" });
    expect(calm.size({ equity: 10_000, price: 100, history: series }).toFixed()).toBe("150");
  });

  test("a risk-adjusted size never passes its leverage, of an estimate and of a constant, and is untouched below it", () => {
    const at = { equity: 10_000, price: 100, history: series };
    const estimated = (options: object): string =>
      sizers
        .riskAdjusted("0.05", { volatility: "atr:3", ...options })
        .size(at)
        .toFixed(6);
    // 10,000 x 5 % / (13 / 3) x 105 / 100: 121.15 of them are worth 1.21 times the equity.
    expect([estimated({}), estimated({ maxLeverage: 2 }), estimated({ maxLeverage: "0.95" })]).toEqual([
      "121.153846",
      "121.153846",
      "95.000000",
    ]);
    const constant = (options: object): string =>
      sizers
        .riskAdjusted("0.05", { volatility: "0.02", ...options })
        .size(at)
        .toFixed();
    expect([constant({}), constant({ maxLeverage: "2.5" }), constant({ maxLeverage: "0.95" })]).toEqual(["250", "250", "95"]);
    const coin = instrument({ symbol: "BTCUSD", kind: "inverse", tickSize: "0.1", lotSize: "1" });
    const inverse = { equity: 2, price: 50_000, instrument: coin, history: series };
    for (const volatility of ["0.02", "atr:3"])
      expect(sizers.riskAdjusted("1", { volatility, maxLeverage: "0.5" }).size(inverse).toFixed()).toBe("50000");
  });

  test("on minute candles, whose moves are small, the cap is what makes it trade", () => {
    const minutes = syntheticCandles({ bars: 400, seed: 5 });
    const run = (sizer: string) => backtest({ data: minutes, strategy: "SmaCross", sizer });
    const bare = run("risk-adjusted:0.01:atr:14");
    const capped = run("risk-adjusted:0.01:atr:14:0.95");
    expect(bare.fills).toEqual([]);
    expect(bare.refusals.length).toBeGreaterThan(2);
    expect(new Set(bare.refusals.map(({ refusal }) => refusal.code))).toEqual(new Set(["INSUFFICIENT_MARGIN"]));
    expect(capped.refusals).toEqual([]);
    expect(capped.fills.length).toBeGreaterThan(4);
    const value = capped.fills[0]!.quantity.times(capped.fills[0]!.price).toNumber();
    expect(value).toBeGreaterThan(9_300);
    expect(value).toBeLessThan(9_700);
  });

  test("without candles, with too few, or with prices that stand still there is no size", () => {
    const sizer = sizers.riskAdjusted("0.01");
    expectMisuse(() => sizer.size({ equity: 1, price: 1 }), "SIZE_VOLATILITY", /atr:14 needs 15 bars, 0 have closed/);
    expectMisuse(() => sizer.size({ equity: 1, price: 1, history: series }), "SIZE_VOLATILITY", /needs 15 bars, 4 have closed/);
    const flat = candles(Array.from({ length: 20 }, () => still(100)));
    expectMisuse(() => sizer.size({ equity: 1, price: 1, history: flat }), "SIZE_VOLATILITY", /has not moved/);
  });

  test("in a run an entry is refused until there are bars enough, then sized by what had closed", () => {
    const rows = Array.from({ length: 8 }, (_, i): [number, number, number, number] => [100 + i, 102 + i, 99 + i, 101 + i]);
    const run = play(rows, { 1: (desk) => desk.enterLong(), 5: (desk) => desk.enterLong() }, { sizer: "risk-adjusted:0.01:atr:3" });
    expect(run.refusals.map(({ refusal }) => [refusal.code, refusal.message])).toEqual([
      ["NO_VOLATILITY", "atr:3 needs 4 bars, 2 have closed."],
    ]);
    // True ranges of 3 each at a close of 106: 10,000 x 1 % / 3.
    expect(run.fills.map(({ quantity }) => quantity.toFixed())).toEqual(["33.333"]);
  });

  test("defineSizer sees the candles too", () => {
    const range = defineSizer({ name: "range", size: ({ history }) => history?.highAgo(0) ?? 0 });
    expect(range.size({ equity: 1, price: 1, history: series }).toFixed()).toBe("107");
    expect(range.size({ equity: 1, price: 1 }).toFixed()).toBe("0");
  });
});

describe("Kelly", () => {
  const share = (options: Parameters<typeof sizers.kelly>[0]): string => sizers.kelly(options).size({ equity: 1, price: 1 }).toFixed();

  test("p - (1 - p) / b, halved and capped", () => {
    expect(share({ winRate: "0.55", payoff: "1.5" })).toBe("0.125");
    expect(share({ winRate: "0.55", payoff: "1.5", fraction: 1 })).toBe("0.25");
    expect(share({ winRate: "0.9", payoff: "2", fraction: 1 })).toBe("0.4");
    expect(share({ winRate: "0.9", payoff: "2", fraction: 1, cap: 1 })).toBe("0.85");
  });

  test("an edge that is none asks for nothing", () => {
    expect(share({ winRate: "0.4", payoff: "1.5" })).toBe("0");
    expect(share({ winRate: "0.3", payoff: "1" })).toBe("0");
  });
});

describe("positionSizing", () => {
  test("25,000 at 2 % and 20,000 is 0.025, whatever a leverage of 3 allows", () => {
    expect(positionSizing(25_000, "0.02", 20_000, { maxLeverage: 3 }).toFixed()).toBe("0.025");
    expect(sizers.positionSizing("25000", 0.02, "20000").toFixed()).toBe("0.025");
  });

  test("risk is clipped, leverage caps, a negative one allows nothing", () => {
    expect(positionSizing(100, 5, 10).toFixed()).toBe("10");
    expect(positionSizing(100, -1, 10).toFixed()).toBe("0");
    expect(positionSizing(100, "0.5", 10, { maxLeverage: "0.1" }).toFixed()).toBe("1");
    expect(positionSizing(100, "0.5", 10, { maxLeverage: -1 }).toFixed()).toBe("0");
    expect(positionSizing(0, "0.5", 10).toFixed()).toBe("0");
  });

  test("errors by code", () => {
    expectMisuse(() => positionSizing(-1, "0.1", 0), "SIZE_BALANCE", /balance must not be negative, got -1/);
    expectMisuse(() => positionSizing(1, "0.1", 0), "SIZE_PRICE", /zero or negative price/);
    expectMisuse(() => positionSizing(1, Number.NaN, 1), "DECIMAL_INVALID", /risk/);
    expectMisuse(() => positionSizing(1, 1, 1, { lot: 0 }), "SIZER_INVALID", /lot/);
  });

  test("quantity x price never exceeds the budget, and one lot more would", () => {
    const Wide = Decimal.clone({ precision: 200 });
    const amount = fc.tuple(fc.bigInt(1n, 10n ** 24n), fc.integer({ min: 0, max: 18 })).map(([digits, dp]) => `${digits}e-${dp}`);
    fc.assert(
      fc.property(
        amount,
        fc.integer({ min: 1, max: 10_000 }),
        amount,
        fc.constantFrom("1e-18", "0.001", "0.03", "1"),
        (balance, bps, price, lot) => {
          const risk = `${bps}e-4`;
          const size = positionSizing(balance, risk, price, { lot });
          const budget = new Wide(balance).times(risk);
          expect(new Wide(size).mod(lot).isZero()).toBe(true);
          expect(new Wide(size).times(price).lte(budget)).toBe(true);
          expect(new Wide(size).plus(lot).times(price).gt(budget)).toBe(true);
        },
      ),
    );
  });
});

test("the sources' class names make the same sizers, with new and without", () => {
  expect(new FixedOrderSizer("0.01").text).toBe(sizers.fixed("0.01").text);
  expect(PortfolioPercentSizer("0.05").text).toBe(sizers.percent("0.05").text);
  expect(new RiskAdjustedSizer("0.01").text).toBe("risk-adjusted:0.01");
  expect(new RiskAdjustedSizer("0.01", { volatility: "atr:5" }).text).toBe("risk-adjusted:0.01:atr:5");
});
