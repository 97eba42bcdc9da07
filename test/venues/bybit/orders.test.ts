import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AccountEvent, decimal } from "../../../src/core/index.js";
import { LabError } from "../../../src/errors/index.js";
import { type Alert, type BybitConnection, MemoryIntents } from "../../../src/venues/bybit/index.js";
import { FAST, limit, open, StubExchange } from "./stub.js";

let stub: StubExchange;
let link: BybitConnection;
let events: AccountEvent[];
let alerts: Alert[];
let intents: MemoryIntents;

beforeEach(async () => {
  stub = await new StubExchange().listen();
  alerts = [];
  events = [];
  intents = new MemoryIntents();
  link = await open(stub, {}, { intents, onAlert: (alert) => alerts.push(alert), onProblem: () => {} });
  link.venue.subscribe((event) => events.push(event));
});
afterEach(async () => {
  await link.close();
  await stub.close();
});

/** Resolves when an event that fits has been told. */
function told(fits: (event: AccountEvent) => boolean): Promise<AccountEvent> {
  const seen = events.find(fits);
  if (seen !== undefined) return Promise.resolve(seen);
  return new Promise((resolve) => {
    const stop = link.venue.subscribe((event) => {
      if (!fits(event)) return;
      stop();
      resolve(event);
    });
  });
}

const isOrder = (id: string, status: string) => (event: AccountEvent) =>
  event.type === "order" && event.order.clientOrderId === id && event.order.status === status;

describe("placing", () => {
  test("an order is written down, sent once and told by the stream", async () => {
    await link.venue.connect();
    const outcome = await link.venue.place(limit("a-1"));
    expect(outcome).toMatchObject({ ok: true, order: { clientOrderId: "a-1" } });
    await told(isOrder("a-1", "working"));
    expect(stub.count("/v5/order/create")).toBe(1);
    expect(stub.seen.find((one) => one.path === "/v5/order/create")?.body).toEqual({
      category: "linear",
      symbol: "BTCUSDT",
      side: "Buy",
      orderType: "Limit",
      qty: "0.01",
      price: "60000",
      timeInForce: "GTC",
      orderLinkId: "a-1",
      reduceOnly: false,
      positionIdx: 0,
    });
    expect((await link.venue.orders()).map((order) => order.clientOrderId)).toEqual(["a-1"]);
  });

  test("is written down before it leaves", async () => {
    await link.venue.connect();
    let stored = -1;
    intents.intend = async (request) => {
      await new Promise((done) => setImmediate(done));
      stored = stub.count("/v5/order/create");
      MemoryIntents.prototype.intend.call(intents, request);
    };
    await link.venue.place(limit("a-1"));
    expect([stored, stub.count("/v5/order/create")]).toEqual([0, 1]);
    intents.intend = () => {
      throw new LabError("DISK_FULL", "no room");
    };
    await expect(link.venue.place(limit("a-2"))).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(stub.count("/v5/order/create")).toBe(1);
  });

  test("an answer that is lost after the order landed is found out, and nothing is sent twice", async () => {
    await link.venue.connect();
    stub.mute.silentOrders = true;
    stub.script("/v5/order/create", "cut after");
    const outcome = await link.venue.place(limit("a-1"));
    expect(outcome).toMatchObject({ ok: true, order: { clientOrderId: "a-1", status: "working" } });
    expect(stub.count("/v5/order/create")).toBe(1);
    expect(intents.unsettled()).toEqual([]);
  });

  test.each([[{ status: 503 }], [{ code: 10016, message: "Server error" }], [{ code: 987654, message: "brand new" }], ["cut" as const]])(
    "%j: an outcome that cannot be found out in time is not known, never a refusal",
    async (answer) => {
      await link.venue.connect();
      stub.script("/v5/order/create", answer);
      const outcome = await link.venue.place(limit("a-1"));
      expect(outcome).toMatchObject({ ok: false, definite: false, code: "OUTCOME_UNKNOWN" });
      expect(stub.count("/v5/order/create")).toBe(1);
      expect(intents.unsettled().map((one) => one.clientOrderId)).toEqual(["a-1"]);
      expect(alerts.map((alert) => alert.code)).toContain("OUTCOME_UNKNOWN");
    },
  );

  test("what is not found once recv_window and more have passed never landed", async () => {
    const short = await open(stub, { timing: { ...FAST, recvWindow: 300, reconcile: 20_000 } }, { intents, onProblem: () => {} });
    await short.venue.connect();
    stub.script("/v5/order/create", { status: 500 }, "cut");
    expect(await short.venue.place(limit("a-1"))).toMatchObject({
      ok: false,
      definite: true,
      code: "REJECTED",
      message: expect.stringMatching(/never landed/),
    });
    expect(await short.venue.place(limit("a-2"))).toMatchObject({ ok: false, definite: true, code: "TIMEOUT" });
    expect(stub.count("/v5/order/create")).toBe(2);
    expect(intents.unsettled()).toEqual([]);
    await short.close();
  });

  test.each([
    [110007, "INSUFFICIENT_FUNDS"],
    [110094, "INVALID_ORDER"],
    [110074, "REJECTED"],
    [10005, "AUTH"],
  ])("retCode %i is a definite %s", async (venueCode, code) => {
    await link.venue.connect();
    stub.script("/v5/order/create", { code: venueCode });
    expect(await link.venue.place(limit("a-1"))).toMatchObject({ ok: false, definite: true, code, venueCode });
    expect(stub.count("/v5/order/create")).toBe(1);
  });

  test("a rate limit that turned it away, and a clock that is off, are tried again with the same id", async () => {
    await link.venue.connect();
    stub.script("/v5/order/create", { code: 10006, message: "Too many visits!" });
    expect(await link.venue.place(limit("a-1"))).toMatchObject({ ok: true });
    stub.ahead = 60_000;
    expect(await link.venue.place(limit("a-2"))).toMatchObject({ ok: true });
    expect(stub.seen.filter((one) => one.path === "/v5/order/create").map((one) => one.body.orderLinkId)).toEqual([
      "a-1",
      "a-1",
      "a-2",
      "a-2",
    ]);
  });

  test("a duplicate id counts as landed only for the same order", async () => {
    await link.venue.connect();
    const first = await link.venue.place(limit("a-1"));
    const again = await link.venue.place(limit("a-1"));
    expect(again).toMatchObject({ ok: true, order: { venueOrderId: first.ok ? first.order.venueOrderId : "" } });
    expect(await link.venue.place(limit("a-1", { quantity: decimal("0.02") }))).toMatchObject({
      ok: false,
      definite: true,
      code: "DUPLICATE_ID",
    });
    // Another process used the id.
    stub.create({ orderLinkId: "b-1", symbol: "BTCUSDT", side: "Sell", orderType: "Limit", qty: "1", price: "70000", timeInForce: "GTC" });
    expect(await link.venue.place(limit("b-1"))).toMatchObject({ ok: false, code: "DUPLICATE_ID" });
    expect(alerts.at(-1)?.code).toBe("INTENT_MISMATCH");
    expect(await link.venue.place(limit("c-1"))).toMatchObject({
      ok: false,
      definite: true,
      message: expect.stringMatching(/Halted.*resume/),
    });
    expect(await link.venue.place(limit("c-2", { side: "sell", reduceOnly: true }))).toMatchObject({ ok: true });
    link.venue.resume();
    expect(await link.venue.place(limit("c-1"))).toMatchObject({ ok: true });
  });

  test("nothing is sent for what breaks filters, and misuse throws", async () => {
    await link.venue.connect();
    for (const [more, problem] of [
      [{ quantity: decimal("0.0005") }, /lot 0.001/],
      [{ price: decimal("60000.05") }, /tick 0.1/],
      [{ quantity: decimal("1000") }, /maximum 100/],
      [{ price: decimal("10") }, /minimum 5/],
    ] as const)
      expect(await link.venue.place(limit("a-1", more))).toMatchObject({
        ok: false,
        definite: true,
        code: "INVALID_ORDER",
        message: expect.stringMatching(problem),
      });
    await expect(link.venue.place(limit("a".repeat(37)))).rejects.toMatchObject({ code: "CLIENT_ORDER_ID" });
    await expect(link.venue.place(limit("a-1", { symbol: "BTCUSD" }))).rejects.toMatchObject({
      code: "SYMBOL_UNKNOWN",
      message: expect.stringMatching(/Did you mean BTCUSDT/),
    });
    await expect(link.venue.place(limit("a-1", { type: "stop" }))).rejects.toMatchObject({ code: "ORDER_INVALID" });
    expect(stub.count("/v5/order/create")).toBe(0);
  });

  test("a batch is looked at row by row", async () => {
    await link.venue.connect();
    stub.create({ orderLinkId: "a-2", symbol: "BTCUSDT", side: "Sell", orderType: "Limit", qty: "1", price: "70000", timeInForce: "GTC" });
    const outcomes = await link.venue.placeMany([limit("a-1"), limit("a-2"), limit("a-3", { quantity: decimal("0.0001") })]);
    expect(outcomes.map((one) => (one.ok ? "ok" : one.code))).toEqual(["ok", "DUPLICATE_ID", "INVALID_ORDER"]);
    expect(stub.count("/v5/order/create-batch")).toBe(1);
  });
});

describe("cancelling and amending", () => {
  test("a cancel is answered by the final state, also of an order that is gone", async () => {
    await link.venue.connect();
    await link.venue.place(limit("a-1"));
    await link.venue.place(limit("a-2"));
    expect(await link.venue.cancel("BTCUSDT", "a-1")).toMatchObject({ ok: true, order: { status: "cancelled" } });
    stub.fill("a-2", "0.01", "60000", true);
    expect(await link.venue.cancel("BTCUSDT", "a-2")).toMatchObject({ ok: true, order: { status: "filled" } });
    expect(await link.venue.cancel("BTCUSDT", "never")).toMatchObject({ ok: false, definite: true, code: "NOT_FOUND" });
  });

  test("a cancel that loses its race against a fill leaves the order filled", async () => {
    await link.venue.connect();
    await link.venue.place(limit("a-1"));
    await told(isOrder("a-1", "working"));
    stub.fill("a-1", "0.01", "60000");
    stub.change("a-1", { orderStatus: "Filled", cancelType: "CancelByUser", rejectReason: "EC_OrigClOrdIDDoesNotExist" });
    stub.change("a-1", { orderStatus: "Cancelled" });
    await told(isOrder("a-1", "filled"));
    expect(await link.venue.cancel("BTCUSDT", "a-1")).toMatchObject({ ok: true, order: { status: "filled" } });
    expect(
      events.filter((event) => event.type === "order" && event.order.status !== "working" && event.order.clientOrderId === "a-1"),
    ).toHaveLength(1);
  });

  test("a lost answer to a cancel or an amendment is looked into and sent again", async () => {
    await link.venue.connect();
    await link.venue.place(limit("a-1"));
    stub.script("/v5/order/amend", "cut after");
    expect(await link.venue.amend({ symbol: "BTCUSDT", clientOrderId: "a-1", price: decimal("59000") })).toMatchObject({
      ok: true,
      order: { price: decimal("59000") },
    });
    stub.script("/v5/order/cancel", { status: 502 }, { code: 10016 });
    expect(await link.venue.cancel("BTCUSDT", "a-1")).toMatchObject({ ok: true, order: { status: "cancelled" } });
  });

  test("an amendment that is refused since the order stands as asked already has taken; one that is refused otherwise has not", async () => {
    await link.venue.connect();
    await link.venue.place(limit("a-1"));
    const price = decimal("59000");
    expect(await link.venue.amend({ symbol: "BTCUSDT", clientOrderId: "a-1", price })).toMatchObject({ ok: true });
    const refused = { code: 10001, message: "The order remains unchanged as the parameters entered match the existing ones." };
    stub.script("/v5/order/amend", refused, refused);
    expect(await link.venue.amend({ symbol: "BTCUSDT", clientOrderId: "a-1", price })).toMatchObject({ ok: true, order: { price } });
    const other = { symbol: "BTCUSDT", clientOrderId: "a-1", price: decimal("58000") };
    expect(await link.venue.amend(other)).toMatchObject({ ok: false, definite: true, code: "INVALID_ORDER" });
  });

  test("cancelAll says of each order what became of it", async () => {
    await link.venue.connect();
    for (const id of ["a-1", "a-2", "a-3"]) await link.venue.place(limit(id));
    const outcomes = await link.venue.cancelAll("BTCUSDT");
    expect(outcomes.map((one) => one.ok && one.order.status)).toEqual(["cancelled", "cancelled", "cancelled"]);
    expect(await link.venue.orders()).toEqual([]);
  });

  test("leverage that is set already is no failure", async () => {
    await link.venue.connect();
    stub.script(
      "/v5/position/set-leverage",
      { code: 110043, message: "Set leverage has not been modified." },
      { code: 10001, message: "no" },
    );
    expect(await link.venue.setLeverage("BTCUSDT", decimal(3))).toEqual({ ok: true });
    expect(await link.venue.setLeverage("BTCUSDT", decimal(3))).toMatchObject({ ok: false, code: "INVALID_ORDER" });
  });
});

describe("the account's stream", () => {
  test("after a gap what was missed is told, once, before the link is healthy", async () => {
    await link.venue.connect();
    for (const id of ["a-1", "a-2"]) {
      await link.venue.place(limit(id));
      await told(isOrder(id, "working"));
    }
    stub.fill("a-1", "0.004", "60000");
    await told(isOrder("a-1", "partiallyFilled"));
    // While nobody listens: one is filled, one is cancelled, a position comes.
    stub.dropStreams();
    await told((event) => event.type === "link" && event.state === "reconnecting");
    stub.fill("a-1", "0.006", "60000", true);
    stub.change("a-2", { orderStatus: "Cancelled" }, true);
    stub.positions = [{ symbol: "BTCUSDT", side: "Buy", size: "0.01", avgPrice: "60000", positionIdx: 0, seq: 5 }];
    const again = events.length;
    await told((event) => event.type === "link" && event.state === "healthy" && events.indexOf(event) >= again);
    const executions = events.flatMap((event) => (event.type === "execution" ? [event.execution] : []));
    expect(executions.map((one) => one.quantity.toFixed())).toEqual(["0.004", "0.006"]);
    expect(executions.every((one) => one.feeCurrency === "USDT")).toBe(true);
    expect(events.some(isOrder("a-1", "filled")) && events.some(isOrder("a-2", "cancelled"))).toBe(true);
    expect(events.some((event) => event.type === "position" && event.position.quantity.eq("0.01"))).toBe(true);
    expect(events.some((event) => event.type === "balance")).toBe(true);
    // Told again by the stream: nothing new.
    const before = events.length;
    for (const execution of stub.executions) stub.push("execution", { data: [execution] });
    stub.fill("a-1", "0", "60000");
    await link.venue.place(limit("a-9"));
    await told(isOrder("a-9", "working"));
    expect(events.slice(before).filter((event) => event.type === "execution" && event.execution.quantity.gt(0))).toEqual([]);
  });

  test("a state that is not known counts as open and is told aloud", async () => {
    await link.venue.connect();
    await link.venue.place(limit("a-1"));
    stub.change("a-1", { orderStatus: "Meditating" });
    await told(isOrder("a-1", "unknown"));
    expect(alerts.map((alert) => alert.code)).toContain("ORDER_STATE_UNKNOWN");
    // A message that cannot be read, and a listener that throws, stop nothing.
    link.venue.subscribe(() => {
      throw new Error("bad listener");
    });
    stub.push("order", { data: [{ orderId: "x" }] });
    stub.change("a-1", { orderStatus: "Cancelled" });
    await told(isOrder("a-1", "cancelled"));
  });

  test("an order of an earlier process is settled when the link stands", async () => {
    stub.create({
      orderLinkId: "old-1",
      symbol: "BTCUSDT",
      side: "Buy",
      orderType: "Limit",
      qty: "0.01",
      price: "60000",
      timeInForce: "GTC",
    });
    intents.intend(limit("old-1"));
    const settled = new Promise<unknown>((done) => {
      intents.settle = (id) => {
        MemoryIntents.prototype.settle.call(intents, id);
        done(id);
      };
    });
    await link.venue.connect();
    expect(await settled).toBe("old-1");
    expect(intents.unsettled()).toEqual([]);
  });

  test("a pong that does not come, and an acknowledgement that does not come, are a lost link", async () => {
    await link.venue.connect();
    stub.mute.pong = true;
    const lost = await told((event) => event.type === "link" && event.state === "reconnecting");
    expect(lost).toMatchObject({ reason: "no answer to a ping" });
    stub.mute.pong = false;
    const again = events.length;
    await told((event) => event.type === "link" && event.state === "healthy" && events.indexOf(event) >= again);
  });
});

describe("connecting", () => {
  test("without keys, with wrong ones, twice, and after closing", async () => {
    const wrong = await open(stub, {}, { credentials: { apiKey: "other", apiSecret: "wrong" }, onProblem: () => {} });
    await expect(wrong.venue.connect()).rejects.toMatchObject({ code: "VENUE_AUTH" });
    await wrong.close();
    expect(await link.venue.place(limit("a-1"))).toMatchObject({ ok: false, definite: true, code: "NOT_CONNECTED" });
    await Promise.all([link.venue.connect(), link.venue.connect()]);
    expect(stub.streams).toHaveLength(2);
    await link.close();
    await expect(link.venue.place(limit("a-1"))).rejects.toMatchObject({ code: "VENUE_CLOSED" });
  });

  test("an account in hedge mode is refused", async () => {
    stub.positions = [{ symbol: "BTCUSDT", side: "Buy", size: "1", avgPrice: "1", positionIdx: 1 }];
    await expect(link.venue.connect()).rejects.toMatchObject({ code: "POSITION_MODE" });
  });

  test("five failures open the breaker, and it recovers", async () => {
    const short = await open(stub, {}, { breaker: { failureThreshold: 5, recoveryMs: 60_000 }, onProblem: () => {}, onAlert: () => {} });
    await short.venue.connect();
    expect(short.venue.breaker.state).toBe("closed");
    stub.script("/v5/position/set-leverage", ...Array.from({ length: 5 }, () => ({ status: 503 })));
    for (let i = 0; i < 5; i++) await short.venue.setLeverage("BTCUSDT", decimal(2));
    expect(short.venue.breaker.metrics()).toMatchObject({ state: "open", trips: 1, consecutiveFailures: 5 });
    const sent = stub.seen.length;
    expect(await short.venue.place(limit("x-1"))).toMatchObject({ ok: false, definite: true, code: "BREAKER_OPEN" });
    expect(stub.seen.length).toBe(sent);
    short.venue.breaker.reset();
    expect(await short.venue.place(limit("x-1"))).toMatchObject({ ok: true });
    expect(short.venue.breaker.state).toBe("closed");
    await short.close();
  });
});
