import { Decimal, type VenueExecution } from "../../src/core/index.js";
import type { EdgeRequest, TradingEngine } from "../../src/engine/index.js";

export type Place = Extract<EdgeRequest, { type: "place" }>;

/** So much of an order was executed, as its venue tells it: without a fee unless told otherwise. */
export function executionOf(
  { request, order }: Place,
  quantity: Decimal,
  time: number,
  more: Partial<VenueExecution> = {},
): VenueExecution {
  return {
    executionId: String(time),
    venueOrderId: `v${order.id}`,
    clientOrderId: request.clientOrderId,
    symbol: request.symbol,
    side: request.side,
    kind: "trade",
    quantity,
    price: new Decimal(100),
    fee: new Decimal(0),
    feeCurrency: "USDT",
    liquidity: "taker",
    time,
    ...more,
  };
}

/** Tells an engine that so much of an order was executed. */
export function execute(one: TradingEngine, place: Place, quantity: Decimal, price: string, time: number): void {
  one.process({ type: "execution", execution: executionOf(place, quantity, time, { price: new Decimal(price) }) });
}
