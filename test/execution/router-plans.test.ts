import { describe, expect, test } from "vitest";
import type { Side } from "../../src/core/index.js";
import {
  type ExecutionPlan,
  type ExitIntent,
  orderSide,
  Router,
  type RouterConfigInput,
  type RouterIntent,
  type RouterOptions,
} from "../../src/execution/index.js";
import { expectMisuse } from "../misuse.js";

const entry: RouterIntent = { tradeId: "T", asset: "BTCUSDT", side: "LONG", referencePrice: "60000" };
const exit = (reason: string, more: Partial<ExitIntent> = {}): ExitIntent => ({ ...entry, reason, ...more });
const make = (config: RouterConfigInput = {}, options: RouterOptions = {}): Router =>
  new Router({ style: "maker_both", ...config }, { clock: { now: () => 0 }, ...options });

/** A plan in one line, as the decision tables have it. */
const line = (plan: ExecutionPlan): string =>
  [plan.suppress ? "suppress" : plan.orderType, plan.side, plan.limitPrice?.toFixed() ?? "-", plan.reason].join(" ");
const counted = (router: Router): Record<string, number> =>
  Object.fromEntries(Object.entries(router.snapshot().counters).filter(([, count]) => count > 0));

describe("the entry's decisions", () => {
  test.each<[string, RouterConfigInput, Partial<RouterIntent>, string, Record<string, number>]>([
    ["taker", { style: "taker" }, {}, "market buy - taker_default", { takerEntries: 1 }],
    ["a style that rests exits only", { style: "maker_exit" }, {}, "market buy - taker_default", { takerEntries: 1 }],
    ["maker", { style: "maker_entry" }, {}, "limit buy 59999.9 maker_entry", { makerEntries: 1 }],
    ["maker, short", {}, { side: "SHORT" }, "limit sell 60000.1 maker_entry", { makerEntries: 1 }],
    ["no price", {}, { referencePrice: null }, "market buy - taker_default", { takerEntries: 1 }],
    ["a price that is no number", {}, { referencePrice: Number.NaN }, "market buy - taker_default", { takerEntries: 1 }],
    ["a price of zero", {}, { referencePrice: 0 }, "market buy - taker_default", { takerEntries: 1 }],
    ["a narrow spread", {}, { spreadBps: 5 }, "limit buy 59999.9 maker_entry", { makerEntries: 1 }],
    ["a wide spread", {}, { spreadBps: "5.01" }, "market buy - spread_gate:5.01bps", { takerEntries: 1, spreadGateTaker: 1 }],
    ["a spread that is none", {}, { spreadBps: Number.NaN }, "market buy - spread_gate:NaNbps", { takerEntries: 1, spreadGateTaker: 1 }],
    ["a spread nobody knows", {}, { spreadBps: null }, "limit buy 59999.9 maker_entry", { makerEntries: 1 }],
    ["more offset", { offsetTicks: 7 }, {}, "limit buy 59999.3 maker_entry", { makerEntries: 1 }],
    ["no offset", { offsetTicks: 0 }, {}, "limit buy 60000 maker_entry", { makerEntries: 1 }],
  ])("%s", (_what, config, intent, decided, counts) => {
    const router = make(config);
    const plan = router.planEntry({ ...entry, ...intent });
    expect(line(plan)).toBe(decided);
    expect(counted(router)).toEqual({ plansEntry: 1, ...counts });
    expect(plan).toMatchObject(plan.isMaker ? { postOnly: true, ttlS: 8 } : { postOnly: false, ttlS: 0 });
  });

  test("any working entry keeps another back, whatever its trade, symbol and side, and in every style", () => {
    const router = make();
    router.registerWorking(router.planEntry(entry));
    const plan = router.planEntry({ ...entry, tradeId: "U", asset: "ETHUSDT", side: "SHORT" });
    expect(line(plan)).toBe("suppress sell - working_entry_exists:T");
    expect(counted(router)).toEqual({ plansEntry: 2, makerEntries: 1, suppressedDupEnter: 1 });
    expect(router.hasWorkingEntry()).toBe(true);
  });

  test("with a guard per strategy and symbol only the same strategy's entry of the same symbol does", () => {
    const router = make({}, { guard: "strategy-symbol" });
    router.registerWorking(router.planEntry({ ...entry, strategy: "pairs" }));
    const plan = (asset: string, strategy: string): ExecutionPlan => router.planEntry({ ...entry, tradeId: "U", asset, strategy });
    expect(plan("ETHUSDT", "pairs").suppress).toBe(false);
    expect(plan("BTCUSDT", "other").suppress).toBe(false);
    expect(plan("BTCUSDT", "pairs").suppress).toBe(true);
    expect(router.hasWorkingEntry({ asset: "BTCUSDT", strategy: "pairs" })).toBe(true);
    expect(router.hasWorkingEntry({ asset: "ETHUSDT", strategy: "pairs" })).toBe(false);
  });

  test("a working exit keeps no entry back", () => {
    const router = make();
    router.registerWorking(router.planExit(exit("TAKE_PROFIT")));
    expect(router.planEntry({ ...entry, tradeId: "U" }).suppress).toBe(false);
  });
});

describe("the exit's decisions", () => {
  test.each<[string, RouterConfigInput, Partial<ExitIntent>, string, Record<string, number>]>([
    ["taker", { style: "taker" }, {}, "market sell - taker_exit:TAKE_PROFIT", { takerExits: 1 }],
    ["a style that rests entries only", { style: "maker_entry" }, {}, "market sell - taker_exit:TAKE_PROFIT", { takerExits: 1 }],
    ["maker", { style: "maker_exit" }, {}, "limit sell 60000.1 maker_exit:TAKE_PROFIT", { makerExits: 1 }],
    ["maker, short", {}, { side: "SHORT" }, "limit buy 59999.9 maker_exit:TAKE_PROFIT", { makerExits: 1 }],
    ["the reason in small letters", {}, { reason: "take_profit" }, "limit sell 60000.1 maker_exit:TAKE_PROFIT", { makerExits: 1 }],
    ["the reason with a blank", {}, { reason: "TAKE_PROFIT " }, "market sell - taker_exit:TAKE_PROFIT ", { takerExits: 1 }],
    ["a stop", {}, { reason: "STOP_LOSS" }, "market sell - taker_exit:STOP_LOSS", { takerExits: 1 }],
    ["a kill switch", {}, { reason: "KILL_SWITCH" }, "market sell - taker_exit:KILL_SWITCH", { takerExits: 1 }],
    ["a reason of one's own", {}, { reason: "moon" }, "market sell - taker_exit:moon", { takerExits: 1 }],
    [
      "a reason of one's own that may rest",
      { restingReasons: ["moon"] },
      { reason: "MOON" },
      "limit sell 60000.1 maker_exit:MOON",
      { makerExits: 1 },
    ],
    ["a wide spread, which is not counted", {}, { spreadBps: 6 }, "market sell - taker_exit:TAKE_PROFIT", { takerExits: 1 }],
    ["no price", {}, { referencePrice: null }, "market sell - taker_exit:TAKE_PROFIT", { takerExits: 1 }],
  ])("%s", (_what, config, intent, decided, counts) => {
    const router = make(config);
    const plan = router.planExit(exit("TAKE_PROFIT", intent));
    expect(line(plan)).toBe(decided);
    expect(counted(router)).toEqual({ plansExit: 1, ...counts });
    expect(plan.ttlS).toBe(plan.isMaker ? 5 : 0);
  });

  test("without a reason is urgent", () => {
    expect(line(make().planExit(entry))).toBe("market sell - taker_exit:");
  });

  test("the same exit twice is one exit, unless it is urgent: then it goes before the resting one, every time", () => {
    const router = make();
    router.registerWorking(router.planExit(exit("TAKE_PROFIT")));
    expect(line(router.planExit(exit("TAKE_PROFIT")))).toBe("suppress sell - working_exit_exists");
    for (const time of [1, 2]) {
      const plan = router.planExit(exit("STOP_LOSS"));
      expect(line(plan)).toBe("market sell - escalate:STOP_LOSS");
      expect(plan.metadata).toEqual({ preemptWorking: true });
      expect(plan.cancels).toEqual([{ tradeId: "T", action: "EXIT" }]);
      expect(counted(router)).toMatchObject({ exitEscalations: time });
    }
    expect(counted(router)).toEqual({ plansExit: 4, makerExits: 1, suppressedDupExit: 1, exitEscalations: 2 });
    expect(router.planExit(exit("TAKE_PROFIT", { tradeId: "other" })).suppress).toBe(false);
  });

  test("first cancels the trade's own working entry, and its retries, and no other trade's", () => {
    const router = make({ entryMiss: "retry" }, { guard: "strategy-symbol" });
    const first = router.registerWorking(router.planEntry(entry));
    router.registerWorking(router.planEntry({ ...entry, tradeId: "U", asset: "ETHUSDT" }));
    expect(router.planExit(exit("STOP_LOSS")).cancels).toEqual([{ tradeId: "T", action: "ENTER" }]);
    router.clearWorking("T");
    const again = make({ entryMiss: "retry" });
    again.registerWorking(again.planEntry(entry));
    expect(again.entryMissAction(first)).toBe("retry");
    again.registerWorking(again.retryPlan(first, "60000"));
    expect(again.planExit(exit("SIGNAL")).cancels).toEqual([{ tradeId: "T-r1", action: "ENTER" }]);
  });

  test("a trade that is being left is not entered again by a retry or a fallback", () => {
    for (const entryMiss of ["retry", "market"] as const) {
      const router = make({ entryMiss, retryExhaust: "market" });
      const order = router.registerWorking(router.planEntry(entry));
      router.planExit(exit("STOP_LOSS"));
      expect(router.entryMissAction(order)).toBe("skip");
      expect(line(router.retryPlan(order, "60000"))).toBe("suppress buy - trade_exited");
      expect(line(router.marketFallbackPlan(order))).toBe("suppress buy - trade_exited");
    }
  });

  test("an exit under its entry's id replaces nothing: both are known", () => {
    const router = make();
    router.registerWorking(router.planEntry(entry));
    router.registerWorking(router.planExit(exit("TAKE_PROFIT")));
    expect(router.workingOrders().map(({ action }) => action)).toEqual(["ENTER", "EXIT"]);
    router.noteCancel({ tradeId: "T", action: "ENTER" });
    expect(router.workingOrders().map(({ action }) => action)).toEqual(["EXIT"]);
  });
});

describe("prices", () => {
  test.each([
    ["buy", "60000.07", 0, "60000"],
    ["sell", "60000.07", 0, "60000.1"],
    ["buy", "60000.07", 1, "59999.9"],
    ["sell", "60000.07", 1, "60000.2"],
    ["buy", "0.3", 3, "0.1"],
    ["buy", "0.3", 100, "0.1"],
    ["buy", "0.1", 0, "0.1"],
    ["buy", "0.05", 1, "0"],
    ["sell", "0.05", 0, "0.1"],
    ["buy", "-1", 1, "0"],
  ])("a %s at %s, %s ticks behind: %s", (side, reference, offsetTicks, price) => {
    expect(
      make({ offsetTicks })
        .makerPrice("BTCUSDT", side as Side, reference)
        .toFixed(),
    ).toBe(price);
  });

  test("are decimals, never sums of doubles", () => {
    expect(make({ offsetTicks: 2 }).makerPrice("XRPUSDT", "sell", 0.3).toFixed()).toBe("0.3002");
    expect(make({ offsetTicks: 3 }).makerPrice("ETHUSDT", "buy", "2000.10").toFixed()).toBe("2000.07");
  });

  test("of an unknown symbol stand on 1e-5 of the reference price", () => {
    expect(make().makerPrice("NEWUSDT", "buy", "250").toFixed()).toBe("249.9975");
  });

  test("sides: only a long is bought to enter; a side that is none is refused", () => {
    expect([orderSide("ENTER", "LONG"), orderSide("ENTER", "short"), orderSide("EXIT", "LONG"), orderSide("EXIT", "SHORT")]).toEqual([
      "buy",
      "sell",
      "sell",
      "buy",
    ]);
    for (const side of ["FLAT", "", "lng"]) expectMisuse(() => orderSide("EXIT", side), "POSITION_SIDE", "LONG, SHORT");
    expectMisuse(() => orderSide("enter" as "ENTER", "LONG"), "ROUTER_ACTION", "Did you mean ENTER?");
  });

  test.each<[string, object, string, RegExp]>([
    ["a quantity of nothing", { quantity: 0 }, "ROUTER_INTENT", /greater than zero, got 0/],
    ["less than nothing", { quantity: "-1" }, "ROUTER_INTENT", /got -1/],
    ["a quantity that is none", { quantity: "x" }, "DECIMAL_INVALID", /quantity/],
    ["no trade", { tradeId: undefined }, "ROUTER_INTENT", /tradeId of what a router plans takes text .* got undefined/],
    ["no asset", { asset: 5 }, "ROUTER_INTENT", /BTCUSDT, got 5/],
  ])("an entry with %s is misuse", (_what, more, code, message) => {
    expectMisuse(() => make().planEntry({ ...entry, ...more } as RouterIntent), code, message);
  });

  test("an exit leaves whatever its quantity and reason are", () => {
    for (const quantity of [Number.NaN, 0, "x", "-1"])
      expect(make().planExit(exit("STOP_LOSS", { quantity }))).toMatchObject({ suppress: false, quantity: undefined });
    expect(line(make().planExit(exit(7 as unknown as string)))).toBe("market sell - taker_exit:7");
  });
});
