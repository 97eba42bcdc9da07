import { WebsocketClient } from "bybit-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PaperServer } from "../../../src/venues/paper/index.js";
import { clientOf } from "./ccxt-client.js";
import { btcServer } from "./server-support.js";

// Two clients that nobody of us wrote enter orders over the order-entry stream.

let server: PaperServer;
beforeEach(async () => {
  server = await btcServer();
});
afterEach(() => server.close());

/** What the exchange knows of an order. */
const known = (id: string): string => {
  const order = server.exchange.account().find(id)!.report();
  return `${order.status} ${order.filledQuantity.toFixed()} of ${order.quantity.toFixed()} at ${order.price?.toFixed() ?? "market"}`;
};

describe("order entry over WebSocket", () => {
  test("by bybit-api: placed, amended, cancelled, filled, refused with its code", async () => {
    const { apiKey: key, apiSecret: secret } = server.key;
    const ws = new WebsocketClient(
      { key, secret, wsUrl: `${server.url.replace("http", "ws")}/v5/trade`, market: "v5" } as never,
      { trace() {}, info() {}, error() {} } as never,
    );
    ws.on("exception", () => {});
    try {
      const common = { category: "linear", symbol: "BTCUSDT" } as const;
      const order = { ...common, side: "Buy", orderType: "Limit", qty: "0.5", price: "59990", orderLinkId: "ws-1" } as const;
      expect(await ws.sendWSAPIRequest("v5PrivateTrade", "order.create", order)).toMatchObject({
        retCode: 0,
        data: { orderLinkId: "ws-1" },
      });
      expect(known("ws-1")).toBe("working 0 of 0.5 at 59990");
      await ws.sendWSAPIRequest("v5PrivateTrade", "order.amend", { ...common, orderLinkId: "ws-1", qty: "0.4", price: "59995" });
      expect(known("ws-1")).toBe("working 0 of 0.4 at 59995");
      await ws.sendWSAPIRequest("v5PrivateTrade", "order.cancel", { ...common, orderLinkId: "ws-1" });
      expect(known("ws-1")).toBe("cancelled 0 of 0.4 at 59995");
      const taken = { ...common, side: "Buy", orderType: "Market", qty: "1", orderLinkId: "ws-2" } as const;
      await ws.sendWSAPIRequest("v5PrivateTrade", "order.create", taken);
      expect(known("ws-2")).toBe("filled 1 of 1 at market");
      await expect(ws.sendWSAPIRequest("v5PrivateTrade", "order.create", taken)).rejects.toMatchObject({ retCode: 110072 });
    } finally {
      ws.closeAll(true);
    }
  });

  test("by ccxt: placed, amended, cancelled, filled, refused as an error of its own", async () => {
    const exchange = await clientOf(server, server.key);
    try {
      await exchange.loadMarkets();
      const symbol = "BTC/USDT:USDT";
      const resting = await exchange.createOrderWs(symbol, "limit", "buy", 0.5, 59990, { clientOrderId: "cx-1" });
      expect(known("cx-1")).toBe("working 0 of 0.5 at 59990");
      await exchange.editOrderWs(resting.id, symbol, "limit", "buy", 0.4, 59995);
      expect(known("cx-1")).toBe("working 0 of 0.4 at 59995");
      await exchange.cancelOrderWs(resting.id, symbol);
      expect(known("cx-1")).toBe("cancelled 0 of 0.4 at 59995");
      await exchange.createOrderWs(symbol, "market", "buy", 1, undefined, { clientOrderId: "cx-2" });
      expect(known("cx-2")).toBe("filled 1 of 1 at market");
      await expect(exchange.createOrderWs(symbol, "limit", "buy", 900, 60000)).rejects.toThrow(/110007/);
    } finally {
      await exchange.close();
    }
  });
});
