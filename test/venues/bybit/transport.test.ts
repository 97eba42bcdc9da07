import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BybitConnection, type BybitConnectOptions, type BybitOptions, MemoryIntents } from "../../../src/venues/bybit/index.js";
import { TcpProxy } from "./proxy.js";
import { FAST, limit, open, StubExchange } from "./stub.js";

let stub: StubExchange;
let proxy: TcpProxy;
let link: BybitConnection | undefined;

beforeEach(async () => {
  stub = await new StubExchange().listen();
  proxy = await new TcpProxy(stub.url).listen();
});
afterEach(async () => {
  await link?.close();
  await proxy.close();
  await stub.close();
});

/** REST goes through the proxy, streams do not. */
async function connected(options: Partial<BybitOptions> = {}, connect: BybitConnectOptions = {}): Promise<BybitConnection> {
  const ws = stub.url.replace("http", "ws");
  const urls = { rest: proxy.url, public: `${ws}/v5/public/linear`, private: `${ws}/v5/private` };
  // Nothing is to take too long here but for what a test makes hang.
  const timing = { ...FAST, request: 60_000, reconcile: 60_000 };
  link = await open(stub, { urls, timing, ...options }, { onProblem: () => {}, onAlert: () => {}, ...connect });
  await link.venue.connect();
  return link;
}

/** A promise and what resolves it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Resolves when the server has seen so many requests of a path. */
async function seen(path: string, count: number): Promise<void> {
  while (stub.count(path) < count) await new Promise((resolve) => setImmediate(resolve));
}

describe("connections", () => {
  test("orders that are placed at once share a few connections, which are kept", async () => {
    const { venue } = await connected({ connections: 8 });
    // The server says how many requests a second it takes; until then it is those of Bybit's table.
    stub.script("/v5/order/create", { headers: { "X-Bapi-Limit": "100000", "X-Bapi-Limit-Status": "99999" } });
    await venue.place(limit("first"));
    const outcomes = await Promise.all(Array.from({ length: 300 }, (_, i) => venue.place(limit(`n-${i}`))));
    expect(outcomes.filter((one) => one.ok)).toHaveLength(300);
    expect(stub.count("/v5/order/create")).toBe(301);
    // Four more may be made while one that was given back is not yet free.
    expect(proxy.made).toBeLessThanOrEqual(8 + 4);
  });

  test("a request is signed when it leaves, not when it begins to wait", async () => {
    let skew = 0;
    const { venue } = await connected({ connections: 1 }, { clock: { now: () => Date.now() + skew } });
    const answer = gate();
    stub.script("/v5/order/create", { hold: answer.opened });
    const first = venue.place(limit("a-1"));
    await seen("/v5/order/create", 1);
    const second = venue.place(limit("a-2"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stub.count("/v5/order/create")).toBe(1);
    // A minute passes on both clocks: a signature made before it would be refused as too old.
    skew = 60_000;
    stub.ahead = 60_000;
    answer.open();
    await first;
    expect(await second).toMatchObject({ ok: true });
    const sent = stub.seen.filter(({ body }) => body.orderLinkId === "a-2");
    expect(sent).toHaveLength(1);
    expect(sent[0]!.timestamp).toBeGreaterThan(Date.now() + 30_000);
  });

  test("orders that hang do not hold up a cancel", async () => {
    const { venue } = await connected({ connections: 1 });
    await venue.place(limit("a-1"));
    const answer = gate();
    stub.script("/v5/order/create", { hold: answer.opened });
    const hanging = [venue.place(limit("a-2")), venue.place(limit("a-3"))];
    await seen("/v5/order/create", 2);
    expect(await venue.cancel("BTCUSDT", "a-1")).toMatchObject({ ok: true, order: { status: "cancelled" } });
    expect(stub.count("/v5/order/create")).toBe(2);
    answer.open();
    for (const one of hanging) expect(await one).toMatchObject({ ok: true });
  });

  test("closing ends every connection, and what waits is told that it never left", async () => {
    const intents = new MemoryIntents();
    const { venue, close } = await connected({ connections: 1 }, { intents });
    stub.script("/v5/order/create", { hold: new Promise(() => {}) });
    const [hanging, waiting] = [venue.place(limit("a-1")), venue.place(limit("a-2"))];
    await seen("/v5/order/create", 1);
    await close();
    expect(await waiting).toMatchObject({ ok: false, definite: true });
    // It was sent and not answered: nobody knows, and the next process has to look.
    expect(await hanging).toMatchObject({ ok: false, definite: false, code: "OUTCOME_UNKNOWN" });
    expect(intents.unsettled().map((one) => one.clientOrderId)).toEqual(["a-1"]);
    await proxy.idle();
  });
});

describe("what is known of a request that failed", () => {
  test("a kept connection that breaks before a byte of the answer: the order is looked for, not sent again", async () => {
    const { venue } = await connected({ connections: 1 });
    await venue.place(limit("a-1"));
    const made = proxy.made;
    stub.script("/v5/order/create", "cut after");
    expect(await venue.place(limit("a-2"))).toMatchObject({ ok: true, order: { clientOrderId: "a-2" } });
    expect(stub.seen.filter(({ body }) => body.orderLinkId === "a-2")).toHaveLength(1);
    // It left on a connection that was there: the looking needed new ones.
    expect(made).toBeLessThanOrEqual(1 + 4);
  });

  test("nobody listens: it certainly never left, and is told at once", async () => {
    const intents = new MemoryIntents();
    const { venue } = await connected({}, { intents });
    await proxy.hangUp();
    expect(await venue.place(limit("a-1"))).toMatchObject({ ok: false, definite: true, code: "NOT_CONNECTED" });
    expect(intents.unsettled()).toEqual([]);
    expect(stub.count("/v5/order/create")).toBe(0);
  });

  test("a connection that is not made in time carried nothing", async () => {
    const sockets = new Set<Socket>();
    // Takes the connection, and never answers the greeting of the encryption.
    const mute = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
    });
    await new Promise<void>((done) => mute.listen(0, "127.0.0.1", done));
    const ws = stub.url.replace("http", "ws");
    const urls = {
      rest: `https://127.0.0.1:${(mute.address() as AddressInfo).port}`,
      public: `${ws}/v5/public/linear`,
      private: `${ws}/v5/private`,
    };
    link = await open(stub, { urls, timing: { ...FAST, connect: 30 } });
    await expect(link.market.instruments()).rejects.toMatchObject({
      code: "VENUE_UNAVAILABLE",
      message: expect.stringContaining("no connection in time"),
    });
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => mute.close(done));
  });

  test("the time in which a lost order may land begins when its request leaves", async () => {
    // An order that is not found 2.4 s after it left never landed; this one waits for a connection longer than that.
    const { venue } = await connected({ connections: 1, timing: { ...FAST, recvWindow: 1_500, request: 60_000, reconcile: 60_000 } });
    const answer = gate();
    stub.script("/v5/order/create", { hold: answer.opened }, "cut");
    const placed = performance.now();
    const [first, second] = [venue.place(limit("a-1")), venue.place(limit("a-2"))];
    await seen("/v5/order/create", 1);
    while (performance.now() - placed < 2_450) await new Promise((resolve) => setImmediate(resolve));
    answer.open();
    await first;
    // It lands late: after somebody has looked and found nothing.
    await seen("/v5/execution/list", stub.count("/v5/execution/list") + 1);
    stub.create(stub.seen.find(({ body }) => body.orderLinkId === "a-2")!.body);
    expect(await second).toMatchObject({ ok: true, order: { clientOrderId: "a-2" } });
  });

  test.each([
    ["a server error", { status: 503 }],
    ["a redirect", { status: 302 }],
    ["a page that is not Bybit's", { status: 200 }],
  ] as const)("%s in place of an answer says nothing of the order", async (_name, script) => {
    const { venue } = await connected();
    stub.script("/v5/order/create", script);
    stub.create({ ...limit("a-1"), orderLinkId: "a-1", side: "Buy", orderType: "Limit", qty: "0.01", price: "60000", timeInForce: "GTC" });
    expect(await venue.place(limit("a-1"))).toMatchObject({ ok: true, order: { status: "working" } });
    expect(stub.count("/v5/order/create")).toBe(1);
  });
});
