import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  algorithmQuality,
  cancelReplaceLatency,
  fillRate,
  implementationShortfall,
  orderQuality,
  type QualitySource,
  routeFamily,
  vwapSlippage,
} from "../../src/analytics/index.js";
import { backtest } from "../../src/backtest/index.js";
import { decimal, tapeOf } from "../../src/core/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { candles, MINUTE, play, START, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";

describe("the formulas", () => {
  const fills = [
    { quantity: 1, price: "100.6" },
    { quantity: 1, price: 101 },
  ];

  test("shortfall 1.05, per unit and in basis points", () => {
    const cost = implementationShortfall("buy", 100, [{ quantity: 2, price: "100.5", fee: "0.05" }]);
    expect([cost.total, cost.perUnit, cost.bps].map(String)).toEqual(["1.05", "0.525", "52.5"]);
    expect(String(implementationShortfall("sell", 100, fills, { explicitFees: "0.1" }).total)).toBe("-1.5");
    expect(implementationShortfall("buy", 100, [{ quantity: 0, price: 1, fee: 9 }])).toEqual({ total: null, perUnit: null, bps: null });
  });

  test("slippage 0.8, fees left out; a sell below its benchmark is worse", () => {
    const slip = vwapSlippage("buy", 100, fills);
    expect([slip.vwap, slip.slippage, slip.bps].map(String)).toEqual(["100.8", "0.8", "80"]);
    expect(String(vwapSlippage("sell", 100, [{ quantity: 3, price: 99, fee: 5 }]).slippage)).toBe("1");
    expect(vwapSlippage("buy", 100, []).vwap).toBeNull();
  });

  test("fill rate 0.75, never above 1", () => {
    expect(String(fillRate(4, [{ quantity: 3 }]))).toBe("0.75");
    expect(String(fillRate(2, [{ quantity: 3 }]))).toBe("1");
    expect(fillRate(0, [])).toBeNull();
  });

  test("latency: percentiles by interpolation, a time of 0 is a time", () => {
    const samples = [30, 10, 20, 40].map((ms) => ({ cancel: 0, replace: ms }));
    expect(cancelReplaceLatency(samples)).toEqual({ count: 4, mean: 25, p50: 25, p95: 38.5, p99: expect.closeTo(39.7, 9), max: 40 });
    expect(cancelReplaceLatency([{ cancel: 5, replace: 1 }]).max).toBe(0);
    expect(cancelReplaceLatency([])).toMatchObject({ count: 0, p95: null });
  });

  test("misuse", () => {
    expectMisuse(() => implementationShortfall("byu" as "buy", 1, []), "SIDE_UNKNOWN", /Did you mean buy/);
    expectMisuse(() => vwapSlippage("buy", 0, []), "QUALITY_PRICE", /greater than zero, got 0/);
    expectMisuse(() => cancelReplaceLatency([{ cancel: Number.NaN, replace: 1 }]), "QUALITY_LATENCY", /samples\[0\]/);
  });

  test("what a buyer loses to slippage a seller wins, and shortfall is slippage and fees", () => {
    const fill = fc.record({
      quantity: fc.integer({ min: 1, max: 1_000 }),
      price: fc.integer({ min: 1, max: 10_000 }),
      fee: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(fill, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 10_000 }), (list, arrival) => {
        const free = list.map(({ quantity, price }) => ({ quantity, price }));
        const buy = implementationShortfall("buy", arrival, free).total!;
        expect(buy.plus(implementationShortfall("sell", arrival, free).total!).isZero()).toBe(true);
        const fees = list.reduce((sum, { fee }) => sum + fee, 0);
        expect(implementationShortfall("buy", arrival, list).total!.minus(buy).toNumber()).toBe(fees);
        const slip = vwapSlippage("buy", arrival, list);
        const filled = list.reduce((sum, { quantity }) => sum + quantity, 0);
        expect(slip.slippage!.times(filled).minus(buy).abs().lt("1e-20")).toBe(true);
      }),
    );
  });
});

describe("of a run", () => {
  const rows = [still(100), still(101), still(101), still(99), still(99), still(99)];
  const run = play(rows, { 0: (desk) => desk.enterLong(), 2: (desk) => desk.exitLong() }, { fees: { maker: 0, taker: "0.001" } });

  test("order by order, against the close each was decided at", () => {
    const [entry, exit] = orderQuality(run);
    expect([entry!.arrival, entry!.vwap, entry!.shortfall, entry!.slippageBps, entry!.fees, entry!.fillRate].map(String)).toEqual([
      "100",
      "101",
      "1.101",
      "100",
      "0.101",
      "1",
    ]);
    expect([exit!.side, String(exit!.arrival), String(exit!.shortfall), exit!.group]).toEqual(["sell", "101", "2.099", "exit"]);
  });

  test("by group, weighted by value", () => {
    const [entry, exit] = algorithmQuality(run);
    expect([entry!.group, entry!.orders, String(entry!.shortfallBps)]).toEqual(["entry", 1, "110.1"]);
    const [all] = algorithmQuality(run, { group: () => "all" });
    expect([all!.orders, String(all!.shortfall), String(all!.fees)]).toEqual([2, "3.2", "0.2"]);
    expect(all!.shortfall!.minus(entry!.shortfall!).minus(exit!.shortfall!).isZero()).toBe(true);
  });

  test("a route's family: its algorithm, or the router's way without reason and attempt; else the role", () => {
    const family = (route?: string): string => routeFamily({ role: "entry", ...(route === undefined ? {} : { route }) });
    expect(
      ["twap a1-3", "maker_entry", "maker_entry_retry_12", "maker_exit:TAKE PROFIT", "taker_exit:signal", "entry_miss_market_fallback"].map(
        family,
      ),
    ).toEqual(["twap", "maker_entry", "maker_entry", "maker_exit", "taker_exit", "entry_miss_market_fallback"]);
    expect([family(), family("")]).toEqual(["entry", "entry"]);
  });

  test("a run through an algorithm and a run through a resting router are grouped by them", () => {
    const still100 = Array.from({ length: 12 }, () => still(100));
    const sliced = play(still100, {
      0: (desk) => desk.enterLong({ quantity: "3", hint: { algorithm: "twap", durationMs: 4 * MINUTE } }),
      8: (desk) => desk.exitLong(),
    });
    const byAlgorithm = algorithmQuality(sliced);
    expect(byAlgorithm.map(({ group, orders }) => [group, orders])).toEqual([
      ["twap", sliced.orders.filter(({ role }) => role === "entry").length],
      ["exit", 1],
    ]);
    expect(byAlgorithm[0]!.orders).toBeGreaterThan(1);
    const climbing = [100, 101, 102, 103, 104, 105, 106, 107].map((price) => still(price));
    const quoted = play(
      climbing,
      { 0: (desk) => desk.enterLong() },
      { router: { style: "maker_entry", entryMiss: "retry", entryRetries: 2, retryExhaust: "market" } },
    );
    const routes = quoted.orders.map(({ route }) => route);
    expect(routes.slice(0, 2)).toEqual(["maker_entry", "maker_entry_retry_1"]);
    expect(algorithmQuality(quoted)[0]).toMatchObject({
      group: "maker_entry",
      orders: routes.filter((one) => one?.startsWith("maker_entry")).length,
    });
  });

  test("as-of: live orders see only what had closed; points of a tape join the same way", () => {
    const [order] = run.orders;
    const [fill] = run.fills;
    const live = { orders: [{ ...order!, createdAt: START + MINUTE + 30_000 }], fills: [fill!] };
    expect(String(orderQuality(live, { prices: [candles(rows)] })[0]!.arrival)).toBe("100");
    const point = (time: number, price: number) => ({ symbol: "TESTUSDT", time, price: decimal(price) });
    const prices = [point(START, 90), point(START + MINUTE, 91), point(START + 2 * MINUTE, 92)];
    expect(String(orderQuality(live, { prices })[0]!.arrival)).toBe("91");
    expect(orderQuality(live)[0]).toMatchObject({ arrival: null, shortfall: null });
    expectMisuse(() => orderQuality(live, { prices: [...prices].reverse() }), "QUALITY_PRICES", /not in time order/);
  });

  test("a protective leg is made inside a candle, whose close nobody knows yet", () => {
    const rows = [still(100), [101, 103, 101, 103], still(90)] as const;
    const stopped = play(rows, { 0: (desk) => desk.enterLong({ stopLoss: 95 }) });
    const stop = orderQuality(stopped).find(({ group }) => group === "stopLoss")!;
    expect([stop.time, String(stop.arrival)]).toEqual([START + MINUTE, "100"]);
  });

  test("a run over trades stamps orders with their moment: a candle that has not closed says nothing", () => {
    const trades = [100, 101, 102, 103, 104, 105].map((price, i) => ({
      type: "trade" as const,
      symbol: "TESTUSDT",
      time: START + i * 30_000,
      id: `${i}`,
      side: "buy" as const,
      price: `${price}`,
      quantity: "1",
    }));
    const Second = defineStrategy({
      name: "Second",
      params: {},
      feeds: ["trades"],
      create: () => {
        let trades = 0;
        return { onTrade: (_, desk) => void (++trades === 4 && desk.enterLong()) };
      },
    });
    const ticks = backtest({ data: tapeOf("TESTUSDT", trades), strategy: Second, sizer: "fixed:1", interval: "1m" });
    expect(ticks.orderTimes).toBe("moment");
    // The fourth trade is inside the second minute: the last close is the first minute's, of the second trade.
    const [entry] = orderQuality(ticks);
    expect([entry!.time, String(entry!.arrival)]).toEqual([START + MINUTE + 30_000, "101"]);
  });

  test("lists at hand or when asked; what comes later is refused", () => {
    const asked = { orders: () => run.orders, fills: () => run.fills, series: run.series, orderTimes: run.orderTimes };
    expect(orderQuality(asked)).toEqual(orderQuality(run));
    const later = { orders: async () => run.orders, fills: async () => run.fills } as unknown as QualitySource;
    expectMisuse(() => orderQuality(later), "QUALITY_SOURCE", /quality\.orders\(state\.session\(session\.statePath/);
    expectMisuse(() => algorithmQuality(later), "QUALITY_SOURCE", /quality\.algorithms\(state\.session/);
    const failing = { orders: async () => Promise.reject(new Error("gone")), fills: [] } as unknown as QualitySource;
    expectMisuse(() => orderQuality(failing), "QUALITY_SOURCE", /come later/);
    expectMisuse(() => orderQuality({ orders: [], fills: () => 5 } as unknown as QualitySource), "QUALITY_SOURCE", /fills, got 5/);
  });
});
