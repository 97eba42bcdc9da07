import { describe, expect, test } from "vitest";
import type { ExchangeOptions, PaperAccount } from "../../../src/venues/paper/index.js";
import { PaperExchange } from "../../../src/venues/paper/index.js";
import { candles, START, still } from "../../backtest/scripted.js";
import { D, delta, fills, INSTRUMENT, order, snapshot, stateOf, ticks, trade } from "./support.js";

const BOOK = snapshot(0, [["99", "5"]], [["101", "5"]]);
const SPOT = { symbol: "TESTUSDT", kind: "spot", base: "TEST", quote: "USDT", tickSize: "0.1", lotSize: "0.001" } as const;
const INVERSE = { symbol: "TESTUSDT", kind: "inverse", base: "TEST", quote: "USDT", tickSize: "0.1", lotSize: "1" } as const;

/** Balances in one line each. */
const balances = (account: PaperAccount): string[] =>
  account.balances().map(({ currency, total, available }) => `${currency} ${total.toFixed()} (${available.toFixed()})`);

/** An exchange that is told its market event by event. */
function live(options: Partial<ExchangeOptions> = {}): { exchange: PaperExchange; account: PaperAccount; mark(price: string): void } {
  const exchange = new PaperExchange({ instruments: INSTRUMENT, fees: "none", ...options });
  exchange.push(BOOK);
  exchange.push(trade(0, "buy", "100", "1"));
  const mark = (price: string): void => exchange.push({ type: "ticker", symbol: "TESTUSDT", time: START, mark: price });
  mark("100");
  return { exchange, account: exchange.account(), mark };
}

describe("triggers by last and by mark", () => {
  test.each([
    ["a stop that sells", "sell", "stop", "95", "96", "95"],
    ["a stop that buys", "buy", "stop", "105", "104", "105"],
    ["a take-profit that sells", "sell", "takeProfit", "105", "104", "105"],
    ["a take-profit that buys", "buy", "takeProfit", "95", "96", "95"],
  ] as const)("%s waits for the price it names, and for no other", (_what, side, type, triggerPrice, short, reached) => {
    for (const triggerBy of ["mark", "last"] as const) {
      const { exchange, account, mark } = live();
      const conditional = order({ side, type, triggerPrice, triggerBy, id: "waits" });
      account.place(conditional);
      const state = (): string => account.find("waits")!.report().status;
      const [own, other] = [(price: string) => exchange.push(trade(1, side, price, "1")), mark];
      const [watched, ignored] = triggerBy === "last" ? [own, other] : [other, own];
      ignored(reached);
      watched(short);
      expect(state()).toBe("untriggered");
      watched(reached);
      expect(state()).toBe("filled");
      expect(fills(account)).toEqual([`${side} 1 @ ${side === "buy" ? "101" : "99"} taker`]);
    }
  });
});

describe("brackets", () => {
  const protectedLong = (quantity = "1") => {
    const opened = live();
    opened.account.place(order({ quantity }), { takeProfit: D("110"), stopLoss: D("90") });
    return opened;
  };
  const legs = (account: PaperAccount): string[] =>
    account
      .all()
      .flatMap((one) => {
        const { type, status, quantity, triggerPrice } = one.report();
        return triggerPrice === undefined ? [] : [`${type} ${quantity.toFixed()} at ${triggerPrice.toFixed()} ${status}`];
      })
      .sort();

  test("one leg fills and ends the other", () => {
    for (const [reached, filled] of [
      ["110", "takeProfit"],
      ["90", "stop"],
    ] as const) {
      const { exchange, account } = protectedLong();
      expect(legs(account)).toEqual(["stop 1 at 90 untriggered", "takeProfit 1 at 110 untriggered"]);
      exchange.push(trade(1, "sell", reached, "1"));
      expect(account.positions()).toEqual([]);
      expect(
        legs(account)
          .map((leg) => leg.replace(/ 1 at \d+/, ""))
          .sort(),
      ).toEqual(["takeProfit", "stop"].map((leg) => `${leg} ${leg === filled ? "filled" : "cancelled"}`).sort());
      exchange.push(trade(2, "sell", reached === "110" ? "90" : "110", "1"));
      expect(fills(account)).toHaveLength(2);
    }
  });

  test("they are as large as the position, grow and shrink with it, and go with it", () => {
    const { account } = protectedLong();
    account.place(order({ quantity: "2" }));
    expect(legs(account).filter((leg) => leg.endsWith("untriggered"))).toEqual([
      "stop 3 at 90 untriggered",
      "takeProfit 3 at 110 untriggered",
    ]);
    account.place(order({ side: "sell", quantity: "2.5", reduceOnly: true }));
    expect(legs(account).filter((leg) => leg.endsWith("untriggered"))).toEqual([
      "stop 0.5 at 90 untriggered",
      "takeProfit 0.5 at 110 untriggered",
    ]);
    account.place(order({ side: "sell", quantity: "0.5" }));
    expect(legs(account).filter((leg) => leg.endsWith("untriggered"))).toEqual([]);
  });
});

describe("reduce-only", () => {
  test("closes no more than is held, opens nothing, and goes when there is nothing left to reduce", () => {
    const { exchange, account } = live();
    expect(account.place(order({ side: "sell", reduceOnly: true }))).toMatchObject({ ok: false, venueCode: 110017 });
    account.place(order({ quantity: "1" }));
    account.place(order({ side: "sell", type: "limit", price: "105", quantity: "1", reduceOnly: true, id: "target" }));
    account.place(order({ side: "sell", quantity: "3", reduceOnly: true, id: "all" }));
    expect(fills(account)).toEqual(["buy 1 @ 101 taker", "sell 1 @ 99 taker"]);
    expect(account.positions()).toEqual([]);
    exchange.push(trade(1, "buy", "106", "9"));
    expect(fills(account)).toHaveLength(2);
    expect(account.find("target")!.report().status).toBe("cancelled");
  });
});

describe("fees", () => {
  const rates = { maker: "0.0002", taker: "0.00055" } as const;

  test("who takes pays the taker's rate, who rests the maker's, half up to 1e-8", () => {
    const { exchange, account } = live({ fees: rates, balances: { USDT: "1000" } });
    account.place(order({ quantity: "0.333" }));
    account.place(order({ side: "sell", type: "limit", price: "103.3", quantity: "0.333" }));
    exchange.push(trade(1, "buy", "104", "1"));
    // 0.333 x 101 x 0.00055 = 0.018498150; 0.333 x 103.3 x 0.0002 = 0.00687978
    expect(account.executions.map(({ execution: e }) => `${e.liquidity} ${e.fee.toFixed()} ${e.feeCurrency}`)).toEqual([
      "taker 0.01849815 USDT",
      "maker 0.00687978 USDT",
    ]);
    expect(balances(account)).toEqual([`USDT ${D(1000).plus("0.7659").minus("0.01849815").minus("0.00687978").toFixed()} (1000.74052207)`]);
  });

  test("of a spot buy are coins where the exchange takes them so", () => {
    const { account } = live({ category: "spot", instruments: SPOT, fees: rates, balances: { USDT: "1000" }, spotFees: "base" });
    account.place(order({ quantity: "2" }));
    expect(account.executions.map(({ execution: e }) => `${e.fee.toFixed()} ${e.feeCurrency}`)).toEqual(["0.0011 TEST"]);
    expect(balances(account)).toEqual(["USDT 798 (798)", "TEST 1.9989 (1.9989)"]);
  });
});

describe("spot", () => {
  test("what is bought is held, and nothing is bought or sold that cannot be paid or delivered", () => {
    const { exchange, account } = live({ category: "spot", instruments: SPOT, balances: { USDT: "1000", TEST: "0.5" } });
    account.place(order({ quantity: "2" }));
    expect(balances(account)).toEqual(["USDT 798 (798)", "TEST 2.5 (2.5)"]);
    expect(account.place(order({ side: "sell", quantity: "3" }))).toMatchObject({
      ok: false,
      code: "INSUFFICIENT_FUNDS",
      venueCode: 170131,
    });
    account.place(order({ side: "sell", quantity: "2.5" }));
    expect(balances(account)).toEqual(["USDT 1045.5 (1045.5)"]);
    expect(account.place(order({ side: "sell", quantity: "1" }))).toMatchObject({
      ok: false,
      code: "INSUFFICIENT_FUNDS",
      venueCode: 170131,
    });
    expect(account.place(order({ quantity: "11" }))).toMatchObject({ ok: false, code: "INSUFFICIENT_FUNDS", venueCode: 170131 });
    // Two orders that each could be paid, but not both: the second is turned away when it would fill.
    account.place(order({ type: "limit", price: "95", quantity: "8", id: "first" }));
    account.place(order({ type: "limit", price: "94", quantity: "8", id: "second" }));
    exchange.push(trade(1, "sell", "90", "99"));
    expect([account.find("first")!.report().status, account.find("second")!.report().status]).toEqual(["filled", "rejected"]);
    expect(balances(account)).toEqual(["USDT 285.5 (285.5)", "TEST 8 (8)"]);
  });
});

describe("margin and leverage", () => {
  test("linear: value / leverage is bound, and an order that needs more is refused", () => {
    const { account } = live({ balances: { USDT: "100" }, leverage: 5 });
    expect(account.place(order({ quantity: "5.1" }))).toMatchObject({ ok: false, code: "INSUFFICIENT_FUNDS", venueCode: 110007 });
    // At the last price of 100 it could be paid, at the ask of 101 it cannot.
    expect(stateOf(account, account.place(order({ quantity: "5" })))).toMatch(/^rejected/);
    expect(stateOf(account, account.place(order({ quantity: "4" })))).toBe("filled");
    expect(account.setLeverage("TESTUSDT", D(10))).toEqual({ ok: true });
    // At 98 there are 100 - 4 x 3 = 88: ten times that is 8.97 coins in all.
    expect(account.place(order({ type: "limit", price: "98", quantity: "5" }))).toMatchObject({ ok: false, code: "INSUFFICIENT_FUNDS" });
    expect(stateOf(account, account.place(order({ type: "limit", price: "98", quantity: "4.9" })))).toBe("working");
  });

  test("inverse: contracts / price / leverage coins are bound", () => {
    const { account } = live({ category: "inverse", instruments: INVERSE, balances: { TEST: "1" }, leverage: 5 });
    expect(account.place(order({ quantity: "520", type: "limit", price: "100" }))).toMatchObject({ ok: false, venueCode: 110007 });
    expect(stateOf(account, account.place(order({ quantity: "480", type: "limit", price: "100" })))).toBe("working");
  });

  test("inverse: liquidated where equity is the maintenance margin", () => {
    // Long 1000 contracts from 100 with 1 coin: 1 + 1000 (1/100 - 1/p) = 0.005 x 1000 / p, so p = 1005 / 11 = 91.36: the first price at which it does not hold is 91.3.
    const rows = [still("100"), still("100"), ["100", "100", "91.4", "92"], ["92", "92", "80", "85"], still("85")] as const;
    const exchange = new PaperExchange({
      data: candles(rows),
      category: "inverse",
      instruments: INVERSE,
      fees: "none",
      leverage: 20,
      balances: { TEST: "1" },
    });
    const account = exchange.account();
    exchange.next();
    account.place(order({ quantity: "1000" }));
    exchange.next();
    exchange.next();
    expect(account.executions).toHaveLength(1);
    exchange.next();
    const { execution } = account.executions[1]!;
    expect(`${execution.kind} ${execution.side} ${execution.quantity.toFixed()} @ ${execution.price.toFixed()}`).toBe(
      "liquidation sell 1000 @ 91.3",
    );
    // 1 + 10 - 1000 / 91.3 coins are left.
    expect(account.balances()[0]!.total.toFixed()).toBe(D(11).minus(D(1000).div("91.3")).toDecimalPlaces(12).toFixed());
  });
});

describe("funding", () => {
  const at = (minute: number, rate: string) => ({ symbol: "TESTUSDT", time: START + minute * 60_000, rate });
  const paid = (category: "linear" | "inverse", side: "buy" | "sell", funding = [at(2, "0.0001"), at(4, "-0.0003")]): string[] => {
    const exchange = new PaperExchange({
      data: candles([still("100"), still("100"), still("80"), still("80"), still("50")]),
      category,
      instruments: category === "linear" ? INSTRUMENT : INVERSE,
      fees: "none",
      maintenance: "none",
      balances: category === "linear" ? { USDT: "1000" } : { TEST: "100" },
      funding,
    });
    const account = exchange.account();
    exchange.next();
    account.place(order({ side, quantity: category === "linear" ? "2" : "400" }));
    while (exchange.next() !== undefined);
    return account.executions
      .filter(({ execution: e }) => e.kind === "funding")
      .map(({ execution: e }) => `${e.fee.toFixed()} ${e.feeCurrency}`);
  };

  test("linear: rate x quantity x price at its time; longs pay a positive rate, shorts receive it", () => {
    expect(paid("linear", "buy")).toEqual(["0.016 USDT", "-0.03 USDT"]);
    expect(paid("linear", "sell")).toEqual(["-0.016 USDT", "0.03 USDT"]);
  });

  test("what is due after the last open is paid at the last close, what is due after that is not", () => {
    expect(paid("linear", "buy", [at(4.5, "0.0001"), at(5, "0.0002"), at(5.1, "0.0003")])).toEqual(["0.01 USDT", "0.02 USDT"]);
  });

  test("inverse: rate x contracts / price, in coins", () => {
    expect(paid("inverse", "buy")).toEqual(["0.0005 TEST", "-0.0024 TEST"]);
    expect(paid("inverse", "sell")).toEqual(["-0.0005 TEST", "0.0024 TEST"]);
  });
});

describe("a share of what is traded", () => {
  test("of a trade: a resting order has at most that much of it", () => {
    const { exchange, account } = live({ participation: "0.25", queue: "optimistic" });
    account.place(order({ type: "limit", price: "99", quantity: "3" }));
    exchange.push(trade(1, "sell", "99", "4"));
    exchange.push(trade(2, "sell", "98", "6"));
    expect(fills(account)).toEqual(["buy 1 @ 99 maker", "buy 1.5 @ 99 maker"]);
  });
});

test("the same seed and the same requests give the same ids, times, fills and balances, whatever the feed", () => {
  const tape = [
    BOOK,
    trade(1, "buy", "101", "1"),
    delta(2, [["99", "1"]], [["101", "2"]]),
    trade(3, "sell", "98", "4"),
    trade(4, "buy", "103", "2"),
  ];
  const run = (seed: number): string => {
    const { account, exchange } = ticks(tape, { seed, latencyMs: [0, 1500], fees: "bybit-linear", participation: "0.5" });
    for (let i = 0; ; i++) {
      account.place(
        order({
          side: i % 3 === 2 ? "sell" : "buy",
          quantity: "0.4",
          ...(i % 2 === 1 && { type: "limit", price: i % 3 === 2 ? "102" : "99" }),
        }),
      );
      if (exchange.next() === undefined) break;
    }
    return JSON.stringify([
      account.all().map((one) => one.report()),
      account.executions.map(({ execution }) => execution),
      account.balances(),
    ]);
  };
  expect(run(5)).toBe(run(5));
  expect(run(6)).not.toBe(run(5));
});
