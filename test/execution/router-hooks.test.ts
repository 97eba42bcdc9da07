import { describe, expect, test } from "vitest";
import { type ExecutionPlan, type HookStage, Router, type RouterIntent } from "../../src/execution/index.js";
import { expectMisuse } from "../misuse.js";

const entry: RouterIntent = { tradeId: "T", asset: "BTCUSDT", side: "LONG", referencePrice: "60000", quantity: "1" };
const make = (): Router => new Router({ style: "maker_both", entryMiss: "market" }, { clock: { now: () => 0 } });
const TAKE = { ...entry, reason: "TAKE_PROFIT" };
const STOP = { ...entry, reason: "STOP_LOSS" };

describe("hooks", () => {
  test("look in at seven stages", () => {
    const router = make();
    const seen: string[] = [];
    const stages: HookStage[] = ["prePlan", "preSubmit", "onWorking", "onFill", "onMiss", "onEscalate", "onCancel"];
    for (const stage of stages)
      router.registerHook(stage, (payload: { tradeId?: string } | null, context) => {
        seen.push(`${stage} ${payload === null ? null : payload.tradeId} ${Object.keys(context).join(",")}`);
      });
    const order = router.registerWorking(router.planEntry(entry));
    router.noteFill("T", "0.5");
    router.entryMissAction(order);
    router.noteCancel(order);
    router.marketFallbackPlan(order);
    router.planExit(STOP);
    const intent = "tradeId,asset,side,referencePrice,spreadBps,action";
    expect(seen).toEqual([
      `prePlan null ${intent}`,
      `preSubmit T ${intent}`,
      "onWorking T tradeId",
      "onFill T tradeId",
      "onMiss T action",
      "onCancel T tradeId",
      "onEscalate T to",
      `prePlan null ${intent},reason,urgent`,
      `preSubmit T ${intent},reason,urgent`,
    ]);
  });

  test("one that throws is counted and changes nothing, and the next one runs", () => {
    const router = make();
    let ran = 0;
    router.registerHook("preSubmit", () => {
      throw new Error("broken");
    });
    router.registerHook("preSubmit", () => {
      ran++;
    });
    expect(router.planEntry(entry).reason).toBe("maker_entry");
    expect(ran).toBe(1);
    expect(router.snapshot().counters.hookErrors).toBe(1);
    expect(router.hookFailures).toMatchObject([{ stage: "preSubmit", message: "broken" }]);
  });

  test("are synchronous: an async function is refused, a promise is ignored and its failure goes nowhere", async () => {
    const router = make();
    expectMisuse(() => router.registerHook("prePlan", async () => {}), "HOOK_ASYNC", "synchronous");
    router.registerHook("preSubmit", (plan: ExecutionPlan) => Promise.reject(new Error(plan.reason)));
    expect(router.planExit(STOP).orderType).toBe("market");
    await Promise.resolve();
    expect(router.snapshot().counters.hookErrors).toBe(1);
  });

  test("a stage or a hook that is none is misuse", () => {
    expectMisuse(() => make().registerHook("pre_submit" as HookStage, () => {}), "HOOK_STAGE", "Did you mean preSubmit?");
    expectMisuse(() => make().registerHook("prePlan", 1 as never), "HOOK_INVALID", "got number");
  });

  test("run in the order they were registered, each seeing the plan of the one before; taking one away takes that one away", () => {
    const router = make();
    const rename = (plan: ExecutionPlan): ExecutionPlan => ({ ...plan, reason: `${plan.reason}+` });
    const first = router.registerHook("preSubmit", rename);
    router.registerHook("preSubmit", (plan: ExecutionPlan) => ({ ...plan, reason: `${plan.reason}!` }));
    router.registerHook("preSubmit", rename);
    expect(router.planEntry(entry).reason).toBe("maker_entry+!+");
    first();
    first();
    expect(router.planEntry(entry).reason).toBe("maker_entry!+");
  });

  test("a context is a copy: writing to it changes nothing", () => {
    const router = make();
    router.registerHook("prePlan", (_, context) => {
      (context as Record<string, unknown>).asset = "ETHUSDT";
    });
    expect(router.planEntry(entry)).toMatchObject({ asset: "BTCUSDT" });
  });

  test("may change how an order is sent, not which order it is; its price is put on the tick, away from crossing", () => {
    const router = make();
    router.registerHook("preSubmit", (plan: ExecutionPlan) => ({
      ...plan,
      tradeId: "mine",
      side: "sell",
      quantity: "99",
      limitPrice: "59990.19",
      ttlS: 1e9,
      postOnly: false,
    }));
    const plan = router.planEntry(entry);
    expect(plan).toMatchObject({ tradeId: "T", side: "buy", ttlS: 300, postOnly: false, isMaker: true });
    expect([plan.limitPrice!.toFixed(), plan.quantity!.toFixed()]).toEqual(["59990.1", "1"]);
  });

  test.each<[string, unknown]>([
    ["text", "market"],
    ["a plan without a price", { orderType: "limit", reason: "mine" }],
    ["a price of nothing", { orderType: "limit", limitPrice: 0, reason: "mine" }],
    ["an unknown type", { orderType: "iceberg", limitPrice: 5, reason: "mine" }],
  ])("an answer that is %s is ignored with a word, and not counted as an error", (_what, answer) => {
    const router = make();
    router.registerHook("preSubmit", () => answer);
    expect(router.planEntry(entry).reason).toBe("maker_entry");
    expect(router.hookFailures).toHaveLength(1);
    expect(router.snapshot().counters.hookErrors).toBe(0);
  });

  test("may keep an entry back; it counts as planned", () => {
    const router = make();
    router.registerHook("preSubmit", (plan: ExecutionPlan) => ({ ...plan, suppress: true }));
    expect(router.planEntry(entry).suppress).toBe(true);
    expect(router.snapshot().counters).toMatchObject({ plansEntry: 1, makerEntries: 1, takerEntries: 0 });
  });

  test("see retries too", () => {
    const router = new Router({ style: "maker_both", entryMiss: "retry" }, { clock: { now: () => 0 } });
    const order = router.registerWorking(router.planEntry(entry));
    router.entryMissAction(order);
    router.registerHook("preSubmit", (plan: ExecutionPlan) => ({ ...plan, suppress: true }));
    expect(router.retryPlan(order, 60_000)).toMatchObject({ suppress: true, metadata: { retryN: 1, baseTradeId: "T" } });
  });
});

describe("no hook keeps an exit from leaving", () => {
  test("one that suppresses it is overridden", () => {
    const router = make();
    router.registerHook("preSubmit", (plan: ExecutionPlan) => ({ ...plan, suppress: true }));
    for (const intent of [TAKE, STOP])
      expect(router.planExit(intent)).toMatchObject({ suppress: false, orderType: "market", reason: "hook_suppress_overridden_market" });
  });

  test("nor one that replaces an exit which goes before a resting one: the resting one is still to be cancelled", () => {
    for (const hook of [
      (plan: ExecutionPlan) => ({ ...plan, suppress: true }),
      (plan: ExecutionPlan) => ({ ...plan, reason: "mine", metadata: {}, cancels: [] }),
    ]) {
      const router = make();
      router.registerWorking(router.planExit(TAKE));
      router.registerHook("preSubmit", hook);
      const plan = router.planExit(STOP);
      expect(plan).toMatchObject({ suppress: false, orderType: "market", metadata: { preemptWorking: true } });
      expect(plan.cancels).toEqual([{ tradeId: "T", action: "EXIT" }]);
    }
  });

  test("nor one that lets an urgent exit rest; one that may rest it may price", () => {
    const router = make();
    router.registerHook("preSubmit", (plan: ExecutionPlan) => ({ ...plan, orderType: "limit", limitPrice: "61000", ttlS: 60 }));
    expect(router.planExit(STOP)).toMatchObject({ orderType: "market", reason: "hook_rest_overridden_market" });
    const plan = router.planExit(TAKE);
    expect([plan.orderType, plan.limitPrice!.toFixed()]).toEqual(["limit", "61000"]);
  });

  test("nor one that throws", () => {
    const router = make();
    for (const stage of ["prePlan", "preSubmit", "onEscalate"] as const)
      router.registerHook(stage, () => {
        throw new Error("no");
      });
    expect(router.planExit(STOP)).toMatchObject({ suppress: false, orderType: "market" });
    expect(router.marketFallbackPlan(router.registerWorking(router.planExit(TAKE)))).toMatchObject({
      suppress: false,
      orderType: "market",
    });
  });
});
