import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import type { Bar, EntryOptions, StrategyContext } from "../../src/core/index.js";
import { defineRisk, defineSizer } from "../../src/execution/index.js";
import { candles, fillsOf, play, type Row, scripted, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";

const flat = (bars: number, price = 100): Row[] => Array.from({ length: bars }, () => still(price));
const outcomes = (run: ReturnType<typeof play>): string[] => run.signals.map((signal) => `${signal.bar} ${signal.kind} ${signal.outcome}`);

describe("entries in a position", () => {
  test("a same-side one is ignored and counted, working or filled", () => {
    const run = play(flat(5), { 0: (d) => d.enterLong(), 1: (d) => d.enterLong(), 3: (d) => d.enterLong() }, { latencyBars: 2 });
    expect(fillsOf(run)).toEqual(["2 buy 1 @ 100 entry taker"]);
    expect(outcomes(run)).toEqual(["0 enterLong ordered", "1 enterLong ignored", "3 enterLong ignored"]);
    expect(run.counts.entriesIgnored).toBe(2);
  });

  test("pyramiding allows so many on top of the first", () => {
    const every = Object.fromEntries([0, 1, 2, 3].map((bar) => [bar, (d: StrategyContext) => d.enterLong()]));
    const run = play(flat(6), { ...every, 4: (d) => d.exitLong() }, { pyramiding: 2 });
    expect(fillsOf(run)).toEqual([
      "1 buy 1 @ 100 entry taker",
      "2 buy 1 @ 100 entry taker",
      "3 buy 1 @ 100 entry taker",
      "5 sell 3 @ 100 exit taker",
    ]);
    expect(run.counts.entriesIgnored).toBe(1);
    expect(run.trades).toHaveLength(1);
  });

  test("an entry on top that was refused has not used the allowance up", () => {
    const wrong = (d: StrategyContext): void => d.enterLong({ stopLoss: 101 });
    const run = play(flat(6), { 0: (d) => d.enterLong(), 1: wrong, 2: wrong, 3: (d) => d.enterLong() }, { pyramiding: 1 });
    expect(outcomes(run).slice(1)).toEqual(["1 enterLong refused", "2 enterLong refused", "3 enterLong ordered"]);
    expect(run.positions[0]!.quantity.toFixed()).toBe("2");
  });

  test("each entry's legs are its own: one filled cancels the other, and leaves the rest", () => {
    const rows: Row[] = [still(100), still(100), still(100), [100, 100, 97, 99], [99, 121, 99, 119], [119, 131, 119, 130]];
    const run = play(
      rows,
      { 0: (d) => d.enterLong({ stopLoss: 90, takeProfit: 130 }), 1: (d) => d.enterLong({ stopLoss: 98, takeProfit: 120 }) },
      { pyramiding: 1 },
    );
    expect(fillsOf(run).slice(2)).toEqual(["3 sell 1 @ 98 stopLoss taker", "5 sell 1 @ 130 takeProfit maker"]);
    expect(run.orders.filter((order) => order.status === "working")).toEqual([]);
  });
});

describe("reversing", () => {
  test("closes reduce-only, opens the other side one bar later, sized then", () => {
    const rows: Row[] = [...flat(2), still(200), still(200), still(200)];
    const run = play(rows, { 0: (d) => d.enterLong(), 2: (d) => d.enterShort() }, { sizer: "percent:0.1", fees: "none" });
    // 10 % of 10,000 at 100 is 10; sold at 200 equity is 11,000, of which 10 % at 200 is 5.5.
    expect(fillsOf(run)).toEqual(["1 buy 10 @ 100 entry taker", "3 sell 10 @ 200 reverse taker", "4 sell 5.5 @ 200 entry taker"]);
    expect(run.trades.map((trade) => `${trade.side} ${trade.exitReason}`)).toEqual(["long reverse", "short end"]);
  });

  test("reverse: false only closes", () => {
    const run = play(flat(5), { 0: (d) => d.enterLong(), 1: (d) => d.enterShort() }, { reverse: false });
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 100 entry taker", "2 sell 1 @ 100 reverse taker"]);
    expect(run.positions[0]!.quantity.isZero()).toBe(true);
  });

  test("a stop that is faster ends the exit on its way, and the other side opens at once", () => {
    const rows: Row[] = [...flat(4), [100, 100, 94, 94], ...flat(6, 94)];
    const run = play(rows, { 0: (d) => d.enterLong({ stopLoss: 95 }), 3: (d) => d.enterShort() }, { latencyBars: 3 });
    expect(fillsOf(run)).toEqual(["3 buy 1 @ 100 entry taker", "4 sell 1 @ 95 stopLoss taker", "7 sell 1 @ 94 entry taker"]);
    expect(run.orders.find((order) => order.role === "reverse")!.status).toBe("cancelled");
  });

  test.each<[string, (d: StrategyContext) => void, string[]]>([
    ["repeated meanwhile", (d) => d.enterShort(), ["6 sell 1 @ 100 entry taker"]],
    ["with an exit of the side that closes anyway", (d) => d.exitLong(), ["6 sell 1 @ 100 entry taker"]],
    ["taken back by an exit of its own side", (d) => d.exitShort(), []],
    ["taken back by flatten", (d) => d.flatten(), []],
    ["taken back by the old side", (d) => d.enterLong(), []],
  ])("with latency: %s", (_what, meanwhile, then) => {
    const run = play(flat(8), { 0: (d) => d.enterLong(), 2: (d) => d.enterShort(), 3: meanwhile }, { latencyBars: 2 });
    expect(fillsOf(run)).toEqual(["2 buy 1 @ 100 entry taker", "4 sell 1 @ 100 reverse taker", ...then]);
  });

  test("an opposite entry after an exit waits for it, and then opens", () => {
    const run = play(flat(5), {
      0: (d) => d.enterLong(),
      1: (d) => {
        d.exitLong();
        d.enterShort();
      },
    });
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 100 entry taker", "2 sell 1 @ 100 exit taker", "3 sell 1 @ 100 entry taker"]);
    expect(outcomes(run)[2]).toBe("1 enterShort waiting");
  });
});

describe("exits", () => {
  test("from flat they are counted and warned of, not sent", () => {
    const run = play(flat(3), { 0: (d) => d.exitLong(), 1: (d) => d.flatten() });
    expect(run.counts).toMatchObject({ exitsFromFlat: 2, orders: 0 });
  });

  test("of the other side leave the position alone", () => {
    const run = play(flat(4), { 0: (d) => d.enterLong(), 1: (d) => d.exitShort() });
    expect(run.positions[0]!.quantity.toFixed()).toBe("1");
    expect(run.counts.exitsFromFlat).toBe(1);
  });

  test("a late one does not close the next position", () => {
    const run = play(
      [...flat(4), [100, 100, 94, 96], ...flat(6, 96)],
      { 0: (d) => d.enterLong({ stopLoss: 95 }), 3: (d) => d.exitLong(), 4: (d) => d.enterLong() },
      { latencyBars: 3 },
    );
    expect(fillsOf(run)).toEqual(["3 buy 1 @ 100 entry taker", "4 sell 1 @ 95 stopLoss taker", "7 buy 1 @ 96 entry taker"]);
    expect(run.orders.find((order) => order.role === "exit")!.status).toBe("cancelled");
  });

  test("twice is once", () => {
    const run = play(flat(6), { 0: (d) => d.enterLong(), 2: (d) => d.exitLong(), 3: (d) => d.exitLong() }, { latencyBars: 2 });
    expect(run.counts).toMatchObject({ exitsIgnored: 1, fills: 2 });
  });

  test("above the order cap they go out in several reduce-only orders, and risk refuses none", () => {
    const run = play(
      flat(6),
      { 0: (d) => d.enterLong(), 1: (d) => d.enterLong(), 2: (d) => d.enterLong(), 3: (d) => d.flatten() },
      { sizer: "fixed:0.4", pyramiding: 2, risk: { maxOrderQuantity: "0.5" } },
    );
    const exits = run.orders.filter((order) => order.role === "exit");
    expect(exits.map((order) => order.quantity.toFixed())).toEqual(["0.5", "0.5", "0.2"]);
    expect(exits.every((order) => order.reduceOnly && order.status === "filled")).toBe(true);
    expect(run.counts.signalExits).toBe(1);
  });
});

describe("two signals on one bar", () => {
  test("an entry that is taken back at once never leaves", () => {
    const run = play(flat(3), {
      0: (d) => {
        d.enterLong();
        d.exitLong();
      },
    });
    expect(run.fills).toEqual([]);
    expect(run.orders[0]!.status).toBe("cancelled");
    expect(outcomes(run)).toEqual(["0 enterLong ordered", "0 exitLong cancelledEntry"]);
  });

  test("the other side replaces it", () => {
    const run = play(flat(4), {
      0: (d) => {
        d.enterLong();
        d.enterShort();
      },
    });
    expect(fillsOf(run)).toEqual(["1 sell 1 @ 100 entry taker"]);
  });
});

describe("latency", () => {
  test("counts bars from the signal to the first bar that may fill", () => {
    const rows: Row[] = [100, 101, 102, 103, 104, 105].map(still);
    const run = play(rows, { 0: (d) => d.enterLong(), 3: (d) => d.exitLong() }, { latencyBars: 2 });
    expect(fillsOf(run)).toEqual(["2 buy 1 @ 102 entry taker", "5 sell 1 @ 105 exit taker"]);
  });
});

describe("brackets", () => {
  test('"none" drops the strategy\'s', () => {
    const rows: Row[] = [still(100), [100, 120, 80, 100]];
    const run = play(rows, { 0: (d) => d.enterLong({ stopLoss: 95, takeProfit: 110 }) }, { brackets: "none" });
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 100 entry taker"]);
  });
});

describe("signals are checked", () => {
  const refusal = (options: EntryOptions, side: "long" | "short" = "long", more: Parameters<typeof play>[2] = {}): unknown => {
    const run = play(flat(2), { 0: (d) => (side === "long" ? d.enterLong(options) : d.enterShort(options)) }, more);
    expect(run.fills).toEqual([]);
    expect(run.counts).toMatchObject({ refused: 1, orders: 1 });
    expect(run.warnings.map((warning) => warning.code)).toContain("ENTRIES_REFUSED");
    expect(run.signals[0]).toMatchObject({ outcome: "refused", orderId: "1" });
    const [{ order, refusal }] = run.refusals as [(typeof run.refusals)[number]];
    expect(order.status).toBe("refused");
    return { code: refusal.code, ...refusal.numbers, message: refusal.message };
  };

  test("a stop or target on the wrong side, with the numbers", () => {
    expect(refusal({ stopLoss: "100.04" })).toMatchObject({ code: "STOP_WRONG_SIDE", asked: "100.1", limit: "100" });
    expect(refusal({ stopLoss: "99.95" }), "toward the entry it lands on it").toMatchObject({ code: "STOP_WRONG_SIDE", asked: "100" });
    expect(refusal({ stopLoss: 99 }, "short")).toMatchObject({ code: "STOP_WRONG_SIDE", asked: "99", limit: "100" });
    expect(refusal({ takeProfit: 99 })).toMatchObject({ code: "TARGET_WRONG_SIDE", asked: "99", limit: "100" });
    expect(refusal({ takeProfit: 101 }, "short")).toMatchObject({ code: "TARGET_WRONG_SIDE" });
    expect(refusal({ stopLoss: 98, limit: 97 }), "a resting entry is compared at its limit").toMatchObject({ asked: "98", limit: "97" });
  });

  test.each<[string, EntryOptions, string]>([
    ["a stop that is NaN", { stopLoss: Number.NaN }, "stopLoss must be a price of at least a tick, got NaN"],
    ["a negative stop", { stopLoss: -5 }, "stopLoss must be a price of at least a tick, got -5"],
    ["a target of zero", { takeProfit: "0" }, "takeProfit must be a price of at least a tick, got 0"],
    ["a limit that is text", { limit: "low" }, "limit must be a price of at least a tick, got low"],
    ["a limit below a tick", { limit: "0.05" }, "limit must be a price of at least a tick, got 0.05"],
  ])("%s is refused with its reason, a value and no exception", (_what, options, message) => {
    expect(refusal(options)).toMatchObject({ code: "PRICE_INVALID", message });
  });

  test("spot is not sold short", () => {
    expect(refusal({}, "short", { category: "spot" })).toMatchObject({ code: "SHORT_ON_SPOT", asked: "1" });
  });

  test.each<[string, (d: StrategyContext) => void, string, RegExp]>([
    ["a misspelt option", (d) => d.enterLong({ stoploss: 95 } as EntryOptions), "SIGNAL_OPTION", /'stoploss'. Did you mean stopLoss\?/],
    ["a stop on an exit", (d) => d.exitLong({ stopLoss: 95 } as object), "SIGNAL_OPTION", /option of an exit 'stopLoss'/],
    ["a confidence above one", (d) => d.enterLong({ confidence: 75 }), "SIGNAL_CONFIDENCE", /from 0 to 1, got 75/],
    ["a confidence that is none", (d) => d.exitLong({ confidence: Number.NaN }), "SIGNAL_CONFIDENCE", /got NaN/],
    ["a symbol the run does not have", (d) => d.of("TESTUSD").enterLong(), "SYMBOL_UNKNOWN", /Did you mean TESTUSDT\?/],
  ])("%s is misuse", (_what, act, code, message) => {
    expectMisuse(() => play(flat(3), { 1: act }), code, message);
  });
});

describe("sizes", () => {
  const filters = { symbol: "TESTUSDT", tickSize: "0.1", lotSize: "0.01", minQuantity: "0.05", maxQuantity: "2", minNotional: "20" };
  const sized = (sizer: string): unknown => {
    const run = play(flat(2), { 0: (d) => d.enterLong() }, { sizer, instrument: filters });
    const refused = run.refusals[0]?.refusal;
    return refused === undefined ? run.fills[0]!.quantity.toFixed() : `${refused.code} ${refused.numbers.asked} ${refused.numbers.limit}`;
  };

  test.each([
    ["fixed:0", "ZERO_SIZE 0 0"],
    ["fixed:0.005", "ZERO_SIZE 0 0"],
    ["fixed:0.03", "BELOW_MIN_QUANTITY 0.03 0.05"],
    ["fixed:0.05", "BELOW_MIN_NOTIONAL 5 20"],
    ["fixed:0.19", "BELOW_MIN_NOTIONAL 19 20"],
    ["fixed:0.2", "0.2"],
    ["fixed:0.2099", "0.2"],
    ["fixed:2", "2"],
    ["fixed:2.01", "ABOVE_MAX_QUANTITY 2.01 2"],
  ])("%s gives %s", (sizer, outcome) => {
    expect(sized(sizer)).toBe(outcome);
  });

  test("a lot of several units floors to whole lots, and says when it was less than one", () => {
    const instrument = { symbol: "TESTUSDT", tickSize: "0.1", lotSize: "0.25" };
    const run = play(flat(4), { 0: (d) => d.enterLong() }, { sizer: "fixed:0.99", instrument });
    expect(run.fills[0]!.quantity.toFixed()).toBe("0.75");
    const none = play(flat(2), { 0: (d) => d.enterLong() }, { sizer: "fixed:0.24", instrument });
    expect(none.refusals[0]!.refusal).toMatchObject({ code: "BELOW_LOT", numbers: { asked: "0.24", limit: "0.25" } });
  });

  test("more units than 2^53 are refused, not rounded", () => {
    const run = play(
      [still("0.1"), still("0.1")],
      { 0: (d) => d.enterLong() },
      {
        sizer: "percent:1",
        cash: "90000000",
        instrument: { symbol: "TESTUSDT", tickSize: "0.1", lotSize: "0.00000001" },
      },
    );
    expect(run.refusals[0]!.refusal).toMatchObject({ code: "ABOVE_MAX_QUANTITY", numbers: { asked: "900000000" } });
  });
});

describe("custom sizers and checks", () => {
  const bang = (): never => {
    throw new Error("bang");
  };

  test("a throwing sizer refuses entries, lets exits through, and warns", () => {
    let calls = 0;
    const sizer = defineSizer({ name: "moody", size: () => (calls++ === 0 ? 1 : bang()) });
    const run = play(flat(6), { 0: (d) => d.enterLong(), 1: (d) => d.exitLong(), 2: (d) => d.enterLong() }, { sizer });
    expect(run.counts).toMatchObject({ fills: 2, refused: 1 });
    expect(run.refusals[0]!.refusal.code).toBe("SIZE_INVALID");
    expect(run.warnings.find((warning) => warning.code === "CUSTOM_CODE_THREW")!.message).toContain("bang");
    expect(run.alerts).toEqual([
      {
        time: run.refusals[0]!.order.createdAt,
        code: "SIZER_THREW",
        message: expect.stringMatching(/"moody" threw.*: bang$/),
        order: 0,
        slot: 0,
      },
    ]);
  });

  test("a throwing check refuses entries, lets exits and legs through, and warns", () => {
    let calls = 0;
    const risk = defineRisk({ name: "moody", check: () => (calls++ === 0 ? undefined : bang()) });
    const rows: Row[] = [...flat(2), [100, 100, 94, 95], still(95), still(95)];
    const run = play(rows, { 0: (d) => d.enterLong({ stopLoss: 95 }), 2: (d) => d.enterLong() }, { risk });
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 100 entry taker", "2 sell 1 @ 95 stopLoss taker"]);
    expect(run.refusals[0]!.refusal.code).toBe("CHECK_FAILED");
    expect(run.warnings.map((warning) => warning.code)).toContain("CUSTOM_CODE_THREW");
    expect(run.alerts.map(({ code, time }) => [code, time])).toEqual([["CHECK_THREW", run.refusals[0]!.order.createdAt]]);
    expect(run.alerts[0]!.message).toBe('the risk check "moody" threw, so the entry was refused: bang');
  });

  test("a throwing check is an alert at every bar it threw on, and one on a bar however often it was asked", () => {
    const risk = defineRisk({ name: "moody", check: bang });
    const twice = (d: StrategyContext): void => {
      d.enterLong();
      d.enterLong();
    };
    const run = play(flat(4), { 0: twice, 2: twice }, { risk, pyramiding: 3 });
    expect(run.counts.refused).toBe(4);
    expect(run.alerts.map(({ code, time }) => [code, time])).toEqual([
      ["CHECK_THREW", run.series[0]!.time[0]],
      ["CHECK_THREW", run.series[0]!.time[2]],
    ]);
  });

  test("a check sees exact numbers, and its sentence stands in the refusal", () => {
    const seen: string[] = [];
    const risk = defineRisk({
      name: "calm",
      check: (o) => {
        seen.push(`${o.side} ${o.quantity.toFixed()} @ ${o.price.toFixed()} from ${o.position.toFixed()} with ${o.equity.toFixed()}`);
        return o.position.gt(0) ? "one is enough" : undefined;
      },
    });
    const run = play(flat(4), { 0: (d) => d.enterLong({ limit: "99.5" }), 1: (d) => d.enterShort() }, { risk, pyramiding: 1 });
    expect(seen).toEqual(["buy 1 @ 99.5 from 0 with 10000", "sell 1 @ 100 from 0 with 10000"]);
    const stacked = play(flat(4), { 0: (d) => d.enterLong(), 1: (d) => d.enterLong() }, { risk, pyramiding: 1 });
    expect(stacked.refusals[0]!.refusal).toMatchObject({ code: "CUSTOM_CHECK", message: "one is enough" });
    expect(run.refusals).toEqual([]);
  });

  test("a sizer sees this bar's close, the equity marked at it, and the confidence", () => {
    const seen: string[] = [];
    const sizer = defineSizer({
      name: "watch",
      size: ({ equity, price, signal, confidence }) => {
        seen.push(`${signal} ${confidence} ${equity.toFixed()} @ ${price.toFixed()}`);
        return 1;
      },
    });
    const rows: Row[] = [still(100), [100, 130, 90, 120], [120, 130, 110, 110], still(110)];
    play(rows, { 0: (d) => d.enterLong(), 1: (d) => d.enterLong({ confidence: 0.4 }) }, { sizer, pyramiding: 1, fees: "none" });
    expect(seen).toEqual(["enterLong 1 10000 @ 100", "enterLong 0.4 10020 @ 120"]);
  });
});

describe("what an entry can be paid with", () => {
  test("rejected at the fill, never shrunk, with what it needs and what there is", () => {
    // 100 coins at 99 fit into 10,000; at the next open of 100 the fee does not.
    const run = play([still(99), still(100), still(100)], { 0: (d) => d.enterLong({ stopLoss: 90 }) }, { sizer: "fixed:100" });
    expect(run.fills).toEqual([]);
    expect(run.counts).toMatchObject({ rejected: 1, refused: 0, orders: 1 });
    expect(run.refusals[0]!.refusal).toMatchObject({ code: "INSUFFICIENT_MARGIN", numbers: { asked: "10005.5", limit: "10000" } });
    expect(run.warnings.map((warning) => warning.code)).toContain("ENTRIES_REJECTED");
  });

  test("to the last unit: exactly enough is enough", () => {
    const at = (cash: string): number =>
      play([still(100), still(100)], { 0: (d) => d.enterLong() }, { sizer: "fixed:100", cash }).counts.fills;
    expect(at("10005.5")).toBe(1);
    expect(at("10005.49999999")).toBe(0);
    expect(
      play([still(100), still(100)], { 0: (d) => d.enterLong() }, { sizer: "fixed:100", cash: "1005.5", leverage: 10 }).counts.fills,
    ).toBe(1);
    expect(
      play([still(100), still(100)], { 0: (d) => d.enterLong() }, { sizer: "fixed:100", cash: "1005.49999999", leverage: 10 }).counts.fills,
    ).toBe(0);
  });

  test("leverage divides the margin of the whole position, not the fee", () => {
    const twice = { 0: (d: StrategyContext): void => d.enterLong(), 1: (d: StrategyContext): void => d.enterLong() };
    const run = play(flat(4), twice, { sizer: "fixed:100", cash: "2020", leverage: 10, pyramiding: 1 });
    // 20,000 / 10 + 5.5 > 2,020 - 5.5 is false: 2005.5 <= 2014.5
    expect(run.counts).toMatchObject({ fills: 2, rejected: 0 });
    const short = play(flat(4), twice, { sizer: "fixed:100", cash: "2010", leverage: 10, pyramiding: 1 });
    expect(short.counts).toMatchObject({ fills: 1, rejected: 1 });
    expect(short.refusals[0]!.refusal.numbers).toEqual({ asked: "2005.5", limit: "2004.5" });
  });

  test("spot pays from the quote balance: coins held do not count", () => {
    const twice = { 0: (d: StrategyContext): void => d.enterLong(), 1: (d: StrategyContext): void => d.enterLong() };
    const run = play(flat(4), twice, { category: "spot", sizer: "fixed:60", pyramiding: 1, fees: "none" });
    expect(run.counts).toMatchObject({ fills: 1, rejected: 1 });
    expect(run.refusals[0]!.refusal.numbers).toEqual({ asked: "6000", limit: "4000" });
  });
});

describe("what a strategy sees", () => {
  test("equity is marked at this bar's close, whether it asks or not", () => {
    const equities: number[] = [];
    const rows: Row[] = [still(100), [100, 110, 95, 107], [107, 112, 101, 103], [103, 105, 99, 104], [104, 104, 90, 92]];
    const run = backtest({
      data: candles(rows),
      strategy: scripted(
        Object.fromEntries(
          rows.map((_, i) => [
            i,
            (d: StrategyContext) => {
              equities.push(d.equity.toNumber());
              if (i === 0) d.enterLong();
            },
          ]),
        ),
      ),
      sizer: "fixed:3",
    });
    expect(equities).toEqual(Array.from(run.equity.value));
  });

  test("where it stands", () => {
    const seen: string[] = [];
    const note = (d: StrategyContext): unknown => seen.push(`${d.isFlat} ${d.isLong} ${d.isShort} ${d.position.toFixed()} ${d.symbol}`);
    play(flat(6), {
      0: (d) => {
        note(d);
        d.enterLong();
      },
      1: (d) => {
        note(d);
        d.enterShort();
      },
      2: note,
      3: note,
    });
    expect(seen).toEqual([
      "true false false 0 TESTUSDT",
      "false true false 1 TESTUSDT",
      "true false false 0 TESTUSDT",
      "false false true -1 TESTUSDT",
    ]);
  });

  test("one reused bar: the object is the same, its numbers move", () => {
    const bars: Bar[] = [];
    play([still(100), still(101)], { 0: (_, bar) => bars.push(bar), 1: (_, bar) => bars.push(bar) });
    expect(bars[0]).toBe(bars[1]);
  });
});
