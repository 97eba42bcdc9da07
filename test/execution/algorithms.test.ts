import { describe, expect, test } from "vitest";
import { ExactPrice, type ExecutionHint, instrument } from "../../src/core/index.js";
import { algos, findAlgorithm, hintParams, type ParentInput, startAlgorithm } from "../../src/execution/index.js";
import { expectMisuse } from "../misuse.js";
import { accepted, Bench, BTC, book, ended, fill, timer, trade } from "./algorithm-world.js";

describe("TWAP", () => {
  const minutes = (count: number, slices?: number): ExecutionHint =>
    ({ algorithm: "twap", durationMs: count * 60_000, ...(slices === undefined ? {} : { slices }) }) as ExecutionHint;

  test("sends equal slices on the clock, the first at once, the rest in the last", () => {
    const bench = new Bench(minutes(3), { quantity: "0.010" });
    expect(bench.lines()).toEqual(["p1-1 market buy 0.003"]);
    expect(bench.lines(fill(1, "p1-1", "0.003"), timer(59_999))).toEqual([]);
    expect(bench.run.wakeAt).toBe(60_000);
    expect(bench.lines(timer(60_000))).toEqual(["p1-2 market buy 0.003"]);
    expect(bench.lines(fill(60_001, "p1-2", "0.003"), timer(120_000))).toEqual(["p1-3 market buy 0.004"]);
    expect(bench.lines(fill(120_001, "p1-3", "0.004"))).toEqual([]);
    expect(bench.run.status).toMatchObject({ state: "done", children: 3 });
    expect(bench.run.isOver).toBe(true);
  });

  test.each([
    [1_000, 1],
    [30_000, 30],
    [59_999, 30],
    [60_000, 1],
    [5 * 60_000, 5],
    [3_600_000, 30],
    [10, 1],
  ])("cuts %s ms into %s slices unless told otherwise", (durationMs, slices) => {
    const bench = new Bench({ algorithm: "twap", durationMs }, { quantity: "30" });
    expect(bench.orders()[0]!.quantity.toNumber()).toBe(30 / slices);
  });

  test("slices missed between two events go out as one", () => {
    const bench = new Bench(minutes(5), { quantity: "1" });
    expect(bench.lines(timer(180_000))).toEqual(["p1-1 market buy 0.2", "p1-2 market buy 0.6"]);
    expect(bench.lines(timer(999_999))).toEqual(["p1-3 market buy 0.2"]);
  });

  test("what a slice could not fill goes out with later ones", () => {
    const bench = new Bench(minutes(4), { quantity: "4" });
    bench.lines();
    expect(bench.lines(fill(1, "p1-1", "0.4"), ended(2, "p1-1"), timer(60_000))).toEqual(["p1-2 market buy 1.2"]);
  });

  test("slices too small for the venue wait until they are not", () => {
    const coarse = instrument({ symbol: "ABCUSDT", tickSize: "0.1", lotSize: "0.001", minQuantity: "0.005" });
    const bench = new Bench(minutes(10, 10), { quantity: "0.012", instrument: coarse });
    const sent = [];
    for (let minute = 0; minute <= 10; minute++) {
      bench.requests.push(...bench.run.process(timer(minute * 60_000)));
      for (const order of bench.orders()) {
        sent.push(order.quantity.toFixed());
        bench.run.process(fill(minute * 60_000, order.clientOrderId, order.quantity));
      }
    }
    expect(sent).toEqual(["0.006", "0.006"]); // a tenth, a ninth… a half of 0.012 is the first of at least 0.005
    expect(bench.run.status.state).toBe("done");
  });

  test("no child is larger than the venue's largest order", () => {
    const capped = instrument({ symbol: "ABCUSDT", tickSize: "0.1", lotSize: "0.001", maxQuantity: "0.4" });
    const bench = new Bench(minutes(1), { quantity: "1", instrument: capped });
    expect(bench.lines(fill(1, "p1-1", "0.4"), fill(2, "p1-2", "0.4"), fill(3, "p1-3", "0.2"))).toEqual([
      "p1-1 market buy 0.4",
      "p1-2 market buy 0.4",
      "p1-3 market buy 0.2",
    ]);
    expect(bench.run.status.state).toBe("done");
  });

  test("an entry expires with what was not filled; an exit's rest goes to the market", () => {
    const entry = new Bench(minutes(1), {});
    entry.lines(fill(1, "p1-1", "0.5"), ended(2, "p1-1"));
    expect(entry.lines(timer(60_000))).toEqual([]);
    expect(entry.run.status).toMatchObject({ state: "expired", note: "time is up and not everything was filled" });
    const exit = new Bench(minutes(1), { reduceOnly: true, side: "sell" });
    exit.lines(fill(1, "p1-1", "0.5"), ended(2, "p1-1"));
    exit.run.process(timer(60_000));
    expect(exit.run.status.state).toBe("closing");
    exit.run.process(fill(60_001, "p1-2", "0.5"));
    expect(exit.run.status.state).toBe("done");
  });
});

describe("VWAP", () => {
  const hint: ExecutionHint = { algorithm: "vwap", durationMs: 100_000 };

  test("keeps up with its schedule and counts what is in flight", () => {
    const bench = new Bench(hint);
    expect(bench.lines(trade(4_000, 100))).toEqual([]);
    expect(bench.lines(trade(10_000, 100))).toEqual(["p1-1 market buy 0.1"]);
    expect(bench.lines(trade(10_001, 100), trade(14_000, 100))).toEqual([]); // nothing filled yet: nothing is sent twice
    expect(bench.lines(fill(14_500, "p1-1", "0.1"), trade(20_000, 100))).toEqual(["p1-2 market buy 0.1"]);
    expect(bench.lines(fill(20_001, "p1-2", "0.1"), timer(100_000))).toEqual(["p1-3 market buy 0.8"]);
    bench.lines(fill(100_001, "p1-3", "0.8"));
    expect(bench.run.status.state).toBe("done");
  });

  test("never takes more than its share of the market's volume, candles or trades", () => {
    const bench = new Bench({ ...hint, participationRate: "0.1" } as ExecutionHint);
    expect(bench.lines(trade(50_000, 100, 3))).toEqual(["p1-1 market buy 0.3"]);
    bench.lines(fill(50_001, "p1-1", "0.3"));
    expect(bench.lines({ type: "candle", time: 60_000, close: 100, volume: 3 })).toEqual([]); // the trades again
    expect(bench.lines({ type: "candle", time: 70_000, close: 100, volume: 2 })).toEqual(["p1-2 market buy 0.2"]);
    bench.lines(fill(70_001, "p1-2", "0.2"), timer(100_000));
    expect(bench.run.status).toMatchObject({ state: "expired", note: "the market traded too little" });
    expect(bench.run.status.filled.toFixed()).toBe("0.5");
  });
});

describe("iceberg", () => {
  test("shows one slice after the other, at the last price moved toward the other side, on the tick away from crossing", () => {
    const bench = new Bench({ algorithm: "iceberg", displayQuantity: "0.4", limitOffsetBps: 5 }, { price: "100.03" });
    expect(bench.lines()).toEqual(["p1-1 limit buy 0.4 @ 100"]); // 100.03 x 1.0005 = 100.080015
    expect(bench.lines(fill(1, "p1-1", "0.3"), trade(2, 101))).toEqual([]);
    expect(bench.lines(fill(3, "p1-1", "0.1"))).toEqual(["p1-2 limit buy 0.4 @ 101"]);
    expect(bench.lines(fill(4, "p1-2", "0.4"))).toEqual(["p1-3 limit buy 0.2 @ 101"]);
    bench.lines(fill(5, "p1-3", "0.2"));
    expect(bench.run.status.state).toBe("done");
  });

  test("waits for a price, sells below it, and shows again what the venue cancelled", () => {
    const bench = new Bench({ algorithm: "iceberg", displayQuantity: "0.5", limitOffsetBps: "10" }, { side: "sell" });
    expect(bench.lines(timer(1))).toEqual([]);
    expect(bench.lines(trade(2, 200))).toEqual(["p1-1 limit sell 0.5 @ 199.8"]);
    expect(bench.lines(fill(3, "p1-1", "0.2"), ended(4, "p1-1"))).toEqual(["p1-2 limit sell 0.5 @ 199.8"]);
  });

  test("gives up after three rejections in a row", () => {
    const bench = new Bench({ algorithm: "iceberg", displayQuantity: "0.5" }, { price: 100 });
    for (const number of [1, 2, 3]) bench.lines(ended(number, `p1-${number}`, "rejected"));
    expect(bench.run.status).toMatchObject({ state: "failed", note: "3 children in a row were rejected" });
  });
});

describe("pegged", () => {
  const hint: ExecutionHint = { algorithm: "pegged", offsetBps: "1", clipQuantity: "0.5", refreshMs: 1_000, minChaseBps: "5" };

  test("rests behind the best price of its side and is amended once it has moved far enough and time has passed", () => {
    const bench = new Bench(hint);
    expect(bench.lines(book(0, "1000", "1000.5"))).toEqual(["p1-1 limit buy 0.5 @ 999.9"]);
    expect(bench.lines(book(1_500, "1002", "1003"))).toEqual([]); // not acknowledged yet
    expect(bench.lines(accepted(1_600, "p1-1"))).toEqual(["amend p1-1 1001.8"]); // 1002 - 0.1002, on the tick
    expect(bench.lines(accepted(1_700, "p1-1"), book(2_500, "1005", "1006"))).toEqual([]); // 900 ms
    expect(bench.lines(book(2_600, "1002.2", "1003"))).toEqual([]); // 0.2 of 1001.8 is 2 bps
    expect(bench.lines(book(2_700, "1002.6", "1003"))).toEqual(["amend p1-1 1002.4"]); // 0.5009 is 5 bps
    expect(bench.lines(fill(2_800, "p1-1", "0.5"))).toEqual(["p1-2 limit buy 0.5 @ 1002.4"]);
    expect(bench.run.wakeAt).toBe(3_800);
  });

  test("a sell rests above the best ask; without a book it follows the last price; without a clip it is whole", () => {
    expect(new Bench(hint, { side: "sell" }).lines(book(0, "999", "1000"))).toEqual(["p1-1 limit sell 0.5 @ 1000.1"]);
    const whole = new Bench({ algorithm: "pegged", offsetBps: 0, refreshMs: 0 }, { price: 50 });
    expect(whole.lines(accepted(1, "p1-1"), trade(2, "50.2"))).toEqual(["p1-1 limit buy 1 @ 50", "amend p1-1 50.2"]);
  });

  test("runs until it is called off", () => {
    const bench = new Bench(hint, { price: 1000 });
    bench.lines(accepted(1, "p1-1"));
    bench.requests.push(...bench.run.cancel(5));
    expect(bench.lines()).toEqual(["cancel p1-1"]);
    expect(bench.run.status.state).toBe("closing");
    expect(bench.lines(fill(6, "p1-1", "0.2"), ended(7, "p1-1"), trade(8, 1000))).toEqual([]);
    expect(bench.run.status).toMatchObject({ state: "cancelled", note: "called off" });
  });
});

describe("sniper", () => {
  test.each<[string, Partial<ParentInput>, string[], string]>([
    ["a buy", {}, ["101", "100.1", "100"], "p1-1 market buy 1"],
    ["a sell, an exit too", { side: "sell", reduceOnly: true }, ["99", "99.9", "100.5"], "p1-1 market sell 1"],
  ])("%s fires once, when its price is there", (_what, parent, prices, order) => {
    const bench = new Bench({ algorithm: "sniper", triggerPrice: new ExactPrice(1000, 1) }, parent);
    expect(bench.lines(trade(1, prices[0]!), trade(2, prices[1]!))).toEqual([]);
    expect(bench.lines(trade(3, prices[2]!))).toEqual([order]);
    expect(bench.lines(trade(4, prices[2]!))).toEqual([]);
  });

  test("with a book the other side's best price counts", () => {
    const bench = new Bench({ algorithm: "sniper", triggerPrice: 100 });
    expect(bench.lines(book(1, "99", "101"), trade(2, "99"))).toEqual([]);
    expect(bench.lines(book(3, "99", "100"))).toEqual(["p1-1 market buy 1"]);
  });

  test("times out: an entry is over, an exit goes to the market", () => {
    const hint: ExecutionHint = { algorithm: "sniper", triggerPrice: "100", timeoutMs: 5_000 };
    const bench = new Bench(hint);
    expect(bench.run.wakeAt).toBe(5_000);
    expect(bench.lines(timer(4_999), timer(5_000), trade(5_001, 90))).toEqual([]);
    expect(bench.run.status).toMatchObject({ state: "expired", note: "100 was not reached in time" });
    expect(new Bench(hint, { side: "sell", reduceOnly: true }).lines(trade(1, 90), timer(5_000))).toEqual(["p1-1 market sell 1"]);
  });
});

describe("trailing stop", () => {
  test.each<[string, Partial<ParentInput>, string, number[], number]>([
    ["sells on the way down from the top", { side: "sell" }, "110", [105, 108.9, 110, 115, 120, 114.1], 114],
    ["buys on the way up from the bottom", { side: "buy" }, "90", [95, 91, 90, 85, 80, 83.9], 84],
  ])("%s, once it is armed", (_what, parent, activationPrice, before, turn) => {
    const bench = new Bench({ algorithm: "trailingStop", activationPrice, callbackRate: "0.05" }, parent);
    expect(bench.lines(...before.map((price, i) => trade(i, price)))).toEqual([]);
    expect(bench.lines(trade(10, turn))).toEqual([`p1-1 market ${parent.side} 1`]);
  });

  test("without an activation price it follows from the start", () => {
    const bench = new Bench({ algorithm: "trailingStop", callbackRate: "0.1" }, { side: "sell", price: 100 });
    expect(bench.lines(trade(1, "90.1"))).toEqual([]);
    expect(bench.lines(trade(2, "90"))).toEqual(["p1-1 market sell 1"]);
  });
});

describe("what is asked wrongly", () => {
  const parent: ParentInput = { id: "p1", side: "buy", quantity: 1, instrument: BTC };
  test.each<[string, unknown, Partial<ParentInput>, string, string]>([
    ["an unknown algorithm", { algorithm: "twapp" }, {}, "ALGORITHM_UNKNOWN", "Did you mean twap?"],
    ["no algorithm", { durationMs: 5 }, {}, "ALGORITHM_HINT", "names its algorithm"],
    ["a missing duration", { algorithm: "twap" }, {}, "ALGORITHM_PARAM", "durationMs must be a whole number of at least 1, got undefined"],
    ["a misspelt parameter", { algorithm: "twap", duration: 5 }, {}, "OPTION_UNKNOWN", "Did you mean durationMs?"],
    [
      "half a slice",
      { algorithm: "twap", durationMs: 5, slices: 0.5 },
      {},
      "ALGORITHM_PARAM",
      "slices must be a whole number of at least 1 and at most 10000",
    ],
    [
      "a rate of more than all",
      { algorithm: "vwap", durationMs: 5, participationRate: "1.5" },
      {},
      "ALGORITHM_PARAM",
      "must be a number above 0 and at most 1, got '1.5'",
    ],
    ["a callback that is no number", { algorithm: "trailingStop", callbackRate: "x" }, {}, "ALGORITHM_PARAM", "got 'x'"],
    ["a long id", { algorithm: "twap", durationMs: 5 }, { id: "x".repeat(31) }, "ALGORITHM_PARENT", "1 to 30 of"],
    [
      "half a lot",
      { algorithm: "twap", durationMs: 5 },
      { quantity: "0.0005" },
      "ALGORITHM_PARENT",
      "whole lots of 0.001 BTC, at least one, got 0.0005",
    ],
    ["nothing", { algorithm: "twap", durationMs: 5 }, { quantity: 0 }, "ALGORITHM_PARENT", "got 0"],
    ["no instrument", { algorithm: "twap", durationMs: 5 }, { instrument: undefined as never }, "ALGORITHM_PARENT", "one such as { symbol"],
    ["no side", { algorithm: "twap", durationMs: 5 }, { side: "long" as never }, "ALGORITHM_PARENT", '"buy" or "sell"'],
  ])("%s", (_what, hint, more, code, message) => {
    expectMisuse(() => startAlgorithm(hint as ExecutionHint, { ...parent, ...more }, 0), code, message);
  });

  test("a run saved by another algorithm is none of it", () => {
    const saved = new Bench({ algorithm: "twap", durationMs: 5 }).run.save();
    expectMisuse(() => algos.restore({ ...saved, algorithm: "vwapp" }), "ALGORITHM_UNKNOWN", "vwap");
    expectMisuse(() => algos.restore({ ...saved, version: 2 as 1 }), "ALGORITHM_SAVED", "version 2");
  });

  test("an instrument may be given as it is written; a fill of nothing, or of less, is refused", () => {
    const plain = { symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001" };
    const run = algos.start({ algorithm: "twap", durationMs: 1000, slices: 2 }, { ...parent, instrument: plain }, 0);
    const [first] = run.take();
    if (first?.type !== "place") throw new Error("nothing was placed");
    const childId = first.order.clientOrderId;
    for (const quantity of [0, "-0.01"])
      expectMisuse(() => run.process({ type: "fill", time: 1, childId, quantity, price: "100" }), "ALGORITHM_FILL", "greater than zero");
    expect(run.status.filled.toFixed()).toBe("0");
  });

  test("names are found, and a hint's parameters may stand under params", () => {
    expect(findAlgorithm("trailingStop")).toBe(algos.trailingStop);
    expect(hintParams({ algorithm: "own", params: { a: 1 } })).toEqual({ a: 1 });
    expect(hintParams({ algorithm: "twap", durationMs: 5 })).toEqual({ durationMs: 5 });
  });
});
