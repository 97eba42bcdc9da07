import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StrategyContext } from "../../src/core/index.js";
import {
  BasicRiskChecker,
  limitsOf,
  NoopRiskChecker,
  parseRisk,
  portfolioHeat,
  type RiskChecker,
  type RiskInput,
  risk,
} from "../../src/execution/index.js";
import { fillsOf, MINUTE, play, type Row, START, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";

const code = (checker: RiskChecker, input: Partial<RiskInput>): string => {
  const verdict = checker.check({ side: "buy", quantity: 1, price: 100, ...input });
  return verdict.ok ? "ok" : verdict.code;
};
const buy = (quantity?: string): ((desk: StrategyContext) => void) => {
  return (desk) => desk.enterLong(quantity === undefined ? {} : { quantity });
};

describe("portfolioHeat", () => {
  test("adds weighted values up: 43,800 gross, and nets shorts against longs", () => {
    const heat = portfolioHeat([
      { symbol: "BTCUSDT", quantity: "0.5", price: 60_000 },
      { symbol: "ETHUSDT", quantity: 4, price: "3450", side: "short" },
    ]);
    expect([heat.gross.toFixed(), heat.net.toFixed()]).toEqual(["43800", "16200"]);
    expect(heat.bySymbol.map(({ symbol, gross, net }) => [symbol, gross.toFixed(), net.toFixed()])).toEqual([
      ["BTCUSDT", "30000", "30000"],
      ["ETHUSDT", "13800", "-13800"],
    ]);
    expect(heat.bySymbol[0]!.weight.toFixed(4)).toBe("0.6849");
  });

  test("weights, several positions of a symbol, none at all", () => {
    const heat = portfolioHeat([
      { symbol: "A", quantity: 2, price: 10, riskWeight: "0.5" },
      { symbol: "A", quantity: -1, price: 10 },
    ]);
    expect([heat.gross.toFixed(), heat.net.toFixed(), heat.bySymbol.length]).toEqual(["20", "0", 1]);
    expect(portfolioHeat([]).gross.toFixed()).toBe("0");
    expectMisuse(() => portfolioHeat([{ quantity: 1, price: -1 }]), "HEAT_INVALID", /must not be negative/);
  });
});

describe("each alone", () => {
  test("balance: margin and fee against what is available", () => {
    const checker = risk.balance({ leverage: 4, feeRate: "0.001" });
    expect(code(checker, { available: "25.1" })).toBe("ok");
    expect(checker.check({ side: "buy", quantity: 1, price: 100, available: 25 })).toMatchObject({
      code: "INSUFFICIENT_BALANCE",
      message: "insufficient balance: needs 25.1, has 25",
      numbers: { needed: "25.1", available: "25" },
    });
    expect(code(checker, {})).toBe("INSUFFICIENT_BALANCE");
    expect(code(checker, { price: 0, available: 1 })).toBe("NO_REFERENCE_PRICE");
    expect(code(checker, { side: "sell", position: 1 })).toBe("ok");
  });

  test("collar: at the edge passes, beyond is refused, on both sides", () => {
    const checker = risk.collar("0.05");
    const at = (price: string): string => code(checker, { price, lastPrice: 100 });
    expect([at("95"), at("105"), at("105.01"), at("94.99")]).toEqual(["ok", "ok", "PRICE_COLLAR", "PRICE_COLLAR"]);
    expect(code(checker, { price: 0 })).toBe("NO_REFERENCE_PRICE");
  });

  test("drawdown: equity against its peak, exits pass", () => {
    const checker = risk.drawdown("0.05");
    expect(code(checker, { equity: 9_501, peakEquity: 10_000 })).toBe("ok");
    expect(code(checker, { equity: 9_500, peakEquity: 10_000 })).toBe("DRAWDOWN_STOP");
    expect(code(checker, {})).toBe("DRAWDOWN_STOP");
    expect(code(checker, { side: "sell", position: 5, equity: 1, peakEquity: 10_000 })).toBe("ok");
  });

  test("heat: what the account would hold after the order", () => {
    const checker = risk.heat({ refuse: "1.5", weights: { ETH: "0.5" } });
    const positions = [{ symbol: "ETH", quantity: 10, price: 100 }];
    expect(code(checker, { equity: 400, positions })).toBe("ok");
    expect(code(checker, { equity: 399, positions })).toBe("PORTFOLIO_HEAT");
    expect(code(checker, { positions })).toBe("PORTFOLIO_HEAT");
    expect(code(risk.heat({ refuse: 1, measure: "net" }), { side: "sell", equity: 900, positions })).toBe("ok");
  });

  test("rate: what passed counts, for one stretch of time", () => {
    const checker = risk.rate({ maxOrders: 2, perMs: 1_000 });
    const at = (time: number): string => code(checker, { time });
    expect([at(0), at(500), at(999), at(1_000), at(1_001), at(1_500)]).toEqual(["ok", "ok", "ORDER_RATE", "ok", "ORDER_RATE", "ok"]);
  });

  test("no stretch of a window passes more than its limit", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, maxOrders) => {
        const checker = risk.rate({ maxOrders, perMs: 500 });
        const times: number[] = [];
        let now = 0;
        for (const step of steps) {
          now += step;
          if (code(checker, { time: now }) === "ok") times.push(now);
          else expect(times.filter((t) => now - t < 500).length).toBe(maxOrders);
        }
        for (const from of times) expect(times.filter((t) => t >= from && t < from + 500).length).toBeLessThanOrEqual(maxOrders);
      }),
    );
  });

  test("the first of all that refuses says why, and a refused order does not count", () => {
    const rate = risk.rate({ maxOrders: 1, perMs: 1_000 });
    const checker = risk.all(risk.basic({ maxOrderQuantity: 2 }), rate, risk.collar("0.1"));
    expect(code(checker, { quantity: 3, price: 200, lastPrice: 100 })).toBe("MAX_ORDER_QUANTITY");
    expect(code(checker, { quantity: 1 })).toBe("ok");
    expect(code(checker, { quantity: 1 })).toBe("ORDER_RATE");
    expect(checker.limits).toEqual({ maxOrderQuantity: "2", maxOrders: "1", perMs: "1000", maxPriceDistance: "0.1" });
  });

  test("the sources' class names", () => {
    expect(new NoopRiskChecker().name).toBe("noop");
    expect(new BasicRiskChecker({ maxOrderQuantity: 1 }).limits).toEqual({ maxOrderQuantity: "1" });
  });

  test.each<[string, () => unknown, RegExp]>([
    ["a drawdown above one", () => risk.drawdown(5), /fraction of at most 1/],
    ["a drawdown of nothing", () => risk.drawdown(0), /greater than zero/],
    ["stages out of order", () => risk.heat({ refuse: 2, reduce: 1 }), /must not be below refuse/],
    ["half a leverage", () => risk.balance({ leverage: "1.5" }), /whole number/],
    ["no orders", () => risk.rate({ maxOrders: 0 }), /whole number above zero/],
  ])("%s is misuse", (_what, act, message) => {
    expectMisuse(act, "RISK_LIMIT", message);
  });
});

describe("in a run", () => {
  test("the kill switch stops entries after the fall, lets the exit through, and forgets it in the next run", () => {
    const rows: Row[] = [still(100), still(100), still(90), still(90), still(90), still(90), still(90)];
    const script = {
      0: buy(),
      3: (desk: StrategyContext): void => desk.exitLong(),
      5: buy(),
    };
    const checker = parseRisk({ maxDrawdown: "0.05" });
    for (let i = 0; i < 2; i++) {
      const run = play(rows, script, { sizer: "fixed:60", risk: checker, fees: { maker: 0, taker: 0 } });
      expect(fillsOf(run)).toEqual(["1 buy 60 @ 100 entry taker", "4 sell 60 @ 90 exit taker"]);
      expect(run.refusals.map(({ refusal }) => [refusal.code, refusal.numbers])).toEqual([
        ["DRAWDOWN_STOP", { asked: "0.06", limit: "0.05" }],
      ]);
    }
    // The peak between two signals counts: up to 100 and back to the entry's price.
    const peaked = play([still(100), still(100), still(200), still(100), still(100), still(100), still(100)], script, {
      sizer: "fixed:60",
      risk: { maxDrawdown: "0.3" },
      fees: { maker: 0, taker: 0 },
    });
    expect(peaked.refusals.map(({ refusal }) => refusal.code)).toEqual(["DRAWDOWN_STOP"]);
  });

  test("heat reduces step by step to its limit, reduce-only, in whole lots", () => {
    const rows: Row[] = [still(100), still(100), ...Array.from({ length: 6 }, () => still(25))];
    const run = play(
      rows,
      { 0: buy() },
      {
        sizer: "fixed:105",
        leverage: 10,
        fees: { maker: 0, taker: 0 },
        risk: risk.heat({ refuse: "1.1", reduce: "1.2", step: "0.1" }),
      },
    );
    // 105 at 25 is 2,625, above 1.2 x 2,125; a tenth at a time, then what is above 1.1 x 2,125 = 2,337.5.
    const sold = run.fills.filter(({ side }) => side === "sell");
    expect(sold.map(({ quantity }) => quantity.toFixed())).toEqual(["10.5", "1"]);
    expect(run.positions[0]!.quantity.times(25).toFixed()).toBe("2337.5");
    expect(run.orders.filter(({ side }) => side === "sell").every(({ reduceOnly }) => reduceOnly)).toBe(true);
  });

  test("a balance check refuses before the order leaves, with the numbers", () => {
    const run = play([still(100), still(100), still(100)], { 0: buy("101") }, { risk: risk.balance({ feeRate: "0.00055" }) });
    expect(run.counts).toMatchObject({ refused: 1, rejected: 0 });
    expect(run.refusals[0]!.refusal).toMatchObject({ code: "INSUFFICIENT_BALANCE", numbers: { needed: "10105.555", available: "10000" } });
  });

  test("a collar looks at the limit against the last price", () => {
    const limit =
      (price: number) =>
      (desk: StrategyContext): void =>
        desk.enterLong({ limit: price });
    const run = play([still(100), still(100), still(100)], { 0: limit(94), 1: limit(96) }, { risk: risk.collar("0.05") });
    expect(run.refusals.map(({ refusal, order }) => [refusal.code, (order.createdAt - START) / MINUTE])).toEqual([["PRICE_COLLAR", 0]]);
  });

  test("a checker that throws refuses entries and never an exit", () => {
    const rows = Array.from({ length: 6 }, () => still(100));
    let calls = 0;
    const broken = risk.define({
      name: "broken",
      check: () => {
        if (calls++ > 0) throw new Error("no data");
        return undefined;
      },
    });
    const run = play(rows, { 0: buy(), 2: (desk) => desk.exitLong(), 4: buy() }, { risk: risk.all(risk.noop(), broken) });
    expect(fillsOf(run).map((line) => line.split(" ")[1])).toEqual(["buy", "sell"]);
    expect(run.refusals.map(({ refusal }) => refusal.code)).toEqual(["CHECK_FAILED"]);
    expect(run.warnings.some(({ code: name, message }) => name === "CUSTOM_CODE_THREW" && message.includes("no data"))).toBe(true);
  });

  test("a watch that throws raises an alert at every close, and neither stops the run nor keeps orders back", () => {
    const rows = Array.from({ length: 4 }, () => still(100));
    const watching: RiskChecker = {
      ...risk.noop(),
      name: "blind",
      watch: () => {
        throw new Error("no view");
      },
    };
    const run = play(rows, { 0: buy(), 2: (desk) => desk.exitLong() }, { risk: watching });
    expect(fillsOf(run).map((line) => line.split(" ")[1])).toEqual(["buy", "sell"]);
    expect(run.alerts.map(({ code: name, slot, time }) => [name, slot, (time - START) / MINUTE])).toEqual(
      [0, 1, 2, 3].map((bar) => ["WATCH_THREW", -1, bar]),
    );
    expect(run.alerts[0]!.message).toMatch(/"blind" threw.*: no view$/);
  });

  test("limits as text make the same checker again", () => {
    const limits = { maxOrderQuantity: "1", maxDrawdown: "0.1", maxHeat: "2", maxPriceDistance: "0.05" };
    expect(parseRisk(limits).limits).toEqual(limits);
    expect(parseRisk(parseRisk(limits).limits).limits).toEqual(limits);
    expect(parseRisk(limits).name).toBe("basic");
  });

  const EVERY = {
    maxOrderQuantity: "1",
    maxDrawdown: "0.1",
    heatWarn: "1",
    maxHeat: "2",
    heatReduce: "3",
    heatStep: "0.1",
    heatMeasure: "net",
    heatWeights: "ETHUSDT=0.5 SOLUSDT=2",
    maxPriceDistance: "0.05",
    maxOrders: "3",
    perMs: "500",
    balanceLeverage: "2",
    balanceFeeRate: "0.001",
  };

  test("every built-in checker is said by its limits, and so is what is composed of them", () => {
    const parts = [
      risk.noop(),
      risk.basic({ maxOrderQuantity: 1 }),
      risk.drawdown("0.1"),
      risk.heat({ warn: 1, refuse: 2, reduce: 3, step: "0.1", measure: "net", weights: { ETHUSDT: "0.5", SOLUSDT: 2 } }),
      risk.collar("0.05"),
      risk.rate({ maxOrders: 3, perMs: 500 }),
      risk.balance({ leverage: 2, feeRate: "0.001" }),
    ];
    for (const part of parts) expect(parseRisk(limitsOf(part)).limits, part.name).toEqual(part.limits);
    expect(limitsOf(risk.all(...parts))).toEqual(EVERY);
    expect(parseRisk(EVERY).limits).toEqual(EVERY);
    const again = parseRisk(EVERY);
    const positions = [{ symbol: "ETHUSDT", quantity: 10, price: 100 }];
    const order = { side: "buy", quantity: "0.5", price: 100, equity: 500, peakEquity: 500, available: 500, positions } as const;
    expect([again.check(order).ok, again.check({ ...order, available: 1 }).ok]).toEqual([true, false]);
    expect(again.check({ ...order, equity: 200, peakEquity: 200 })).toMatchObject({ ok: false, code: "PORTFOLIO_HEAT" });
  });

  test("of a limit that several set the strictest is told; what limits cannot say, and what is code, is not said by them", () => {
    const two = risk.all(
      risk.basic({ maxOrderQuantity: 1, maxDrawdown: "0.1" }),
      risk.basic({ maxOrderQuantity: 5 }),
      risk.drawdown("0.05"),
    );
    expect(two.limits).toEqual({ maxOrderQuantity: "1", maxDrawdown: "0.05" });
    expect(code(two, { quantity: 2, equity: 100 })).toBe("MAX_ORDER_QUANTITY");
    expect(limitsOf(two)).toEqual(two.limits);
    const rates = risk.all(risk.rate({ maxOrders: 1, perMs: 10 }), risk.rate({ maxOrders: 5, perMs: 1_000 }));
    expect([rates.limits, limitsOf(rates)]).toEqual([{ maxOrders: "1", perMs: "10 and 1000" }, undefined]);
    const fees = risk.all(risk.balance({ feeRate: "0.001" }), risk.balance({ feeRate: "0.002", leverage: 2 }));
    expect([fees.limits, limitsOf(fees)]).toEqual([{ balanceLeverage: "1", balanceFeeRate: "0.002" }, undefined]);
    expect(limitsOf(risk.all(risk.heat({ reduce: 2 }), risk.heat({ refuse: 1 })))).toBeUndefined();
    expect(limitsOf(risk.all(risk.heat({ refuse: 2 }), risk.heat({ warn: 1, refuse: 3 })))).toEqual({ maxHeat: "2", heatWarn: "1" });
    const code2 = risk.define({ name: "basic", check: () => undefined });
    expect([limitsOf(code2), limitsOf(risk.all(risk.noop(), code2))]).toEqual([undefined, undefined]);
  });

  test.each([
    [{ heatStep: "0.1", maxHeat: 1 }, /heatStep says nothing without heatReduce/],
    [{ heatMeasure: "net" }, /heatMeasure says nothing without/],
    [{ perMs: 5 }, /perMs says nothing without maxOrders/],
    [{ balanceFeeRate: "0.1" }, /balanceFeeRate says nothing without/],
    [{ maxHeat: 1, heatMeasure: "both" }, /gross or net, got both/],
    [{ maxHeat: 1, heatWeights: "ETHUSDT" }, /SYMBOL=weight/],
  ])("%j is misuse", (limits, message) => {
    expectMisuse(() => parseRisk(limits), "RISK_LIMIT", message);
  });
});
