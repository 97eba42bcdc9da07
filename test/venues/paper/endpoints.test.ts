import { afterEach, beforeEach, expect, test } from "vitest";
import type { PaperServer } from "../../../src/venues/paper/index.js";
import { type Answer, RawClient } from "./raw-client.js";
import { btcServer } from "./server-support.js";

// Every endpoint of the specification's table answers, with what it is asked for. What pages, limits and codes do stands in protocol.test.ts and server.test.ts.

let server: PaperServer;
let client: RawClient;
beforeEach(async () => {
  server = await btcServer({ limits: "none" });
  client = new RawClient(server);
});
afterEach(() => server.close());

const common = { category: "linear", symbol: "BTCUSDT" };
const query = "category=linear&symbol=BTCUSDT";
const limit = { ...common, side: "Buy", orderType: "Limit", qty: "0.1", price: "59000" };

async function get(path: string, asked = query): Promise<Answer> {
  const answer = await client.get(path, asked);
  expect([path, answer.retCode]).toEqual([path, 0]);
  return answer.result;
}

async function post(path: string, body: object): Promise<Answer> {
  const answer = await client.post(path, body);
  expect([path, answer.retCode]).toEqual([path, 0]);
  return answer;
}

const open = async (): Promise<string[]> =>
  (await get("/v5/order/realtime")).list.map((one: Answer) => `${one.orderLinkId} ${one.qty} @ ${one.price}`).sort();

test("market: time, candles, instruments, tickers, book, trades", async () => {
  const time = await get("/v5/market/time", "");
  expect(time.timeNano).toMatch(new RegExp(`^${time.timeSecond}\\d{9}$`));
  expect((await get("/v5/market/kline", `${query}&interval=1&limit=1`)).list[0]).toHaveLength(7);
  expect((await get("/v5/market/instruments-info")).list[0]).toMatchObject({ symbol: "BTCUSDT", priceFilter: { tickSize: "0.1" } });
  expect((await get("/v5/market/tickers")).list).toMatchObject([{ symbol: "BTCUSDT", bid1Price: "60000", ask1Price: "60000.5" }]);
  const book = await get("/v5/market/orderbook", `${query}&limit=1`);
  expect(book).toMatchObject({ s: "BTCUSDT", b: [["60000", "2"]] });
  expect(book.a).toHaveLength(1);
  server.next();
  expect((await get("/v5/market/recent-trade")).list).toMatchObject([{ symbol: "BTCUSDT", price: "60000.5", size: "0.4", side: "Buy" }]);
});

test("orders: one by one, in batches, all at once; open ones, history, executions", async () => {
  await post("/v5/order/create", { ...limit, orderLinkId: "a" });
  await post("/v5/order/amend", { ...common, orderLinkId: "a", qty: "0.2" });
  const { category, ...row } = limit;
  const created = await post("/v5/order/create-batch", {
    category,
    request: [
      { ...row, orderLinkId: "b" },
      { ...row, orderLinkId: "c" },
    ],
  });
  expect(created.retExtInfo.list.map((one: Answer) => one.code)).toEqual([0, 0]);
  expect(await open()).toEqual(["a 0.2 @ 59000", "b 0.1 @ 59000", "c 0.1 @ 59000"]);
  const { symbol } = common;
  const amended = await post("/v5/order/amend-batch", {
    category,
    request: [
      { symbol, orderLinkId: "b", price: "58000" },
      { symbol, orderLinkId: "nobody", price: "58000" },
    ],
  });
  expect(amended.retExtInfo.list.map((one: Answer) => one.code)).toEqual([0, 110001]);
  expect(await open()).toEqual(["a 0.2 @ 59000", "b 0.1 @ 58000", "c 0.1 @ 59000"]);
  const cancelled = await post("/v5/order/cancel-batch", {
    category,
    request: [
      { symbol, orderLinkId: "nobody" },
      { symbol, orderLinkId: "b" },
    ],
  });
  expect(cancelled.retExtInfo.list.map((one: Answer) => one.code)).toEqual([110001, 0]);
  await post("/v5/order/cancel", { ...common, orderLinkId: "a" });
  expect(await open()).toEqual(["c 0.1 @ 59000"]);
  const all = await post("/v5/order/cancel-all", common);
  expect(all.result.list.map((one: Answer) => one.orderLinkId)).toEqual(["c"]);
  expect(await open()).toEqual([]);
  await post("/v5/order/create", { ...common, side: "Buy", orderType: "Market", qty: "0.1", orderLinkId: "d" });
  const history = (await get("/v5/order/history")).list.map((one: Answer) => `${one.orderLinkId} ${one.orderStatus}`);
  expect(history.sort()).toEqual(["a Cancelled", "b Cancelled", "c Cancelled", "d Filled"]);
  expect((await get("/v5/execution/list")).list).toMatchObject([{ orderLinkId: "d", execQty: "0.1", execType: "Trade", isMaker: false }]);
});

test("position and account: list, leverage, mode, protection; wallet, fee rate, info", async () => {
  await post("/v5/order/create", { ...common, side: "Buy", orderType: "Market", qty: "0.1" });
  await post("/v5/position/set-leverage", { ...common, buyLeverage: "7", sellLeverage: "7" });
  expect((await get("/v5/position/list")).list).toMatchObject([{ side: "Buy", size: "0.1", leverage: "7" }]);
  expect((await client.post("/v5/position/switch-mode", { ...common, mode: 0 })).retCode).toBe(110025);
  const protection = { ...common, tpslMode: "Full", positionIdx: 0 };
  await post("/v5/position/trading-stop", { ...protection, takeProfit: "61000", stopLoss: "59500" });
  const legs = async (): Promise<string[]> =>
    (await get("/v5/order/realtime")).list.map((one: Answer) => `${one.stopOrderType} ${one.triggerPrice}`).sort();
  expect(await legs()).toEqual(["StopLoss 59500", "TakeProfit 61000"]);
  await post("/v5/position/trading-stop", { ...protection, takeProfit: "0" });
  expect(await legs()).toEqual(["StopLoss 59500"]);
  expect((await client.post("/v5/position/trading-stop", { ...protection, stopLoss: "59500" })).retCode).toBe(34040);
  const { list } = await get("/v5/account/wallet-balance", "accountType=UNIFIED");
  const usdt = list[0].coin.find((one: Answer) => one.coin === "USDT");
  expect(usdt.walletBalance).toBe(server.exchange.account().balances()[0]!.total.toFixed());
  expect((await get("/v5/account/fee-rate")).list).toMatchObject([{ symbol: "BTCUSDT", takerFeeRate: "0.00055", makerFeeRate: "0.0002" }]);
  expect(await get("/v5/account/info", "")).toMatchObject({ unifiedMarginStatus: expect.any(Number), marginMode: expect.any(String) });
});
