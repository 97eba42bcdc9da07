import { describe, expect, test } from "vitest";
import type { BacktestOptions, BacktestRun } from "../../src/backtest/index.js";
import { fillsOf, MINUTE, play, type Row, START, still } from "./scripted.js";

/** Orders in one line each: bar, side, quantity, price or market, role, status, and how they were sent. */
function ordersOf(run: BacktestRun): string[] {
  return run.orders.map((order) => {
    const bar = (order.createdAt - START) / MINUTE;
    const price = order.price === undefined ? order.type : `@ ${order.price.toFixed()}`;
    return `${bar} ${order.side} ${order.quantity.toFixed()} ${price} ${order.role} ${order.status}${order.route === undefined ? "" : ` ${order.route}`}`;
  });
}
const counted = (run: BacktestRun): Record<string, number> =>
  Object.fromEntries(Object.entries(run.router.counters).filter(([, count]) => count > 0));
const maker = (more: BacktestOptions["router"] = {}): Partial<BacktestOptions> => ({ router: { style: "maker_both", ...more } });

/** 100 until the bar is touched at 99.9, then on. */
const DIP: Row = ["100", "100", "99.8", "100"];
const UP: Row = ["100", "100.5", "100", "100.2"];

describe("an entry that rests", () => {
  test("is filled as a maker a tick behind the close, and pays the maker's fee", () => {
    const run = play([still("100"), DIP, still("100")], { 0: (desk) => desk.enterLong() }, maker());
    expect(ordersOf(run)).toEqual(["0 buy 1 @ 99.9 entry filled maker_entry"]);
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 99.9 entry maker"]);
    expect(run.fees.toFixed()).toBe("0.01998");
    expect(counted(run)).toEqual({ plansEntry: 1, makerEntries: 1, fillsWorking: 1 });
    expect(run.router.working).toEqual([]);
    expect(run.settings.router).toMatchObject({ style: "maker_both", entryTtlS: 8, entryMiss: "skip" });
  });

  test("a short rests a tick above", () => {
    const run = play([still("100"), UP, still("100")], { 0: (desk) => desk.enterShort() }, maker());
    expect(fillsOf(run)).toEqual(["1 sell 1 @ 100.1 entry maker"]);
  });

  test("is given up at the close of the bar after which its time is up, and makes room for the next one at once", () => {
    const rows: Row[] = [still("100"), UP, ["100.2", "100.2", "100", "100"], still("100")];
    const run = play(rows, { 0: (desk) => desk.enterLong(), 1: (desk) => desk.enterLong() }, maker());
    expect(ordersOf(run)).toEqual(["0 buy 1 @ 99.9 entry cancelled maker_entry", "1 buy 1 @ 100.1 entry filled maker_entry"]);
    expect(counted(run)).toEqual({ plansEntry: 2, makerEntries: 2, entryMissSkip: 1, cancels: 1, fillsWorking: 1 });
  });

  test("rests as many bars as its time lasts", () => {
    const rows = [still("100"), UP, UP, UP, DIP, still("100")];
    const run = (entryTtlS: number): string[] => fillsOf(play(rows, { 0: (desk) => desk.enterLong() }, maker({ entryTtlS })));
    expect(run(181)).toEqual(["4 buy 1 @ 99.9 entry maker"]);
    expect(run(180)).toEqual([]);
  });

  test("is quoted again at a fresh price, as often as it may, and then bought", () => {
    const rows: Row[] = [still("100"), UP, ["100.2", "101", "100", "101"], still("101")];
    const run = play(rows, { 0: (desk) => desk.enterLong() }, maker({ entryMiss: "retry", entryRetries: 2, retryExhaust: "market" }));
    expect(ordersOf(run)).toEqual(["0 buy 1 @ 99.9 entry cancelled maker_entry", "1 buy 1 @ 100.1 entry filled maker_entry_retry_1"]);
    const away: Row[] = [still("100"), still("101"), still("102"), still("103"), still("104"), still("104")];
    const chased = play(away, { 0: (desk) => desk.enterLong() }, maker({ entryMiss: "retry", entryRetries: 2, retryExhaust: "market" }));
    expect(ordersOf(chased)).toEqual([
      "0 buy 1 @ 99.9 entry cancelled maker_entry",
      "1 buy 1 @ 100.9 entry cancelled maker_entry_retry_1",
      "2 buy 1 @ 101.9 entry cancelled maker_entry_retry_2",
      "3 buy 1 market entry filled entry_miss_market_fallback",
    ]);
    expect(fillsOf(chased)).toEqual(["4 buy 1 @ 104 entry taker"]);
    expect(counted(chased)).toEqual({ plansEntry: 1, makerEntries: 1, entryMissRetry: 2, entryMissMarket: 1, cancels: 3 });
  });

  test("whose price is crossed as it arrives is not taken: its venue ends it, and it counts as missed", () => {
    const rows = [still("100"), still("99"), still("99"), still("99")];
    const run = play(rows, { 0: (desk) => desk.enterLong() }, maker({ entryMiss: "market" }));
    expect(ordersOf(run)).toEqual(["0 buy 1 @ 99.9 entry cancelled maker_entry", "1 buy 1 market entry filled entry_miss_market_fallback"]);
  });

  test("keeps its brackets, whichever quote is filled", () => {
    const rows = [still("100"), UP, still("100.2"), ["100.2", "100.2", "100.1", "100.1"] as Row, ["100", "100", "94", "94"] as Row];
    const run = play(
      rows,
      { 0: (desk) => desk.enterLong({ stopLoss: "95", takeProfit: "110" }) },
      maker({ entryMiss: "retry", entryRetries: 3 }),
    );
    expect(fillsOf(run)).toEqual(["3 buy 1 @ 100.1 entry maker", "4 sell 1 @ 95 stopLoss taker"]);
  });

  test("is taken back by an exit, and nothing is quoted again", () => {
    const run = play(
      [still("100"), still("100"), DIP, still("100")],
      { 0: (desk) => desk.enterLong(), 1: (desk) => desk.exitLong() },
      maker({ entryMiss: "retry", entryRetries: 5, entryTtlS: 100 }),
    );
    expect(ordersOf(run)).toEqual(["0 buy 1 @ 99.9 entry cancelled maker_entry"]);
    expect(run.signals.map(({ outcome }) => outcome)).toEqual(["ordered", "cancelledEntry"]);
  });

  test("keeps another entry of the same side out while it works or waits for its next quote, and gives way to the other side", () => {
    const run = play(
      [still("100"), still("100"), still("100"), UP, still("100")],
      { 0: (desk) => desk.enterLong(), 1: (desk) => desk.enterLong(), 2: (desk) => desk.enterShort() },
      maker({ entryMiss: "retry", entryRetries: 5 }),
    );
    expect(run.signals.map(({ outcome }) => outcome)).toEqual(["ordered", "ignored", "ordered"]);
    expect(fillsOf(run)).toEqual(["3 sell 1 @ 100.1 entry maker"]);
  });

  test("a limit of the strategy's own stays what it is", () => {
    const run = play([still("100"), DIP, still("100")], { 0: (desk) => desk.enterLong({ limit: "99.8" }) }, maker());
    expect(ordersOf(run)).toEqual(["0 buy 1 @ 99.8 entry filled"]);
  });

  test("a retry meets the checks again: a stop that the price has passed refuses it", () => {
    const rows = [still("100"), still("99"), still("95"), still("95")];
    const run = play(rows, { 0: (desk) => desk.enterLong({ stopLoss: "99.5" }) }, maker({ entryMiss: "retry", entryTtlS: 1 }));
    expect(run.refusals.map(({ refusal }) => refusal.code)).toEqual(["STOP_WRONG_SIDE"]);
    expect(run.fills).toEqual([]);
  });
});

describe("an exit", () => {
  const open = { 0: (desk: { enterLong(): void }): void => desk.enterLong() };
  const exits = { router: { style: "maker_exit" } as const };

  test("that takes a profit rests and is filled as a maker", () => {
    const run = play(
      [still("100"), still("100"), UP, still("100")],
      { ...open, 1: (desk) => desk.exitLong({ reason: "TAKE_PROFIT" }) },
      exits,
    );
    expect(ordersOf(run)).toEqual(["0 buy 1 market entry filled taker_default", "1 sell 1 @ 100.1 exit filled maker_exit:TAKE_PROFIT"]);
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 100 entry taker", "2 sell 1 @ 100.1 exit maker"]);
    expect(counted(run)).toEqual({ plansEntry: 1, takerEntries: 1, plansExit: 1, makerExits: 1, fillsWorking: 1 });
  });

  test.each([undefined, "STOP_LOSS", "SIGNAL", "MAX_HOLD", "KILL_SWITCH", "moon"])("for the reason %s goes to the market", (reason) => {
    const options = reason === undefined ? {} : { reason };
    const run = play([still("100"), still("100"), UP, still("100")], { ...open, 1: (desk) => desk.exitLong(options) }, exits);
    expect(fillsOf(run).at(-1)).toBe("2 sell 1 @ 100 exit taker");
    expect(counted(run)).toEqual({ plansEntry: 1, takerEntries: 1, plansExit: 1, takerExits: 1 });
  });

  test("that rested too long goes to the market", () => {
    const run = play(
      [still("100"), still("100"), still("99.5"), still("99")],
      { ...open, 1: (desk) => desk.flatten({ reason: "take_profit" }) },
      exits,
    );
    expect(ordersOf(run).slice(1)).toEqual(["1 sell 1 @ 100.1 exit cancelled maker_exit:TAKE_PROFIT", "2 sell 1 market exit filled"]);
    expect(fillsOf(run).at(-1)).toBe("3 sell 1 @ 99 exit taker");
    expect(counted(run)).toMatchObject({ plansExit: 1, makerExits: 1, exitEscalations: 1, cancels: 1 });
  });

  test("that is urgent goes before one that rests; one that may rest does not", () => {
    const rows = [still("100"), still("100"), still("99.5"), still("99"), still("98")];
    const slow = { router: { style: "maker_exit", exitTtlS: 300 } as const };
    const script = { ...open, 1: (desk: { exitLong(o: object): void }): void => desk.exitLong({ reason: "TAKE_PROFIT" }) };
    const run = play(
      rows,
      {
        ...script,
        2: (desk) => {
          for (const reason of ["TAKE_PROFIT", "STOP_LOSS", "STOP_LOSS"]) desk.exitLong({ reason });
        },
      },
      slow,
    );
    expect(run.signals.map(({ outcome }) => outcome)).toEqual(["ordered", "ordered", "ignored", "ordered", "ignored"]);
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 100 entry taker", "3 sell 1 @ 99 exit taker"]);
    expect(counted(run)).toMatchObject({ exitEscalations: 1, makerExits: 1, cancels: 1 });
    expect(run.positions[0]!.quantity.isZero()).toBe(true);
  });

  test("that rests does not outlive its position", () => {
    const rows: Row[] = [still("100"), still("100"), ["100", "100", "94", "94"], ["94", "101", "94", "94"], still("94")];
    const run = play(
      rows,
      { 0: (desk) => desk.enterLong({ stopLoss: "95" }), 1: (desk) => desk.exitLong({ reason: "TAKE_PROFIT" }) },
      { router: { style: "maker_exit", exitTtlS: 300 } },
    );
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 100 entry taker", "2 sell 1 @ 95 stopLoss taker"]);
    expect(run.router.working).toEqual([]);
  });

  test("by the other side's entry is at the market, and what opens then rests again", () => {
    const run = play(
      [still("100"), DIP, still("100"), UP, UP, UP],
      { 0: (desk) => desk.enterLong(), 1: (desk) => desk.enterShort() },
      maker(),
    );
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 99.9 entry maker", "2 sell 1 @ 100 reverse taker", "3 sell 1 @ 100.1 entry maker"]);
  });
});

describe("a run without a router", () => {
  test("says what one would have counted, and its orders say nothing", () => {
    const run = play([still("100"), still("100"), still("101"), still("101")], {
      0: (desk) => desk.enterLong(),
      1: (desk) => desk.exitLong(),
    });
    expect(run.router).toMatchObject({ style: "taker", working: [] });
    expect(counted(run)).toEqual({ plansEntry: 1, takerEntries: 1, plansExit: 1, takerExits: 1 });
    expect(run.orders.every((order) => !("route" in order))).toBe(true);
  });
});

test("explaining a bar of a routed run shows the orders as they stood", () => {
  const run = play([still("100"), UP, DIP, still("100")], { 0: (desk) => desk.enterLong() }, maker({ entryMiss: "retry" }));
  expect(run.explain(START).working.map(({ route }) => route)).toEqual(["maker_entry"]);
  expect(run.explain(START + MINUTE).working.map(({ route, price }) => [route, price!.toFixed()])).toEqual([
    ["maker_entry_retry_1", "100.1"],
  ]);
});
