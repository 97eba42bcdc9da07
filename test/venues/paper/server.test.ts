import { afterEach, describe, expect, test } from "vitest";
import { Decimal, type OrderRequest } from "../../../src/core/index.js";
import { createOrderBody, parseExecution } from "../../../src/venues/bybit-wire/index.js";
import { type PaperServer, type PaperServerOptions, paperServer } from "../../../src/venues/paper/index.js";
import { candles, START } from "../../backtest/scripted.js";
import { type Answer, RawClient, type RawStream } from "./raw-client.js";
import { inBacktest, PLAN, ROWS, ScriptedClient } from "./scripted-client.js";
import { btcServer } from "./server-support.js";
import { INSTRUMENT } from "./support.js";

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

async function listen(client: RawClient, path: string, topics: readonly string[] = []): Promise<RawStream> {
  const stream = await client.stream(path, topics);
  streams.push(stream);
  return stream;
}

const LIMIT = { category: "linear", symbol: "BTCUSDT", side: "Buy", orderType: "Limit", qty: "0.1", price: "59000" };

describe("who asks", () => {
  test("is known by key, time and signature over exactly what was sent", async () => {
    const client = await open();
    const code = async (change: Record<string, string>, query = "accountType=UNIFIED"): Promise<number> =>
      (await client.get("/v5/account/wallet-balance", query, change)).retCode;
    expect(await code({})).toBe(0);
    expect(await code({ "X-BAPI-API-KEY": "nobody" })).toBe(10003);
    expect(await code({ "X-BAPI-SIGN": "0".repeat(64) })).toBe(10004);
    expect(await code({ "X-BAPI-TIMESTAMP": "yesterday" })).toBe(10001);
    expect(
      (
        await client.post(
          "/v5/order/create",
          `{ "category" : "linear", "symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"0.1","price":"59000" }`,
        )
      ).retCode,
    ).toBe(0);
  });

  test("10002 outside the window: five seconds late, or one second early", async () => {
    const client = await open();
    const answers: number[] = [];
    for (const skew of [-6000, -4000, 500, 1500]) {
      client.skew = skew;
      answers.push((await client.get("/v5/account/info")).retCode);
    }
    expect(answers).toEqual([10002, 0, 0, 10002]);
  });

  test("is held to Bybit's limits, and told how many are left", async () => {
    const client = await open();
    const codes: string[] = [];
    for (let i = 0; i < 11; i++) {
      const answer = await client.post("/v5/order/create", LIMIT);
      codes.push(`${answer.retCode} ${answer.headers.get("x-bapi-limit-status")}`);
    }
    expect(codes[0]).toBe("0 9");
    expect(codes.filter((one) => one.startsWith("10006"))).toEqual(["10006 0"]);
  });
});

describe("orders", () => {
  test("are refused with Bybit's codes", async () => {
    const client = await open({ limits: "none" });
    const code = async (change: object, path = "create"): Promise<number> =>
      (await client.post(`/v5/order/${path}`, { ...LIMIT, ...change })).retCode;
    expect(await code({ orderLinkId: "once" })).toBe(0);
    expect(await code({ orderLinkId: "once" })).toBe(110072);
    expect(await code({ orderLinkId: "x".repeat(37) })).toBe(10001);
    expect(await code({ qty: "100", price: "60000" })).toBe(110007);
    expect(await code({ qty: "0.00005" })).toBe(10001);
    expect(await code({ price: "59000.05" })).toBe(10001);
    expect(await code({ reduceOnly: true })).toBe(110017);
    expect(await code({ positionIdx: 1 })).toBe(10001);
    expect(await code({ triggerPrice: "50000", triggerDirection: 1 })).toBe(110092);
    expect(await code({ orderLinkId: "nobody" }, "cancel")).toBe(110001);
    expect(await code({ symbol: "NOPEUSDT" })).toBe(10001);
    expect(await code({ category: "spot", symbol: "ETHUSDT", side: "Sell", qty: "1", price: "3000" })).toBe(170131);
    expect((await client.get("/v5/order/nothing")).status).toBe(404);
  });

  test("a post-only order that would take is taken, and then cancelled with its reason", async () => {
    const client = await open();
    const { result } = await client.post("/v5/order/create", { ...LIMIT, price: "60000.5", timeInForce: "PostOnly" });
    const { list } = (await client.get("/v5/order/realtime", `category=linear&orderId=${result.orderId}`)).result;
    expect(list[0]).toMatchObject({
      orderStatus: "Cancelled",
      rejectReason: "EC_PostOnlyWillTakeLiquidity",
      leavesQty: "0",
      cumExecQty: "0",
    });
  });

  test("are listed in pages, whose cursor is understood raw, encoded and encoded twice", async () => {
    const client = await open({ limits: "none" });
    for (let i = 0; i < 5; i++) await client.post("/v5/order/create", { ...LIMIT, orderLinkId: `page-${i}` });
    const ids = (answer: Answer): string[] => answer.result.list.map((one: Answer) => one.orderLinkId);
    const query = "category=linear&symbol=BTCUSDT&limit=2";
    const first = await client.get("/v5/order/realtime", query);
    expect(ids(first)).toEqual(["page-4", "page-3"]);
    const cursor: string = first.result.nextPageCursor;
    expect(cursor).toContain("%3A");
    for (const form of [cursor, encodeURIComponent(cursor)])
      expect(ids(await client.get("/v5/order/realtime", `${query}&cursor=${form}`))).toEqual(["page-2", "page-1"]);
    const last = await client.get("/v5/order/realtime", `${query.replace("2", "3")}&cursor=${cursor}`);
    expect([ids(last), last.result.nextPageCursor]).toEqual([["page-2", "page-1", "page-0"], ""]);
    expect((await client.get("/v5/order/realtime", `${query}&cursor=made-up`)).retCode).toBe(10001);
  });

  test("in a batch each have their own code", async () => {
    const client = await open();
    const { category, ...row } = LIMIT;
    const answer = await client.post("/v5/order/create-batch", {
      category,
      request: [
        { ...row, orderLinkId: "b-1" },
        { ...row, qty: "0" },
      ],
    });
    expect(answer.retCode).toBe(0);
    expect(answer.retExtInfo.list.map((one: Answer) => one.code)).toEqual([0, 10001]);
    expect(answer.result.list.map((one: Answer) => one.orderLinkId)).toEqual(["b-1", ""]);
  });

  test("over the order-entry stream: the same codes and limits; a request id is used once", async () => {
    const client = await open();
    const stream = await listen(client, "/v5/trade");
    const ask = async (reqId: string, op: string, args: object): Promise<Answer> => {
      const before = stream.inbox.all.length;
      stream.send({ reqId, op, header: { "X-BAPI-TIMESTAMP": String(Date.now()) }, args: [args] });
      return stream.inbox.find((one) => stream.inbox.all.indexOf(one) >= before);
    };
    expect(await ask("1", "order.create", { ...LIMIT, orderLinkId: "ws-1" })).toMatchObject({
      reqId: "1",
      retCode: 0,
      data: { orderLinkId: "ws-1" },
      header: { "X-Bapi-Limit-Status": "9" },
    });
    expect(await ask("1", "order.create", LIMIT)).toMatchObject({ retCode: 20006 });
    expect(await ask("2", "order.amend", { ...LIMIT, orderLinkId: "ws-1", qty: "0.2" })).toMatchObject({ retCode: 0 });
    expect(await ask("3", "order.cancel", { ...LIMIT, orderLinkId: "ws-1" })).toMatchObject({ retCode: 0 });
    expect(await ask("4", "order.create", { ...LIMIT, qty: "0" })).toMatchObject({ reqId: "4", retCode: 10001 });
  });
});

describe("streams", () => {
  test("answer pings in the shape of their kind", async () => {
    const client = await open();
    const shapes: Record<string, object> = {
      "/v5/public/linear": { success: true, ret_msg: "pong", op: "ping" },
      "/v5/public/spot": { success: true, ret_msg: "pong", op: "ping" },
      "/v5/private": { op: "pong", args: [expect.stringMatching(/^\d+$/)], conn_id: expect.any(String) },
      "/v5/trade": { op: "pong", retCode: 0, data: [expect.stringMatching(/^\d+$/)] },
    };
    for (const [path, shape] of Object.entries(shapes)) {
      const stream = await listen(client, path);
      stream.send({ op: "ping" });
      expect(await stream.inbox.find((one) => one.op === "pong" || one.ret_msg === "pong")).toMatchObject(shape);
    }
  });

  test("send messages of every length whole and in order, however many at once", async () => {
    const client = await open();
    const stream = await listen(client, "/v5/public/linear");
    // An op that nobody knows comes back in the answer twice: from a few bytes to more than 65,535, in letters of one, two and three bytes.
    const ops = [1, 2, 20, 40, 125, 126, 5_000, 32_000, 32_800, 70_000].flatMap((length) =>
      ["x", "é", "€"].map((one) => one.repeat(length)),
    );
    for (const op of ops) stream.send({ op });
    await stream.inbox.find((one) => one.op === ops.at(-1));
    expect(stream.inbox.all.filter((one) => ops.includes(one.op)).map((one) => one.op)).toEqual(ops);
  });

  test("one bad topic fails the whole request; private ones need a login", async () => {
    const client = await open();
    const stream = await listen(client, "/v5/public/linear");
    stream.send({ op: "subscribe", req_id: "1", args: ["tickers.BTCUSDT", "tickers.NOPE"] });
    expect(await stream.inbox.find((one) => one.req_id === "1")).toMatchObject({ success: false });
    expect(server.state().subscriptions).toMatchObject({ public: 0 });
    const secret = await listen(client, "/v5/private");
    secret.send({ op: "subscribe", req_id: "2", args: ["order", "order.linear"] });
    expect(await secret.inbox.find((one) => one.req_id === "2")).toMatchObject({ success: false });
  });
});

describe("faults on demand", () => {
  test("on requests: 5xx before and after the effect, 10006, 429, a lost request, a landed one that is never answered", async () => {
    const client = await open({ limits: "none" });
    const place = (id: string, signal?: AbortSignal): Promise<Answer> =>
      client.post("/v5/order/create", { ...LIMIT, orderLinkId: id }, {}, signal);
    const there = async (id: string): Promise<number> =>
      (await client.get("/v5/order/realtime", `category=linear&orderLinkId=${id}`)).result.list.length;
    const at = "rest" as const;
    const match = "/v5/order/create";
    server.fault({ kind: "error", at, match });
    expect((await place("a")).status).toBe(503);
    expect(await there("a")).toBe(0);
    server.fault({ kind: "error", at, match, status: 502, landed: true });
    expect((await place("b")).status).toBe(502);
    expect(await there("b")).toBe(1);
    server.fault({ kind: "rateLimit", at, match });
    expect((await place("c")).retCode).toBe(10006);
    server.fault({ kind: "tooMany", at, match });
    expect((await place("c")).status).toBe(429);
    server.fault({ kind: "drop", at, match });
    await expect(place("c")).rejects.toThrow();
    expect(await there("c")).toBe(0);
    server.fault({ kind: "timeout", at, match, after: 1 });
    expect((await place("d")).retCode).toBe(0);
    const patience = new AbortController();
    const silent = place("e", patience.signal);
    while ((await there("e")) === 0);
    patience.abort();
    await expect(silent).rejects.toThrow();
    expect((await place("e")).retCode).toBe(110072);
  });

  test("on frames: dropped, twice, out of order, cut off", async () => {
    const client = await open();
    const stream = await listen(client, "/v5/public/linear", ["publicTrade.BTCUSDT", "orderbook.50.BTCUSDT"]);
    await stream.barrier();
    server.fault({ kind: "drop", at: "public", match: "publicTrade" });
    server.fault({ kind: "duplicate", at: "public", match: "orderbook" });
    server.next();
    server.next();
    await stream.barrier();
    const seen = (): unknown[] => stream.inbox.all.filter((one) => one.topic !== undefined).map((one) => one.data.u ?? one.data[0].i);
    expect(seen()).toEqual([1, 2, 2]);
    server.fault({ kind: "reorder", at: "public", match: "orderbook" });
    server.next();
    server.next();
    await stream.barrier();
    expect(seen()).toEqual([1, 2, 2, "4", 3]);
    server.fault({ kind: "disconnect", at: "public", match: "orderbook" });
    server.next();
    await stream.closed;
    expect(server.state().struck).toEqual({ drop: 1, duplicate: 1, reorder: 1, disconnect: 1 });
  });

  test("by control request, from this machine and not from a page", async () => {
    await open();
    const control = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> => {
      const response = await fetch(`${server.url}/_control/${path}`, { method: "POST", body: JSON.stringify(body), headers });
      return { status: response.status, ...((await response.json()) as object) };
    };
    expect(await control("faults", { faults: [{ kind: "delay", at: "rest", ms: 1 }] })).toMatchObject({
      status: 200,
      faults: [{ kind: "delay", at: "rest", ms: 1 }],
    });
    expect(await control("faults", { kind: "delya", at: "rest" })).toMatchObject({
      status: 400,
      error: "FAULT_INVALID",
      message: expect.stringMatching(/Did you mean delay\?/),
    });
    expect(await control("next", {}, { Origin: "https://example.com" })).toMatchObject({ status: 403 });
    expect(await control("next", { count: 2 })).toMatchObject({ status: 200, done: false, steps: 2 });
  });
});

describe("lock-step", () => {
  test("a client over the wire gets the orders, fills and equity of the backtest", async () => {
    server = await paperServer({
      data: candles(ROWS),
      instruments: INSTRUMENT,
      lockStep: true,
      limits: "none",
      balances: { USDT: "10000" },
    });
    const raw = new RawClient(server);
    const market = await listen(raw, "/v5/public/linear", ["kline.1.TESTUSDT"]);
    const account = await listen(raw, "/v5/private", ["order", "execution"]);
    const requests: Promise<Answer>[] = [];
    const client = new ScriptedClient(
      PLAN,
      {
        place: (request: OrderRequest) => requests.push(raw.post("/v5/order/create", createOrderBody("linear", request))),
        cancel: (orderLinkId) => requests.push(raw.post("/v5/order/cancel", { category: "linear", symbol: "TESTUSDT", orderLinkId })),
      },
      START,
    );
    let seen = [0, 0];
    for (let done = false; !done; ) {
      done = server.next().done === true;
      await Promise.all([market.barrier(), account.barrier()]);
      const [candle, private_] = [market.inbox.all, account.inbox.all];
      for (const frame of private_.slice(seen[1]))
        if (frame.topic === "execution")
          for (const row of frame.data) client.onExecution({ type: "execution", execution: parseExecution(row, () => "USDT") });
      for (const frame of candle.slice(seen[0])) if (frame.topic !== undefined) client.onCandle({ symbol: "TESTUSDT" });
      seen = [candle.length, private_.length];
      // One after the other: a stop must be there before the target that is its sibling.
      while (requests.length > 0) await requests.shift();
    }
    expect(client.fills).toEqual(inBacktest());
    const { coin } = (await raw.get("/v5/account/wallet-balance", "accountType=UNIFIED")).result.list[0];
    const fees = inBacktest().reduce((sum, line) => sum.plus(line.split(" ")[5]!), new Decimal(0));
    expect(fees.gt(0)).toBe(true);
    expect(coin[0].walletBalance).toBe(server.exchange.account().balances()[0]!.total.toFixed());
  });

  test("is not played", async () => {
    const client = await open({ lockStep: true });
    expect(() => server.play()).toThrow(/lock-step/);
    expect((await client.get("/v5/market/time")).result.timeSecond).toMatch(/^\d{10}$/);
  });
});

describe("secrets", () => {
  test("are in nothing that is printed of a server", async () => {
    await open();
    expect(JSON.stringify(server) + Object.keys(server).join()).not.toContain(server.key.apiSecret);
  });
});
