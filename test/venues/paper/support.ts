import { Decimal, type MarketEvent, type MarketTape, type OrderOutcome, type OrderRequest, tapeOf } from "../../../src/core/index.js";
import { type ExchangeOptions, type PaperAccount, PaperExchange } from "../../../src/venues/paper/index.js";
import { START } from "../../backtest/scripted.js";

export const INSTRUMENT = { symbol: "TESTUSDT", tickSize: "0.1", lotSize: "0.001" } as const;
export const D = (text: string | number): Decimal => new Decimal(text);

/** An order of one coin at the market, unless told otherwise; text for every number. */
export function order(of: {
  side?: "buy" | "sell";
  type?: OrderRequest["type"];
  quantity?: string;
  price?: string;
  triggerPrice?: string;
  id?: string;
  symbol?: string;
  reduceOnly?: boolean;
  postOnly?: boolean;
  timeInForce?: "gtc" | "ioc" | "fok";
  triggerBy?: "last" | "mark";
}): OrderRequest {
  const { side = "buy", type = "market", quantity = "1", price, triggerPrice, id = "", symbol = "TESTUSDT", ...rest } = of;
  return {
    clientOrderId: id,
    symbol,
    side,
    type,
    quantity: D(quantity),
    ...(price !== undefined && { price: D(price) }),
    ...(triggerPrice !== undefined && { triggerPrice: D(triggerPrice) }),
    ...rest,
  };
}

/** A book message and a trade by hand; times are seconds from the start. */
export const snapshot = (second: number, bids: [string, string][], asks: [string, string][], symbol = "TESTUSDT"): MarketEvent => ({
  type: "book",
  symbol,
  time: START + second * 1000,
  kind: "snapshot",
  bids,
  asks,
});
export const delta = (second: number, bids: [string, string][], asks: [string, string][]): MarketEvent => ({
  ...(snapshot(second, bids, asks) as Extract<MarketEvent, { type: "book" }>),
  kind: "delta",
});
export const trade = (second: number, side: "buy" | "sell", price: string, quantity: string): MarketEvent => ({
  type: "trade",
  symbol: "TESTUSDT",
  time: START + second * 1000,
  id: String(second),
  side,
  price,
  quantity,
});

/** An exchange on a tape by hand that has released its first `released` events. */
export function ticks(
  events: readonly MarketEvent[],
  options: Partial<ExchangeOptions> = {},
  released = 1,
): { exchange: PaperExchange; account: PaperAccount } {
  const tape: MarketTape = tapeOf("TESTUSDT", events);
  const exchange = new PaperExchange({ data: tape, instruments: INSTRUMENT, fees: "none", ...options });
  const account = exchange.account();
  for (let i = 0; i < released; i++) exchange.next();
  return { exchange, account };
}

/** Executions in one line each: side quantity @ price, maker or taker. */
export function fills(account: PaperAccount): string[] {
  return account.executions
    .filter(({ execution }) => execution.kind === "trade")
    .map(({ execution: e }) => `${e.side} ${e.quantity.toFixed()} @ ${e.price.toFixed()} ${e.liquidity}`);
}

/** The state of an order and why it ended. */
export function stateOf(account: PaperAccount, outcome: OrderOutcome): string {
  if (!outcome.ok) return `${outcome.code} ${outcome.venueCode}`;
  const { status, reason } = account.find(outcome.order.venueOrderId)!.report();
  return reason === undefined ? status : `${status} ${reason}`;
}
