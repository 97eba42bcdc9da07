import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AccountEvent, decimal, type OrderRequest } from "../../../src/core/index.js";
import { type BybitConnection, type BybitConnectOptions, bybit } from "../../../src/venues/bybit/index.js";
import { type PaperServer, paperServer } from "../../../src/venues/paper/index.js";
import { handsOn, MARKETS } from "../conformance/markets.js";
import { FAST } from "./stub.js";

let server: PaperServer;
let link: BybitConnection;
let events: AccountEvent[];

beforeEach(async () => {
  const { instrument, symbol, balances } = MARKETS.linear;
  server = await paperServer({ instruments: instrument, balances, limits: "none" });
  handsOn(server.exchange, symbol).quote("60000", "60000.1", "50");
  events = [];
});
afterEach(async () => {
  await link.close();
  await server.close();
});

async function connected(options: BybitConnectOptions = {}): Promise<BybitConnection> {
  // Nothing is to take too long here but for what a test makes hang.
  const timing = { ...FAST, request: 60_000, reconcile: 60_000, ack: 60_000, silence: 60_000 };
  link = await bybit({ env: "local", urls: server.url, timing, requestsPer5s: 1_000_000 }).connect({
    credentials: server.key,
    onProblem: () => {},
    onAlert: () => {},
    ...options,
  });
  link.venue.subscribe((event) => events.push(event));
  await link.venue.connect();
  return link;
}

const order = (id: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
  clientOrderId: id,
  symbol: "BTCUSDT",
  side: "buy",
  type: "market",
  quantity: decimal("0.01"),
  ...more,
});

/** Resolves when an event that fits has been told, from the `from`th on. */
async function told(fits: (event: AccountEvent) => boolean, from = 0): Promise<void> {
  while (!events.slice(from).some(fits)) await new Promise((resolve) => setImmediate(resolve));
}

const holds = (quantity: string) => (event: AccountEvent) => event.type === "position" && event.position.quantity.eq(quantity);

describe("a position that changed while the stream was down", () => {
  test.each([
    ["grew", "buy", "0.03", "0.05"],
    ["was turned", "sell", "0.05", "-0.03"],
    ["was closed", "sell", "0.02", "0"],
  ] as const)("%s: it is told before the link is healthy", async (_name, side, quantity, after) => {
    const { venue } = await connected();
    await venue.place(order("a-1"));
    await venue.place(order("a-2"));
    await told(holds("0.02"));
    const gap = events.length;
    // Both in one turn: the stream is down when it happens.
    expect(server.disconnect("private")).toBe(1);
    server.exchange.account().place(order("elsewhere", { side, quantity: decimal(quantity) }));
    await told((event) => event.type === "link" && event.state === "healthy", gap);
    const since = events.slice(gap);
    expect(since.filter((event) => event.type === "position").map((event) => event.position.quantity.toFixed())).toEqual([after]);
    expect(since.findIndex(holds(after))).toBeLessThan(since.findIndex((event) => event.type === "link" && event.state === "healthy"));
    expect((await venue.positions()).map((one) => one.quantity.toFixed())).toEqual(after === "0" ? [] : [after]);
    // What comes after the gap is told by the stream again.
    await venue.place(order("a-3"));
    await told(holds(decimal(after).plus("0.01").toFixed()), gap);
  });
});

describe("the venue's circuit breaker", () => {
  /** Time of the breaker, which stands still unless a test moves it. */
  function breaker(): { readonly options: BybitConnectOptions; pass(ms: number): void } {
    let now = 0;
    return {
      options: { breaker: { failureThreshold: 2, recoveryMs: 50, clock: { now: () => now } } },
      pass: (ms) => {
        now += ms;
      },
    };
  }

  test("opens under 5xx, refuses entries but no exits, and recovers by a trial", async () => {
    const { options, pass } = breaker();
    const { venue } = await connected(options);
    await venue.place(order("a-1"));
    await venue.place(order("a-2", { type: "limit", price: decimal("50000") }));
    await venue.place(order("a-3", { type: "limit", side: "sell", price: decimal("70000"), quantity: decimal("0.005"), reduceOnly: true }));
    await told((event) => event.type === "order" && event.order.clientOrderId === "a-3" && event.order.status === "working");
    expect(venue.breaker.state).toBe("closed");

    server.fault({ kind: "error", at: "rest", match: "/v5/position/set-leverage", times: 3 });
    for (let i = 0; i < 2; i++) expect(await venue.setLeverage("BTCUSDT", 7)).toMatchObject({ ok: false });
    expect(venue.breaker.state).toBe("open");
    expect(venue.breaker.metrics()).toMatchObject({
      state: "open",
      trips: 1,
      consecutiveFailures: 2,
      recoversInMs: 50,
      lastTripReason: "2 failures in a row, the last: HTTP 503",
    });

    // Nothing that puts risk on leaves; what takes it off does.
    expect(await venue.place(order("b-1"))).toMatchObject({ ok: false, definite: true, code: "BREAKER_OPEN" });
    expect(await venue.placeMany([order("b-2")])).toMatchObject([{ ok: false, definite: true, code: "BREAKER_OPEN" }]);
    expect(await venue.amend({ symbol: "BTCUSDT", clientOrderId: "a-2", price: decimal("50001") })).toMatchObject({ code: "BREAKER_OPEN" });
    expect(server.exchange.account().all()).toHaveLength(3);
    expect(await venue.amend({ symbol: "BTCUSDT", clientOrderId: "a-3", price: decimal("65000") })).toMatchObject({ ok: true });
    expect(await venue.cancel("BTCUSDT", "a-2")).toMatchObject({ ok: true, order: { status: "cancelled" } });
    expect(await venue.place(order("x-1", { side: "sell", reduceOnly: true }))).toMatchObject({ ok: true });
    await told(holds("0"));
    expect(venue.breaker.state).toBe("open");

    // Half open: a trial that fails opens it again, one that succeeds closes it.
    pass(50);
    expect(venue.breaker.state).toBe("halfOpen");
    await venue.setLeverage("BTCUSDT", 7);
    expect(venue.breaker.metrics()).toMatchObject({ state: "open", trips: 2, lastTripReason: "a trial request failed: HTTP 503" });
    pass(49);
    expect(await venue.place(order("b-3"))).toMatchObject({ code: "BREAKER_OPEN" });
    pass(1);
    expect(await venue.place(order("b-4"))).toMatchObject({ ok: true });
    expect(venue.breaker.metrics()).toMatchObject({ state: "closed", consecutiveFailures: 0, recoversInMs: 0, trips: 2 });
  });

  test("orders whose answers are lost count, though they landed; reset() closes it by hand", async () => {
    const { venue } = await connected(breaker().options);
    server.fault({ kind: "error", at: "rest", match: "/v5/order/create", landed: true, status: 502, times: 2 });
    for (const id of ["a-1", "a-2"]) expect(await venue.place(order(id))).toMatchObject({ ok: true });
    expect(venue.breaker.metrics()).toMatchObject({ state: "open", lastTripReason: expect.stringContaining("HTTP 502") });
    expect(await venue.place(order("a-3"))).toMatchObject({ ok: false, code: "BREAKER_OPEN" });
    venue.breaker.reset();
    expect(venue.breaker.state).toBe("closed");
    expect(await venue.place(order("a-3"))).toMatchObject({ ok: true });
    expect(server.exchange.account().all()).toHaveLength(3);
  });

  test("a request that is refused is an answer: it opens nothing", async () => {
    const { venue } = await connected(breaker().options);
    for (let i = 0; i < 4; i++)
      expect(await venue.cancel("BTCUSDT", `never-${i}`)).toMatchObject({ ok: false, definite: true, code: "NOT_FOUND" });
    expect(venue.breaker.metrics()).toMatchObject({ state: "closed", consecutiveFailures: 0, failureRate: 0 });
  });
});
