import { describe, expect, test } from "vitest";
import { type DecimalInput, instrument, scaleInstrument } from "../../src/core/index.js";
import { defineRisk, parseRisk, type RiskInput, type RiskLimits, risk, type Verdict } from "../../src/execution/index.js";
import { orderOf, riskContract } from "../contracts/risk.js";
import { expectMisuse } from "../misuse.js";

describe.each<[string, () => ReturnType<typeof parseRisk>]>([
  ["no limits", () => risk.basic()],
  ["every limit", () => risk.basic({ maxOrderQuantity: "1", maxOrderNotional: "1000", maxPositionQuantity: "2" })],
  ["no checks", () => risk.noop()],
  ["balance", () => risk.balance({ leverage: 3, feeRate: "0.00055" })],
  ["rate", () => risk.rate()],
  ["collar", () => risk.collar("0.05")],
  ["drawdown", () => risk.drawdown("0.1")],
  ["heat", () => risk.heat({ warn: 1, refuse: "1.5", reduce: 2 })],
  ["limits of every kind", () => parseRisk({ maxOrderQuantity: 1, maxDrawdown: "0.1", maxHeat: 2, maxPriceDistance: "0.1" })],
  ["all", () => risk.all(risk.noop(), risk.basic(), risk.collar("0.05"), risk.rate())],
  ["from a cell", () => risk.define({ name: "own", check: () => undefined })],
])("%s", (_name, make) => {
  riskContract(make);
});

const check = (limits: RiskLimits, input: RiskInput): string => {
  const verdict = risk.basic(limits).check(input);
  return verdict.ok ? "ok" : verdict.code;
};

describe("Tesser's semantics", () => {
  test("liquidate-only at +2: refuses a buy of 1, allows a sell of 1, refuses a sell of 3", () => {
    const at = (side: "buy" | "sell", quantity: number): string => check({}, { side, quantity, position: 2, liquidateOnly: true });
    expect([at("buy", 1), at("sell", 1), at("sell", 2), at("sell", 3)]).toEqual(["LIQUIDATE_ONLY", "ok", "ok", "LIQUIDATE_ONLY"]);
    expect(check({}, { side: "buy", quantity: 1, position: -2, liquidateOnly: true })).toBe("ok");
  });

  test("a limit of 0 is off", () => {
    const off = { maxOrderQuantity: 0, maxOrderNotional: "0", maxPositionQuantity: "0.0" };
    expect(check(off, { side: "buy", quantity: "1000000", price: 100_000 })).toBe("ok");
    expect(risk.basic(off).limits).toEqual({});
  });

  test.each([
    ["-1", "must not be negative (0 is off), got -1"],
    [Number.NaN, "must be a number of at least 0 (0 is off), got 'NaN'"],
    ["much", "must be a number of at least 0 (0 is off), got 'much'"],
    [null, "must be a number of at least 0 (0 is off), got 'null'"],
  ])("a limit of %s is an error", (value, message) => {
    for (const key of ["maxOrderQuantity", "maxOrderNotional", "maxPositionQuantity"])
      expectMisuse(() => risk.basic({ [key]: value as DecimalInput }), "RISK_LIMIT", `${key} ${message}`);
  });

  test("only what is strictly above a limit is refused", () => {
    expect(check({ maxOrderQuantity: "1" }, { side: "buy", quantity: "1" })).toBe("ok");
    expect(check({ maxOrderQuantity: "1" }, { side: "buy", quantity: "1.0000001" })).toBe("MAX_ORDER_QUANTITY");
    expect(check({ maxOrderNotional: "1000" }, { side: "sell", quantity: "2", price: "500" })).toBe("ok");
    expect(check({ maxOrderNotional: "1000" }, { side: "sell", quantity: "2", price: "500.01" })).toBe("MAX_ORDER_NOTIONAL");
    expect(check({ maxPositionQuantity: "3" }, { side: "buy", quantity: 1, position: 2 })).toBe("ok");
    expect(check({ maxPositionQuantity: "3" }, { side: "buy", quantity: "1.1", position: 2 })).toBe("MAX_POSITION_QUANTITY");
    expect(check({ maxPositionQuantity: "3" }, { side: "sell", quantity: "6", position: 2 })).toBe("MAX_POSITION_QUANTITY");
  });

  test("asks in order: quantity, notional, position, liquidate-only", () => {
    const order: RiskInput = { side: "buy", quantity: 5, price: 100, position: 1, liquidateOnly: true };
    const all = { maxOrderQuantity: 4, maxOrderNotional: 400, maxPositionQuantity: 5 };
    expect(check(all, order)).toBe("MAX_ORDER_QUANTITY");
    expect(check({ ...all, maxOrderQuantity: 0 }, order)).toBe("MAX_ORDER_NOTIONAL");
    expect(check({ maxPositionQuantity: 5 }, order)).toBe("MAX_POSITION_QUANTITY");
    expect(check({}, order)).toBe("LIQUIDATE_ONLY");
  });

  test("says both numbers, exactly", () => {
    const verdict = risk.basic({ maxOrderQuantity: "0.5" }).check({ side: "buy", quantity: "0.75" });
    expect(verdict).toEqual({
      ok: false,
      code: "MAX_ORDER_QUANTITY",
      message: "order quantity 0.75 exceeds limit 0.5",
      numbers: { asked: "0.75", limit: "0.5" },
    });
  });
});

describe("limits beyond 2^53 units", () => {
  const scaled = scaleInstrument(instrument({ symbol: "ABCUSDT", tickSize: "0.1", lotSize: "0.001" }));
  const out = (): Verdict => ({ code: "NONE", asked: 0, limit: 0, units: "quantity", message: "" });

  test("a notional of a billion is compared exactly", () => {
    const bound = risk.basic({ maxOrderNotional: "1000000000" }).bind(scaled);
    const state = { position: 0, price: 1_000_000, equity: 10n ** 20n, liquidateOnly: false };
    expect(bound.check(orderOf(1, 10_000_000), state, out())).toBe(true); // 100,000.0 x 10,000.000
    const verdict = out();
    expect(bound.check(orderOf(1, 10_000_001), state, verdict)).toBe(false);
    expect(verdict.code).toBe("MAX_ORDER_NOTIONAL");
  });

  test("a quantity no order can have is no limit", () => {
    expect(risk.basic({ maxOrderQuantity: "1e15" }).bind(scaled).orderCap).toBe(Number.POSITIVE_INFINITY);
  });

  test("a limit below one lot refuses everything: it is not off", () => {
    const bound = risk.basic({ maxOrderQuantity: "0.0001" }).bind(scaled);
    expect(bound.check(orderOf(1, 1), { position: 0, price: 10, equity: 1, liquidateOnly: false }, out())).toBe(false);
  });
});

describe("a check from a cell", () => {
  const ask = (answer: unknown): ReturnType<ReturnType<typeof defineRisk>["check"]> =>
    defineRisk({ name: "own", check: () => answer as string }).check({ side: "buy", quantity: 1, price: 1 });

  test("a sentence refuses, nothing passes", () => {
    expect(ask("not on Fridays")).toMatchObject({ ok: false, code: "CUSTOM_CHECK", message: "not on Fridays" });
    expect(ask(undefined)).toMatchObject({ ok: true });
  });

  test.each([false, true, "", 1, Promise.resolve("late")])("an answer of %s is misuse, not a guess", (answer) => {
    expectMisuse(() => ask(answer), "RISK_INVALID", /own must return a sentence that refuses, or nothing/);
  });
});

describe("misuse", () => {
  test.each([
    ["a misspelt limit", () => risk.basic({ maxOrderQty: 1 } as RiskLimits), "RISK_UNKNOWN", /Unknown risk limit 'maxOrderQty'/],
    ["text", () => parseRisk("none" as never), "RISK_INVALID", /maxOrderQuantity/],
    ["a definition without a function", () => defineRisk({ name: "x" } as never), "RISK_INVALID", /name and a check function/],
    ["a misspelt side", () => risk.basic().check({ side: "byu" as "buy", quantity: 1 }), "SIDE_UNKNOWN", /Did you mean buy\?/],
    ["no quantity", () => risk.basic().check({ side: "buy" } as RiskInput), "DECIMAL_INVALID", /quantity/],
    ["a negative quantity", () => risk.basic().check({ side: "buy", quantity: -1 }), "QUANTITY_INVALID", /side says the direction/],
  ])("%s", (_what, act, code, message) => {
    expectMisuse(act, code, message);
  });
});
