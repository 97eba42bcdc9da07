import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AccountEvent, decimal, type OrderRequest } from "../../../src/core/index.js";
import { type BybitConnection, bybit } from "../../../src/venues/bybit/index.js";
import { type PaperServer, paperServer } from "../../../src/venues/paper/index.js";
import { handsOn, MARKETS } from "../conformance/markets.js";
import { Inbox } from "../paper/server-support.js";
import { FAST, open, StubExchange } from "./stub.js";

// The account's stream loses everything it has to tell: nothing but a question can find that out.

const order = (clientOrderId: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
  clientOrderId,
  symbol: "BTCUSDT",
  side: "buy",
  type: "market",
  quantity: decimal("0.02"),
  ...(more.type !== "market" && { type: "limit", price: decimal("60000") }),
  ...more,
});

describe("on the paper exchange's server", () => {
  let server: PaperServer;
  let link: BybitConnection;
  let told: Inbox<AccountEvent>;
  const hands = (): ReturnType<typeof handsOn> => handsOn(server.exchange, "BTCUSDT");

  async function connected(timing: Partial<typeof FAST>): Promise<BybitConnection["venue"]> {
    // Nothing is to take too long here.
    const patient = { ...FAST, settle: 5, request: 60_000, reconcile: 60_000, ack: 60_000, silence: 60_000, ...timing };
    link = await bybit({ env: "local", urls: server.url, timing: patient, requestsPer5s: 1_000_000 }).connect({
      credentials: server.key,
      onProblem: () => {},
    });
    link.venue.subscribe((event) => told.push(event));
    await link.venue.connect();
    return link.venue;
  }

  const state = (id: string, status: string) => (event: AccountEvent) =>
    event.type === "order" && event.order.clientOrderId === id && event.order.status === status;
  const executions = (): string[] =>
    told.all.flatMap((event) => (event.type === "execution" ? [`${event.execution.side} ${event.execution.quantity.toFixed()}`] : []));
  const holds = (quantity: string) => (event: AccountEvent) => event.type === "position" && event.position.quantity.eq(quantity);

  beforeEach(async () => {
    const { instrument, balances } = MARKETS.linear;
    server = await paperServer({ instruments: instrument, balances, limits: "none" });
    hands().quote("60000", "60000.1", "50");
    told = new Inbox();
  });
  afterEach(async () => {
    await link.close();
    await server.close();
  });

  test("a resting order that filled without a word is noticed with its execution, the position and the balance, each once", async () => {
    const venue = await connected({ check: 20 });
    await venue.place(order("a", { price: decimal("59990") }));
    await told.find(state("a", "working"));
    await venue.synced();
    const before = told.all.length;
    server.fault({ kind: "drop", at: "private", times: 1_000 });
    hands().quote("59980", "59980.1", "50");
    await told.find(state("a", "filled"));
    await told.find(holds("0.02"));
    await told.find((event) => event.type === "balance" && told.all.indexOf(event) >= before);
    expect(executions()).toEqual(["buy 0.02"]);
    expect(told.all.filter(state("a", "filled"))).toHaveLength(1);
    expect(told.all.filter(holds("0.02"))).toHaveLength(1);
  });

  test("a part of a resting order that filled without a word is noticed while the rest still rests", async () => {
    const venue = await connected({ check: 20 });
    await venue.place(order("a", { price: decimal("60000") }));
    await told.find(state("a", "working"));
    await venue.synced();
    server.fault({ kind: "drop", at: "private", times: 1_000 });
    hands().trade("60000", "50.005", "sell");
    await told.find(
      (event) => event.type === "order" && event.order.status === "partiallyFilled" && event.order.filledQuantity.eq("0.005"),
    );
    await told.find((event) => event.type === "execution");
    expect(executions()).toEqual(["buy 0.005"]);
    expect((await venue.orders()).map((one) => one.filledQuantity.toFixed())).toEqual(["0.005"]);
  });

  test("an order that somebody else cancelled without a word is noticed, one of another hand as well", async () => {
    const venue = await connected({ check: 20 });
    await venue.place(order("a", { price: decimal("59990") }));
    await told.find(state("a", "working"));
    server.exchange.account().place(order("", { price: decimal("59980") }));
    await told.find(state("", "working"));
    await venue.synced();
    server.fault({ kind: "drop", at: "private", times: 1_000 });
    for (const one of server.exchange.account().open()) server.exchange.account().cancel("BTCUSDT", one.venueOrderId);
    await told.find(state("a", "cancelled"));
    await told.find(state("", "cancelled"));
    expect(executions()).toEqual([]);
  });

  test("an execution of another hand that was lost is asked for once its position is told", async () => {
    const venue = await connected({});
    await venue.place(order("a", { type: "market" }));
    await told.find(holds("0.02"));
    await venue.synced();
    server.fault({ kind: "drop", at: "private", match: "execution" });
    server.exchange.account().place(order("elsewhere", { type: "market", side: "sell", quantity: decimal("0.05") }));
    await told.find((event) => event.type === "execution" && event.execution.side === "sell");
    expect(executions()).toEqual(["buy 0.02", "sell 0.05"]);
    expect(told.all.filter(holds("-0.03"))).toHaveLength(1);
  });

  test("a position whose message was lost is asked for once its execution is told", async () => {
    const venue = await connected({});
    await venue.place(order("a", { type: "market" }));
    await told.find(holds("0.02"));
    await venue.synced();
    server.fault({ kind: "drop", at: "private", match: "position" });
    server.exchange.account().place(order("elsewhere", { type: "market", side: "sell", quantity: decimal("0.05") }));
    await told.find(holds("-0.03"));
    expect(executions()).toEqual(["buy 0.02", "sell 0.05"]);
  });
});

describe("on a scripted server", () => {
  let stub: StubExchange;
  let link: BybitConnection;
  let told: Inbox<AccountEvent>;
  let alerts: Inbox<{ readonly code: string; readonly message: string }>;

  async function connected(timing: Partial<typeof FAST>): Promise<BybitConnection["venue"]> {
    link = await open(stub, { timing: { ...FAST, settle: 5, ...timing } }, { onAlert: (alert) => alerts.push(alert), onProblem: () => {} });
    link.venue.subscribe((event) => told.push(event));
    await link.venue.connect();
    return link.venue;
  }

  beforeEach(async () => {
    stub = await new StubExchange().listen();
    told = new Inbox();
    alerts = new Inbox();
  });
  afterEach(async () => {
    await link.close();
    await stub.close();
  });

  test.each([
    ["at market", { type: "market" }],
    ["immediate-or-cancel", { timeInForce: "ioc" }],
    ["fill-or-kill", { timeInForce: "fok" }],
  ] as const)("an order %s that is told to work and of whose end nothing is told is asked for", async (_name, more) => {
    const venue = await connected({});
    await venue.place(order("a", more));
    await told.find((event) => event.type === "order" && event.order.status === "working");
    stub.change("a", { orderStatus: "Cancelled" }, true);
    const ended = await told.find((event) => event.type === "order" && event.order.status === "cancelled");
    expect(ended).toMatchObject({ order: { clientOrderId: "a" } });
  });

  test("nothing is asked while no order is open", async () => {
    const venue = await connected({ check: 5 });
    await venue.place(order("a"));
    await told.find((event) => event.type === "order" && event.order.status === "working");
    const lists = (): number => stub.seen.filter(({ path, params }) => path === "/v5/order/realtime" && !params.has("orderLinkId")).length;
    const [before, end] = [lists(), () => told.find((event) => event.type === "order" && event.order.status === "cancelled")];
    while (lists() < before + 3) await new Promise((resolve) => setTimeout(resolve, 1));
    stub.change("a", { orderStatus: "Cancelled" });
    await end();
    // One may be under way.
    await venue.synced();
    const after = lists() + 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lists()).toBeLessThanOrEqual(after);
  });

  test("an order that is neither listed nor known any more is an alert, once, and still counts as open", async () => {
    const venue = await connected({ check: 5 });
    await venue.place(order("a"));
    await told.find((event) => event.type === "order" && event.order.status === "working");
    stub.orders.delete("a");
    const alert = await alerts.find(({ code }) => code === "ORDER_VANISHED");
    expect(alert.message).toBe("Order a was open and Bybit shows it no more; it still counts as open.");
    const asked = stub.count("/v5/order/history");
    while (stub.count("/v5/order/history") < asked + 3) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(alerts.all.filter(({ code }) => code === "ORDER_VANISHED")).toHaveLength(1);
  });
});
