import { describe, expect, test } from "vitest";
import { PaperExchange } from "../../../src/venues/paper/index.js";
import { START } from "../../backtest/scripted.js";
import { D, delta, fills, INSTRUMENT, order, snapshot, stateOf, ticks, trade } from "./support.js";

const BOOK = snapshot(
  0,
  [
    ["99", "2"],
    ["98", "5"],
  ],
  [
    ["101", "1"],
    ["102", "3"],
  ],
);

describe("orders that take, against a recorded book", () => {
  test("a market order sweeps level by level; what the book cannot give is cancelled", () => {
    const { account } = ticks([BOOK]);
    const outcome = account.place(order({ quantity: "5" }));
    expect(fills(account)).toEqual(["buy 1 @ 101 taker", "buy 3 @ 102 taker"]);
    expect(stateOf(account, outcome)).toBe("cancelled");
    expect(
      account
        .find((outcome as { order: { venueOrderId: string } }).order.venueOrderId)!
        .report()
        .averagePrice!.toFixed(),
    ).toBe("101.75");
  });

  test("a limit order never takes beyond its limit, and rests with the remainder", () => {
    const { account } = ticks([BOOK]);
    const outcome = account.place(order({ type: "limit", price: "101.5", quantity: "3" }));
    expect(fills(account)).toEqual(["buy 1 @ 101 taker"]);
    expect(stateOf(account, outcome)).toBe("partiallyFilled");
  });

  test("what was taken stays taken until the level is reported anew", () => {
    const { account, exchange } = ticks([BOOK, delta(1, [], [["101", "4"]])]);
    account.place(order({ type: "limit", price: "101", timeInForce: "ioc" }));
    expect(stateOf(account, account.place(order({ type: "limit", price: "101", timeInForce: "ioc" })))).toBe(
      "cancelled EC_NoImmediateQtyToFill",
    );
    exchange.next();
    account.place(order({ type: "limit", price: "101", timeInForce: "ioc" }));
    expect(fills(account)).toEqual(["buy 1 @ 101 taker", "buy 1 @ 101 taker"]);
  });

  test("IOC keeps what it got, FOK takes all or nothing, post-only never takes", () => {
    const { account } = ticks([BOOK]);
    expect(stateOf(account, account.place(order({ type: "limit", price: "102", quantity: "5", timeInForce: "fok" })))).toBe(
      "cancelled EC_NoEnoughQtyToFill",
    );
    expect(stateOf(account, account.place(order({ type: "limit", price: "101", postOnly: true })))).toBe(
      "cancelled EC_PostOnlyWillTakeLiquidity",
    );
    expect(stateOf(account, account.place(order({ type: "limit", price: "100", postOnly: true })))).toBe("working");
    expect(stateOf(account, account.place(order({ type: "limit", price: "102", quantity: "4", timeInForce: "fok" })))).toBe("filled");
    expect(fills(account)).toEqual(["buy 1 @ 101 taker", "buy 3 @ 102 taker"]);
  });

  test("orders may have only a share of a level", () => {
    const { account } = ticks([BOOK], { participation: "0.5" });
    account.place(order({ quantity: "9" }));
    expect(fills(account)).toEqual(["buy 0.5 @ 101 taker", "buy 1.5 @ 102 taker"]);
  });

  test("without a book, the last trade's price with slippage; before the first trade it waits", () => {
    const { account, exchange } = ticks([trade(0, "buy", "100", "1"), trade(1, "sell", "99", "1")], { slippageBps: 10 }, 0);
    const outcome = account.place(order({}));
    expect(stateOf(account, outcome)).toBe("working");
    exchange.next();
    exchange.next();
    expect(fills(account)).toEqual(["buy 1 @ 100.1 taker"]);
  });
});

describe("orders that rest", () => {
  const queue = (model: "conservative" | "optimistic"): string[] => {
    const { account, exchange } = ticks([BOOK, trade(1, "sell", "99", "1.5"), trade(2, "sell", "99", "1")], { queue: model });
    account.place(order({ type: "limit", price: "99" }));
    exchange.next();
    const first = fills(account).length;
    exchange.next();
    return [`${first}`, ...fills(account)];
  };

  test("conservative: behind the two that stood there, of which one and a half are through after the first trade", () => {
    expect(queue("conservative")).toEqual(["0", "buy 0.5 @ 99 maker"]);
  });

  test("optimistic: before them", () => {
    expect(queue("optimistic")).toEqual(["1", "buy 1 @ 99 maker"]);
  });

  test("a level that shrinks cannot have more before the order than it holds", () => {
    const { account, exchange } = ticks([BOOK, delta(1, [["99", "0.2"]], []), trade(2, "sell", "99", "1.2")]);
    account.place(order({ type: "limit", price: "99" }));
    exchange.next();
    exchange.next();
    expect(fills(account)).toEqual(["buy 1 @ 99 maker"]);
  });

  test("a trade beyond fills whole, at the order's own price; one by a buyer at the price of a bid does not", () => {
    const { account, exchange } = ticks([BOOK, trade(1, "buy", "99", "9"), trade(2, "sell", "98.9", "0.1")]);
    account.place(order({ type: "limit", price: "99" }));
    exchange.next();
    expect(fills(account)).toEqual([]);
    exchange.next();
    expect(fills(account)).toEqual(["buy 1 @ 99 maker"]);
  });

  test("a book that moves across fills what it shows", () => {
    const { account, exchange } = ticks([
      BOOK,
      snapshot(
        1,
        [["97", "1"]],
        [
          ["98.5", "0.4"],
          ["99.5", "9"],
        ],
      ),
    ]);
    account.place(order({ type: "limit", price: "99" }));
    exchange.next();
    expect(fills(account)).toEqual(["buy 0.4 @ 99 maker"]);
  });

  test("an amend of the price goes to the end of the queue, a smaller quantity keeps the place, below what is filled is refused", () => {
    const { account, exchange } = ticks([BOOK, trade(1, "sell", "99", "2.5"), trade(2, "sell", "99", "9")]);
    account.place(order({ type: "limit", price: "99", quantity: "2", id: "keeps" }));
    exchange.next();
    expect(fills(account)).toEqual(["buy 0.5 @ 99 maker"]);
    expect(account.amend({ symbol: "TESTUSDT", clientOrderId: "keeps", quantity: D("0.5") })).toMatchObject({
      ok: false,
      code: "INVALID_ORDER",
    });
    account.amend({ symbol: "TESTUSDT", clientOrderId: "keeps", quantity: D("1") });
    exchange.next();
    expect(fills(account)).toEqual(["buy 0.5 @ 99 maker", "buy 0.5 @ 99 maker"]);
    expect(account.find("keeps")!.report().status).toBe("filled");
    account.place(order({ type: "limit", price: "97", id: "moved" }));
    account.amend({ symbol: "TESTUSDT", clientOrderId: "moved", price: D("102") });
    expect(fills(account).slice(2)).toEqual(["buy 1 @ 101 taker"]);
  });
});

describe("conditional orders", () => {
  const rows = [BOOK, trade(1, "buy", "100", "1"), trade(2, "sell", "95", "1"), trade(3, "buy", "110", "1")];

  test("a stop sells at the market when the price falls to it, a take-profit when it rises", () => {
    const { account, exchange } = ticks(rows, {}, 2);
    account.place(order({ type: "limit", price: "101" }));
    account.place(order({ side: "sell", type: "stop", triggerPrice: "95", quantity: "0.4", reduceOnly: true, id: "stop" }));
    account.place(order({ side: "sell", type: "takeProfit", triggerPrice: "110", quantity: "0.6", reduceOnly: true, id: "target" }));
    expect(account.find("stop")!.report().status).toBe("untriggered");
    exchange.next();
    expect(fills(account).slice(1)).toEqual(["sell 0.4 @ 99 taker"]);
    exchange.next();
    expect(fills(account).slice(2)).toEqual(["sell 0.6 @ 99 taker"]);
  });

  test("a stop-limit rests at its limit once triggered", () => {
    const { account, exchange } = ticks(rows, {}, 2);
    account.place(order({ type: "limit", price: "101" }));
    account.place(order({ side: "sell", type: "stopLimit", triggerPrice: "95", price: "105", reduceOnly: true, id: "stop" }));
    exchange.next();
    expect(account.find("stop")!.report().status).toBe("working");
    exchange.next();
    expect(fills(account).slice(1)).toEqual(["sell 1 @ 105 maker"]);
  });

  test("one on the wrong side of the price is refused with Bybit's code", () => {
    const { account } = ticks(rows, {}, 2);
    expect(account.place(order({ type: "stop", triggerPrice: "99" }))).toMatchObject({ ok: false, venueCode: 110092 });
    expect(account.place(order({ side: "sell", type: "stop", triggerPrice: "101" }))).toMatchObject({ ok: false, venueCode: 110093 });
  });

  test("by mark: the last price does not trigger it, the mark does", () => {
    const exchange = new PaperExchange({ instruments: INSTRUMENT, fees: "none" });
    const account = exchange.account();
    exchange.push(trade(0, "buy", "100", "1"));
    exchange.push({ type: "ticker", symbol: "TESTUSDT", time: START, mark: "100" });
    account.place(order({ type: "stop", triggerPrice: "105", triggerBy: "mark" }));
    exchange.push(trade(1, "buy", "106", "1"));
    expect(fills(account)).toEqual([]);
    exchange.push({ type: "ticker", symbol: "TESTUSDT", time: START, mark: "105" });
    expect(fills(account)).toEqual(["buy 1 @ 106 taker"]);
  });
});

describe("latency", () => {
  test("an order arrives at the market that stands then, a cancel may come too late", () => {
    const { account, exchange } = ticks([BOOK, snapshot(1, [["100", "1"]], [["103", "9"]]), trade(2, "sell", "100", "5")], {
      latencyMs: 1500,
    });
    const outcome = account.place(order({}));
    expect(stateOf(account, outcome)).toBe("pending");
    exchange.next();
    expect(fills(account)).toEqual([]);
    exchange.next();
    expect(fills(account)).toEqual(["buy 1 @ 103 taker"]);
    expect(
      account.executions[0]!.execution.time - account.find((outcome as { order: { venueOrderId: string } }).order.venueOrderId)!.time,
    ).toBe(1500);
  });

  test("drawn with the seed: the same seed, the same run", () => {
    const run = (seed: number): string[] => {
      const { account, exchange } = ticks([BOOK, trade(1, "buy", "101", "1"), trade(2, "buy", "102", "1")], { latencyMs: [0, 2000], seed });
      for (let i = 0; i < 4; i++) account.place(order({ quantity: "0.5" }));
      while (exchange.next() !== undefined);
      return account.executions.map(({ execution: e }) => `${e.time} ${e.executionId} ${e.price.toFixed()}`);
    };
    expect(run(3)).toEqual(run(3));
    expect(run(3)).not.toEqual(run(4));
  });
});
