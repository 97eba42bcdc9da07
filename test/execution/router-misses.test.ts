import { describe, expect, test } from "vitest";
import { Router, type RouterConfigInput, type RouterIntent, type RouterOrder } from "../../src/execution/index.js";
import { expectMisuse } from "../misuse.js";

const entry: RouterIntent = { tradeId: "T", asset: "BTCUSDT", side: "LONG", referencePrice: "60000", quantity: "1" };

/** A router with a clock that the test moves. */
function made(config: RouterConfigInput = {}): { router: Router; clock: { time: number; now(): number } } {
  const clock = { time: 0, now: (): number => clock.time };
  return { router: new Router({ style: "maker_both", entryMiss: "retry", entryRetries: 2, ...config }, { clock }), clock };
}
const enter = (router: Router): RouterOrder => router.registerWorking(router.planEntry(entry));
const take = (router: Router): RouterOrder => router.registerWorking(router.planExit({ ...entry, reason: "TAKE_PROFIT" }));

describe("time", () => {
  test("is up at the deadline, not before, and asking removes nothing", () => {
    const { router } = made();
    enter(router);
    expect(router.expired(7_999)).toEqual([]);
    expect(router.expired(8_000).map(({ tradeId }) => tradeId)).toEqual(["T"]);
    expect(router.expired(8_000)).toHaveLength(1);
  });

  test("0 is a time too: the clock is only asked where none is given", () => {
    const { router, clock } = made();
    enter(router);
    clock.time = 10_000;
    expect(router.expired()).toHaveLength(1);
    expect(router.expired(0)).toEqual([]);
  });

  test.each([0, -3, Number.NaN])("a plan that may rest %s seconds rests half a second", (ttlS) => {
    const { router } = made();
    expect(router.registerWorking({ ...router.planEntry(entry), ttlS }).deadline).toBe(500);
  });

  test("is told oldest first, exits among entries", () => {
    const { router, clock } = made();
    enter(router);
    clock.time = 1;
    take(router);
    expect(router.expired(8_000).map(({ action }) => action)).toEqual(["ENTER", "EXIT"]);
  });
});

describe("a missed entry", () => {
  test("is given up, bought, or quoted again", () => {
    for (const [config, action, counter] of [
      [{ entryMiss: "skip" }, "skip", "entryMissSkip"],
      [{ entryMiss: "market" }, "market", "entryMissMarket"],
      [{ entryMiss: "retry" }, "retry", "entryMissRetry"],
      [{ entryMiss: "retry", entryRetries: 0 }, "skip", "entryMissSkip"],
      [{ entryMiss: "retry", entryRetries: 0, retryExhaust: "market" }, "market", "entryMissMarket"],
    ] as const) {
      const { router } = made(config);
      expect(router.entryMissAction(enter(router))).toBe(action);
      expect(router.snapshot().counters[counter]).toBe(1);
    }
  });

  test("leaves the working orders with the decision, so that the next entry is not kept back; its cancel is still noted once", () => {
    const { router } = made({ entryMiss: "skip" });
    router.entryMissAction(enter(router));
    expect(router.workingOrders()).toEqual([]);
    expect(router.planEntry({ ...entry, tradeId: "U" }).suppress).toBe(false);
    router.noteCancel("T");
    router.noteCancel("T");
    expect(router.snapshot().counters.cancels).toBe(1);
  });

  test("is quoted T, T-r1, T-r2 and then no more; the market order is T-m", () => {
    const { router } = made({ retryExhaust: "market" });
    const ids = [];
    let order = enter(router);
    for (let price = 60_001; ; price++) {
      ids.push(order.tradeId);
      const action = router.entryMissAction(order);
      router.noteCancel(order);
      if (action !== "retry") break;
      const plan = router.retryPlan(order, price);
      expect(plan).toMatchObject({ reason: `maker_entry_retry_${order.retryN + 1}`, orderType: "limit", metadata: { baseTradeId: "T" } });
      expect(plan.limitPrice!.toFixed()).toBe(String(price - 1 + 0.9));
      order = router.registerWorking(plan);
    }
    expect(ids).toEqual(["T", "T-r1", "T-r2"]);
    expect(router.marketFallbackPlan(order)).toMatchObject({ tradeId: "T-m", orderType: "market", reason: "entry_miss_market_fallback" });
    expect(router.snapshot().counters).toMatchObject({ entryMissRetry: 2, entryMissMarket: 1, exitEscalations: 0, cancels: 3 });
  });

  test.each<[string, number | string | undefined, string | undefined, RouterConfigInput, string, boolean]>([
    ["no price", undefined, undefined, {}, "retry_price_insane_skip", true],
    ["no price, to the market in the end", "nothing", undefined, { retryExhaust: "market" }, "retry_price_insane_market", false],
    ["a wide spread", 60_000, "9", {}, "retry_spread_gate_skip", true],
    ["a wide spread, to the market in the end", 60_000, "9", { retryExhaust: "market" }, "retry_spread_gate_market", false],
    ["no retry left", 60_000, undefined, { entryRetries: 0 }, "retry_exhausted_skip", true],
  ])("with %s is quoted at no price: what comes after the retries decides", (_what, price, spreadBps, config, reason, suppress) => {
    const { router } = made(config);
    const order = enter(router);
    router.entryMissAction(order);
    expect(router.retryPlan(order, price, { spreadBps: spreadBps ?? null })).toMatchObject({ reason, suppress, orderType: "market" });
  });

  test("is not quoted again while another entry works", () => {
    const { router } = made();
    const order = enter(router);
    router.entryMissAction(order);
    router.registerWorking(router.planEntry({ ...entry, tradeId: "U" }));
    expect(router.retryPlan(order, 60_000)).toMatchObject({ suppress: true, reason: "working_entry_exists:U" });
  });

  test("an entry beside a working one cannot be registered, nor can a suppressed plan", () => {
    const { router } = made();
    const [first, second] = [router.planEntry(entry), router.planEntry({ ...entry, tradeId: "U" })];
    router.registerWorking(first);
    expectMisuse(() => router.registerWorking(second), "ROUTER_WORKING_ENTRY", "T is still working");
    expectMisuse(() => router.registerWorking(router.planEntry({ ...entry, tradeId: "V" })), "ROUTER_SUPPRESSED", "working_entry_exists:T");
  });
});

describe("an exit that rested too long", () => {
  test("goes to the market under its own id, and is never missed", () => {
    const { router } = made();
    const order = take(router);
    expect(router.entryMissAction(order)).toBe("market");
    router.noteCancel(order);
    const plan = router.marketFallbackPlan(order);
    expect(plan).toMatchObject({ tradeId: "T", side: "sell", orderType: "market", reason: "exit_ttl_market_fallback", suppress: false });
    expect(plan.metadata).toEqual({ baseTradeId: "T" });
    expect(router.snapshot().counters).toMatchObject({ exitEscalations: 1, entryMissMarket: 0, cancels: 1 });
  });

  test("is not retried: asked for a retry, it goes to the market", () => {
    const { router } = made();
    expect(router.retryPlan(take(router), 60_000)).toMatchObject({ orderType: "market", reason: "exit_ttl_market_fallback" });
  });
});

describe("partial fills", () => {
  const text = (value: { toFixed(): string } | undefined): string | undefined => value?.toFixed();

  test("keep the order working until it is filled whole", () => {
    const { router } = made();
    enter(router);
    expect(text(router.noteFill("T", "0.4").remaining)).toBe("0.6");
    expect(text(router.working("T")!.filled)).toBe("0.4");
    const note = router.noteFill("T", "0.6");
    expect([text(note.remaining), note.order]).toEqual(["0", undefined]);
    expect(router.workingOrders()).toEqual([]);
    expect(router.snapshot().counters.fillsWorking).toBe(2);
  });

  test("a fill without a quantity is the whole order's; of an id nobody knows it is nothing", () => {
    const { router } = made();
    enter(router);
    expect(text(router.noteFill("T").remaining)).toBe("0");
    expect(router.noteFill("X", "1").known).toBe(false);
    expectMisuse(() => router.noteFill("T", "0"), "ROUTER_QUANTITY", "above zero, got 0");
  });

  test("a retry is for the remainder", () => {
    const { router } = made();
    const order = enter(router);
    router.noteFill("T", "0.3");
    router.entryMissAction(order);
    expect(text(router.retryPlan(order, 60_000).quantity)).toBe("0.7");
  });

  test("a fill that comes after the cancel shrinks the retry that is not sent yet", () => {
    const { router } = made();
    const order = enter(router);
    router.entryMissAction(order);
    router.noteCancel("T");
    expect(text(router.noteFill("T", "0.25").remaining)).toBe("0.75");
    expect(text(router.retryPlan(order, 60_000).quantity)).toBe("0.75");
    router.noteFill("T", "0.75");
    expect(router.retryPlan(order, 60_000)).toMatchObject({ suppress: true, reason: "entry_complete" });
  });

  test("and the retry that works already is to be amended, or cancelled where nothing is left", () => {
    const { router } = made();
    const order = enter(router);
    router.entryMissAction(order);
    const retry = router.registerWorking(router.retryPlan(order, 60_000));
    const note = router.noteFill("T", "0.4");
    expect([note.amend!.order.tradeId, text(note.amend!.quantity), text(note.remaining)]).toEqual(["T-r1", "0.6", "0.6"]);
    router.noteFill("T-r1", "0.1");
    expect(router.noteFill("T", "0.5")).toMatchObject({ cancel: { tradeId: "T-r1" }, amend: undefined });
    router.noteCancel("T-r1");
    expect(router.retryPlan(retry, 60_000)).toMatchObject({ suppress: true, reason: "entry_complete" });
  });

  test("what is filled beyond the trade is said", () => {
    const { router } = made();
    const order = enter(router);
    router.entryMissAction(order);
    router.registerWorking(router.retryPlan(order, 60_000));
    router.noteFill("T-r1", "1");
    expect(text(router.noteFill("T", "0.2").excess)).toBe("0.2");
  });

  test("an exit's fallback is for what is left", () => {
    const { router } = made();
    const order = take(router);
    router.noteFill(order, "0.9");
    router.noteCancel(order);
    expect(text(router.marketFallbackPlan(order).quantity)).toBe("0.1");
    router.noteFill(order, "0.1");
    expect(router.marketFallbackPlan(order)).toMatchObject({ suppress: true, reason: "exit_complete" });
  });
});

test("a snapshot says who works for how long", () => {
  const { router, clock } = made();
  enter(router);
  clock.time = 1_234;
  expect(router.snapshot()).toMatchObject({
    style: "maker_both",
    working: [{ tradeId: "T", action: "ENTER", asset: "BTCUSDT", ageS: 1.234, retryN: 0 }],
    counters: { plansEntry: 1, makerEntries: 1 },
  });
  expect(Object.keys(router.snapshot().counters)).toHaveLength(16);
  router.clearWorking();
  expect(router.snapshot()).toMatchObject({ working: [], counters: { cancels: 0 } });
});
