import type { InstrumentInput, InstrumentKind, MarketEvent } from "../../../src/core/index.js";
import type { VenueHarness } from "../../../src/venues/conformance/index.js";
import type { PaperExchange } from "../../../src/venues/paper/index.js";

/** A market that the suite trades on: what is traded there, near which price, how much, and with what money. */
export interface SuiteMarket {
  readonly instrument: InstrumentInput;
  readonly symbol: string;
  readonly price: string;
  readonly quantity: string;
  readonly balances: Readonly<Record<string, string>>;
}

/** One market of each category. */
export const MARKETS: Readonly<Record<InstrumentKind, SuiteMarket>> = {
  linear: {
    instrument: {
      symbol: "BTCUSDT",
      kind: "linear",
      base: "BTC",
      quote: "USDT",
      tickSize: "0.1",
      lotSize: "0.001",
      maxQuantity: 100,
      minNotional: 5,
    },
    symbol: "BTCUSDT",
    price: "60000",
    quantity: "0.01",
    balances: { USDT: "100000" },
  },
  spot: {
    instrument: {
      symbol: "ETHUSDT",
      kind: "spot",
      base: "ETH",
      quote: "USDT",
      tickSize: "0.01",
      lotSize: "0.0001",
      maxQuantity: 1000,
      minNotional: 5,
    },
    symbol: "ETHUSDT",
    price: "3000",
    quantity: "0.5",
    balances: { USDT: "100000" },
  },
  inverse: {
    instrument: { symbol: "BTCUSD", kind: "inverse", base: "BTC", quote: "USD", tickSize: "0.5", lotSize: "1", maxQuantity: 10_000_000 },
    symbol: "BTCUSD",
    price: "60000",
    quantity: "600",
    balances: { BTC: "2" },
  },
};

/** A live market at the paper exchange: quotes and trades are pushed as a feed would. */
export function handsOn(exchange: PaperExchange, symbol: string): Pick<VenueHarness, "quote" | "trade"> {
  let time = Date.now();
  const push = (event: MarketEvent): void => exchange.push(event);
  return {
    quote(bid, ask, size) {
      time++;
      push({ type: "book", symbol, time, kind: "snapshot", bids: [[bid, size]], asks: [[ask, size]] });
    },
    trade(price, quantity, side) {
      time++;
      push({ type: "trade", symbol, time, id: `t${time}`, side, price, quantity });
    },
  };
}
