import { afterEach, describe, expect, test } from "vitest";
import { decimal } from "../../../src/core/index.js";
import { bybit } from "../../../src/venues/bybit/index.js";
import { type CodeClass, codeClass } from "../../../src/venues/bybit-wire/index.js";
import { PaperExchange, type PaperServer, type PaperServerOptions, paperServer, ReplayDriver } from "../../../src/venues/paper/index.js";
import { candles, START, still } from "../../backtest/scripted.js";
import { FAST } from "../bybit/stub.js";
import { type Answer, RawClient, type RawStream } from "./raw-client.js";
import { btcServer } from "./server-support.js";

let server: PaperServer;
const streams: RawStream[] = [];

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  await server.close();
});

async function open(options: Partial<PaperServerOptions> = {}): Promise<RawClient> {
  server = await btcServer(options);
  return new RawClient(server);
}

const LIMIT = { category: "linear", symbol: "BTCUSDT", side: "Buy", orderType: "Limit", qty: "0.1", price: "59000" };
const MARKET = { category: "linear", symbol: "BTCUSDT", side: "Buy", orderType: "Market", qty: "0.1" };

describe("pages", () => {
  test("of executions: newest first, each once, to an empty cursor; by order, by kind, in windows of a week", async () => {
    const client = await open({ limits: "none" });
    for (let i = 0; i < 7; i++) await client.post("/v5/order/create", { ...MARKET, orderLinkId: `e-${i}` });
    const seen: string[] = [];
    let cursor = "";
    let pages = 0;
    do {
      const { result } = await client.get("/v5/execution/list", `category=linear&limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...result.list.map((one: Answer) => one.orderLinkId));
      cursor = result.nextPageCursor;
      pages++;
    } while (cursor !== "");
    expect([seen, pages]).toEqual([["e-6", "e-5", "e-4", "e-3", "e-2", "e-1", "e-0"], 3]);
    const ids = async (query: string): Promise<string[]> =>
      (await client.get("/v5/execution/list", `category=linear&${query}`)).result.list.map((one: Answer) => one.orderLinkId);
    expect(await ids("orderLinkId=e-3")).toEqual(["e-3"]);
    expect(await ids("execType=Funding")).toEqual([]);
    const now = server.exchange.clock.now();
    expect(await ids(`startTime=${now + 1}&endTime=${now + 2}`)).toEqual([]);
    expect((await client.get("/v5/execution/list", `category=linear&startTime=1&endTime=${8 * 86_400_000}`)).retCode).toBe(10001);
    expect((await client.get("/v5/execution/list", "category=linear&limit=0")).retCode).toBe(10001);
  });

  test("of history and of positions: a flat symbol is a row when it is asked for, and none when all are", async () => {
    const client = await open({ limits: "none" });
    for (let i = 0; i < 3; i++) {
      await client.post("/v5/order/create", { ...LIMIT, orderLinkId: `h-${i}` });
      await client.post("/v5/order/cancel", { category: "linear", symbol: "BTCUSDT", orderLinkId: `h-${i}` });
    }
    const first = (await client.get("/v5/order/history", "category=linear&limit=2")).result;
    const rest = (await client.get("/v5/order/history", `category=linear&limit=2&cursor=${first.nextPageCursor}`)).result;
    expect([...first.list, ...rest.list].map((one: Answer) => `${one.orderLinkId} ${one.orderStatus}`)).toEqual([
      "h-2 Cancelled",
      "h-1 Cancelled",
      "h-0 Cancelled",
    ]);
    expect(rest.nextPageCursor).toBe("");
    const positions = async (query: string): Promise<Answer[]> =>
      (await client.get("/v5/position/list", `category=linear&${query}`)).result.list;
    expect(await positions("symbol=BTCUSDT")).toMatchObject([{ side: "", size: "0" }]);
    expect(await positions("settleCoin=USDT")).toEqual([]);
    await client.post("/v5/order/create", MARKET);
    expect(await positions("settleCoin=USDT")).toMatchObject([{ symbol: "BTCUSDT", side: "Buy", size: "0.1" }]);
    expect((await client.get("/v5/position/list", "category=linear")).retCode).toBe(10001);
  });

  test("of candles: newest first, the end included, as many as asked for; an empty limit is the usual one", async () => {
    const client = await open();
    const times = async (query: string): Promise<number[]> =>
      (await client.get("/v5/market/kline", `category=linear&symbol=BTCUSDT&interval=1${query}`)).result.list.map(
        (row: string[]) => (Number(row[0]) - START) / 60_000,
      );
    expect(await times("")).toEqual([-1, -2, -3]);
    expect(await times("&limit=")).toEqual([-1, -2, -3]);
    expect(await times("&limit=2")).toEqual([-1, -2]);
    expect(await times(`&end=${START - 2 * 60_000}`)).toEqual([-2, -3]);
    expect(await times(`&start=${START - 3 * 60_000}&limit=1`)).toEqual([-3]);
    const { result } = await client.get("/v5/market/kline", "category=linear&symbol=BTCUSDT&interval=1&limit=1");
    expect(result.list[0]).toHaveLength(7);
    expect((await client.get("/v5/market/kline", "category=linear&symbol=BTCUSDT&interval=7")).retCode).toBe(10001);
  });

  test("of instruments: by category, in pages but for spot", async () => {
    server = await paperServer({
      instruments: ["AAAUSDT", "BBBUSDT", "CCCUSDT"].map((symbol) => ({ symbol, tickSize: "0.1", lotSize: "0.1" })),
    });
    const client = new RawClient(server);
    const first = (await client.get("/v5/market/instruments-info", "category=linear&limit=2")).result;
    expect(first.list).toHaveLength(2);
    const second = (await client.get("/v5/market/instruments-info", `category=linear&limit=2&cursor=${first.nextPageCursor}`)).result;
    expect([...first.list, ...second.list].map((one: Answer) => one.symbol).sort()).toEqual(["AAAUSDT", "BBBUSDT", "CCCUSDT"]);
    expect((await client.get("/v5/market/instruments-info", "category=spot")).result).toEqual({ category: "spot", list: [] });
    expect((await client.get("/v5/market/instruments-info", "category=option")).retCode).toBe(10001);
  });
});

describe("limits", () => {
  test("are told in three headers: how many, how many left, when the next is free; another endpoint has its own", async () => {
    let now = 1_800_000_000_000;
    const client = await open({ clock: { now: () => now } });
    const place = async (path = "create", body: object = LIMIT): Promise<string> => {
      client.skew = now - Date.now();
      const { retCode, headers } = await client.post(`/v5/order/${path}`, body);
      return [retCode, ...["limit", "limit-status", "limit-reset-timestamp"].map((name) => headers.get(`x-bapi-${name}`))].join(" ");
    };
    expect(await place()).toBe(`0 10 9 ${now}`);
    now += 400;
    for (let left = 8; left >= 0; left--) expect(await place()).toBe(`0 10 ${left} ${now}`);
    // The first of the ten is 400 ms old: in 600 ms there is room for one.
    expect(await place()).toBe(`10006 10 0 ${now + 600}`);
    expect((await place("cancel", { category: "linear", symbol: "BTCUSDT", orderLinkId: "nobody" })).slice(0, 11)).toBe("110001 10 9");
    now += 600;
    expect(await place()).toBe(`0 10 0 ${now}`);
    expect((await place()).slice(0, 5)).toBe("10006");
  });

  test("count the orders of a batch, and twice as many on spot", async () => {
    const client = await open({ balances: { USDT: "100000", ETH: "10" } });
    const batch = (count: number, category = "linear"): Promise<Answer> =>
      client.post("/v5/order/create-batch", { category, request: Array.from({ length: count }, () => LIMIT) });
    expect((await batch(6)).headers.get("x-bapi-limit-status")).toBe("4");
    expect((await batch(5)).retCode).toBe(10006);
    expect((await batch(4)).headers.get("x-bapi-limit-status")).toBe("0");
    expect((await batch(21)).retCode).toBe(10006);
    const spot = await client.post("/v5/order/create", { ...LIMIT, category: "spot", symbol: "ETHUSDT", qty: "0.1", price: "2000" });
    expect(spot.headers.get("x-bapi-limit")).toBe("20");
  });

  test("of the address: the 601st request in five seconds is HTTP 403, on every endpoint", async () => {
    const now = 1_800_000_000_000;
    const client = await open({ clock: { now: () => now } });
    const status = async (): Promise<number> => (await client.get("/v5/market/time")).status;
    const all = await Promise.all(Array.from({ length: 600 }, status));
    expect(new Set(all)).toEqual(new Set([200]));
    expect(await status()).toBe(403);
  });
});

describe("the order-entry stream", () => {
  async function stream(
    client: RawClient,
  ): Promise<(reqId: string | undefined, op: string, args: object, header?: object) => Promise<Answer>> {
    const opened = await client.stream("/v5/trade");
    streams.push(opened);
    return async (reqId, op, args, header = {}) => {
      const before = opened.inbox.all.length;
      opened.send({
        ...(reqId !== undefined && { reqId }),
        op,
        header: { "X-BAPI-TIMESTAMP": String(Date.now()), ...header },
        args: [args],
      });
      return opened.inbox.find((one) => opened.inbox.all.indexOf(one) >= before);
    };
  }

  test("takes, amends and cancels single orders and batches, which fill as any others", async () => {
    const client = await open({ limits: "none" });
    const ask = await stream(client);
    const { category, ...row } = LIMIT;
    const batch = await ask("1", "order.create-batch", {
      category,
      request: [
        { ...row, orderLinkId: "a" },
        { ...row, orderLinkId: "b" },
        { ...row, qty: "0" },
      ],
    });
    expect(batch).toMatchObject({ retCode: 0, retExtInfo: { list: [{ code: 0 }, { code: 0 }, { code: 10001 }] } });
    const amended = await ask("2", "order.amend-batch", {
      category,
      request: [
        { symbol: "BTCUSDT", orderLinkId: "a", price: "59001" },
        { symbol: "BTCUSDT", orderLinkId: "z", price: "1" },
      ],
    });
    expect(amended.retExtInfo.list.map((one: Answer) => one.code)).toEqual([0, 110001]);
    const cancelled = await ask("3", "order.cancel-batch", {
      category,
      request: [
        { symbol: "BTCUSDT", orderLinkId: "a" },
        { symbol: "BTCUSDT", orderLinkId: "b" },
      ],
    });
    expect(cancelled.retExtInfo.list.map((one: Answer) => one.code)).toEqual([0, 0]);
    expect(await ask("4", "order.create", { ...MARKET, orderLinkId: "m" })).toMatchObject({ retCode: 0, data: { orderLinkId: "m" } });
    const { list } = (await client.get("/v5/order/history", "category=linear")).result;
    expect(list.map((one: Answer) => `${one.orderLinkId} ${one.orderStatus}`)).toEqual(["m Filled", "b Cancelled", "a Cancelled"]);
  });

  test("knows who asks and when, shares the limits of REST, and answers what it does not know", async () => {
    const client = await open();
    const ask = await stream(client);
    expect(await ask("1", "order.create", LIMIT, { "X-BAPI-TIMESTAMP": String(Date.now() - 6_000) })).toMatchObject({ retCode: 10002 });
    expect(
      await ask("2", "order.create", LIMIT, { "X-BAPI-TIMESTAMP": String(Date.now() - 6_000), "X-BAPI-RECV-WINDOW": "20000" }),
    ).toMatchObject({ retCode: 0 });
    expect(await ask("3", "order.move", LIMIT)).toMatchObject({ retCode: 10404 });
    expect(await ask("x".repeat(37), "order.create", LIMIT)).toMatchObject({ retCode: 10001 });
    expect(await ask(undefined, "order.create", LIMIT)).toMatchObject({
      retCode: 0,
      header: { "X-Bapi-Limit": "10", "X-Bapi-Limit-Status": "8" },
    });
    expect((await client.post("/v5/order/create", LIMIT)).headers.get("x-bapi-limit-status")).toBe("7");
    const again = await ask(undefined, "auth", []);
    expect(again.op).toBe("auth");
    const nobody = await client.stream("/v5/public/linear");
    streams.push(nobody);
    nobody.send({ reqId: "5", op: "order.create", args: [LIMIT] });
    expect(await nobody.inbox.find((one) => one.success === false || one.retCode !== undefined)).toBeDefined();
    expect((await client.get("/v5/order/realtime", "category=linear&symbol=BTCUSDT")).result.list).toHaveLength(3);
  });

  test("asks for a login first, and says so when there is a second", async () => {
    const client = await open();
    const trade = await client.stream("/v5/trade");
    streams.push(trade);
    const login = trade.inbox.all.find((one) => one.op === "auth");
    expect(login).toMatchObject({ retCode: 0 });
    client.login(trade);
    expect(await trade.inbox.find((one) => one.op === "auth" && one !== login)).toMatchObject({ retCode: 20001 });
    const stranger = await client.stream("/v5/trade", [], { stranger: true });
    streams.push(stranger);
    stranger.send({ reqId: "1", op: "order.create", args: [LIMIT] });
    expect(await stranger.inbox.find((one) => one.reqId === "1")).toMatchObject({ retCode: 10004 });
  });
});

describe("codes", () => {
  test("of positions and protection: unchanged leverage and mode, leverage that differs by side, nothing to protect", async () => {
    const client = await open({ limits: "none" });
    const post = async (path: string, body: object): Promise<number> =>
      (await client.post(`/v5/position/${path}`, { category: "linear", symbol: "BTCUSDT", ...body })).retCode;
    expect(await post("set-leverage", { buyLeverage: "5", sellLeverage: "5" })).toBe(0);
    expect(await post("set-leverage", { buyLeverage: "5", sellLeverage: "5" })).toBe(110043);
    expect(await post("set-leverage", { buyLeverage: "5", sellLeverage: "6" })).toBe(10001);
    expect(await post("set-leverage", { buyLeverage: "500", sellLeverage: "500" })).toBe(110013);
    expect(await post("switch-mode", { mode: 0 })).toBe(110025);
    expect(await post("switch-mode", { mode: 3 })).toBe(10001);
    expect(await post("trading-stop", { takeProfit: "70000" })).toBe(10001);
  });

  test("of orders: the wrong side of a trigger, less than the least value, an id used twice, on each category", async () => {
    const client = await open({ limits: "none", balances: { USDT: "100000", ETH: "5" }, instruments: undefined as never });
    const code = async (body: object, action = "create"): Promise<number> => (await client.post(`/v5/order/${action}`, body)).retCode;
    const stop = { ...MARKET, triggerPrice: "59000", triggerDirection: 1 };
    expect(await code(stop)).toBe(110092);
    expect(await code({ ...stop, triggerPrice: "61000", triggerDirection: 2 })).toBe(110093);
    expect(await code({ ...LIMIT, qty: "0.001", price: "1" })).toBe(110094);
    const spot = { category: "spot", symbol: "ETHUSDT", side: "Buy", orderType: "Limit", qty: "1", price: "2000" };
    expect(await code({ ...spot, orderLinkId: "s" })).toBe(0);
    expect(await code({ ...spot, orderLinkId: "s" })).toBe(170141);
    expect(await code({ ...spot, qty: "1000" })).toBe(170131);
    expect(await code({ ...spot, side: "Sell", qty: "6" })).toBe(170131);
    expect(await code({ category: "spot", symbol: "ETHUSDT", orderLinkId: "nobody" }, "cancel")).toBe(170213);
    expect(await code({ category: "spot", symbol: "ETHUSDT", orderLinkId: "nobody", qty: "1" }, "amend")).toBe(170213);
    expect(await code({ category: "linear" }, "cancel-all")).toBe(10001);
  });

  /** Every code of the specification, by what it means for an order that is placed. */
  const CODES = [
    10002, -1, 10003, 10004, 10005, 10007, 10008, 10009, 10010, 10024, 10027, 10028, 33004, -2015, 10006, 170005, 170222, 20003, 10429, 429,
    10403, 10000, 10016, 10019, 170001, 170007, 170032, 170146, 170147, 500000, 110072, 170141, 10014, 20006, 110079, 40004, 170191, 170212,
    170310, 110004, 110006, 110007, 110012, 110044, 110045, 110051, 110052, 110053, 170131, 170033, 10001, 110003, 110017, 110020, 110092,
    110093, 110094, 170124, 170130, 170132, 170133, 170134, 170136, 170137, 170140, 170148, 170193, 170194, 170210, 110074, 170151, 110023,
    30228, 110098, 110103, 987654,
  ];
  const REFUSED: Partial<Record<CodeClass, string>> = {
    credentials: "AUTH",
    funds: "INSUFFICIENT_FUNDS",
    validation: "INVALID_ORDER",
    market: "REJECTED",
  };

  test("can all be had on demand, before and after the effect, and the connector places one order or none, and knows which", {
    timeout: 300_000,
  }, async () => {
    await open({ limits: "none" });
    const link = await bybit({
      env: "local",
      urls: server.url,
      requestsPer5s: 1_000_000,
      timing: { ...FAST, recvWindow: 500, request: 30_000, reconcile: 60_000 },
    }).connect({ credentials: server.key, breaker: { failureThreshold: 10_000 }, onProblem: () => {}, onAlert: () => {} });
    try {
      const { venue } = link;
      await venue.connect();
      const wrong: string[] = [];
      await Promise.all(
        // What says no is believed, so that only what leaves it open may have landed.
        CODES.flatMap((retCode) =>
          (REFUSED[codeClass(retCode)] === undefined ? [false, true] : [false]).map((landed) => ({ retCode, landed })),
        ).map(async ({ retCode, landed }, i) => {
          const clientOrderId = `c${retCode}${landed ? "l" : "n"}`.replace("-", "m");
          server.fault({ kind: "error", at: "rest", match: "/v5/order/create", text: `"${clientOrderId}"`, retCode, landed });
          const order = {
            clientOrderId,
            symbol: "BTCUSDT",
            side: "buy",
            type: "limit",
            quantity: decimal("0.001"),
            price: decimal(59_000 + i),
          } as const;
          const outcome = await venue.place(order);
          const there = server.exchange.account().find(clientOrderId) !== undefined;
          const kind = codeClass(retCode);
          const refused = REFUSED[kind];
          const right =
            refused !== undefined
              ? !outcome.ok && outcome.definite && outcome.code === refused
              : outcome.ok
                ? there
                : !there && outcome.definite;
          if (!right) wrong.push(`${retCode} (${kind}, ${landed ? "landed" : "not landed"}): ${JSON.stringify(outcome)}`);
        }),
      );
      expect(wrong).toEqual([]);
    } finally {
      await link.close();
    }
  });
});

describe("replay", () => {
  const series = candles([still("100"), still("101"), still("102"), still("103")], { times: [0, 1, 4, 5] });

  test.each([1, 60, 7.5])("at %s times real time: the gaps of the recording divided by it", async (speed) => {
    server = await paperServer({ data: series });
    const exchange = new PaperExchange({ data: series });
    let now = 5_000;
    const sleep = async (ms: number): Promise<void> => {
      now += ms;
    };
    const events: number[] = [];
    exchange.subscribe((event) => void (event.type === "candle" && events.push(now)));
    const driver = new ReplayDriver(exchange, { clock: { now: () => now }, sleep });
    exchange.next();
    await driver.play(speed);
    const gaps = [60_000, 180_000, 60_000].map((gap) => gap / speed);
    expect(events.map((at) => at - 5_000)).toEqual([0, gaps[0]!, gaps[0]! + gaps[1]!, gaps[0]! + gaps[1]! + gaps[2]!]);
  });

  test("what a slow listener held up is caught up with, and a pause stops before the next event", async () => {
    server = await paperServer({ data: series });
    const exchange = new PaperExchange({ data: series });
    let now = 0;
    const sleep = async (ms: number): Promise<void> => {
      now += ms;
    };
    const events: number[] = [];
    const driver = new ReplayDriver(exchange, { clock: { now: () => now }, sleep });
    exchange.subscribe((event) => {
      if (event.type !== "candle") return;
      events.push(now);
      if (events.length === 2) now += 150_000;
      if (events.length === 4) void driver.pause();
    });
    exchange.next();
    await driver.play(1);
    expect(events).toEqual([0, 60_000, 240_000, 300_000]);
    expect(driver.isPlaying).toBe(false);
  });

  test("of a server: as fast as asked, by option or by control request, every candle once", async () => {
    server = await paperServer({ data: series, speed: 1e9 });
    const client = new RawClient(server);
    const stream = await client.stream("/v5/public/linear");
    streams.push(stream);
    while (server.state().nextTime !== null) await stream.barrier();
    const { result } = await client.get("/v5/market/kline", "category=linear&symbol=TESTUSDT&interval=1");
    expect(result.list.map((row: string[]) => row[4])).toEqual(["103", "102", "101", "100"]);
    await server.close();
    server = await paperServer({ data: series });
    const again = new RawClient(server);
    const heard = await again.stream("/v5/public/linear", ["kline.1.TESTUSDT"]);
    streams.push(heard);
    expect((await fetch(`${server.url}/_control/play`, { method: "POST", body: JSON.stringify({ speed: "max" }) })).status).toBe(200);
    await heard.inbox.find((one) => one.topic === "kline.1.TESTUSDT" && one.data[0].close === "103");
    expect(heard.inbox.all.filter((one) => one.topic !== undefined).map((one) => one.data[0].close)).toEqual(["100", "101", "102", "103"]);
    expect((await fetch(`${server.url}/_control/play`, { method: "POST", body: JSON.stringify({ speed: -1 }) })).status).toBe(400);
  });
});
