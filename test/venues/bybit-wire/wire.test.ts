import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { RestClientV5 } from "bybit-api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimal, instrument, type OrderRequest, type Side, type VenueOrder } from "../../../src/core/index.js";
import {
  batchRows,
  bookDepth,
  type Category,
  createOrderBody,
  executionRow,
  instrumentRow,
  intervalOf,
  isClientOrderId,
  orderRow,
  parseEnvelope,
  parseExecution,
  parseInstrument,
  parseOrder,
  readCreateOrder,
  SIGN_HEADERS,
  sameSignature,
  signRequest,
  statusOf,
  streamReply,
  timestampAccepted,
  topicName,
  topicOf,
  WIRE_INTERVALS,
  wireInterval,
  wireStatus,
} from "../../../src/venues/bybit-wire/index.js";
import { expectMisuse } from "../../misuse.js";

const categories: readonly Category[] = ["linear", "spot", "inverse"];
const units = fc.integer({ min: 1, max: 9_999_999 }).map((n) => decimal(n).div(1000));
const clientId = fc.stringMatching(/^[A-Za-z0-9_-]{1,36}$/);

const request: fc.Arbitrary<OrderRequest> = fc
  .record({
    clientOrderId: clientId,
    side: fc.constantFrom<Side>("buy", "sell"),
    type: fc.constantFrom<OrderRequest["type"]>("market", "limit", "stop", "stopLimit", "takeProfit", "takeProfitLimit"),
    quantity: units,
    price: units,
    triggerPrice: units,
    timeInForce: fc.constantFrom("gtc", "ioc", "fok"),
    postOnly: fc.boolean(),
    reduceOnly: fc.boolean(),
    triggerBy: fc.constantFrom("last", "mark", "index"),
  })
  .map((all) => {
    const limit = all.type === "limit" || all.type.endsWith("Limit");
    const conditional = all.type !== "market" && all.type !== "limit";
    return {
      clientOrderId: all.clientOrderId,
      symbol: "BTCUSDT",
      side: all.side,
      type: all.type,
      quantity: all.quantity,
      ...(limit && { price: all.price, timeInForce: all.postOnly ? "gtc" : all.timeInForce, postOnly: all.postOnly }),
      ...(conditional && { triggerPrice: all.triggerPrice, triggerBy: all.triggerBy }),
      reduceOnly: all.reduceOnly,
    } as OrderRequest;
  });

describe("orders on the wire", () => {
  test("what is written for derivatives is read back the same", () => {
    fc.assert(
      fc.property(request, fc.constantFrom<Category>("linear", "inverse"), (order, category) => {
        const { request: back, quoteQuantity } = readCreateOrder(JSON.parse(JSON.stringify(createOrderBody(category, order))));
        expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(order)));
        expect(quoteQuantity).toBe(false);
      }),
    );
  });

  test("a spot market order says that its quantity is in base, and has nothing of derivatives", () => {
    const body = createOrderBody("spot", { clientOrderId: "a", symbol: "BTCUSDT", side: "buy", type: "market", quantity: decimal("0.5") });
    expect(body).toEqual({
      category: "spot",
      symbol: "BTCUSDT",
      side: "Buy",
      orderType: "Market",
      qty: "0.5",
      timeInForce: "IOC",
      orderLinkId: "a",
      marketUnit: "baseCoin",
    });
    const { marketUnit: _unit, ...plain } = body;
    expect(readCreateOrder(plain).quoteQuantity).toBe(true);
    expect(readCreateOrder({ ...plain, side: "Sell" }).quoteQuantity).toBe(false);
  });

  test.each([
    ["stop", "sell", 2],
    ["stop", "buy", 1],
    ["takeProfit", "sell", 1],
    ["takeProfitLimit", "buy", 2],
  ] as const)("a %s that will %s waits for direction %i, reduce-only", (type, side, direction) => {
    const body = createOrderBody("linear", {
      clientOrderId: "a",
      symbol: "X",
      side,
      type,
      quantity: decimal(1),
      price: decimal(3),
      triggerPrice: decimal(2),
      reduceOnly: true,
    });
    expect(body).toMatchObject({
      triggerDirection: direction,
      triggerPrice: "2",
      triggerBy: "LastPrice",
      reduceOnly: true,
      positionIdx: 0,
    });
  });

  test("a server's rows are read back as the order they stand for", () => {
    const statuses = ["pending", "untriggered", "working", "partiallyFilled", "filled", "cancelled", "rejected", "unknown"] as const;
    fc.assert(
      fc.property(request, fc.constantFrom(...categories), fc.constantFrom(...statuses), (order, category, status) => {
        const filledQuantity = status === "partiallyFilled" || status === "filled" ? order.quantity : decimal(0);
        const limit = order.price !== undefined;
        const venueOrder: VenueOrder = {
          venueOrderId: "v-1",
          clientOrderId: order.clientOrderId,
          symbol: order.symbol,
          side: order.side,
          type: order.type,
          quantity: order.quantity,
          filledQuantity,
          averagePrice: filledQuantity.gt(0) ? decimal("2.5") : undefined,
          price: order.price,
          triggerPrice: order.triggerPrice,
          timeInForce: limit ? (order.timeInForce ?? "gtc") : "ioc",
          postOnly: order.postOnly === true,
          // Spot has no word for it.
          reduceOnly: category !== "spot" && order.reduceOnly === true,
          status,
          createdAt: 1,
          updatedAt: 2,
          reason: status === "rejected" ? "EC_X" : status === "cancelled" ? "CancelByUser" : undefined,
        };
        const falls = (order.side === "sell") === order.type.startsWith("stop");
        const lastPrice = order.triggerPrice === undefined ? "" : order.triggerPrice.plus(falls ? 1 : -0.0001).toFixed();
        const back = parseOrder(JSON.parse(JSON.stringify(orderRow(category, venueOrder, { lastPrice }))));
        expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(venueOrder)));
      }),
    );
  });

  test("states: partially filled and cancelled is final, an unknown one is open", () => {
    expect(statusOf("PartiallyFilledCanceled", true)).toBe("cancelled");
    expect(wireStatus("cancelled", true, true)).toBe("PartiallyFilledCanceled");
    expect(wireStatus("cancelled", false, true)).toBe("Cancelled");
    expect(statusOf("SomethingNew", false)).toBe("unknown");
  });

  test("client ids", () => {
    expect(isClientOrderId("a".repeat(36)) && isClientOrderId("run_1-2-sl")).toBe(true);
    expect(isClientOrderId("a".repeat(37)) || isClientOrderId("") || isClientOrderId("a b") || isClientOrderId("ä")).toBe(false);
  });

  test("executions read back", () => {
    const execution = {
      executionId: "e",
      venueOrderId: "v",
      clientOrderId: "c",
      symbol: "BTCUSDT",
      side: "sell",
      kind: "funding",
      quantity: decimal(1),
      price: decimal("2.50"),
      fee: decimal("-0.1"),
      feeCurrency: "USDT",
      liquidity: "maker",
      time: 5,
    } as const;
    expect(JSON.stringify(parseExecution(executionRow("linear", execution), () => "USDT"))).toBe(JSON.stringify(execution));
  });
});

test("instruments read back, and what is not traded is left out", () => {
  for (const kind of categories) {
    const one = instrument({
      symbol: "BTCUSDT",
      venue: "bybit",
      kind,
      base: "BTC",
      quote: "USDT",
      tickSize: "0.1",
      lotSize: "0.001",
      maxQuantity: 100,
      minNotional: kind === "inverse" ? 0 : 5,
    });
    expect(parseInstrument(kind, instrumentRow(one), "bybit")?.instrument).toEqual(one);
    expect(parseInstrument(kind, { ...instrumentRow(one), status: "PreLaunch" }, "bybit")).toBeUndefined();
  }
  expect(parseInstrument("linear", { symbol: "BTC-27DEC24", status: "Trading", contractType: "LinearFutures" }, "bybit")).toBeUndefined();
});

describe("names", () => {
  test("intervals both ways", () => {
    for (const interval of WIRE_INTERVALS) expect(intervalOf(wireInterval(interval))).toBe(interval);
    expect(wireInterval("60m")).toBe("60");
    expectMisuse(() => wireInterval("7m"), "INTERVAL_UNKNOWN", /Bybit.*'7m'/);
    expect(intervalOf("M")).toBeUndefined();
  });

  test("topics both ways", () => {
    const topics = [
      { type: "trades", symbol: "BTCUSDT" },
      { type: "ticker", symbol: "BTCUSDT" },
      { type: "candles", symbol: "BTCUSDT", interval: "1h" },
      { type: "book", symbol: "BTCUSDT", depth: 200 },
    ] as const;
    expect(topics.map(topicName)).toEqual(["publicTrade.BTCUSDT", "tickers.BTCUSDT", "kline.60.BTCUSDT", "orderbook.200.BTCUSDT"]);
    expect(topics.map(topicName).map(topicOf)).toEqual(topics);
    expect(["order", "kline.M.X", "orderbook.x.X", ""].map(topicOf)).toEqual([undefined, undefined, undefined, undefined]);
    expect([bookDepth(), bookDepth(2), bookDepth(200)]).toEqual([50, 50, 200]);
    expectMisuse(() => bookDepth(1001), "BOOK_DEPTH", /1000.*1001/);
  });
});

describe("answers", () => {
  test("a batch is read row by row, and a row without a code is not taken for done", () => {
    const rows = batchRows(
      parseEnvelope({
        retCode: 0,
        retMsg: "OK",
        result: { list: [{ orderLinkId: "a" }, { orderLinkId: "b" }] },
        retExtInfo: { list: [{ code: 110007, msg: "no" }] },
      }),
    );
    expect(rows.map((row) => [row.row.orderLinkId, row.code])).toEqual([
      ["a", 110007],
      ["b", -32768],
    ]);
  });

  test.each([["a string"], [null], [[]], [{ retMsg: "OK" }]])("%j is no response", (body) => {
    expectMisuse(() => parseEnvelope(body), "WIRE_INVALID");
  });

  test("pongs of four shapes", () => {
    for (const pong of [
      { success: true, ret_msg: "pong", op: "ping", conn_id: "x" },
      { op: "pong", args: ["1"] },
      { op: "pong", args: ["1"], conn_id: "x", req_id: "1" },
      { op: "pong", retCode: 0, data: ["1"], connId: "x" },
    ])
      expect(streamReply(pong)).toEqual({ type: "pong" });
  });
});

describe("signatures", () => {
  test("equal those of an independent client over the bytes it sent", async () => {
    const seen: { headers: IncomingMessage["headers"]; url: string; body: string }[] = [];
    const server = createServer((incoming, response) => {
      let body = "";
      incoming.on("data", (chunk) => (body += String(chunk)));
      incoming.on("end", () => {
        seen.push({ headers: incoming.headers, url: incoming.url ?? "", body });
        response.end(JSON.stringify({ retCode: 0, retMsg: "OK", result: { list: [] }, retExtInfo: {}, time: Date.now() }));
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    try {
      const secret = "not-a-real-one";
      const client = new RestClientV5({ key: "key", secret, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
      await client.getActiveOrders({ category: "linear", symbol: "BTCUSDT", cursor: "132766:2,132766:2" });
      await client.submitOrder({ category: "linear", symbol: "BTCUSDT", side: "Buy", orderType: "Limit", qty: "0.001", price: "1" });
      expect(seen.map((one) => one.url.split("?")[0])).toEqual(["/v5/order/realtime", "/v5/order/create"]);
      for (const { headers, url, body } of seen) {
        const header = (name: string): string => String(headers[name.toLowerCase()]);
        const payload = body === "" ? url.slice(url.indexOf("?") + 1) : body;
        const signature = signRequest(secret, {
          timestamp: header(SIGN_HEADERS.timestamp),
          apiKey: "key",
          recvWindow: header(SIGN_HEADERS.recvWindow),
          payload,
        });
        expect(sameSignature(signature, header(SIGN_HEADERS.signature))).toBe(true);
        expect(sameSignature(signature, signRequest("another", { timestamp: 1, apiKey: "key", recvWindow: 1, payload }))).toBe(false);
      }
    } finally {
      server.close();
    }
  });

  test("the window: 5 s late is taken, 1 s early is not", () => {
    expect([4_999, 5_000, 10_999, 11_000].map((timestamp) => timestampAccepted(timestamp, 5_000, 10_000))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
