import { RestClientV5, WebsocketClient } from "bybit-api";
import { afterEach, describe, expect, test } from "vitest";
import type { InstrumentKind } from "../../../src/core/index.js";
import { type PaperServer, paperServer } from "../../../src/venues/paper/index.js";
import { handsOn, MARKETS } from "../conformance/markets.js";
import { clientOf, type Exchange } from "./ccxt-client.js";
import { Inbox } from "./server-support.js";

// Strangers' clients on every category: load, stream, place, amend, cancel, be filled, reconcile. What they do on linear in detail stands in bybit-api.test.ts and ccxt.test.ts.

interface Row {
  readonly [key: string]: unknown;
}
interface Frame {
  readonly topic: string;
  readonly data: Row & readonly Row[];
}

let server: PaperServer;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await server.close();
});

/** A server of one category's market, quoted a tick below and at its price. */
async function open(category: InstrumentKind) {
  const market = MARKETS[category];
  server = await paperServer({ instruments: market.instrument, balances: market.balances, limits: "none" });
  const hands = handsOn(server.exchange, market.symbol);
  const tick = Number(market.instrument.tickSize);
  const at = (ticks: number): string => (Number(market.price) + ticks * tick).toFixed(category === "spot" ? 2 : 1);
  const quote = (ticks: number): void => void hands.quote(at(ticks - 1), at(ticks), market.quantity);
  quote(0);
  hands.trade(at(0), market.quantity, "buy");
  return { ...market, ...hands, at, quote, half: String(Number(market.quantity) / 2) };
}

const KINDS = ["linear", "spot", "inverse"] as const;

describe.each(KINDS)("bybit-api on %s", (category) => {
  test("loads, streams, places, amends, cancels, is filled and reconciles", async () => {
    const market = await open(category);
    const { symbol, at, quantity, half } = market;
    const { apiKey: key, apiSecret: secret } = server.key;
    const rest = new RestClientV5({ key, secret, baseUrl: server.url, throwExceptions: true } as never);
    const frames = new Inbox<Frame>();
    const socket = (path: string): WebsocketClient => {
      const silent = { trace() {}, info() {}, error() {} };
      const ws = new WebsocketClient(
        { key, secret, wsUrl: `${server.url.replace("http", "ws")}${path}`, market: "v5" } as never,
        silent as never,
      );
      ws.on("update", (frame: unknown) => frames.push(frame as Frame));
      ws.on("exception", () => {});
      closing.push(() => ws.closeAll(true));
      return ws;
    };
    expect((await rest.getInstrumentsInfo({ category })).result.list.map((one) => one.symbol)).toEqual([symbol]);
    await socket(`/v5/public/${category}`).subscribeV5([`orderbook.50.${symbol}`, `publicTrade.${symbol}`], category);
    await frames.find((one) => one.topic.startsWith("orderbook"));
    market.trade(at(-1), quantity, "sell");
    expect((await frames.find((one) => one.topic.startsWith("publicTrade"))).data[0]).toMatchObject({ s: symbol, S: "Sell", v: quantity });

    await socket("/v5/private").subscribeV5(["order", "execution", "wallet"], category);
    while ((server.state().subscriptions as { private: number }).private < 3) await new Promise((resolve) => setImmediate(resolve));
    const common = { category, symbol };
    const order = { ...common, side: "Buy" as const, orderType: "Limit" as const, qty: quantity, price: at(-40), orderLinkId: "rests" };
    await rest.submitOrder(order);
    await rest.amendOrder({ ...common, orderLinkId: "rests", price: at(-30), qty: half });
    expect((await rest.getActiveOrders(common)).result.list).toMatchObject([{ orderLinkId: "rests", orderStatus: "New" }]);
    expect(Number((await rest.getActiveOrders(common)).result.list[0]!.price)).toBe(Number(at(-30)));
    await rest.cancelOrder({ ...common, orderLinkId: "rests" });
    await frames.find((one) => one.topic === "order" && one.data[0]!.orderLinkId === "rests" && one.data[0]!.orderStatus === "Cancelled");

    await rest.submitOrder({
      ...common,
      side: "Buy",
      orderType: "Market",
      qty: half,
      marketUnit: "baseCoin",
      orderLinkId: "takes",
    } as never);
    await rest.submitOrder({ ...order, qty: half, price: at(-10), orderLinkId: "makes" });
    market.quote(-8);
    market.trade(at(-10), quantity, "sell");
    const executed = async (id: string): Promise<Row> =>
      (await frames.find((one) => one.topic === "execution" && one.data.some((row) => row.orderLinkId === id))).data.find(
        (row) => row.orderLinkId === id,
      )!;
    expect(await executed("takes")).toMatchObject({ isMaker: false, execQty: half });
    expect(await executed("makes")).toMatchObject({ isMaker: true, execQty: half });
    const listed = (await rest.getExecutionList(common)).result.list;
    expect(listed.map((one) => one.orderLinkId)).toEqual(["makes", "takes"]);
    expect(listed.map((one) => one.execId)).toEqual([(await executed("makes")).execId, (await executed("takes")).execId]);
    expect((await rest.getHistoricOrders(common)).result.list.map((one) => `${one.orderLinkId} ${one.orderStatus}`)).toEqual([
      "makes Filled",
      "takes Filled",
      "rests Cancelled",
    ]);
    const [wallet] = (await rest.getWalletBalance({ accountType: "UNIFIED" })).result.list;
    if (category === "spot") expect(Number(wallet!.coin.find((one) => one.coin === "ETH")!.walletBalance)).toBe(Number(quantity));
    else expect((await rest.getPositionInfo(common)).result.list).toMatchObject([{ side: "Buy", size: quantity }]);
    const paid = server.exchange.account().balances();
    for (const { currency, total } of paid)
      expect(Number(wallet!.coin.find((one) => one.coin === currency)!.walletBalance)).toBe(total.toNumber());
  });
});

const CCXT_SYMBOL = { linear: "BTC/USDT:USDT", spot: "ETH/USDT", inverse: "BTC/USD:BTC" } as const;

describe.each(KINDS)("ccxt on %s", (category) => {
  test("loads, streams, places, amends, cancels, is filled and reconciles", async () => {
    const market = await open(category);
    const symbol = CCXT_SYMBOL[category];
    const amount = Number(market.quantity);
    const price = (ticks: number): number => Number(market.at(ticks));
    const exchange = await clientOf(server, server.key);
    closing.push(() => exchange.close());
    await exchange.loadMarkets();
    expect(Object.keys(exchange.markets)).toEqual([symbol]);
    expect(exchange.market(symbol)[category]).toBe(true);
    expect((await exchange.watchOrderBook(symbol, 50)).asks[0]).toEqual([price(0), amount]);
    const watched = exchange.watchTrades(symbol);
    while ((server.state().subscriptions as { public: number }).public < 2) await new Promise((resolve) => setImmediate(resolve));
    market.trade(market.at(-1), market.quantity, "sell");
    expect((await watched).at(-1)).toMatchObject({ symbol, side: "sell", price: price(-1), amount });

    const resting = await exchange.createOrder(symbol, "limit", "buy", amount, price(-40), { clientOrderId: "rests" });
    await exchange.editOrder(resting.id, symbol, "limit", "buy", amount / 2, price(-30));
    expect(await exchange.fetchOpenOrders(symbol)).toMatchObject([
      { id: resting.id, clientOrderId: "rests", amount: amount / 2, price: price(-30) },
    ]);
    await exchange.cancelOrder(resting.id, symbol);
    expect(await exchange.fetchOpenOrders(symbol)).toEqual([]);

    const mine: Exchange[] = [];
    const trades = exchange.watchMyTrades(symbol).then((some: Exchange[]) => mine.push(...some));
    while ((server.state().subscriptions as { private: number }).private < 1) await new Promise((resolve) => setImmediate(resolve));
    const taken = await exchange.createOrder(symbol, "market", "buy", amount / 2, undefined, { clientOrderId: "takes" });
    await trades;
    expect(mine[0]).toMatchObject({ order: taken.id, symbol, side: "buy", amount: amount / 2, price: price(0), takerOrMaker: "taker" });
    await exchange.createOrder(symbol, "limit", "buy", amount / 2, price(-10), { clientOrderId: "makes" });
    market.quote(-8);
    market.trade(market.at(-10), market.quantity, "sell");
    const listed = await exchange.fetchMyTrades(symbol);
    expect(listed.map((one: Exchange) => [one.takerOrMaker, one.amount, one.price])).toEqual([
      ["taker", amount / 2, price(0)],
      ["maker", amount / 2, price(-10)],
    ]);
    expect((await exchange.fetchOrder(taken.id, symbol, { acknowledged: true })).status).toBe("closed");
    const balance = await exchange.fetchBalance();
    for (const { currency, total } of server.exchange.account().balances())
      expect(balance[currency].total).toBeCloseTo(total.toNumber(), 8);
    if (category === "spot") expect(balance.ETH.total).toBe(amount);
    else expect(await exchange.fetchPositions([symbol])).toMatchObject([{ side: "long", contracts: amount }]);
    const closed = await exchange.createOrder(symbol, "market", "sell", amount, undefined, category === "spot" ? {} : { reduceOnly: true });
    expect((await exchange.fetchOrder(closed.id, symbol, { acknowledged: true })).filled).toBe(amount);
  });
});
