import ccxt from "ccxt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PaperServer } from "../../../src/venues/paper/index.js";
import { clientOf, type Exchange } from "./ccxt-client.js";
import { btcServer } from "./server-support.js";

let server: PaperServer;
let exchange: Exchange;
const SYMBOL = "BTC/USDT:USDT";

beforeAll(async () => {
  server = await btcServer();
  exchange = await clientOf(server, server.key);
  await exchange.loadMarkets();
});

afterAll(async () => {
  await exchange.close();
  await server.close();
});

describe("ccxt against the paper server", () => {
  test("loads markets of three kinds", () => {
    expect(Object.keys(exchange.markets).sort()).toEqual(["BTC/USD:BTC", "BTC/USDT:USDT", "ETH/USDT"]);
    expect(exchange.market(SYMBOL)).toMatchObject({ linear: true, precision: { amount: 0.001, price: 0.1 } });
  });

  test("reads candles, the book and tickers", async () => {
    const candles = await exchange.fetchOHLCV(SYMBOL, "1m", undefined, 2);
    expect(candles.map((row: number[]) => row[4])).toEqual([59950.5, 60000]);
    expect(await exchange.fetchOrderBook(SYMBOL)).toMatchObject({
      bids: [
        [60000, 2],
        [59999.9, 3],
      ],
      asks: [
        [60000.5, 1],
        [60001, 4],
      ],
    });
    expect((await exchange.fetchTicker(SYMBOL)).bid).toBe(60000);
  });

  test("streams the book", async () => {
    const first = exchange.watchOrderBook(SYMBOL, 50);
    expect((await first).bids[0]).toEqual([60000, 2]);
    const second = exchange.watchOrderBook(SYMBOL, 50);
    server.next({ count: 2 });
    expect((await second).bids[0]).toEqual([60000, 1.5]);
  });

  test("places, amends, cancels, is filled and reconciles", async () => {
    const resting = await exchange.createOrder(SYMBOL, "limit", "buy", 0.5, 59990, { clientOrderId: "ccxt-1" });
    await exchange.editOrder(resting.id, SYMBOL, "limit", "buy", 0.4, 59995);
    expect(await exchange.fetchOpenOrders(SYMBOL)).toMatchObject([
      { id: resting.id, clientOrderId: "ccxt-1", amount: 0.4, price: 59995, status: "open" },
    ]);
    await exchange.cancelOrder(resting.id, SYMBOL);
    expect(await exchange.fetchOpenOrders(SYMBOL)).toEqual([]);

    const orders = exchange.watchOrders(SYMBOL);
    const trades = exchange.watchMyTrades(SYMBOL);
    await until(() => privateTopics() >= 2);
    const bought = await exchange.createOrder(SYMBOL, "market", "buy", 1, undefined, { clientOrderId: "ccxt-2" });
    expect((await orders).at(-1)).toMatchObject({ id: bought.id, symbol: SYMBOL });
    expect((await trades)[0]).toMatchObject({ order: bought.id, side: "buy", price: 60000.5, amount: 0.6 });
    const mine = await exchange.fetchMyTrades(SYMBOL);
    expect(mine.map((one: Exchange) => [one.amount, one.price, one.fee.cost])).toEqual([
      [0.6, 60000.5, 19.800165],
      [0.4, 60001, 13.20022],
    ]);
    expect(await exchange.fetchPositions([SYMBOL])).toMatchObject([{ side: "long", contracts: 1, entryPrice: 60000.7 }]);
    expect((await exchange.fetchBalance()).USDT.total).toBe(99966.999615);
  });

  test("is told why not, as an error of its own", async () => {
    await expect(exchange.createOrder(SYMBOL, "limit", "buy", 900, 60000)).rejects.toThrow(ccxt.InsufficientFunds);
    await expect(exchange.cancelOrder("nobody", SYMBOL)).rejects.toThrow(ccxt.OrderNotFound);
    await expect(exchange.createOrder(SYMBOL, "limit", "buy", 0.1, 50000, { clientOrderId: "ccxt-2" })).rejects.toThrow(ccxt.InvalidOrder);
    const stranger = await clientOf(server, { apiKey: "nobody", apiSecret: "nothing" });
    await expect(stranger.privateGetV5OrderRealtime({ category: "linear", symbol: "BTCUSDT" })).rejects.toThrow(ccxt.AuthenticationError);
    await stranger.close();
  });
});

/** Topics that private streams of the server are subscribed to. */
function privateTopics(): number {
  return (server.state().subscriptions as { private: number }).private;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
