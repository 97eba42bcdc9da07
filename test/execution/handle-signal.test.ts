import { describe, expect, test } from "vitest";
import { type HandledSignal, handleSignal, type SignalContext, type SignalInput } from "../../src/execution/index.js";

const btc = { symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001", minNotional: "5" };
const flat: SignalContext = { instrument: btc, price: "60000", equity: "25000", sizer: "percent:0.05" };
const ask = (signal: Partial<SignalInput>, context: Partial<SignalContext> = {}): HandledSignal =>
  handleSignal({ id: "s1", kind: "enterLong", ...signal }, { ...flat, ...context });
const text = (orders: HandledSignal["orders"]): string[] =>
  orders.map(
    (o) =>
      `${o.clientOrderId} ${o.side} ${o.quantity.toFixed()} ${o.type} ${o.price?.toFixed() ?? o.triggerPrice?.toFixed() ?? ""}${o.reduceOnly ? " reduce" : ""}`,
  );

describe("a signal turned into orders by hand", () => {
  test("an entry, and its legs once it is filled, which keep its id", () => {
    // 25,000 x 5 % / 60,000 = 0.0208333, floored to the lot.
    const { outcome, orders, legs, refusal } = ask({ stopLoss: "58800.04", takeProfit: "61234.56" });
    expect([outcome, refusal]).toEqual(["ordered", undefined]);
    expect(text(orders)).toEqual(["s1 buy 0.02 market "]);
    expect(text(legs)).toEqual(["s1-sl sell 0.02 stop 58800.1 reduce", "s1-tp sell 0.02 limit 61234.5 reduce"]);
  });

  test("an exit is as large as the position, whichever side, and goes out in parts above the order cap", () => {
    expect(text(ask({ kind: "flatten" }, { position: "-0.5" }).orders)).toEqual(["s1 buy 0.5 market  reduce"]);
    expect(text(ask({ kind: "exitLong" }, { position: "2.5", risk: { maxOrderQuantity: "1" } }).orders)).toEqual([
      "s1 sell 1 market  reduce",
      "s1-2 sell 1 market  reduce",
      "s1-3 sell 0.5 market  reduce",
    ]);
  });

  test("an exit from flat, an entry in position and one against it", () => {
    expect(ask({ kind: "exitShort" }).outcome).toBe("fromFlat");
    expect(ask({}, { position: "0.1" })).toMatchObject({ outcome: "ignored", orders: [] });
    // Closes first; the other side opens once the position is flat.
    expect(text(ask({ kind: "enterShort" }, { position: "0.1" }).orders)).toEqual(["s1 sell 0.1 market  reduce"]);
  });

  test("a refusal is a value with the numbers compared", () => {
    const capped = ask({}, { risk: { maxOrderQuantity: "0.01" } });
    expect(capped).toMatchObject({ outcome: "refused", orders: [], legs: [] });
    expect(capped.refusal).toEqual({
      code: "MAX_ORDER_QUANTITY",
      message: "order quantity 0.02 exceeds limit 0.01",
      numbers: { asked: "0.02", limit: "0.01" },
    });
    expect(ask({}, { equity: "2500", instrument: { ...btc, lotSize: "0.005" } }).refusal?.code).toBe("BELOW_LOT");
    expect(ask({}, { equity: "0" }).refusal?.code).toBe("ZERO_SIZE");
    expect(ask({ stopLoss: "60001" }).refusal?.code).toBe("STOP_WRONG_SIDE");
    expect(ask({}, { liquidateOnly: true }).refusal?.code).toBe("LIQUIDATE_ONLY");
    expect(ask({ kind: "enterShort" }, { instrument: { ...btc, kind: "spot" } }).refusal?.code).toBe("SHORT_ON_SPOT");
  });

  test("a quantity of the signal's own passes the same checks", () => {
    expect(text(ask({ quantity: "0.1239" }).orders)).toEqual(["s1 buy 0.123 market "]);
    expect(ask({ quantity: "2" }, { risk: { maxPositionQuantity: "1" } }).refusal?.code).toBe("MAX_POSITION_QUANTITY");
  });

  test.each<[string, () => unknown, string]>([
    ["a misspelt kind", () => ask({ kind: "enterLnog" as "enterLong" }), "enterLong"],
    ["an id whose legs would not fit", () => ask({ id: "x".repeat(34) }), "1 to 33"],
    ["a misspelt option", () => ask({ stoploss: "1" } as object), "stopLoss"],
    ["a misspelt key of the context", () => ask({}, { postion: "1" } as object), "position"],
    ["a position finer than the lot", () => ask({}, { position: "0.00001" }), "finer than the lot"],
    ["a negative spot balance", () => ask({}, { instrument: { ...btc, kind: "spot" }, position: "-1" }), "spot balance"],
  ])("%s is an error that says what to write", (_what, act, says) => {
    expect(act).toThrow(says);
  });
});
