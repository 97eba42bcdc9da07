import type { MarketEvent } from "../../../src/core/index.js";
import { CandleSeries, tapeOf, toUnits } from "../../../src/core/index.js";
import { type PaperServer, type PaperServerOptions, paperServer } from "../../../src/venues/paper/index.js";
import { START } from "../../backtest/scripted.js";

const at = (second: number): number => START + second * 1000;
const book = (second: number, kind: "snapshot" | "delta", bids: [string, string][], asks: [string, string][]): MarketEvent => ({
  type: "book",
  symbol: "BTCUSDT",
  time: at(second),
  kind,
  bids,
  asks,
});
const trade = (second: number, side: "buy" | "sell", price: string, quantity: string): MarketEvent => ({
  type: "trade",
  symbol: "BTCUSDT",
  time: at(second),
  id: `t${second}`,
  side,
  price,
  quantity,
});

/** Two minutes of a market by hand: the book moves, trades go through it. */
const EVENTS: readonly MarketEvent[] = [
  book(
    1,
    "snapshot",
    [
      ["60000", "2"],
      ["59999.9", "3"],
    ],
    [
      ["60000.5", "1"],
      ["60001", "4"],
    ],
  ),
  trade(2, "buy", "60000.5", "0.4"),
  book(3, "delta", [["60000", "1.5"]], [["60000.5", "0.6"]]),
  book(
    4,
    "delta",
    [
      ["59999.9", "0"],
      ["59999.5", "7"],
    ],
    [],
  ),
  trade(5, "sell", "60000", "0.2"),
  book(6, "delta", [], [["60000.5", "2"]]),
  trade(7, "sell", "59990", "5"),
  trade(8, "buy", "60010", "1"),
];

/** A minute candle before each of them. */
function minutes(symbol: string, closes: readonly string[], priceDp: number): CandleSeries {
  const price = Float64Array.from(closes, (text) => toUnits(text, priceDp));
  return new CandleSeries({
    symbol,
    interval: "1m",
    priceDp,
    volumeDp: 3,
    time: Float64Array.from(closes, (_, i) => START - (closes.length - i) * 60_000),
    open: price,
    high: price,
    low: price,
    close: price,
    volume: Float64Array.from(closes, () => 12_345),
  });
}

/** A server on that market, at its first book. */
export async function btcServer(options: Partial<PaperServerOptions> = {}): Promise<PaperServer> {
  const series = minutes("BTCUSDT", ["59900", "59950.5", "60000"], 1);
  const server = await paperServer({
    data: [tapeOf("BTCUSDT", EVENTS), series, { data: minutes("ETHUSDT", ["3000", "3001"], 2), category: "spot" }],
    instruments: { symbol: "BTCUSD", kind: "inverse", base: "BTC", quote: "USD", tickSize: "0.5", lotSize: "1" },
    balances: { USDT: "100000" },
    leverage: 10,
    ...options,
  });
  server.next({ count: 4 });
  return server;
}

/** Waits until a list holds what is looked for; the test's own time limit is the only one. */
export class Inbox<T> {
  readonly all: T[] = [];
  #waiting: (() => void)[] = [];

  push(one: T): void {
    this.all.push(one);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async find(wanted: (one: T) => boolean): Promise<T> {
    for (;;) {
      const found = this.all.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
