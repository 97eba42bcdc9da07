import { Decimal, type StrategyContext } from "../../src/core/index.js";
import { type EdgeRequest, TradingEngine, type TradingEngineOptions } from "../../src/engine/index.js";
import { execute, type Place } from "./executed.js";

/** An engine of two instruments at 100 and 50, whose strategy does what it is told. */
export function pair(options: Partial<TradingEngineOptions> = {}) {
  let todo: ((desk: StrategyContext) => void) | undefined;
  const one = new TradingEngine({
    instruments: ["AAAUSDT", "BBBUSDT"].map((symbol) => ({ symbol, tickSize: "0.1", lotSize: "1" })),
    strategy: { onTimer: (_, desk) => todo?.(desk) },
    sizer: "fixed:10",
    ...options,
  });
  let time = 1_000;
  const price = (symbol: string, at: string): unknown =>
    one.process({ type: "trade", symbol, time: ++time, id: String(time), side: "buy", price: at, quantity: "1" });
  price("AAAUSDT", "100");
  price("BBBUSDT", "50");
  return {
    one,
    price,
    say(act: (desk: StrategyContext) => void): void {
      todo = act;
      one.process({ type: "timer", time: ++time });
      todo = undefined;
    },
    /** What is asked of the venue since the last time. */
    asked: (): EdgeRequest[] => [...one.requests()],
    fill(place: Place, quantity: number, at: string): void {
      execute(one, place, new Decimal(quantity), at, ++time);
    },
    ended({ request, order }: Place, status: "cancelled" | "rejected", filled = 0): void {
      one.process({
        type: "order",
        order: {
          venueOrderId: `v${order.id}`,
          clientOrderId: request.clientOrderId,
          symbol: request.symbol,
          side: request.side,
          type: request.type,
          status,
          quantity: request.quantity,
          filledQuantity: new Decimal(filled),
          averagePrice: undefined,
          price: request.price,
          triggerPrice: undefined,
          timeInForce: "gtc",
          reduceOnly: request.reduceOnly ?? false,
          createdAt: time,
          updatedAt: ++time,
        } as never,
      });
    },
    wait(ms: number): void {
      time += ms;
      one.process({ type: "timer", time });
    },
    alerts: (): string[] => one.engine.orders.alerts.entries.map(({ code }) => code),
    held: (): (number | undefined)[] => one.engine.orders.desks.map(({ held }) => held),
  };
}

export const line = (one: EdgeRequest): string =>
  one.type === "place"
    ? [one.request.side, one.request.quantity, one.request.symbol, one.request.type, one.request.price?.toFixed() ?? ""].join(" ").trim() +
      (one.request.timeInForce === "ioc" ? " ioc" : "") +
      (one.request.reduceOnly === true ? " reduce-only" : "")
    : `${one.type} ${one.type === "cancel" ? one.symbol : one.request.symbol}`;
