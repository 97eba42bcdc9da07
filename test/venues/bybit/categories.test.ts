import { afterEach, describe, expect, test } from "vitest";
import {
  type AccountEvent,
  Decimal,
  decimal,
  type InstrumentKind,
  type OrderRequest,
  type OrderType,
  type VenueOrder,
} from "../../../src/core/index.js";
import { type BybitConnectOptions, type BybitVenue, bybit } from "../../../src/venues/bybit/index.js";
import { type PaperServer, paperServer } from "../../../src/venues/paper/index.js";
import { handsOn, MARKETS } from "../conformance/markets.js";
import { FAST } from "./stub.js";

/** What a request of the server was, as it arrived. */
interface Arrived {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Desk {
  readonly server: PaperServer;
  readonly venue: BybitVenue;
  readonly events: AccountEvent[];
  readonly arrived: Arrived[];
  readonly symbol: string;
  readonly quantity: Decimal;
  quote(bid: string, ask: string): void;
  trade(price: string, side: "buy" | "sell"): void;
  order(id: string, more?: Partial<OrderRequest>): OrderRequest;
  told(id: string, status: VenueOrder["status"]): Promise<VenueOrder>;
  /** What is there of a currency, told by REST. */
  total(currency: string): Promise<string>;
}

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Our connector on the paper exchange's server, with a quote. */
async function desk(category: InstrumentKind, more: BybitConnectOptions = {}): Promise<Desk> {
  const { instrument, symbol, quantity, price, balances } = MARKETS[category];
  const arrived: Arrived[] = [];
  const server = await paperServer({
    instruments: instrument,
    balances,
    limits: "none",
    spotFees: "base",
    leverage: 10,
    onRequest: ({ phase, method, path, body }) => {
      if (phase === "arrived" && method === "POST") arrived.push({ path, body: JSON.parse(body) as Arrived["body"] });
    },
  });
  open.push(() => server.close());
  const timing = { ...FAST, request: 60_000, reconcile: 60_000, ack: 60_000, silence: 60_000, settle: 60_000 };
  const link = await bybit({ env: "local", category, urls: server.url, timing, requestsPer5s: 1_000_000 }).connect({
    credentials: server.key,
    onProblem: () => {},
    ...more,
  });
  open.push(() => link.close());
  const { venue } = link;
  const events: AccountEvent[] = [];
  venue.subscribe((event) => events.push(event));
  const market = handsOn(server.exchange, symbol);
  market.quote(price, decimal(price).plus(1).toFixed(), "100000");
  await venue.connect();
  return {
    server,
    venue,
    events,
    arrived,
    symbol,
    quantity: decimal(quantity),
    quote: (bid, ask) => market.quote(bid, ask, "100000"),
    trade: (at, side) => market.trade(at, quantity, side),
    order: (id, more = {}) => ({ clientOrderId: id, symbol, side: "buy", type: "market", quantity: decimal(quantity), ...more }),
    async told(id, status) {
      for (;;) {
        for (const event of events)
          if (event.type === "order" && event.order.clientOrderId === id && event.order.status === status) return event.order;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async total(currency) {
      return (await venue.balances()).find((one) => one.currency === currency)?.total.toFixed() ?? "0";
    },
  };
}

describe("spot", () => {
  test("money becomes coins and coins money; a market buy's quantity is in coins, its fee too", async () => {
    const { venue, order, told, total, arrived, quote } = await desk("spot");
    expect(await venue.place(order("b-1"))).toMatchObject({ ok: true });
    const bought = await told("b-1", "filled");
    expect(arrived.find(({ body }) => body.orderLinkId === "b-1")!.body).toMatchObject({ qty: "0.5", marketUnit: "baseCoin" });
    // 0.5 ETH at 3,001: 1,500.5 USDT; 0.1 % of the coins are the fee.
    expect(bought.averagePrice!.toFixed()).toBe("3001");
    expect([await total("USDT"), await total("ETH")]).toEqual(["98499.5", "0.4995"]);
    quote("3100", "3101");
    expect(await venue.place(order("s-1", { side: "sell", quantity: decimal("0.4995") }))).toMatchObject({ ok: true });
    await told("s-1", "filled");
    // 0.4995 x 3,100 = 1,548.45, less 0.1 % of it.
    expect([await total("USDT"), await total("ETH")]).toEqual(["100046.40155", "0"]);
    // Spot has no positions and no leverage.
    expect(await venue.positions()).toEqual([]);
    expect(await venue.setLeverage("ETHUSDT", 1)).toEqual({ ok: true });
    expect(await venue.setLeverage("ETHUSDT", 2)).toMatchObject({ ok: false, definite: true, code: "INVALID_ORDER" });
  });

  test("a buy can not reduce, and a coin that is not there cannot be sold", async () => {
    const { venue, order, arrived } = await desk("spot");
    expect(await venue.place(order("b-1", { reduceOnly: true }))).toMatchObject({ ok: false, code: "INVALID_ORDER" });
    expect(arrived.some(({ path }) => path === "/v5/order/create")).toBe(false);
    const outcome = await venue.place(order("s-1", { side: "sell" }));
    expect(outcome).toMatchObject({ ok: false, definite: true });
  });
});

describe("spot has no word for reduce-only", () => {
  test("a sale takes risk off: it passes a halt and an open breaker, which a purchase does not", async () => {
    const { server, venue, quote, order, told, symbol } = await desk("spot", {
      breaker: { failureThreshold: 2, clock: { now: () => 0 } },
      onAlert: () => {},
    });
    const sale = (id: string, more: object = {}) => order(id, { side: "sell", quantity: decimal("0.01"), ...more });
    quote("2999.99", "3000");
    await venue.place(order("buy"));
    await told("buy", "filled");
    expect(await venue.place(sale("rests", { type: "limit", price: decimal("3100") }))).toMatchObject({ ok: true });

    // Somebody else used the id.
    server.exchange.account().place(sale("b-1", { type: "limit", price: decimal("4000") }));
    expect(await venue.place(order("b-1"))).toMatchObject({ ok: false, code: "DUPLICATE_ID" });
    expect(venue.halted).toBeDefined();
    expect(await venue.place(order("b-2"))).toMatchObject({ ok: false, definite: true, message: expect.stringContaining("Halted") });
    expect(await venue.place(sale("s-1"))).toMatchObject({ ok: true });
    venue.resume();

    server.fault({ kind: "error", at: "rest", match: "/v5/order/create", landed: true, status: 502, times: 2 });
    for (const id of ["c-1", "c-2"]) await venue.place(order(id, { type: "limit", price: decimal("2000"), quantity: decimal("0.01") }));
    expect(venue.breaker.state).toBe("open");
    expect(await venue.place(order("d-1"))).toMatchObject({ ok: false, code: "BREAKER_OPEN" });
    expect(await venue.placeMany([order("d-2")])).toMatchObject([{ ok: false, code: "BREAKER_OPEN" }]);
    expect(await venue.place(sale("s-2"))).toMatchObject({ ok: true });
    expect(await venue.placeMany([sale("s-3"), sale("s-4")])).toMatchObject([{ ok: true }, { ok: true }]);
    expect(await venue.amend({ symbol, clientOrderId: "rests", price: decimal("3200") })).toMatchObject({ ok: true });
    expect(venue.breaker.state).toBe("open");
  });

  test("a sale that was to reduce is told as one, and found as the one that was sent where its answer is lost", async () => {
    const { server, venue, quote, order, told, arrived } = await desk("spot");
    quote("2999.99", "3000");
    await venue.place(order("buy"));
    await told("buy", "filled");
    server.fault({ kind: "error", at: "rest", match: "/v5/order/create", landed: true, times: 2 });
    const resting = order("rests", { side: "sell", type: "limit", price: decimal("3100"), quantity: decimal("0.1"), reduceOnly: true });
    expect(await venue.place(resting)).toMatchObject({ ok: true, order: { reduceOnly: true } });
    expect(await venue.place(order("plain", { side: "sell", quantity: decimal("0.1") }))).toMatchObject({ ok: true });
    expect(venue.halted).toBeUndefined();
    expect((await told("rests", "working")).reduceOnly).toBe(true);
    expect((await told("plain", "filled")).reduceOnly).toBe(false);
    expect(arrived.filter(({ path }) => path === "/v5/order/create").map(({ body }) => "reduceOnly" in body)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe("inverse", () => {
  test("contracts are dollars, profit and fees are coins", async () => {
    const { venue, order, told, total, quote } = await desk("inverse");
    await venue.place(order("b-1"));
    await told("b-1", "filled");
    const [held] = await venue.positions();
    expect([held!.quantity.toFixed(), held!.averageEntry!.toFixed()]).toEqual(["600", "60001"]);
    const fees = [new Decimal(600).div(60_001).times("0.00055")];
    quote("66000", "66001");
    await venue.place(order("s-1", { side: "sell", reduceOnly: true }));
    await told("s-1", "filled");
    fees.push(new Decimal(600).div(66_000).times("0.00055"));
    // 600 x (1/60001 - 1/66000) BTC.
    const profit = new Decimal(600).div(60_001).minus(new Decimal(600).div(66_000));
    expect(profit.toFixed(6)).toBe("0.000909");
    const expected = new Decimal(2).plus(profit).minus(fees[0]!).minus(fees[1]!);
    const after = new Decimal(await total("BTC"));
    // Bybit books to eight places, each of the three amounts.
    expect(after.minus(expected).abs().lte("0.00000003")).toBe(true);
    expect(await venue.positions()).toEqual([]);
    expect(await total("USDT")).toBe("0");
  });

  test("a short gains when the price falls", async () => {
    const { venue, order, told, total, quote } = await desk("inverse");
    await venue.place(order("s-1", { side: "sell" }));
    await told("s-1", "filled");
    expect((await venue.positions())[0]!.quantity.toFixed()).toBe("-600");
    quote("49999", "50000");
    await venue.place(order("b-1", { reduceOnly: true }));
    await told("b-1", "filled");
    // 600 x (1/50000 - 1/60000) = 0.002 BTC, less two fees of about 0.0000055 and 0.0000066.
    expect(new Decimal(await total("BTC")).minus("2.002").abs().lte("0.0000125")).toBe(true);
  });
});

describe.each(["linear", "spot", "inverse"] as const)("%s", (category) => {
  test("an order rests, is amended, is filled in part, and what is left is cancelled", async () => {
    const { venue, order, told, symbol, quantity, quote, trade } = await desk(category);
    const price = decimal(MARKETS[category].price).minus(100);
    const twice = quantity.times(2);
    expect(await venue.place(order("a-1", { type: "limit", price, quantity: twice.times(2) }))).toMatchObject({ ok: true });
    await told("a-1", "working");
    const amended = await venue.amend({ symbol, clientOrderId: "a-1", price: price.plus(50), quantity: twice });
    expect(amended).toMatchObject({ ok: true, order: { clientOrderId: "a-1" } });
    quote(price.plus(60).toFixed(), price.plus(70).toFixed());
    trade(price.plus(50).toFixed(), "sell");
    const part = await told("a-1", "partiallyFilled");
    expect([part.quantity, part.filledQuantity, part.price].map(String)).toEqual([twice, quantity, price.plus(50)].map(String));
    const cancelled = await venue.cancel(symbol, "a-1");
    // Filled in part and cancelled: it has ended, and its fills stay.
    expect(cancelled).toMatchObject({ ok: true, order: { status: "cancelled" } });
    expect(cancelled.ok && cancelled.order.filledQuantity.eq(quantity)).toBe(true);
    expect(await venue.orders()).toEqual([]);
    expect(cancelled.ok && (await venue.order(symbol, "a-1"))).toEqual(cancelled.ok && cancelled.order);
  });

  test("orders of somebody else's hand, which have no client id, end with cancelAll, too", async () => {
    const { venue, server, order, trade, symbol } = await desk(category);
    const price = decimal(MARKETS[category].price);
    trade(price.toFixed(), "buy");
    const account = server.exchange.account();
    account.place({ ...order(""), type: "limit", price: price.minus(100) }, { category });
    account.place({ ...order(""), type: "stop", triggerPrice: price.plus(100) }, { category });
    expect((await venue.orders()).map((one) => [one.clientOrderId, one.status]).sort()).toEqual([
      ["", "untriggered"],
      ["", "working"],
    ]);
    expect(await venue.cancelAll(symbol)).toMatchObject([
      { ok: true, order: { status: "cancelled" } },
      { ok: true, order: { status: "cancelled" } },
    ]);
    expect(account.open()).toEqual([]);
  });

  test("a batch is told row by row, each row its own outcome, in the order asked for", async () => {
    const { venue, order, quantity, arrived } = await desk(category);
    const price = decimal(MARKETS[category].price).minus(100);
    const rest = (id: string, more: Partial<OrderRequest> = {}): OrderRequest => order(id, { type: "limit", price, ...more });
    const requests = [
      rest("n-0"),
      // More than the account can pay for: the server refuses this row alone.
      rest("n-1", { quantity: quantity.times(category === "linear" ? 5_000 : category === "spot" ? 400 : 10_000) }),
      ...Array.from({ length: 21 }, (_, i) => rest(`n-${i + 2}`)),
      // Off the lot: never sent.
      rest("n-23", { quantity: quantity.times("1.00001") }),
    ];
    const outcomes = await venue.placeMany(requests);
    expect(outcomes.map((one) => (one.ok ? one.order.clientOrderId : one.code))).toEqual([
      "n-0",
      "INSUFFICIENT_FUNDS",
      ...Array.from({ length: 21 }, (_, i) => `n-${i + 2}`),
      "INVALID_ORDER",
    ]);
    // Bybit takes 20 orders a batch, 10 on spot; and a batch is no larger than what may be sent in a second.
    const sizes = arrived.filter(({ path }) => path === "/v5/order/create-batch").map(({ body }) => (body.request as unknown[]).length);
    expect(sizes).toEqual([10, 10, 3]);
    expect(await venue.orders()).toHaveLength(22);
    const all = await venue.cancelAll();
    expect(all.filter((one) => one.ok && one.order.status === "cancelled")).toHaveLength(22);
  });

  test("a bracket: both legs wait for their own direction and only reduce, and the one that triggers closes", async () => {
    const { venue, order, told, symbol, quote, trade, arrived } = await desk(category);
    const price = decimal(MARKETS[category].price);
    await venue.place(order("e-1"));
    await told("e-1", "filled");
    trade(price.toFixed(), "buy");
    // On spot the fee was paid in coins: what is left can be sold.
    const held = category === "spot" ? decimal("0.4995") : order("x").quantity;
    const leg = (id: string, type: OrderType, triggerPrice: Decimal): OrderRequest =>
      order(id, { side: "sell", type, quantity: held, triggerPrice, reduceOnly: true });
    expect(await venue.place(leg("e-1-sl", "stop", price.minus(100)))).toMatchObject({ ok: true });
    expect(await venue.place(leg("e-1-tp", "takeProfit", price.plus(100)))).toMatchObject({ ok: true });
    const [stop, target] = [await told("e-1-sl", "untriggered"), await told("e-1-tp", "untriggered")];
    expect([stop.type, target.type]).toEqual(["stop", "takeProfit"]);
    const bodies = ["e-1-sl", "e-1-tp"].map((id) => arrived.find(({ body }) => body.orderLinkId === id)!.body);
    if (category === "spot") {
      for (const body of bodies) expect(body).toMatchObject({ orderFilter: "StopOrder", marketUnit: "baseCoin" });
      for (const body of bodies) expect(body).not.toHaveProperty("triggerDirection");
    } else
      expect(bodies.map(({ triggerDirection, reduceOnly, positionIdx }) => [triggerDirection, reduceOnly, positionIdx])).toEqual([
        [2, true, 0],
        [1, true, 0],
      ]);
    quote(price.minus(102).toFixed(), price.minus(101).toFixed());
    trade(price.minus(102).toFixed(), "sell");
    const closed = await told("e-1-sl", "filled");
    expect(closed.filledQuantity.eq(held)).toBe(true);
    expect(await venue.cancel(symbol, "e-1-tp")).toMatchObject({ ok: true, order: { status: "cancelled" } });
    const cancel = arrived.filter(({ path }) => path === "/v5/order/cancel").map(({ body }) => body.orderFilter);
    expect(cancel).toEqual([category === "spot" ? "StopOrder" : undefined]);
    expect(await venue.positions()).toEqual([]);
  });
});

describe.each(["linear", "inverse"] as const)("%s", (category) => {
  test("a short's bracket triggers the other way round", async () => {
    const { venue, order, told, arrived, trade, quote } = await desk(category);
    const price = decimal(MARKETS[category].price);
    await venue.place(order("e-1", { side: "sell" }));
    await told("e-1", "filled");
    trade(price.toFixed(), "buy");
    await venue.place(order("sl", { type: "stop", triggerPrice: price.plus(100), reduceOnly: true }));
    await venue.place(order("tp", { type: "takeProfit", triggerPrice: price.minus(100), reduceOnly: true, triggerBy: "mark" }));
    await told("tp", "untriggered");
    const seen = ["sl", "tp"].map((id) => arrived.find(({ body }) => body.orderLinkId === id)!.body);
    expect(seen.map(({ triggerDirection, triggerBy }) => [triggerDirection, triggerBy])).toEqual([
      [1, "LastPrice"],
      [2, "MarkPrice"],
    ]);
    quote(price.plus(101).toFixed(), price.plus(102).toFixed());
    trade(price.plus(101).toFixed(), "buy");
    await told("sl", "filled");
    expect(await venue.positions()).toEqual([]);
  });

  test("leverage is set, and set again without harm; one that does not exist is refused", async () => {
    const { venue, symbol, order, told, arrived } = await desk(category);
    expect(await venue.setLeverage(symbol, 5)).toEqual({ ok: true });
    // Bybit answers 110043, not modified.
    expect(await venue.setLeverage(symbol, "5")).toEqual({ ok: true });
    expect(
      arrived.filter(({ path }) => path === "/v5/position/set-leverage").map(({ body }) => [body.buyLeverage, body.sellLeverage]),
    ).toEqual([
      ["5", "5"],
      ["5", "5"],
    ]);
    expect(await venue.setLeverage(symbol, 1_000)).toMatchObject({ ok: false, definite: false });
    await expect(venue.setLeverage(symbol, 0)).rejects.toMatchObject({ code: "LEVERAGE_INVALID" });
    // A fifth of the position's value is bound.
    await venue.place(order("a-1"));
    await told("a-1", "filled");
    const [balance] = await venue.balances();
    const [held] = await venue.positions();
    const value = category === "linear" ? held!.quantity.times(held!.averageEntry!) : held!.quantity.div(held!.averageEntry!);
    expect(balance!.total.minus(balance!.available).div(value).toFixed(3)).toBe("0.200");
  });
});
