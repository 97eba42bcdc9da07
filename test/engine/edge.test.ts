import { describe, expect, test } from "vitest";
import { Decimal, toUnits, type VenueExecution, type VenueOrder } from "../../src/core/index.js";
import type { EdgeRequest } from "../../src/engine/index.js";
import { rig } from "./rig.js";

const told = (request: EdgeRequest, more: Partial<VenueOrder>): VenueOrder => {
  const { request: asked } = request as Extract<EdgeRequest, { type: "place" }>;
  return {
    venueOrderId: "1",
    clientOrderId: asked.clientOrderId,
    symbol: asked.symbol,
    side: asked.side,
    type: asked.type,
    quantity: asked.quantity,
    filledQuantity: new Decimal(0),
    averagePrice: undefined,
    price: asked.price,
    triggerPrice: asked.triggerPrice,
    timeInForce: "gtc",
    postOnly: false,
    reduceOnly: false,
    status: "working",
    createdAt: 5,
    updatedAt: 5,
    reason: undefined,
    ...more,
  };
};

const executed = (request: EdgeRequest, id: string, quantity: number, more: Partial<VenueExecution> = {}): VenueExecution => {
  const { request: asked } = request as Extract<EdgeRequest, { type: "place" }>;
  return {
    executionId: id,
    venueOrderId: "1",
    clientOrderId: asked.clientOrderId,
    symbol: asked.symbol,
    side: asked.side,
    kind: "trade",
    quantity: new Decimal(quantity),
    price: new Decimal(100),
    fee: new Decimal("0.055"),
    feeCurrency: "USDT",
    liquidity: "taker",
    time: 9,
    ...more,
  };
};

describe("between engine and venue", () => {
  test("an order leaves as an exact request with an id of run, number and leg", () => {
    const { say, take } = rig();
    say((desk) => desk.enterLong({ limit: "99.94", stopLoss: "95" }));
    expect(take().map((one) => (one.type === "place" ? one.request : one.type))).toEqual([
      {
        clientOrderId: "abcdefghij-1-entry",
        symbol: "TESTUSDT",
        side: "buy",
        type: "limit",
        quantity: new Decimal(10),
        price: new Decimal("99.9"),
        timeInForce: "gtc",
      },
    ]);
  });

  test("fills in parts place a stop and amend it to what is filled; an execution counts once", () => {
    const { say, take, feed, edge, engine, held } = rig();
    say((desk) => desk.enterLong({ stopLoss: "95" }));
    const [entry] = take();
    feed(edge.order(told(entry!, {})));
    feed(edge.execution(executed(entry!, "a", 4)));
    feed(edge.execution(executed(entry!, "a", 4)));
    expect(held()).toBe(4);
    const [stop] = take();
    expect(stop).toMatchObject({
      type: "place",
      request: { type: "stop", side: "sell", reduceOnly: true, quantity: new Decimal(4), triggerPrice: new Decimal(95) },
    });
    feed(edge.execution(executed(entry!, "b", 3)));
    expect(take(), "waits for the venue's word on the stop").toEqual([]);
    feed(edge.outcome(stop!, { ok: true, order: told(stop!, {}) }, 6));
    const [amend] = take();
    expect(amend).toMatchObject({ type: "amend", request: { clientOrderId: "abcdefghij-2-stopLoss", quantity: new Decimal(7) } });
    feed(edge.outcome(amend!, { ok: false, definite: true, code: "REJECTED", message: "no" }, 7));
    expect(take(), "another stop for the rest").toMatchObject([{ type: "place", request: { quantity: new Decimal(3), type: "stop" } }]);
    expect(engine.orders.alerts.length).toBe(0);
  });

  test("an end that came before its fills waits for them", () => {
    const { say, take, feed, edge, engine, held } = rig();
    say((desk) => desk.enterLong({ stopLoss: "95" }));
    const [entry] = take();
    feed(edge.order(told(entry!, { status: "cancelled", filledQuantity: new Decimal(6), reason: "IOC" })));
    expect(edge.waiting()).toEqual(["abcdefghij-1-entry"]);
    feed(edge.execution(executed(entry!, "a", 6)));
    expect(held()).toBe(6);
    expect(engine.orders.orders.read(0)).toMatchObject({ filled: 6, reason: "IOC" });
    expect(engine.orders.desks[0]!.entry).toBeNull();
    expect(engine.orders.counts.lateFills).toBe(0);
    expect(take()).toMatchObject([{ request: { type: "stop", quantity: new Decimal(6) } }]);
  });

  test("a fill of an order thought rejected is booked, protected and alerted; a second end is ignored", () => {
    const { say, take, feed, edge, engine, held } = rig();
    say((desk) => desk.enterLong({ stopLoss: "95" }));
    const [entry] = take();
    feed(edge.outcome(entry!, { ok: false, definite: true, code: "REJECTED", message: "busy" }, 5));
    expect(engine.orders.orders.verdict(0)).toMatchObject({ code: "VENUE_REJECTED", message: "REJECTED: busy" });
    feed(edge.execution(executed(entry!, "a", 10)));
    expect(held()).toBe(10);
    expect(engine.orders.alerts.entries.map((one) => one.code)).toEqual(["LATE_FILL"]);
    expect(take()).toMatchObject([{ request: { type: "stop", quantity: new Decimal(10) } }]);
    feed(edge.order(told(entry!, { status: "rejected" })));
    expect(engine.orders.counts.repeatedReports).toBe(1);
  });

  test("a stop that fails is tried again, then the position is closed at the market, or kept as told", () => {
    for (const keep of [false, true]) {
      const { say, take, feed, edge, engine } = rig(keep ? { unprotected: "keep" } : {});
      say((desk) => desk.enterLong({ stopLoss: "95" }));
      const [entry] = take();
      feed(edge.execution(executed(entry!, "a", 10)));
      for (let attempt = 0; attempt < 3; attempt++) {
        const [stop] = take();
        expect(stop, `attempt ${attempt}`).toMatchObject({ request: { type: "stop" } });
        feed(edge.outcome(stop!, { ok: false, definite: true, code: "REJECTED", message: "no stops today" }, 6));
      }
      expect(engine.orders.alerts.entries.map((one) => one.code)).toEqual(["LEG_FAILED", "LEG_FAILED", "UNPROTECTED"]);
      expect(take()).toMatchObject(
        keep ? [] : [{ request: { type: "market", side: "sell", reduceOnly: true, quantity: new Decimal(10) } }],
      );
    }
  });

  test("a fill that arrives after an exit has taken its entry back is closed at once", () => {
    const { say, take, feed, edge, held } = rig();
    say((desk) => desk.enterLong({ limit: "99", stopLoss: "95" }));
    const [entry] = take();
    feed(edge.order(told(entry!, {})));
    say((desk) => desk.exitLong());
    expect(take()).toMatchObject([{ type: "cancel", clientOrderId: "abcdefghij-1-entry" }]);
    feed(edge.execution(executed(entry!, "a", 3)));
    const [close] = take();
    expect(close).toMatchObject({ request: { type: "market", side: "sell", quantity: new Decimal(3) } });
    feed(edge.execution(executed(close!, "b", 3)));
    feed(edge.order(told(entry!, { status: "cancelled", filledQuantity: new Decimal(3) })));
    expect(held()).toBe(0);
    expect(take()).toEqual([]);
  });

  test("legs of a group: when one is refused the other is taken back or closed", () => {
    const { say, take, feed, edge, engine } = rig();
    say((desk) => desk.enterLong({ group: "pair-1" }));
    const [entry] = take();
    feed(edge.execution(executed(entry!, "a", 10)));
    engine.orders.settlement.adopt(0, 0, 10);
    say((desk) => desk.of("TESTUSDT").enterShort({ group: "pair-1", quantity: "0" }));
    // The other leg closes the position as a reversal would; the entry itself has no size and fails the group.
    const close = take();
    expect(close.every((one) => one.type === "place" && one.request.reduceOnly === true)).toBe(true);
    expect(close.length).toBe(1);
  });

  test("liquidation, funding and trades of others are booked", () => {
    const { say, take, feed, edge, engine, held } = rig();
    say((desk) => desk.enterLong({ stopLoss: "95" }));
    const [entry] = take();
    feed(edge.execution(executed(entry!, "a", 10)));
    take();
    feed(edge.execution(executed(entry!, "f", 10, { kind: "funding", fee: new Decimal("0.5"), quantity: new Decimal(10) })));
    expect(engine.portfolio.totalFunding().toFixed()).toBe("0.5");
    feed(edge.execution(executed(entry!, "x", 4, { clientOrderId: "someone", side: "sell" })));
    expect(held()).toBe(6);
    feed(edge.execution(executed(entry!, "l", 6, { kind: "liquidation", clientOrderId: "", side: "sell" })));
    expect(held()).toBe(0);
    expect(engine.portfolio.quantity[0]).toBe(0);
    expect(engine.orders.alerts.entries.map((one) => one.code)).toEqual(["ORDER_UNKNOWN", "LIQUIDATED"]);
    expect(engine.orders.counts.liquidations).toBe(1);
  });

  test("a snapshot removes what the venue no longer has, and sets the position to the venue's", () => {
    const { say, take, feed, edge, engine, held } = rig();
    say((desk) => desk.enterLong({ limit: "99" }));
    const [entry] = take();
    feed(edge.order(told(entry!, {})));
    const position = { symbol: "TESTUSDT", quantity: new Decimal(-2), averageEntry: new Decimal(100) } as never;
    const { event, foreign } = edge.snapshot([told(entry!, { clientOrderId: "other" })], [position], 20);
    expect(foreign).toHaveLength(1);
    feed([event]);
    expect(engine.orders.open()).toEqual([]);
    expect(held()).toBe(-2);
    expect(engine.orders.alerts.entries.map((one) => one.code)).toEqual(["ORDER_VANISHED", "POSITION_MISMATCH"]);
  });

  test("a position taken from the venue has the venue's average to the last digit, and leaves the wallet as it was", () => {
    const { edge, feed, engine } = rig();
    const { portfolio } = engine;
    const take = (quantity: number, averageEntry: string) => {
      const position = { symbol: "TESTUSDT", quantity: new Decimal(quantity), averageEntry: new Decimal(averageEntry) } as never;
      feed([edge.snapshot([], [position], 20).event]);
      return portfolio.position(0).averageEntry!.toFixed();
    };
    const wallet = portfolio.balance().toFixed();
    expect(take(2, "100.0375")).toBe("100.0375");
    expect(take(3, "101.00005")).toBe("101.00005");
    expect(portfolio.balance().toFixed()).toBe(wallet);
    // What is no more held was closed at the last price: 2 x (102 - 101.00005).
    portfolio.mark[0] = toUnits("102", portfolio.instruments[0]!.priceDp);
    expect(take(1, "100.5")).toBe("100.5");
    expect(portfolio.balance().minus(wallet).toFixed()).toBe("1.9999");
    expect(portfolio.position(0).unrealizedPnl.toFixed()).toBe("1.5");
    expect(take(-4, "103.00000001")).toBe("103.00000001");
    expect(portfolio.balance().minus(wallet).toFixed()).toBe("3.4999");
  });
});
