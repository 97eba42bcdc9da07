import { describe, expect, test } from "vitest";
import type { EntryOptions } from "../../src/core/index.js";
import { fillsOf, play, type Row, type Script, still } from "../backtest/scripted.js";

/** Enters on bar 0's close of 100, with what is given; bar 1 opens at 100 unless told otherwise. */
const long = (options: EntryOptions, ...rows: Row[]): string[] => fillsOf(play([still(100), ...rows], { 0: (d) => d.enterLong(options) }));
const short = (options: EntryOptions, ...rows: Row[]): string[] =>
  fillsOf(play([still(100), ...rows], { 0: (d) => d.enterShort(options) }));

const BOUGHT = "1 buy 1 @ 100 entry taker";
const SOLD = "1 sell 1 @ 100 entry taker";

describe("market orders", () => {
  test("a signal on the close of bar t fills at the open of t + 1", () => {
    expect(long({}, [101, 103, 99, 102], still(102))).toEqual(["1 buy 1 @ 101 entry taker"]);
  });

  test("an exit fills at the open, before a stop that the bar touches as well", () => {
    const rows: Row[] = [still(100), still(100), [98, 99, 90, 91]];
    const script: Script = { 0: (d) => d.enterLong({ stopLoss: 95 }), 1: (d) => d.exitLong() };
    expect(fillsOf(play(rows, script))).toEqual([BOUGHT, "2 sell 1 @ 98 exit taker"]);
  });

  test("an open between two ticks is taken as it is: the data decide", () => {
    const run = play(
      [still(100), still("100.3"), still(100)],
      { 0: (d) => d.enterLong() },
      {
        instrument: { symbol: "TESTUSDT", tickSize: "0.5", lotSize: "0.001" },
      },
    );
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 100.3 entry taker"]);
    expect(run.warnings.map((warning) => warning.code)).toContain("PRICES_OFF_TICK");
  });
});

describe("stops", () => {
  const options = { stopLoss: 95 };

  test("touching is enough", () => {
    expect(long(options, [100, 101, "95", 99])).toEqual([BOUGHT, "1 sell 1 @ 95 stopLoss taker"]);
    expect(long(options, [100, 101, "95.1", 99])).toEqual([BOUGHT]);
  });

  test("live from the entry's own bar, and on every later one", () => {
    expect(long(options, still(100), still(100), [97, 97, 94, 96])).toEqual([BOUGHT, "3 sell 1 @ 95 stopLoss taker"]);
  });

  test("a gap through the stop fills at the open, the worse of both", () => {
    expect(long(options, still(100), [93, 96, 92, 96])).toEqual([BOUGHT, "2 sell 1 @ 93 stopLoss taker"]);
    expect(short({ stopLoss: 105 }, still(100), [107, 108, 104, 104])).toEqual([SOLD, "2 buy 1 @ 107 stopLoss taker"]);
  });

  test("an entry that gaps beyond its own stop is out at the same open", () => {
    expect(long(options, [94, 97, 93, 96])).toEqual(["1 buy 1 @ 94 entry taker", "1 sell 1 @ 94 stopLoss taker"]);
  });

  test("for a short above the price", () => {
    expect(short({ stopLoss: 105 }, [100, 105, 99, 101])).toEqual([SOLD, "1 buy 1 @ 105 stopLoss taker"]);
  });
});

describe("targets", () => {
  const options = { takeProfit: 110 };

  test("touching is enough; they rest, so they pay the maker's fee", () => {
    expect(long(options, [100, "110", 99, 105])).toEqual([BOUGHT, "1 sell 1 @ 110 takeProfit maker"]);
    expect(long(options, [100, "109.9", 99, 105])).toEqual([BOUGHT]);
  });

  test("a gap through the target fills at the open, the better of both", () => {
    expect(long(options, still(100), [112, 115, 111, 111])).toEqual([BOUGHT, "2 sell 1 @ 112 takeProfit maker"]);
    expect(short({ takeProfit: 90 }, still(100), [88, 91, 87, 91])).toEqual([SOLD, "2 buy 1 @ 88 takeProfit maker"]);
  });

  test("for a short below the price", () => {
    expect(short({ takeProfit: 90 }, [100, 101, 90, 95])).toEqual([SOLD, "1 buy 1 @ 90 takeProfit maker"]);
  });
});

describe("a bar that touches both legs", () => {
  const both = { stopLoss: 95, takeProfit: 110 };

  test("the stop wins, in the entry's bar", () => {
    expect(long(both, [100, 111, 94, 100])).toEqual([BOUGHT, "1 sell 1 @ 95 stopLoss taker"]);
  });

  test("the stop wins, later, whatever the bar's shape", () => {
    expect(long(both, still(100), [109, 112, 94, 111])).toEqual([BOUGHT, "2 sell 1 @ 95 stopLoss taker"]);
    expect(short({ stopLoss: 105, takeProfit: 90 }, still(100), [91, 106, 88, 89])).toEqual([SOLD, "2 buy 1 @ 105 stopLoss taker"]);
  });

  test("after one leg the other is gone", () => {
    const run = play([still(100), [100, 111, 99, 108], [94, 94, 90, 92], still(92)], { 0: (d) => d.enterLong(both) });
    expect(fillsOf(run)).toEqual([BOUGHT, "1 sell 1 @ 110 takeProfit maker"]);
    expect(run.orders.map((order) => `${order.role} ${order.status}`)).toEqual(["entry filled", "stopLoss cancelled", "takeProfit filled"]);
  });
});

describe("rounding of protective prices is toward the entry", () => {
  test.each<[string, "long" | "short", EntryOptions, string]>([
    ["a long's stop rounds up", "long", { stopLoss: "95.01" }, "95.1"],
    ["a long's target rounds down", "long", { takeProfit: "110.09" }, "110"],
    ["a short's stop rounds down", "short", { stopLoss: "105.09" }, "105"],
    ["a short's target rounds up", "short", { takeProfit: "89.91" }, "90"],
    ["a double's 17 digits, too", "long", { stopLoss: 97.00000000000001 }, "97.1"],
  ])("%s", (_what, side, options, price) => {
    const run = play([still(100), still(100)], { 0: (d) => (side === "long" ? d.enterLong(options) : d.enterShort(options)) });
    const leg = run.orders[1]!;
    expect((leg.triggerPrice ?? leg.price)!.toFixed()).toBe(price);
    expect(leg).toMatchObject({ reduceOnly: true, status: "working" });
  });
});

describe("resting entries", () => {
  test("a buy waits below, fills at its limit, and pays as a maker", () => {
    expect(long({ limit: 97 }, [100, 101, "97.1", 99], [98, 99, 97, 98])).toEqual(["2 buy 1 @ 97 entry maker"]);
  });

  test("a later gap beyond it fills at the open", () => {
    expect(long({ limit: 97 }, still(100), [95, 96, 94, 96])).toEqual(["2 buy 1 @ 95 entry maker"]);
    expect(short({ limit: 103 }, still(100), [104, 105, 103, 104])).toEqual(["2 sell 1 @ 104 entry maker"]);
  });

  test("limits round away from crossing: down for a buy, up for a sell", () => {
    expect(long({ limit: "97.09" }, [100, 100, 96, 96])).toEqual(["1 buy 1 @ 97 entry maker"]);
    expect(short({ limit: "102.91" }, [100, 104, 100, 104])).toEqual(["1 sell 1 @ 103 entry maker"]);
  });

  test("one that finds the open better as it arrives never rested: it takes", () => {
    expect(long({ limit: 150 }, [100, 101, 99, 100])).toEqual([BOUGHT]);
    expect(short({ limit: 50 }, [100, 101, 99, 100])).toEqual([SOLD]);
  });

  test("and then slips, up to its limit", () => {
    const slips = (limit: string): string[] =>
      fillsOf(play([still(100), still(100)], { 0: (d) => d.enterLong({ limit }) }, { slippageBps: 100 }));
    expect(slips("150")).toEqual(["1 buy 1 @ 101 entry taker"]);
    expect(slips("100.4")).toEqual(["1 buy 1 @ 100.4 entry taker"]);
  });

  test("an exit signal takes a waiting entry back", () => {
    const run = play([still(100), still(100), [100, 100, 90, 95]], { 0: (d) => d.enterLong({ limit: 97 }), 1: (d) => d.exitLong() });
    expect(run.fills).toEqual([]);
    expect(run.orders[0]!.status).toBe("cancelled");
    expect(run.signals[1]!.outcome).toBe("cancelledEntry");
  });

  describe("filled inside a bar, nobody knows which way it went afterwards", () => {
    const options = { limit: 97, stopLoss: 95, takeProfit: 99 };
    const entry = "1 buy 1 @ 97 entry maker";

    test("the stop counts if the low reaches it", () => {
      expect(long(options, [100, 101, 95, 100])).toEqual([entry, "1 sell 1 @ 95 stopLoss taker"]);
    });

    test("the target only if the close lies beyond it: a high may have come before", () => {
      expect(long(options, [100, 101, 96, 98])).toEqual([entry]);
      expect(long(options, [100, 101, 96, 99])).toEqual([entry, "1 sell 1 @ 99 takeProfit maker"]);
    });

    test("mirrored for a short", () => {
      const mirrored = { limit: 103, stopLoss: 105, takeProfit: 101 };
      const sold = "1 sell 1 @ 103 entry maker";
      expect(short(mirrored, [100, 105, 99, 100])).toEqual([sold, "1 buy 1 @ 105 stopLoss taker"]);
      expect(short(mirrored, [100, 104, 99, 102])).toEqual([sold]);
      expect(short(mirrored, [100, 104, 99, 101])).toEqual([sold, "1 buy 1 @ 101 takeProfit maker"]);
    });

    test("but one filled at the open had the whole bar before it", () => {
      expect(long(options, still(100), [97, 99, 96, 98])).toEqual(["2 buy 1 @ 97 entry maker", "2 sell 1 @ 99 takeProfit maker"]);
    });
  });
});

describe("costs", () => {
  test("taker and maker fees, once each, half up to 1e-8", () => {
    const run = play([still("100.1"), ["100.1", 110, 100, 109]], { 0: (d) => d.enterLong({ takeProfit: 110 }) }, { sizer: "fixed:0.003" });
    // 100.1 x 0.003 x 0.00055 = 0.000165165; 110 x 0.003 x 0.0002 = 0.000066
    expect(run.fills.map((fill) => fill.fee.toFixed())).toEqual(["0.00016517", "0.000066"]);
    expect(run.fees.toFixed()).toBe("0.00023117");
  });

  test("slippage makes market and stop fills worse by the next tick, never targets", () => {
    const options = { slippageBps: "3" };
    const rows: Row[] = [still(100), [100, 101, 99, 100], [100, 101, 94, 95]];
    expect(fillsOf(play(rows, { 0: (d) => d.enterLong({ stopLoss: 95 }) }, options))).toEqual([
      "1 buy 1 @ 100.1 entry taker", // 100.03
      "2 sell 1 @ 94.9 stopLoss taker", // 94.9715
    ]);
    expect(fillsOf(play([still(100), [100, 111, 99, 110]], { 0: (d) => d.enterLong({ takeProfit: 110 }) }, options))[1]).toBe(
      "1 sell 1 @ 110 takeProfit maker",
    );
  });

  test("slippage never makes a price of zero", () => {
    const rows: Row[] = [still("0.1"), still("0.1"), still("0.1")];
    const run = play(rows, { 0: (d) => d.enterLong(), 1: (d) => d.exitLong() }, { slippageBps: 1000 });
    expect(fillsOf(run)).toEqual(["1 buy 1 @ 0.2 entry taker", "2 sell 1 @ 0.1 exit taker"]);
  });
});
