import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AccountEvent, decimal, type LinkState } from "../../../src/core/index.js";
import {
  type BybitConnection,
  type BybitConnectOptions,
  type BybitOptions,
  bybit,
  MemoryIntents,
} from "../../../src/venues/bybit/index.js";
import { paperServer } from "../../../src/venues/paper/index.js";
import { handsOn, MARKETS } from "../conformance/markets.js";
import { TcpProxy } from "./proxy.js";
import { FAST, limit, open, StubExchange } from "./stub.js";

let stub: StubExchange;
let link: BybitConnection;
let events: AccountEvent[];

/** Nothing is to take too long here but for what a test makes hang. */
const PATIENT = { ...FAST, request: 60_000, reconcile: 60_000, ack: 60_000, silence: 60_000 };

beforeEach(async () => {
  stub = await new StubExchange().listen();
  events = [];
});
afterEach(async () => {
  await link.close();
  await stub.close();
});

async function made(options: Partial<BybitOptions> = {}, connect: BybitConnectOptions = {}): Promise<BybitConnection> {
  link = await open(stub, { timing: PATIENT, ...options }, { onProblem: () => {}, onAlert: () => {}, ...connect });
  link.venue.subscribe((event) => events.push(event));
  return link;
}

async function connected(options: Partial<BybitOptions> = {}, connect: BybitConnectOptions = {}): Promise<BybitConnection> {
  await made(options, connect);
  await link.venue.connect();
  return link;
}

const until = async (fits: () => boolean): Promise<void> => {
  while (!fits()) await new Promise((resolve) => setImmediate(resolve));
};
const isLink = (state: LinkState) => (event: AccountEvent) => event.type === "link" && event.state === state;
const creates = (): unknown[] => stub.seen.filter(({ path }) => path === "/v5/order/create").map(({ body }) => body.orderLinkId);

describe("addresses", () => {
  test.each([
    ["mainnet", "https://api.bybit.com", "wss://stream.bybit.com", "wss://stream.bybit.com"],
    ["testnet", "https://api-testnet.bybit.com", "wss://stream-testnet.bybit.com", "wss://stream-testnet.bybit.com"],
    ["demo", "https://api-demo.bybit.com", "wss://stream.bybit.com", "wss://stream-demo.bybit.com"],
  ] as const)("of %s, for every category", async (env, rest, open, account) => {
    link = await bybit({ env }).connect();
    for (const category of ["linear", "spot", "inverse"] as const)
      expect(bybit({ env, category }).urls).toEqual({ rest, public: `${open}/v5/public/${category}`, private: `${account}/v5/private` });
    const own = "https://api.bybit.nl";
    if (env === "mainnet")
      expect(bybit({ env, urls: { rest: own } }).urls).toMatchObject({ rest: own, public: `${open}/v5/public/linear` });
    else expect(() => bybit({ env, urls: { rest: own } })).toThrow(`urls.rest is an address of Bybit's mainnet, but env is ${env}`);
  });
});

describe("signing and time", () => {
  test("a cursor with escapes is sent as it came, and signed as it is sent", async () => {
    const { venue } = await connected();
    stub.create({
      orderLinkId: "a-1",
      symbol: "BTCUSDT",
      side: "Buy",
      orderType: "Limit",
      qty: "0.01",
      price: "60000",
      timeInForce: "GTC",
    });
    const cursor = "132766%3A2%2C132766%3A2";
    const row = stub.orders.get("a-1")!;
    stub.script("/v5/order/realtime", { code: 0, message: "", result: { list: [{ ...row, orderId: "first" }], nextPageCursor: cursor } });
    // The second page is answered only where its signature is right.
    expect((await venue.orders("BTCUSDT")).map((one) => one.venueOrderId)).toEqual(["first", row.orderId]);
    expect(stub.seen.at(-1)!.query).toContain(`cursor=${cursor}`);
  });

  test.each([-30_000, 30_000])("a clock that is %i ms off is measured before anything is signed", async (ahead) => {
    stub.ahead = ahead;
    const { venue } = await connected();
    expect(await venue.place(limit("a-1"))).toMatchObject({ ok: true });
    expect(creates()).toEqual(["a-1"]);
    const sent = stub.seen.find(({ path }) => path === "/v5/order/create")!;
    expect(Math.abs(sent.timestamp - (sent.at + ahead))).toBeLessThan(5_000);
    // Questions and the login, too.
    expect(stub.seen.every(({ path }) => stub.count(path) === 1 || path === "/v5/market/time" || path.startsWith("/v5/market"))).toBe(true);
  });
});

describe("rate limits", () => {
  test("what the headers say is left is all that is used until they say that it is counted anew", async () => {
    const { venue } = await connected();
    const began = Date.now();
    const headers = { "X-Bapi-Limit": "10", "X-Bapi-Limit-Status": "0", "X-Bapi-Limit-Reset-Timestamp": String(began + 2_000) };
    stub.script("/v5/order/create", { headers });
    await venue.place(limit("a-1"));
    expect(await venue.place(limit("a-2"))).toMatchObject({ ok: true });
    const [, second] = stub.seen.filter(({ path }) => path === "/v5/order/create");
    // The server's clock is known to within half a round trip.
    expect(second!.at - began).toBeGreaterThan(1_000);
    expect(creates()).toEqual(["a-1", "a-2"]);
  });

  test("orders beyond Bybit's ten a second wait their turn and none fails", async () => {
    const { instrument, symbol, balances } = MARKETS.linear;
    const server = await paperServer({ instruments: instrument, balances, limits: "bybit" });
    handsOn(server.exchange, symbol).quote("60000", "60000.1", "50");
    link = await bybit({ env: "local", urls: server.url, timing: PATIENT }).connect({ credentials: server.key, onProblem: () => {} });
    await link.venue.connect();
    const outcomes = await Promise.all(
      Array.from({ length: 15 }, (_, i) => link.venue.place(limit(`n-${i}`, { price: decimal("50000") }))),
    );
    expect(outcomes.filter((one) => one.ok)).toHaveLength(15);
    expect(server.exchange.account().all()).toHaveLength(15);
    // A batch of more orders than a second allows would be turned away for ever.
    const batch = await link.venue.placeMany(Array.from({ length: 15 }, (_, i) => limit(`b-${i}`, { price: decimal("50000") })));
    expect(batch.filter((one) => one.ok)).toHaveLength(15);
    await link.close();
    await server.close();
  });
});

describe("an order whose answer was lost", () => {
  test("is found by its executions where no list of orders shows it", async () => {
    const intents = new MemoryIntents();
    const { venue } = await connected({}, { intents });
    stub.script("/v5/order/create", "cut");
    stub.executions.push({
      category: "linear",
      symbol: "BTCUSDT",
      execId: "e-1",
      orderId: "o-77",
      orderLinkId: "a-1",
      side: "Buy",
      execQty: "0.004",
      execPrice: "59999.5",
      execFee: "0.01",
      execType: "Trade",
      isMaker: true,
      execTime: String(Date.now()),
    });
    const outcome = await venue.place(limit("a-1"));
    expect(outcome).toMatchObject({ ok: true, order: { venueOrderId: "o-77", status: "unknown" } });
    expect(outcome.ok && outcome.order.filledQuantity.toFixed()).toBe("0.004");
    expect(stub.seen.filter(({ params }) => params.get("orderLinkId") === "a-1").map(({ path }) => path)).toEqual([
      "/v5/order/realtime",
      "/v5/order/history",
      "/v5/execution/list",
    ]);
    expect(creates()).toEqual(["a-1"]);
    expect(intents.unsettled()).toEqual([]);
  });
});

describe("streams", () => {
  test("what arrives while a gap is healed is told after what REST told, each execution once", async () => {
    const { venue } = await connected();
    await venue.place(limit("a-1"));
    await until(() => events.some((event) => event.type === "order" && event.order.status === "working"));
    stub.fill("a-1", "0.001", "60000");
    await until(() => events.some((event) => event.type === "execution"));
    const gap = events.length;
    let answer = (): void => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const [asked, listed] = [stub.count("/v5/order/realtime"), stub.count("/v5/execution/list")];
    stub.script("/v5/order/realtime", { hold: held });
    stub.script("/v5/execution/list", { hold: held });
    stub.dropStreams();
    stub.fill("a-1", "0.002", "60000", true);
    await until(() => stub.count("/v5/order/realtime") > asked && stub.count("/v5/execution/list") > listed);
    // Subscribed, and REST has not answered yet: the next fill comes by the stream, and REST will know it, too.
    stub.fill("a-1", "0.003", "60000");
    await venue.synced();
    expect(events.slice(gap).filter((event) => event.type !== "link")).toEqual([]);
    answer();
    await until(() => events.slice(gap).some(isLink("healthy")));
    await venue.synced();
    const quantities = events.flatMap((event) => (event.type === "execution" ? [event.execution.quantity.toFixed()] : []));
    expect(quantities).toEqual(["0.001", "0.002", "0.003"]);
    const filled = events.flatMap((event) => (event.type === "order" ? [event.order.filledQuantity.toNumber()] : []));
    expect(filled).toEqual([...filled].sort((a, b) => a - b));
    expect(filled.at(-1)).toBe(0.006);
  });

  test("waits between attempts double to a bound and are jittered; every topic is subscribed again", async () => {
    // Half of a wait is random: with 0 none is taken away.
    let draws = 0;
    const random = (): number => {
      draws++;
      return 0;
    };
    const proxy = await new TcpProxy(stub.url).listen();
    const urls = {
      rest: stub.url,
      public: `${proxy.url.replace("http", "ws")}/v5/public/linear`,
      private: `${proxy.url.replace("http", "ws")}/v5/private`,
    };
    await connected({ urls, timing: { ...PATIENT, reconnectBase: 40, reconnectMax: 160 } }, { random });
    const all = "subscribe order,execution,position,wallet";
    expect(stub.subscribed).toEqual([all]);
    const drawn = draws;
    proxy.refuse(true);
    await until(() => proxy.refused.length === 6);
    proxy.refuse(false);
    expect(draws - drawn).toBeGreaterThanOrEqual(6);
    const waits = proxy.refused.slice(1).map((time, i) => time - proxy.refused[i]!);
    // 40 ms before the first attempt; a timer may be a millisecond early.
    for (const [i, least] of [80, 160, 160, 160, 160].entries()) expect(waits[i]).toBeGreaterThanOrEqual(least - 2);
    await until(() => stub.subscribed.length === 2);
    expect(stub.subscribed).toEqual([all, all]);
    await link.close();
    await proxy.close();
  });

  test.each(["auth", "subscribe"] as const)("a request for %s that is never answered is given up", async (what) => {
    stub.mute[what] = true;
    await made({ timing: { ...PATIENT, ack: 200 } });
    await expect(link.venue.connect()).rejects.toMatchObject({ code: "VENUE_UNAVAILABLE" });
    // Three attempts, no more.
    expect(stub.streams).toHaveLength(3);
  });

  test("a stream that has fallen silent is made anew", async () => {
    await connected({ timing: { ...PATIENT, ping: 100, silence: 1_500 } });
    stub.mute.pong = true;
    await until(() => events.some(isLink("reconnecting")));
    expect(events.find(isLink("reconnecting"))).toMatchObject({ reason: "silent for more than 1500 ms" });
    stub.mute.pong = false;
    const again = events.length;
    await until(() => events.slice(again).some(isLink("healthy")));
  });
});
