import { Decimal } from "../../src/core/index.js";
import type { EdgeRequest, TradingEngine } from "../../src/engine/index.js";

export type Place = Extract<EdgeRequest, { type: "place" }>;

/** Tells an engine that so much of an order was executed. */
export function execute(one: TradingEngine, { request, order }: Place, quantity: Decimal, price: string, time: number): void {
  one.process({
    type: "execution",
    execution: {
      executionId: String(time),
      venueOrderId: `v${order.id}`,
      clientOrderId: request.clientOrderId,
      symbol: request.symbol,
      side: request.side,
      kind: "trade",
      quantity,
      price: new Decimal(price),
      fee: new Decimal(0),
      feeCurrency: "USDT",
      liquidity: "taker",
      time,
    },
  });
}
