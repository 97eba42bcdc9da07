import { FINAL, TestDesk } from "./desk.js";
import type { ConformanceCase, MakeHarness } from "./harness.js";
import { must } from "./watch.js";

const rule = (name: string, run: (desk: TestDesk) => Promise<void>): ConformanceCase => ({
  name,
  run: (make: MakeHarness) => TestDesk.use(make, run),
});

/** Orders of every type, from placing to their end. */
export const ORDER_CASES: readonly ConformanceCase[] = [
  rule("a market order fills at the other side as a taker", async (desk) => {
    const request = desk.request();
    await desk.place(request);
    const [first, ...more] = await desk.executed(request.clientOrderId, desk.quantity);
    must(
      more.every((one) => one.executionId !== first!.executionId),
      "execution ids differ",
    );
    must(first!.liquidity === "taker" && first!.kind === "trade" && first!.side === "buy", "it is a taker's trade", first!.kind);
    must(first!.price.gte(desk.at(0)), "a buy pays at least the ask", first!.price.toFixed());
    must(first!.feeCurrency !== "", "the fee's currency is named");
    const order = await desk.told(request.clientOrderId, "filled");
    must(order.filledQuantity.eq(desk.quantity) && order.averagePrice !== undefined, "a filled order has its quantity and price", order);
  }),
  rule("a limit order rests, is listed, and is cancelled", async (desk) => {
    const { venue, symbol } = desk.harness;
    const request = desk.resting(-20);
    await desk.place(request);
    await desk.told(request.clientOrderId, "working");
    const listed = await desk.until("it is listed", async () =>
      (await venue.orders(symbol)).find((one) => one.clientOrderId === request.clientOrderId),
    );
    must(
      listed.price?.eq(desk.at(-20)) && listed.quantity.eq(desk.quantity) && listed.type === "limit",
      "it is listed as it was placed",
      listed,
    );
    const outcome = await venue.cancel(symbol, request.clientOrderId);
    must(outcome.ok, "a cancel is taken", outcome);
    await desk.told(request.clientOrderId, "cancelled");
    await desk.until("it is listed no more", async () => (await venue.orders(symbol)).length === 0);
    must((await venue.order(symbol, request.clientOrderId))?.status === "cancelled", "it is known as cancelled");
    must((await venue.order(symbol, "conf-never")) === undefined, "an order that never was is undefined");
  }),
  rule("a resting order fills in parts as a maker, never beyond its quantity, never backwards", async (desk) => {
    const half = desk.quantity.div(2);
    const request = desk.resting(-10);
    await desk.place(request);
    await desk.told(request.clientOrderId, "working");
    await desk.quote(-5);
    await desk.trade(-10, half, "sell");
    await desk.executed(request.clientOrderId, half);
    await desk.told(request.clientOrderId, "partiallyFilled");
    await desk.trade(-10, desk.quantity.times(3), "sell");
    const executions = await desk.executed(request.clientOrderId, desk.quantity);
    must(
      executions.every((one) => one.liquidity === "maker" && one.price.eq(desk.at(-10))),
      "a resting order fills at its price as a maker",
      executions,
    );
    await desk.told(request.clientOrderId, "filled");
    const filled = desk.events.flatMap((event) =>
      event.type === "order" && event.order.clientOrderId === request.clientOrderId ? [event.order.filledQuantity] : [],
    );
    must(
      filled.every((one, i) => i === 0 || one.gte(filled[i - 1]!)),
      "the filled quantity never falls",
      filled.map(String).join(" "),
    );
  }),
  rule("post-only rests or ends, and never takes", async (desk) => {
    await desk.turnedAway(desk.resting(5, { postOnly: true }));
    const rests = desk.resting(-20, { postOnly: true });
    await desk.place(rests);
    must((await desk.told(rests.clientOrderId, "working")).postOnly, "a post-only order is told as one");
  }),
  rule("immediate-or-cancel takes what is there and cancels the rest", async (desk) => {
    const half = desk.quantity.div(2);
    await desk.quote(0, half);
    const request = desk.resting(0, { timeInForce: "ioc" });
    await desk.place(request);
    const order = await desk.ended(request.clientOrderId);
    must(order.status === "cancelled" && order.filledQuantity.eq(half), "half is filled and the rest cancelled", order);
    await desk.executed(request.clientOrderId, half);
    const none = desk.resting(-20, { timeInForce: "ioc" });
    await desk.turnedAway(none);
  }),
  rule("fill-or-kill fills whole or not at all", async (desk) => {
    await desk.quote(0, desk.quantity.div(2));
    await desk.turnedAway(desk.resting(0, { timeInForce: "fok" }));
    await desk.quote(0);
    const whole = desk.resting(0, { timeInForce: "fok" });
    await desk.place(whole);
    await desk.executed(whole.clientOrderId, desk.quantity);
    await desk.told(whole.clientOrderId, "filled");
  }),
  rule("a stop waits, triggers when the price falls to it, and closes the position", async (desk) => {
    await desk.trade(0, desk.quantity, "buy");
    const quantity = await desk.long();
    const stop = desk.exit(quantity, { type: "stop", triggerPrice: desk.at(-30) });
    await desk.place(stop);
    const waiting = await desk.told(stop.clientOrderId, "untriggered");
    must(waiting.type === "stop" && waiting.triggerPrice?.eq(desk.at(-30)) === true, "it is told as it was placed", waiting);
    must(waiting.reduceOnly || desk.instrument.kind === "spot", "a reduce-only stop is told as one", waiting);
    await desk.quote(-31);
    await desk.trade(-31, desk.quantity, "sell");
    await desk.executed(stop.clientOrderId, quantity);
    await desk.told(stop.clientOrderId, "filled");
    await desk.until("nothing is held any more", () => desk.flat());
  }),
  rule("a take-profit waits for the other direction", async (desk) => {
    await desk.trade(0, desk.quantity, "buy");
    const quantity = await desk.long();
    const target = desk.exit(quantity, { type: "takeProfit", triggerPrice: desk.at(30) });
    await desk.place(target);
    must((await desk.told(target.clientOrderId, "untriggered")).type === "takeProfit", "it is told as a take-profit");
    await desk.quote(-10);
    await desk.trade(-10, desk.quantity, "sell");
    await desk.quote(31);
    await desk.trade(31, desk.quantity, "buy");
    const executions = await desk.executed(target.clientOrderId, quantity);
    must(
      executions.every((one) => one.price.gte(desk.at(29))),
      "it sells above its trigger",
      executions,
    );
  }),
  rule("reduce-only closes what is held and opens nothing", async (desk) => {
    await desk.turnedAway(desk.exit(desk.quantity));
    const quantity = await desk.long();
    const request = desk.exit(quantity.times(2));
    const outcome = await desk.send(request);
    if (outcome.ok) {
      const order = await desk.ended(request.clientOrderId);
      must(order.filledQuantity.lte(quantity), "it fills no more than is held", order);
    }
    must((await desk.held()).gte(0), "reduce-only never turns the position round");
  }),
  rule("an amendment changes price and quantity of the same order", async (desk) => {
    const { venue, symbol } = desk.harness;
    const request = desk.resting(-20);
    const { clientOrderId } = request;
    await desk.place(request);
    await desk.told(clientOrderId, "working");
    const half = desk.quantity.div(2);
    const outcome = await venue.amend({ symbol, clientOrderId, price: desk.at(-15), quantity: half });
    must(outcome.ok && outcome.order.clientOrderId === clientOrderId, "an amendment is taken", outcome);
    const changed = await desk.until("it is listed as amended", async () => {
      const one = await venue.order(symbol, clientOrderId);
      return one?.price?.eq(desk.at(-15)) === true && one.quantity.eq(half) && one;
    });
    must(!FINAL.has(changed.status), "it still rests", changed.status);
    const gone = await venue.amend({ symbol, clientOrderId: "conf-never", price: desk.at(-15) });
    must(!gone.ok && gone.definite && gone.code === "NOT_FOUND", "an order that never was cannot be amended", gone);
  }),
  rule("a cancel of an order that is gone is answered by its final state", async (desk) => {
    const { venue, symbol } = desk.harness;
    const request = desk.request();
    await desk.place(request);
    await desk.told(request.clientOrderId, "filled");
    const outcome = await venue.cancel(symbol, request.clientOrderId);
    must(outcome.ok && outcome.order.status === "filled", "it is answered by the filled order", outcome);
    const never = await venue.cancel(symbol, "conf-never");
    must(!never.ok && never.definite && never.code === "NOT_FOUND", "an order that never was is NOT_FOUND", never);
  }),
  rule("a client order id is used once: no second order comes of it", async (desk) => {
    const { venue, symbol } = desk.harness;
    const request = desk.resting(-20);
    const first = await desk.place(request);
    const again = await desk.send(request);
    must(
      again.ok ? again.order.venueOrderId === first.venueOrderId : again.definite && again.code === "DUPLICATE_ID",
      "the same order again is the first one or DUPLICATE_ID",
      again,
    );
    const other = await desk.send({ ...request, quantity: desk.quantity.div(2) });
    must(!other.ok && other.code === "DUPLICATE_ID", "another order under the id is DUPLICATE_ID", other);
    const listed = await desk.until("it is listed", async () => {
      const orders = await venue.orders(symbol);
      return orders.length > 0 && orders;
    });
    must(listed.length === 1 && listed[0]!.quantity.eq(desk.quantity), "there is one order", listed);
  }),
  rule("what breaks the filters, or cannot be paid for, is refused and has no effect", async (desk) => {
    const { venue, symbol } = desk.harness;
    for (const more of [
      { quantity: desk.instrument.lotSize.div(2) },
      { type: "limit", price: desk.at(-20).plus(desk.tick.div(2)) },
    ] as const) {
      const outcome = await desk.send(desk.request(more));
      must(!outcome.ok && outcome.definite, "an order off the steps is refused", outcome);
    }
    const large = desk.instrument.maxQuantity ?? desk.quantity.times(1_000_000);
    const request = desk.resting(-20, { quantity: large });
    const outcome = await desk.send(request);
    if (outcome.ok) {
      const order = await desk.ended(request.clientOrderId);
      must(order.status === "rejected" || order.status === "cancelled", "an order that cannot be paid for ends", order.status);
    } else must(outcome.definite, "a refusal is definite", outcome);
    must((await venue.orders(symbol)).length === 0, "nothing rests");
  }),
  rule("cancelAll ends every open order and says so of each", async (desk) => {
    const { venue, symbol } = desk.harness;
    const half = desk.quantity.div(2);
    const requests = [desk.resting(-20, { quantity: half }), desk.resting(-21, { quantity: half })];
    for (const request of requests) {
      await desk.place(request);
      await desk.told(request.clientOrderId, "working");
    }
    const outcomes = await venue.cancelAll(symbol);
    must(outcomes.length === 2 && outcomes.every((one) => one.ok), "each cancel has an outcome", outcomes);
    for (const request of requests) await desk.told(request.clientOrderId, "cancelled");
    must((await venue.cancelAll()).length === 0, "nothing is left to cancel");
  }),
];
