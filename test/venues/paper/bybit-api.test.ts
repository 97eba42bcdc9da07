import { RestClientV5, WebsocketClient } from "bybit-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PaperServer } from "../../../src/venues/paper/index.js";
import { btcServer, Inbox } from "./server-support.js";

interface Frame {
  readonly topic: string;
  readonly type?: string;
  readonly data: Readonly<Record<string, unknown>> & readonly Readonly<Record<string, unknown>>[];
}

let server: PaperServer;
let rest: RestClientV5;
const frames = new Inbox<Frame>();
const sockets: WebsocketClient[] = [];
const silent = { trace() {}, info() {}, error() {} };

function socket(path: string): WebsocketClient {
  const { apiKey, apiSecret } = server.key;
  const ws = new WebsocketClient(
    { key: apiKey, secret: apiSecret, wsUrl: `${server.url.replace("http", "ws")}${path}`, market: "v5" } as never,
    silent as never,
  );
  ws.on("update", (frame: unknown) => frames.push(frame as Frame));
  ws.on("exception", () => {});
  sockets.push(ws);
  return ws;
}

const row = (frame: Frame): Readonly<Record<string, unknown>> => frame.data[0]!;
const common = { category: "linear", symbol: "BTCUSDT" } as const;

beforeAll(async () => {
  server = await btcServer();
  const { apiKey, apiSecret } = server.key;
  rest = new RestClientV5({
    key: apiKey,
    secret: apiSecret,
    baseUrl: server.url,
    parseAPIRateLimits: true,
    throwExceptions: true,
  } as never);
});

afterAll(async () => {
  for (const ws of sockets) ws.closeAll(true);
  await server.close();
});

describe("bybit-api against the paper server", () => {
  test("loads the market", async () => {
    expect(Math.abs((await rest.fetchServerTime()) * 1000 - Date.now())).toBeLessThan(60_000);
    const { result } = await rest.getInstrumentsInfo({ category: "linear" });
    expect(result.list.map((one) => one.symbol)).toEqual(["BTCUSDT"]);
    expect((await rest.getKline({ ...common, interval: "1", limit: 2 })).result.list.map((one) => one[4])).toEqual(["60000", "59950.5"]);
    const book = (await rest.getOrderbook(common)).result;
    expect([book.b, book.a]).toEqual([
      [
        ["60000", "2"],
        ["59999.9", "3"],
      ],
      [
        ["60000.5", "1"],
        ["60001", "4"],
      ],
    ]);
  });

  test("streams the market: a snapshot, then deltas whose u rises by one", async () => {
    const ws = socket("/v5/public/linear");
    await ws.subscribeV5(["orderbook.50.BTCUSDT", "publicTrade.BTCUSDT", "tickers.BTCUSDT"], "linear");
    const snapshot = await frames.find((one) => one.topic === "orderbook.50.BTCUSDT" && one.type === "snapshot");
    expect(snapshot.data).toMatchObject({
      s: "BTCUSDT",
      b: [
        ["60000", "2"],
        ["59999.9", "3"],
      ],
      u: 1,
    });
    server.next({ count: 3 });
    const deltas = async (u: number): Promise<Frame> =>
      frames.find((one) => one.type === "delta" && one.topic.startsWith("orderbook") && (one.data as { u?: unknown }).u === u);
    expect((await deltas(2)).data).toMatchObject({ b: [["60000", "1.5"]], a: [["60000.5", "0.6"]] });
    expect((await deltas(3)).data).toMatchObject({
      b: [
        ["59999.9", "0"],
        ["59999.5", "7"],
      ],
      a: [],
    });
    expect(row(await frames.find((one) => one.topic === "publicTrade.BTCUSDT"))).toMatchObject({
      S: "Buy",
      p: "60000.5",
      v: "0.4",
      s: "BTCUSDT",
    });
    await frames.find((one) => one.topic === "tickers.BTCUSDT" && one.type === "snapshot");
    await frames.find(
      (one) => one.topic === "tickers.BTCUSDT" && one.type === "delta" && (one.data as { lastPrice?: unknown }).lastPrice === "60000.5",
    );
  });

  test("places, amends, cancels, is filled, and reconciles stream with REST", async () => {
    const ws = socket("/v5/private");
    // subscribeV5 resolves when the request is sent, not when it is acknowledged.
    const acks = new Inbox<{ op?: string; success?: boolean }>();
    ws.on("response", (ack: unknown) => acks.push(ack as { op?: string; success?: boolean }));
    await ws.subscribeV5(["order", "execution", "position", "wallet"], "linear");
    expect(await acks.find((one) => one.op === "subscribe")).toMatchObject({ success: true });
    const placed = await rest.submitOrder({
      ...common,
      side: "Buy",
      orderType: "Limit",
      qty: "0.5",
      price: "59990",
      orderLinkId: "resting-1",
    });
    expect(placed.retCode).toBe(0);
    expect(placed.rateLimitApi).toMatchObject({ remainingRequests: 9, maxRequests: 10 });
    await frames.find((one) => one.topic === "order" && row(one).orderLinkId === "resting-1" && row(one).orderStatus === "New");
    await rest.amendOrder({ ...common, orderLinkId: "resting-1", price: "59995", qty: "0.4" });
    await frames.find((one) => one.topic === "order" && row(one).price === "59995" && row(one).qty === "0.4");
    expect((await rest.getActiveOrders(common)).result.list).toMatchObject([
      { orderLinkId: "resting-1", orderStatus: "New", leavesQty: "0.4", tpslMode: "UNKNOWN" },
    ]);
    await rest.cancelOrder({ ...common, orderLinkId: "resting-1" });
    await frames.find((one) => one.topic === "order" && row(one).orderStatus === "Cancelled" && row(one).cancelType === "CancelByUser");

    await rest.submitOrder({ ...common, side: "Buy", orderType: "Market", qty: "1", orderLinkId: "market-1" });
    const filled = row(
      await frames.find((one) => one.topic === "order" && row(one).orderLinkId === "market-1" && row(one).orderStatus === "Filled"),
    );
    expect(filled).toMatchObject({ cumExecQty: "1", avgPrice: "60000.7" });
    const streamed = frames.all.filter((one) => one.topic === "execution").map((one) => row(one));
    const { list } = (await rest.getExecutionList({ ...common, orderLinkId: "market-1" })).result;
    expect(list.map((one) => one.execId).reverse()).toEqual(streamed.map((one) => one.execId));
    expect(list.map((one) => `${one.execQty} @ ${one.execPrice} ${one.execFee}`).reverse()).toEqual([
      "0.6 @ 60000.5 19.800165",
      "0.4 @ 60001 13.20022",
    ]);
    expect((await rest.getPositionInfo(common)).result.list).toMatchObject([
      { side: "Buy", size: "1", avgPrice: "60000.7", leverage: "10" },
    ]);
    await frames.find((one) => one.topic === "position" && row(one).size === "1");
    const [wallet] = (await rest.getWalletBalance({ accountType: "UNIFIED" })).result.list;
    expect(wallet!.coin.find((one) => one.coin === "USDT")!.walletBalance).toBe("99966.999615");
    await frames.find((one) => one.topic === "wallet");
  });

  test("protects a position, which is closed by its take-profit", async () => {
    await rest.setTradingStop({ ...common, takeProfit: "60010", stopLoss: "59000", tpslMode: "Full", positionIdx: 0 });
    expect(
      (await rest.getActiveOrders({ ...common, orderFilter: "StopOrder" })).result.list.map(
        (one) => `${one.stopOrderType} ${one.triggerPrice} ${one.orderStatus}`,
      ),
    ).toEqual(["TakeProfit 60010 Untriggered", "StopLoss 59000 Untriggered"]);
    server.next({ count: 5 });
    await frames.find((one) => one.topic === "position" && row(one).size === "0");
    expect((await rest.getActiveOrders(common)).result.list).toEqual([]);
    const ended = (await rest.getHistoricOrders(common)).result.list.map((one) => `${one.stopOrderType} ${one.orderStatus}`);
    expect(ended.slice(0, 2)).toEqual(["TakeProfit Filled", "StopLoss Cancelled"]);
  });
});
