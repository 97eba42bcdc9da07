import { describe, expect, test } from "vitest";
import type { BacktestRun } from "../../src/backtest/index.js";
import type { ExecutionHint, StrategyContext } from "../../src/core/index.js";
import { algos, defineAlgorithm } from "../../src/execution/index.js";
import { expectMisuse } from "../misuse.js";
import { candles, fillsOf, MINUTE, play, type Row, START, still } from "./scripted.js";

const flat = (count: number): Row[] => Array.from({ length: count }, () => still("100"));
const hinted = (hint: ExecutionHint) => ({ 0: (desk: { enterLong(o: object): void }): void => desk.enterLong({ hint }) });
const routes = (run: BacktestRun): string[] =>
  run.orders.map((order) => `${(order.createdAt - START) / MINUTE} ${order.quantity.toFixed()} ${order.status} ${order.route}`);

describe("an entry that an algorithm works off", () => {
  test("by time: a slice a bar, each filled at the next open", () => {
    const run = play(flat(6), hinted({ algorithm: "twap", durationMs: 4 * MINUTE }));
    expect(routes(run)).toEqual([
      "0 0.25 filled twap a1-1",
      "1 0.25 filled twap a1-2",
      "2 0.25 filled twap a1-3",
      "3 0.25 filled twap a1-4",
    ]);
    expect(run.positions[0]!.quantity.toFixed()).toBe("1");
    expect(run.alerts).toEqual([]);
  });

  test("by volume: at most its share of what the candles traded", () => {
    const run = play(flat(7), hinted({ algorithm: "vwap", durationMs: 5 * MINUTE, participationRate: "0.0001" }));
    expect(run.fills.map((fill) => fill.quantity.toFixed())).toEqual(["0.1", "0.1", "0.1", "0.1", "0.1"]);
    expect(run.alerts).toMatchObject([{ code: "ALGORITHM_ENDED", message: "vwap a1 ended expired: the market traded too little" }]);
  });

  test("in an iceberg: the next slice when the one before is filled", () => {
    const run = play(flat(8), hinted({ algorithm: "iceberg", displayQuantity: "0.4" }));
    expect(fillsOf(run)).toEqual(["1 buy 0.4 @ 100 entry maker", "2 buy 0.4 @ 100 entry maker", "3 buy 0.2 @ 100 entry maker"]);
    expect(routes(run)).toEqual(["0 0.4 filled iceberg a1-1", "1 0.4 filled iceberg a1-2", "2 0.2 filled iceberg a1-3"]);
  });

  test("pegged: it follows the price by amends", () => {
    const rows: Row[] = [still("100"), still("101"), still("102"), ["102", "102", "101.5", "102"], still("102")];
    const run = play(rows, hinted({ algorithm: "pegged", offsetBps: "30", refreshMs: 0 }));
    expect(routes(run)).toEqual(["0 1 filled pegged a1-1"]);
    expect(fillsOf(run)).toEqual(["3 buy 1 @ 101.6 entry maker"]);
  });

  test("by a sniper: at the market once its price is there, or not at all", () => {
    const rows = [still("100"), still("99"), still("98"), still("98")];
    const hit = play(rows, hinted({ algorithm: "sniper", triggerPrice: "98" }));
    expect(fillsOf(hit)).toEqual(["3 buy 1 @ 98 entry taker"]);
    const missed = play(rows, hinted({ algorithm: "sniper", triggerPrice: "90", timeoutMs: 2 * MINUTE }));
    expect(missed.fills).toEqual([]);
    expect(missed.alerts).toMatchObject([{ code: "ALGORITHM_ENDED" }]);
  });

  test("keeps every filled part protected, and is called off once a stop has closed one", () => {
    const rows: Row[] = [still("100"), still("100"), ["100", "100", "94", "94"], still("94"), still("94"), still("94")];
    const run = play(rows, {
      0: (desk) => desk.enterLong({ stopLoss: "95", hint: { algorithm: "twap", durationMs: 4 * MINUTE } }),
    });
    expect(fillsOf(run)).toEqual([
      "1 buy 0.25 @ 100 entry taker",
      "2 buy 0.25 @ 100 entry taker",
      "2 sell 0.25 @ 95 stopLoss taker",
      "2 sell 0.25 @ 95 stopLoss taker",
    ]);
    // Each leg names the entry it protects.
    expect(run.orders.map(({ id, role, entryId }) => `${id} ${role} ${entryId ?? "-"}`)).toEqual([
      "1 entry -",
      "2 entry -",
      "3 stopLoss 1",
      "4 entry -",
      "5 stopLoss 2",
    ]);
    expect(run.positions[0]!.quantity.isZero()).toBe(true);
  });

  test("is taken back by an exit, and what it has filled is closed", () => {
    const run = play(flat(8), { ...hinted({ algorithm: "twap", durationMs: 5 * MINUTE }), 2: (desk) => desk.exitLong() });
    expect(fillsOf(run)).toEqual(["1 buy 0.2 @ 100 entry taker", "2 buy 0.2 @ 100 entry taker", "3 sell 0.4 @ 100 exit taker"]);
  });

  test("counts as one entry: another of its side waits for it to end", () => {
    const run = play(flat(8), { ...hinted({ algorithm: "twap", durationMs: 3 * MINUTE }), 2: (desk) => desk.enterLong() });
    expect(run.signals.map(({ outcome }) => outcome)).toEqual(["ordered", "ignored"]);
    expect(run.positions[0]!.quantity.toFixed()).toBe("1");
  });

  test("each child meets the checks again", () => {
    const run = play(flat(6), hinted({ algorithm: "twap", durationMs: 4 * MINUTE }), {
      risk: { maxPositionQuantity: "1" },
      sizer: "fixed:1",
    });
    expect(run.counts.refused).toBe(0);
    const tight = play(flat(6), hinted({ algorithm: "twap", durationMs: 4 * MINUTE }), { risk: { maxOrderQuantity: "0.5" } });
    expect(tight.refusals.map(({ refusal }) => refusal.code)).toEqual(["MAX_ORDER_QUANTITY"]);
    expect(tight.orders).toHaveLength(1);
  });
});

describe("an exit that an algorithm works off", () => {
  test("goes out in parts that only reduce", () => {
    const run = play(flat(8), {
      0: (desk) => desk.enterLong(),
      1: (desk) => desk.exitLong({ hint: { algorithm: "twap", durationMs: 2 * MINUTE } }),
    });
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 100 entry taker", "2 sell 0.5 @ 100 exit taker", "3 sell 0.5 @ 100 exit taker"]);
    expect(run.orders.slice(1).every((order) => order.reduceOnly)).toBe(true);
  });

  test("makes way for an urgent one", () => {
    const run = play(flat(8), {
      0: (desk) => desk.enterLong(),
      1: (desk) => desk.exitLong({ hint: { algorithm: "twap", durationMs: 5 * MINUTE } }),
      2: (desk) => desk.flatten({ reason: "KILL_SWITCH" }),
    });
    expect(run.fills.slice(1).map((fill) => fill.quantity.toFixed())).toEqual(["0.2", "0.8"]);
    expect(run.positions[0]!.quantity.isZero()).toBe(true);
  });

  test("with a hint that is no good goes to the market, with an alert", () => {
    const run = play(flat(4), { 0: (desk) => desk.enterLong(), 1: (desk) => desk.exitLong({ hint: { algorithm: "twapp" } }) });
    expect(fillsOf(run).at(-1)).toBe("2 sell 1 @ 100 exit taker");
    expect(run.alerts).toMatchObject([{ code: "HINT_REFUSED", message: expect.stringContaining("Did you mean twap?") }]);
  });
});

describe("hints", () => {
  test.each<[object, string]>([
    [{ hint: { algorithm: "twapp", durationMs: 5 } }, "Did you mean twap?"],
    [{ hint: { algorithm: "twap" } }, "durationMs must be a whole number"],
    [{ hint: { algorithm: "twap", durationMs: 5 }, limit: "90" }, "a limit and a hint exclude each other"],
  ])("%j refuse the entry with a reason", (options, message) => {
    const run = play(flat(3), { 0: (desk) => desk.enterLong(options) });
    expect(run.refusals.map(({ refusal }) => refusal)).toMatchObject([{ code: "HINT_INVALID", message: expect.stringContaining(message) }]);
  });

  test("may name an algorithm of one's own", () => {
    const halves = defineAlgorithm({
      name: "halves",
      params: { waitMs: algos.param.whole({ min: 1 }) },
      start: (desk) => ({ sent: Number(desk.send({ type: "market", quantity: desk.parent.quantity.div(2) }) !== undefined) }),
      onEvent(desk, state) {
        if (state.sent !== 1 || desk.time < desk.startedAt + desk.params.waitMs) return;
        desk.send({ type: "market", quantity: desk.unsent });
        state.sent = 2;
      },
    });
    const run = play(flat(6), hinted({ algorithm: "halves", params: { waitMs: 2 * MINUTE } }), { algorithms: [halves] });
    expect(routes(run)).toEqual(["0 0.5 filled halves a1-1", "2 0.5 filled halves a1-2"]);
    expectMisuse(() => play(flat(3), {}, { algorithms: [{}] as never }), "OPTION_INVALID", "defineAlgorithm");
  });
});

describe("with several symbols", () => {
  test("one leg's quote does not keep the other's back", () => {
    const other = candles([still("50"), ["50", "50", "49.8", "50"], still("50")], { symbol: "OTHERUSDT" });
    const here = candles([still("100"), ["100", "100", "99.8", "100"], still("100")]);
    const legs = (desk: StrategyContext): void => {
      for (const leg of [desk, desk.of("OTHERUSDT")]) leg.enterLong();
    };
    const both = play([], { 0: legs }, { data: [here, other], instrument: [], router: { style: "maker_both" } });
    expect(both.fills.map((fill) => `${fill.symbol} ${fill.price.toFixed()}`)).toEqual(["TESTUSDT 99.9", "OTHERUSDT 49.9"]);
    expect(both.router.counters).toMatchObject({ plansEntry: 2, makerEntries: 2, suppressedDupEnter: 0 });
  });

  test("when one leg's quote is given up, what the other has filled is closed", () => {
    const other = candles([still("50"), ["50", "50.2", "50", "50.2"], still("50.2"), still("50.2"), still("50.2")], {
      symbol: "OTHERUSDT",
    });
    const here = candles([still("100"), ["100", "100", "99.8", "100"], still("100"), still("100"), still("100")]);
    const legs = (desk: StrategyContext): void => {
      for (const leg of [desk, desk.of("OTHERUSDT")]) leg.enterLong({ group: "pair-1" });
    };
    const run = play([], { 0: legs }, { data: [here, other], instrument: [], router: { style: "maker_both" } });
    expect(run.fills.map((fill) => `${fill.symbol} ${fill.side} ${fill.price.toFixed()} ${fill.role}`)).toEqual([
      "TESTUSDT buy 99.9 entry",
      "TESTUSDT sell 100 exit",
    ]);
    expect(run.alerts).toMatchObject([{ code: "GROUP_FAILED" }]);
  });
});

test("an order that is cancelled after another was made larger keeps its own size", () => {
  const rows = Array.from({ length: 12 }, () => still("100"));
  const run = play(
    rows,
    {
      0: (desk) => desk.enterLong({ quantity: "1.2", stopLoss: "90" }),
      5: (desk) => desk.enterLong({ quantity: "1.5", limit: "50" }),
      8: (desk) => desk.flatten(),
    },
    { pyramiding: 1, participation: "0.0005" },
  );
  const [resting] = run.orders.filter(({ price, role }) => role === "entry" && price !== undefined);
  expect([resting!.status, resting!.quantity.toFixed(), resting!.filledQuantity.toFixed()]).toEqual(["cancelled", "1.5", "0"]);
  // Half a coin a bar: the stop grew twice with its entry.
  expect(run.orders.filter(({ role }) => role === "stopLoss").map(({ quantity }) => quantity.toFixed())).toEqual(["1.2"]);
});
