import { describe, expect, test } from "vitest";
import type { OrderRequest } from "../../../src/core/index.js";
import { type ExchangeOptions, type PaperAccount, PaperExchange } from "../../../src/venues/paper/index.js";
import { candles, type Row, still } from "../../backtest/scripted.js";
import { D, fills, INSTRUMENT, order, stateOf } from "./support.js";

/** Places orders at the close of the first bar, which stands at 100, and lets the others happen. A bar's volume is 1000. */
function run(
  rows: readonly Row[],
  requests: readonly OrderRequest[],
  options: Partial<ExchangeOptions> = {},
): { account: PaperAccount; states: string[] } {
  const exchange = new PaperExchange({
    data: candles([still(100), ...rows]),
    instruments: INSTRUMENT,
    fees: "none",
    balances: { USDT: "10000000" },
    ...options,
  });
  const account = exchange.account();
  exchange.next();
  const outcomes = requests.map((request) => account.place(request));
  while (exchange.next() !== undefined);
  return { account, states: outcomes.map((outcome) => stateOf(account, outcome)) };
}

const limit = (price: string, more: Partial<OrderRequest> = {}): OrderRequest => ({ ...order({ type: "limit", price }), ...more });

describe("limit orders that do not simply rest", () => {
  test("an IOC takes at the open of its first bar, or ends", () => {
    const { account, states } = run([[100, 101, 90, 95]], [limit("101", { timeInForce: "ioc" }), limit("99", { timeInForce: "ioc" })]);
    expect(fills(account)).toEqual(["buy 1 @ 100 taker"]);
    expect(states).toEqual(["filled", "cancelled EC_NoImmediateQtyToFill"]);
  });

  test("a FOK is filled whole or not at all, an IOC in part", () => {
    const { account, states } = run(
      [still(100)],
      [limit("101", { timeInForce: "fok", quantity: D(11) }), limit("101", { timeInForce: "ioc", quantity: D(11) })],
      {
        participation: "0.01",
      },
    );
    expect(fills(account)).toEqual(["buy 10 @ 100 taker"]);
    expect(states).toEqual(["cancelled EC_NoEnoughQtyToFill", "cancelled EC_NoImmediateQtyToFill"]);
  });

  test("a post-only that finds the open better ends; one that does not rests and is filled as a maker", () => {
    const { account, states } = run([[98, 99, 97, 98]], [limit("99", { postOnly: true }), limit("97.5", { postOnly: true })]);
    expect(states).toEqual(["cancelled EC_PostOnlyWillTakeLiquidity", "filled"]);
    expect(fills(account)).toEqual(["buy 1 @ 97.5 maker"]);
  });
});

describe("a share of the volume", () => {
  test("a market order goes on at the next opens until it is filled", () => {
    const { account, states } = run([still(100), still(101), still(102)], [order({ quantity: "25" })], { participation: "0.01" });
    expect(fills(account)).toEqual(["buy 10 @ 100 taker", "buy 10 @ 101 taker", "buy 5 @ 102 taker"]);
    expect(states).toEqual(["filled"]);
  });

  test("all orders of a bar share it", () => {
    const { account } = run([[100, 100, 97, 99]], [order({ quantity: "6" }), limit("98", { quantity: D(6) })], { participation: "0.01" });
    expect(fills(account)).toEqual(["buy 6 @ 100 taker", "buy 4 @ 98 maker"]);
  });

  test("what is left of a triggered stop goes on at the opens, wherever the price has gone", () => {
    const { account, states } = run(
      [[100, 104, 100, 103], still(99), still(98)],
      [order({ type: "stop", triggerPrice: "104", quantity: "25" })],
      {
        participation: "0.01",
      },
    );
    expect(fills(account)).toEqual(["buy 10 @ 104 taker", "buy 10 @ 99 taker", "buy 5 @ 98 taker"]);
    expect(states).toEqual(["filled"]);
  });
});

describe("conditional orders", () => {
  test("a stop entry takes at its trigger, a take-profit at the better of trigger and open", () => {
    const bought = order({ type: "stop", triggerPrice: "103" });
    const dip = order({ type: "takeProfit", triggerPrice: "97", quantity: "2" });
    expect(
      fills(
        run(
          [
            [100, 104, 99, 103],
            [95, 96, 94, 95],
          ],
          [bought, dip],
        ).account,
      ),
    ).toEqual(["buy 1 @ 103 taker", "buy 2 @ 95 taker"]);
  });

  test("a stop-limit takes where its limit allows, else it rests from the next bar on", () => {
    const wide = order({ type: "stopLimit", triggerPrice: "103", price: "104" });
    const narrow = order({ type: "stopLimit", triggerPrice: "103", price: "102", quantity: "2" });
    const { account } = run(
      [
        [100, 105, 99, 104],
        [104, 105, 101, 104],
      ],
      [wide, narrow],
    );
    expect(fills(account)).toEqual(["buy 1 @ 103 taker", "buy 2 @ 102 maker"]);
  });

  test("gapped beyond its limit, a stop-limit waits", () => {
    const { account, states } = run([[110, 111, 109, 110]], [order({ type: "stopLimit", triggerPrice: "103", price: "104" })]);
    expect([fills(account), states]).toEqual([[], ["working"]]);
  });
});

describe("amend and latency", () => {
  test("an amended limit is filled at its new price", () => {
    const exchange = new PaperExchange({
      data: candles([still(100), still(100), [100, 100, 94, 95]]),
      instruments: INSTRUMENT,
      fees: "none",
    });
    const account = exchange.account();
    exchange.next();
    account.place(limit("90", { clientOrderId: "moved" }));
    expect(account.amend({ symbol: "TESTUSDT", clientOrderId: "moved", price: D("95") })).toMatchObject({ ok: true });
    exchange.next();
    exchange.next();
    expect(fills(account)).toEqual(["buy 1 @ 95 maker"]);
  });

  test("in bars, and in milliseconds up to the next open", () => {
    const rows = [still(101), still(102), still(103)];
    expect(fills(run(rows, [order({})]).account)).toEqual(["buy 1 @ 101 taker"]);
    expect(fills(run(rows, [order({})], { latencyBars: 2 }).account)).toEqual(["buy 1 @ 102 taker"]);
    expect(fills(run(rows, [order({})], { latencyMs: 60_001 }).account)).toEqual(["buy 1 @ 103 taker"]);
  });
});
