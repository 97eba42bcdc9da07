import { describe, expect, test } from "vitest";
import { Decimal, type Strategy } from "../../src/core/index.js";
import { StateReplica, TradingEngine, type TradingEngineOptions } from "../../src/engine/index.js";
import { executionOf, type Place } from "./executed.js";

const SYMBOL = "BTCUSDT";

/** An engine whose strategies have a limit entry at work each, and the first of them a position of 1. */
function working(strategies: Readonly<Record<string, Strategy>>, policies: TradingEngineOptions["policies"]) {
  const one = new TradingEngine({
    instruments: { symbol: SYMBOL, venue: "paper", tickSize: "0.1", lotSize: "1" },
    strategy: Object.entries(strategies).map(([id, strategy]) => ({ id, strategy })),
    sizer: "fixed:1",
    orders: { pyramiding: 5 },
    ...(policies === undefined ? {} : { policies }),
  });
  const replica = new StateReplica(one.snapshot());
  const trade = { type: "trade", symbol: SYMBOL, time: 1_000, id: "1", side: "buy", price: "100", quantity: "1" } as const;
  for (const audit of one.process(trade)) replica.apply(audit);
  replica.apply(one.action({ type: "open", symbol: SYMBOL, side: "buy" }));
  const execution = executionOf(one.requests()[0] as Place, new Decimal(1), 1_001);
  for (const audit of one.process({ type: "execution", execution })) replica.apply(audit);
  for (const strategy of Object.keys(strategies))
    replica.apply(one.action({ type: "open", symbol: SYMBOL, side: "buy", limit: "90", strategy }));
  one.requests();
  const asked = (): string[] =>
    one.requests().map((all) => (all.type === "place" ? `${all.type} ${all.request.side} ${all.request.type}` : all.type));
  return { one, replica, asked };
}

/** Asks for an entry and an exit in its handler, then throws. */
const throwing: Strategy = {
  onDisconnect(_venue, desk) {
    desk.enterLong();
    desk.exitLong();
    throw new TypeError("no such venue");
  },
  onTradingDisabled(desk) {
    desk.exitLong();
    throw new TypeError("not now");
  },
};

describe("a strategy that throws when it is told of a lost link, or that trading is off", () => {
  test("keeps neither the policy nor the other strategies from what is theirs; what it asked for is dropped, and an alert says so", () => {
    const heard: string[] = [];
    const calm: Strategy = { onDisconnect: (venue) => void heard.push(venue), onTradingDisabled: () => void heard.push("off") };
    const { one, replica, asked } = working(
      { throwing, calm },
      { disconnect: { type: "cancelOrders" }, tradingDisabled: "closePositions" },
    );
    const lost = one.process({ type: "marketLink", venue: "paper", state: "reconnecting", time: 2_000 });
    expect(asked()).toEqual(["cancel", "cancel"]);
    expect(lost[0]!.alerts.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "LINK_LOST market link to paper lost",
      "HANDLER_THREW onDisconnect of throwing threw, so what it asked for is dropped: no such venue",
    ]);
    const off = one.updateTradingState("disabled");
    expect(asked()).toEqual(["place sell market"]);
    expect(off.alerts.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "HANDLER_THREW onTradingDisabled of throwing threw, so what it asked for is dropped: not now",
    ]);
    expect(heard).toEqual(["paper", "off"]);
    for (const audit of [...lost, off]) replica.apply(audit);
    expect(replica.state()).toEqual(one.state());
  });

  test("without a policy nothing happens but the alert, and trading is off", () => {
    const { one, asked } = working({ throwing }, undefined);
    expect(one.process({ type: "marketLink", venue: "paper", state: "reconnecting", time: 2_000 })[0]!.alerts).toHaveLength(2);
    expect(one.updateTradingState("disabled").alerts).toHaveLength(1);
    expect(asked()).toEqual([]);
    expect(one.engine.orders.tradingEnabled).toBe(false);
  });

  test("one whose handler returns a promise has thrown, too", () => {
    const { one, asked } = working({ late: { onTradingDisabled: async () => {} } }, { tradingDisabled: { type: "cancelOrders" } });
    expect(one.updateTradingState("disabled").alerts[0]).toMatchObject({
      code: "HANDLER_THREW",
      message: expect.stringContaining("returned a promise"),
    });
    expect(asked()).toEqual(["cancel"]);
  });
});
