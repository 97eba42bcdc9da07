import { describe, expect, test } from "vitest";
import {
  codeClass,
  isFinal,
  pageOf,
  parseBook,
  parseCandles,
  parseEnvelope,
  parseExecution,
  parseKlines,
  parseOrder,
  parsePosition,
  parseTicker,
  parseTrades,
  parseWallet,
  type Row,
  rowsOf,
  streamReply,
  topicFrame,
} from "../../../src/venues/bybit-wire/index.js";
import { capturedBook, errorTexts, FRAMES, MISSING, RESPONSES, recorded } from "./recorded.js";

const usdt = (): string => "USDT";

describe.skipIf(MISSING !== "")(`recorded messages of Bybit${MISSING}`, () => {
  test("every recorded order reads as ccxt read it", () => {
    const sources = [
      ...FRAMES.filter((one) => one.kind === "order").map((one) => ({ rows: rowsOf(one.message.data), ccxt: one.ccxtParsed })),
      ...RESPONSES.filter((one) => /order\/(realtime|history)/.test(one.path ?? "")).map((one) => ({
        rows: rowsOf(one.httpResponse.result.list),
        ccxt: one.ccxtParsed,
      })),
    ];
    let compared = 0;
    for (const { rows, ccxt } of sources) {
      const ours = rows.map(parseOrder);
      for (const theirs of ccxt as Record<string, unknown>[]) {
        const order = ours.find((one) => one.venueOrderId === theirs.id);
        expect(order, String(theirs.id)).toBeDefined();
        expect(order!.side).toBe(theirs.side);
        expect(order!.quantity.toNumber()).toBe(theirs.amount);
        expect(order!.filledQuantity.toNumber()).toBe(theirs.filled);
        expect(order!.averagePrice?.toNumber() ?? 0).toBe(theirs.average ?? 0);
        expect(order!.createdAt).toBe(theirs.timestamp);
        expect(order!.reduceOnly).toBe(theirs.reduceOnly);
        expect(order!.postOnly).toBe(theirs.postOnly);
        expect(isFinal(order!.status)).toBe(theirs.status !== "open");
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(10);
  });

  test("a trigger price of zero or nothing is no conditional order, and names and directions tell stop from take-profit", () => {
    const type = (name: string): string => parseOrder(rowsOf(recorded(FRAMES, name).message.data)[0]!).type;
    expect(type("ws_account_order (nautilus)")).toBe("limit");
    expect(type("order option filled")).toBe("market");
    expect(type("ws_account_order_stop_market")).toBe("stop");
    expect(type("ws_account_order_stop_limit")).toBe("stopLimit");
    expect(type("ws_account_order_take_profit")).toBe("takeProfit");
    expect(type("ws_account_order_stop_loss")).toBe("stop");
  });

  test("post-only that would take is cancelled with its reason, and a rejected order keeps its fills", () => {
    const postOnly = parseOrder(rowsOf(recorded(RESPONSES, "PostOnly").httpResponse.result.list)[0]!);
    expect(postOnly).toMatchObject({ status: "cancelled", postOnly: true, reason: "EC_PostOnlyWillTakeLiquidity" });
    const rejected = parseOrder(rowsOf(recorded(RESPONSES, "order rejected after").httpResponse.result.list)[0]!);
    expect([rejected.status, rejected.filledQuantity.toFixed(), rejected.reason]).toEqual(["cancelled", "0.005", "INSUFFICIENT_MARGIN"]);
  });

  test("executions read exactly; an ADL trade is no fill of ours", () => {
    const read = (name: string) => parseExecution(rowsOf(recorded(FRAMES, name).message.data)[0]!, usdt);
    const trade = read("execution (docs)");
    expect([
      trade.kind,
      trade.fee.toFixed(),
      trade.price.toFixed(),
      trade.quantity.toFixed(),
      trade.feeCurrency,
      trade.liquidity,
      trade.time,
    ]).toEqual(["trade", "26.3725275", "95900.1", "0.5", "USDT", "taker", 1746270400353]);
    expect(read("ws_account_execution_adl").kind).toBe("autoDeleveraging");
    const page = pageOf(parseEnvelope(recorded(RESPONSES, "execution list").httpResponse).result);
    expect(page.cursor).toBe("132766%3A2%2C132766%3A2");
    expect(parseExecution(page.rows[0]!, () => "USDC").feeCurrency).toBe("USDC");
  });

  test("positions are signed and a flat one has no entry", () => {
    const inverse = parsePosition(rowsOf(recorded(RESPONSES, "position inverse").httpResponse.result.list)[0]!);
    expect([
      inverse.position.quantity.toFixed(),
      inverse.position.averageEntry?.toFixed(),
      inverse.position.unrealizedPnl.toFixed(),
    ]).toEqual(["-300", "27464.50441675", "-0.00029413"]);
    const flat = parsePosition(rowsOf(recorded(FRAMES, "position (docs)").message.data)[0]!);
    expect([flat.position.quantity.toFixed(), flat.position.averageEntry, flat.positionIdx]).toEqual(["0", undefined, 2]);
    const short = parsePosition(rowsOf(recorded(FRAMES, "ws_account_position_short").message.data)[0]!);
    expect([short.position.quantity.toFixed(), short.position.averageEntry?.toFixed()]).toEqual(["-0.01", "3641.075"]);
  });

  test("a wallet reads without availableToWithdraw", () => {
    const coins = parseWallet(recorded(RESPONSES, "wallet balance (nautilus)").httpResponse.result.list);
    expect(coins.map(({ currency, total, available }) => [currency, total.toFixed(), available.toFixed()])).toEqual([
      ["BTC", "0", "0"],
      ["USDT", "1000.5", "1000.5"],
      ["ETH", "0", "0"],
    ]);
  });

  test("public messages read as text, unchanged", () => {
    const frame = (name: string) => topicFrame(recorded(FRAMES, name).message)!;
    expect(parseTrades(frame("public trade").data)).toEqual([
      {
        symbol: "BTCUSDT",
        time: 1672304486865,
        id: "20f43950-d8dd-5b31-9112-a178eb6023af",
        side: "buy",
        price: "16578.50",
        quantity: "0.001",
      },
    ]);
    expect(parseCandles(frame("kline unconfirmed").data, "BTCUSDT")[0]).toMatchObject({
      interval: "5m",
      time: 1672324800000,
      open: "16649.5",
      closed: false,
    });
    const ticker = frame("ticker linear");
    expect(parseTicker(ticker.data, ticker.time)).toMatchObject({
      last: "66666.60",
      bid: "66666.60",
      fundingRate: "-0.005",
      nextFundingTime: 1760342400000,
    });
    expect(parseTicker(frame("ticker spot").data, 1)).toEqual({ symbol: "BTCUSDT", time: 1, last: "21109.77", index: "21120.2400136" });
    expect(frame("orderbook delta").delta).toBe(true);
    expect(parseBook(frame("orderbook delta").data)).toMatchObject({
      updateId: 177400507,
      bids: [
        ["30247.20", "30.028"],
        ["30245.40", "0.224"],
        ["30242.10", "1.593"],
        ["30240.30", "1.305"],
        ["30240.00", "0"],
      ],
    });
    expect(parseKlines(recorded(RESPONSES, "kline inverse").httpResponse.result.list)[0]).toMatchObject({
      time: 1670608800000,
      open: "17071",
      volume: "268611",
    });
  });

  test("u rises by one through a real capture", () => {
    const ids = capturedBook().map((message) => parseBook(topicFrame(message)!.data).updateId!);
    expect(ids).toHaveLength(50);
    for (let i = 1; i < ids.length; i++) expect(ids[i]! - ids[i - 1]!).toBe(1);
  });

  test("answers of streams are told from data", () => {
    const reply = (name: string) => streamReply(recorded(FRAMES, name).message);
    expect(reply("ws_auth_success")).toMatchObject({ type: "auth", ok: true });
    expect(reply("ws_auth_failure")).toMatchObject({ type: "auth", ok: false, code: 10003, message: "Invalid apikey" });
    expect(reply("ws_subscription_ack")).toMatchObject({ type: "subscribe", ok: true, requestId: "sub-orderbook-1" });
    expect(reply("ws_subscription_failure")).toMatchObject({ type: "subscribe", ok: false, requestId: undefined });
    expect(reply("public trade")).toBeUndefined();
  });

  test("no recorded message crashes a parser when fields are taken away or unknown ones added", () => {
    const parsers: ((row: Row) => unknown)[] = [
      parseOrder,
      (row) => parseExecution(row, usdt),
      parsePosition,
      (row) => parseTicker(row, 0),
      parseBook,
    ];
    for (const { message } of FRAMES.filter((one) => one.message?.data !== undefined))
      for (const row of rowsOf(Array.isArray(message.data) ? message.data : [message.data]))
        for (const key of Object.keys(row)) {
          const { [key]: _gone, ...less } = row;
          for (const parse of parsers)
            for (const input of [less, { ...row, [key]: null }, { ...row, [key]: "" }, { ...row, newField: { a: [1] } }])
              try {
                parse(input);
              } catch (error) {
                expect((error as { code?: string }).code).toBe("WIRE_INVALID");
              }
        }
  });

  test("classes of codes agree with the exchange's texts", () => {
    const texts = errorTexts();
    const text = (code: number): string => (texts[String(code)]?.docs ?? []).map((one) => one.text).join(" ");
    for (const [code, kind, pattern] of [
      [10002, "clock", /time/i],
      [10003, "credentials", /API key/i],
      [10006, "rate", /too many|rate|exceeded/i],
      [10016, "ambiguous", /server error/i],
      [110001, "gone", /not exist/i],
      [110072, "duplicate", /duplicate/i],
      [170141, "duplicate", /duplicate/i],
      [110007, "funds", /balance/i],
      [110043, "noop", /not.*modified/i],
      [110094, "validation", /notional/i],
    ] as const) {
      expect(codeClass(code)).toBe(kind);
      expect(text(code)).toMatch(pattern);
    }
    // What another implementation holds for ambiguous is never taken for a definite refusal.
    for (const [code, { nautilusAmbiguousForOrders }] of Object.entries(texts))
      if (nautilusAmbiguousForOrders === true)
        expect(["ambiguous", "rate", "duplicate", "unknown", "busy"]).toContain(codeClass(Number(code)));
    expect(codeClass(987654)).toBe("unknown");
  });
});
