import type { MarketEvent } from "../../../src/core/index.js";
import type { VenueHarness } from "../../../src/venues/conformance/index.js";
import type { PaperExchange } from "../../../src/venues/paper/index.js";

export const PRICE = "60000";
export const QUANTITY = "0.01";
export const INSTRUMENT = {
  symbol: "BTCUSDT",
  kind: "linear",
  base: "BTC",
  quote: "USDT",
  tickSize: "0.1",
  lotSize: "0.001",
  maxQuantity: 100,
  minNotional: 5,
} as const;

/** A live market at the paper exchange: quotes and trades are pushed as a feed would. */
export function handsOn(exchange: PaperExchange): Pick<VenueHarness, "quote" | "trade"> {
  let time = Date.now();
  const push = (event: MarketEvent): void => exchange.push(event);
  return {
    quote(bid, ask, size) {
      time++;
      push({ type: "book", symbol: "BTCUSDT", time, kind: "snapshot", bids: [[bid, size]], asks: [[ask, size]] });
    },
    trade(price, quantity, side) {
      time++;
      push({ type: "trade", symbol: "BTCUSDT", time, id: `t${time}`, side, price, quantity });
    },
  };
}
