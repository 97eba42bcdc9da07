import { describe, expect, test } from "vitest";
import { type BacktestOptions, type BacktestRun, backtest } from "../../src/backtest/index.js";
import { decimal } from "../../src/core/index.js";
import { type ExecutionPlan, HOOK_STAGES, risk } from "../../src/execution/index.js";
import { defineStrategy, param } from "../../src/strategies/index.js";
import { candles, fillsOf, play, type Row, START, still } from "./scripted.js";

const DIP: Row = ["100", "100", "99.5", "100"];
const enter: Parameters<typeof play>[1] = { 0: (desk) => desk.enterLong() };
const lines = (run: BacktestRun): string[] =>
  run.orders.map((order) => `${order.role} ${order.status} ${order.price?.toFixed() ?? order.type} ${order.route ?? ""}`.trim());

describe("hooks of a run", () => {
  test("see an entry from plan to fill, its misses and its fallback, in order", () => {
    const seen: string[] = [];
    const hooks = Object.fromEntries(HOOK_STAGES.map((stage) => [stage, () => void seen.push(stage)]));
    const up = still("101");
    const run = play([still("100"), up, up, up], enter, { router: { style: "maker_entry", entryMiss: "market" }, hooks });
    expect(fillsOf(run)).toEqual(["2 buy 1 @ 101 entry taker"]);
    expect(seen).toEqual(["prePlan", "preSubmit", "onWorking", "onMiss", "onCancel", "onEscalate"]);
    expect(run.settings.hooks).toEqual(HOOK_STAGES);
  });

  test("look in where everything goes to the market, too", () => {
    const plans: ExecutionPlan[] = [];
    const script: Parameters<typeof play>[1] = { ...enter, 2: (desk) => desk.exitLong() };
    const run = play([still("100"), still("100"), still("100"), still("100")], script, {
      hooks: { preSubmit: [(plan: ExecutionPlan) => void plans.push(plan), () => undefined] },
    });
    expect(plans.map(({ action, orderType }) => `${action} ${orderType}`)).toEqual(["ENTER market", "EXIT market"]);
    expect(run.fills).toHaveLength(2);
    expect(run.router.counters).toMatchObject({ plansEntry: 1, plansExit: 1 });
  });

  test("may keep an entry back: it is refused by code, and nothing is sent", () => {
    const run = play([still("100"), still("100")], enter, { hooks: { preSubmit: (plan: ExecutionPlan) => ({ ...plan, suppress: true }) } });
    expect(run.orders[0]!.reason).toMatchObject({ code: "HOOK_SUPPRESSED", message: "a hook of the router kept the entry back" });
    expect(run.fills).toHaveLength(0);
  });

  test("may price a quote anew, on its tick; it waits there and pays as a maker", () => {
    const hooks = { preSubmit: (plan: ExecutionPlan) => ({ ...plan, limitPrice: "99.58" }) };
    const run = play([still("100"), DIP, still("100")], enter, { router: { style: "maker_entry" }, hooks });
    expect(lines(run)).toEqual(["entry filled 99.5 maker_entry"]);
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 99.5 entry maker"]);
  });

  test("may take where the router would rest, and rest where it would take", () => {
    const take = { preSubmit: (plan: ExecutionPlan) => ({ ...plan, orderType: "market", limitPrice: null, isMaker: false }) };
    const rows = [still("100"), still("100"), still("100")];
    expect(fillsOf(play(rows, enter, { router: { style: "maker_entry" }, hooks: take }))).toEqual(["1 buy 1 @ 100 entry taker"]);
    const rest = { preSubmit: (plan: ExecutionPlan) => ({ ...plan, orderType: "limit", limitPrice: "99.5", isMaker: true, ttlS: 60 }) };
    expect(fillsOf(play([still("100"), DIP, still("100")], enter, { hooks: rest }))).toEqual(["1 buy 1 @ 99.5 entry maker"]);
  });

  test("what one changes passes the gate again: a collar refuses a price far away, a stop on its wrong side too", () => {
    const far = { preSubmit: (plan: ExecutionPlan) => ({ ...plan, limitPrice: "90" }) };
    const options: Partial<BacktestOptions> = { router: { style: "maker_entry" }, hooks: far };
    const collared = play([still("100"), DIP], enter, { ...options, risk: { maxPriceDistance: "0.05" } });
    expect(collared.orders.map(({ reason }) => reason?.code)).toEqual(["PRICE_COLLAR"]);
    const stopped = play([still("100"), DIP], { 0: (desk) => desk.enterLong({ stopLoss: "95" }) }, options);
    expect(stopped.orders.map(({ reason }) => reason?.code)).toEqual(["STOP_WRONG_SIDE"]);
  });

  test("a retry passes the same gate: one that would rest beyond its own stop is refused", () => {
    let tries = 0;
    const hooks = {
      preSubmit: (plan: ExecutionPlan) => ({ ...plan, limitPrice: tries++ === 0 ? "99" : "90" }),
    };
    const rows = Array.from({ length: 6 }, () => still("100"));
    const run = play(
      rows,
      { 0: (desk) => desk.enterLong({ stopLoss: "95" }) },
      { router: { style: "maker_entry", entryMiss: "retry" }, hooks },
    );
    expect(tries).toBeGreaterThan(1);
    expect(lines(run)).toEqual(["entry cancelled 99 maker_entry", expect.stringMatching(/^entry refused 90 /)]);
    expect(run.orders[1]!.reason?.code).toBe("STOP_WRONG_SIDE");
  });

  test("a quote that a hook made is told as what it is while it waits", () => {
    const rest = { preSubmit: (plan: ExecutionPlan) => ({ ...plan, orderType: "limit", limitPrice: "99.5", isMaker: true, ttlS: 600 }) };
    const run = play([still("100"), still("100"), still("100")], enter, { hooks: rest });
    expect(run.explain(START + 120_000).working).toMatchObject([{ type: "limit", price: decimal("99.5") }]);
  });

  test("a changed quote counts once against the order rate", () => {
    const near = { preSubmit: (plan: ExecutionPlan) => ({ ...plan, limitPrice: "99.5" }) };
    const script: Parameters<typeof play>[1] = { ...enter, 2: (desk) => desk.exitLong(), 4: (desk) => desk.enterLong() };
    const rows = [still("100"), DIP, still("100"), still("100"), still("100"), DIP];
    const run = play(rows, script, { router: { style: "maker_entry" }, hooks: near, risk: risk.rate({ maxOrders: 2, perMs: 3_600_000 }) });
    expect(run.orders.filter(({ role }) => role === "entry").map(({ reason }) => reason?.code)).toEqual([undefined, undefined]);
  });

  test("none keeps an exit from leaving, and one that throws changes nothing", () => {
    const script: Parameters<typeof play>[1] = { ...enter, 2: (desk) => desk.exitLong() };
    const rows = [still("100"), still("100"), still("100"), still("100")];
    const held = { preSubmit: (plan: ExecutionPlan) => (plan.action === "EXIT" ? { ...plan, suppress: true } : undefined) };
    expect(fillsOf(play(rows, script, { hooks: held }))).toHaveLength(2);
    const broken = play(rows, script, {
      hooks: {
        prePlan: () => {
          throw new Error("no");
        },
      },
    });
    expect(fillsOf(broken)).toEqual(fillsOf(play(rows, script)));
    expect(broken.router.counters.hookErrors).toBe(2);
  });
});

test("filled legs of a group that failed are closed by a limit beyond the price where a run says so", () => {
  const Pair = defineStrategy({
    name: "Pair",
    params: { symbolA: param.text({ default: "AAAUSDT" }), symbolB: param.text({ default: "BBBUSDT" }) },
    create: () => ({
      onCandle(bar, desk) {
        if (bar.symbol === "AAAUSDT" && bar.index === 0) desk.of("AAAUSDT").enterLong({ group: "p", quantity: 1 });
        if (bar.symbol === "BBBUSDT" && bar.index === 1) desk.of("BBBUSDT").enterShort({ group: "p", quantity: "0.0001" });
      },
    }),
  });
  const rows = [still("100"), still("100"), still("100"), still("100")];
  const data = ["AAAUSDT", "BBBUSDT"].map((symbol) => candles(rows, { symbol }));
  const instrument = data.map(({ symbol }) => ({ symbol, tickSize: "0.1", lotSize: "0.001" }));
  const exits = (groupExit: BacktestOptions["groupExit"]): string[] =>
    backtest({ data, strategy: Pair, instrument, ...(groupExit === undefined ? {} : { groupExit }) })
      .orders.filter(({ reduceOnly }) => reduceOnly)
      .map(({ symbol, type, price, exitReason, status }) => `${symbol} ${type} ${price?.toFixed() ?? ""} ${exitReason} ${status}`);
  expect(exits(undefined)).toEqual(["AAAUSDT market  GROUP_FAILED filled"]);
  expect(exits({ offsetBps: 50 })).toEqual(["AAAUSDT limit 99.5 GROUP_FAILED filled"]);
});
