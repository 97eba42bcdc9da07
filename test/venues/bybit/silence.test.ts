import { afterEach, beforeEach, expect, test } from "vitest";
import { type AccountEvent, decimal } from "../../../src/core/index.js";
import type { BybitConnection } from "../../../src/venues/bybit/index.js";
import { Inbox } from "../paper/server-support.js";
import { FAST, open, StubExchange } from "./stub.js";

// What the account's stream loses leaves no gap in any numbering; the rules under such faults are in the conformance suite.

let stub: StubExchange;
let link: BybitConnection;
let told: Inbox<AccountEvent>;
let alerts: Inbox<{ readonly code: string; readonly message: string }>;

beforeEach(async () => {
  stub = await new StubExchange().listen();
  told = new Inbox();
  alerts = new Inbox();
  link = await open(stub, { timing: { ...FAST, settle: 5 } }, { onAlert: (alert) => alerts.push(alert), onProblem: () => {} });
  link.venue.subscribe((event) => told.push(event));
  await link.venue.connect();
});
afterEach(async () => {
  await link.close();
  await stub.close();
});

const order = (clientOrderId: string) =>
  ({ clientOrderId, symbol: "BTCUSDT", side: "buy", type: "limit", quantity: decimal("0.02"), price: decimal("60000") }) as const;
const executed = (event: AccountEvent): boolean => event.type === "execution" && event.execution.clientOrderId === "a";

test("an order that was acknowledged and never told is asked for, and so are its fills, each told once", async () => {
  stub.mute.silentOrders = true;
  expect(await link.venue.place(order("a"))).toMatchObject({ ok: true });
  stub.fill("a", "0.005", "60000", true);
  stub.fill("a", "0.015", "60000", true);
  const filled = await told.find((event) => event.type === "order" && event.order.status === "filled");
  expect(filled).toMatchObject({ order: { clientOrderId: "a" } });
  await told.find((event) => executed(event) && event === told.all.filter(executed)[1]);
  expect(told.all.filter(executed)).toHaveLength(2);
});

test("an order whose fills the exchange does not show either is an alert with both quantities", async () => {
  await link.venue.place(order("b"));
  stub.change("b", { cumExecQty: "0.02", orderStatus: "Filled", avgPrice: "60000" });
  const alert = await alerts.find(({ code }) => code === "EXECUTIONS_MISSING");
  expect(alert.message).toBe("Order b has filled 0.02, but Bybit shows executions of 0.");
});
