import { describe, expect, test } from "vitest";
import { Decimal, type OrderRequest, type Venue } from "../../../src/core/index.js";
import { VENUE_CASES, type VenueHarness } from "../../../src/venues/conformance/index.js";
import { type CustomVenue, defineVenue } from "../../../src/venues/custom/index.js";
import { PaperExchange, PaperVenue } from "../../../src/venues/paper/index.js";
import { handsOn, MARKETS } from "../conformance/markets.js";

const { instrument, balances, symbol, price, quantity } = MARKETS.linear;
const exchangeOf = (): PaperExchange => new PaperExchange({ instruments: instrument, balances });

/** Somebody's venue: an object of closures over an exchange, without a breaker. */
function mine(exchange = exchangeOf(), change: Partial<CustomVenue> = {}): CustomVenue {
  const inner = new PaperVenue(exchange, { report: () => {} });
  return {
    name: "mine",
    connect: () => inner.connect(),
    close: () => inner.close(),
    instruments: () => inner.instruments(),
    place: (request) => inner.place(request),
    amend: (request) => inner.amend(request),
    cancel: (symbol, id) => inner.cancel(symbol, id),
    cancelAll: (symbol) => inner.cancelAll(symbol),
    orders: (symbol) => inner.orders(symbol),
    order: (symbol, id) => inner.order(symbol, id),
    executions: (since) => inner.executions(since),
    positions: () => inner.positions(),
    balances: () => inner.balances(),
    setLeverage: (symbol, leverage) => inner.setLeverage(symbol, leverage),
    subscribe: (listener) => inner.subscribe(listener),
    ...change,
  };
}

const ORDER: OrderRequest = {
  clientOrderId: "one",
  symbol: "BTCUSDT",
  side: "buy",
  type: "limit",
  quantity: new Decimal(quantity),
  price: new Decimal(price),
};

describe("a venue that somebody defines", () => {
  const harness = (): VenueHarness => {
    const exchange = exchangeOf();
    return {
      venue: defineVenue(mine(exchange)),
      symbol,
      price,
      quantity,
      ...handsOn(exchange, symbol),
      close: () => {},
    };
  };
  for (const { name, run } of VENUE_CASES.filter(({ needsLink }) => needsLink !== true)) test(name, () => run(harness));
});

describe("defineVenue", () => {
  test("names every method that is missing", () => {
    const { place: _, amend: __, ...rest } = mine();
    expect(() => defineVenue(rest as CustomVenue)).toThrow("mine lacks place(), amend() of the contract of venues.");
  });

  test("refuses a name that could not stand in a symbol, half a breaker, unknown options and two breakers", () => {
    expect(() => defineVenue({ ...mine(), name: "My venue" })).toThrow('got "My venue"');
    expect(() => defineVenue(undefined as unknown as CustomVenue)).toThrow("got undefined");
    expect(() => defineVenue({ ...mine(), breaker: { state: "closed" } as never })).toThrow(
      "The breaker of mine lacks state, metrics() or reset()",
    );
    expect(() => defineVenue(mine(), { braker: {} } as never)).toThrow("breaker");
    const own = new PaperVenue(exchangeOf()).breaker;
    expect(() => defineVenue({ ...mine(), breaker: own }, { breaker: { failureThreshold: 1 } })).toThrow("brings its own breaker");
    expect(defineVenue({ ...mine(), breaker: own }).breaker).toBe(own);
  });

  test("works on an object with private state, whose methods need to be called on it", async () => {
    const venue: Venue = defineVenue(new PaperVenue(exchangeOf()));
    await venue.connect();
    expect(await venue.place(ORDER)).toMatchObject({ ok: true, order: { clientOrderId: "one" } });
    expect(await venue.orders()).toHaveLength(1);
  });

  test.each<[why: string, answer: unknown, message: string]>([
    ["nothing", undefined, "mine answered undefined instead of an outcome"],
    ["an outcome without ok", {}, "answered without ok"],
    ["ok without the order", { ok: true }, "answered ok without the order"],
    [
      "an order with binary numbers",
      {
        ok: true,
        order: { venueOrderId: "1", clientOrderId: "one", symbol: "S", side: "buy", type: "limit", status: "working", quantity: 0.1 },
      },
      "quantity is number instead of a Decimal",
    ],
    ["an order without an id", { ok: true, order: {} }, "venueOrderId is undefined instead of text"],
    ["a failure that does not say whether it is definite", { ok: false, code: "X", message: "no" }, "without definite"],
    ["a failure without a reason", { ok: false, definite: true }, "without a code and a message"],
  ])("an answer that is %s leaves the outcome open", async (_why, answer, message) => {
    const venue = defineVenue(mine(undefined, { place: () => Promise.resolve(answer as never) }));
    expect(await venue.place(ORDER)).toMatchObject({
      ok: false,
      definite: false,
      code: "OUTCOME_UNKNOWN",
      message: expect.stringContaining(message),
    });
  });

  test("an error thrown while placing leaves the outcome open; misuse stays an error", async () => {
    const venue = defineVenue(mine(undefined, { place: () => Promise.reject(new Error("socket gone")) }));
    expect(await venue.place(ORDER)).toMatchObject({
      definite: false,
      code: "OUTCOME_UNKNOWN",
      message: expect.stringContaining("socket gone"),
    });
    const closed = defineVenue(mine());
    await closed.close();
    await expect(closed.place(ORDER)).rejects.toThrow(expect.objectContaining({ code: "VENUE_CLOSED" }));
  });

  test("its breaker opens on trouble, not on refusals, refuses without sending, and recovers through a trial", async () => {
    let now = 0;
    let sent = 0;
    let answer: unknown = { ok: false, definite: true, code: "INSUFFICIENT_FUNDS", message: "no money" };
    const place = (): Promise<never> => {
      sent++;
      return Promise.resolve(answer as never);
    };
    const venue = defineVenue(mine(undefined, { place }), {
      breaker: { failureThreshold: 2, recoveryMs: 1_000, clock: { now: () => now } },
    });
    for (let i = 0; i < 5; i++) await venue.place(ORDER);
    expect(venue.breaker.state).toBe("closed");
    const refusal = answer;
    answer = { ok: false, definite: false, code: "TIMEOUT", message: "no answer" };
    for (let i = 0; i < 2; i++) await venue.place(ORDER);
    expect(venue.breaker.metrics()).toMatchObject({ state: "open", trips: 1, recoversInMs: 1_000 });
    expect(await venue.place(ORDER)).toMatchObject({ ok: false, definite: true, code: "BREAKER_OPEN" });
    await expect(venue.orders()).rejects.toThrow(expect.objectContaining({ code: "BREAKER_OPEN" }));
    expect(sent).toBe(7);
    now = 1_000;
    expect(venue.breaker.state).toBe("halfOpen");
    answer = refusal;
    expect(await venue.place(ORDER)).toMatchObject({ code: "INSUFFICIENT_FUNDS" });
    expect(venue.breaker.state).toBe("closed");
  });
});
