import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, type MarketEvent, seededRandom, type VenueExecution } from "../../src/core/index.js";
import { type EdgeRequest, EVENT, StateReplica, TradingEngine, type TradingEngineOptions } from "../../src/engine/index.js";
import { risk } from "../../src/execution/index.js";
import { expectMisuse } from "../misuse.js";
import { executionOf, type Place } from "./executed.js";
import { HostileVenue } from "./hostile-venue.js";

const VENUES = ["north", "south"] as const;
const symbol = "TESTUSDT";
const instruments = [
  { symbol, venue: "north", tickSize: "0.1", lotSize: "1" },
  { symbol, venue: "south", tickSize: "0.5", lotSize: "1" },
];
const trade = (venue: string, price: string, time: number): MarketEvent & { venue: string } => ({
  ...{ type: "trade", symbol, venue, time, id: String(time), side: "buy", price, quantity: "1" },
});

/** An engine on one symbol at two venues, at 100 in the north and 200 in the south. */
function world(options: Partial<TradingEngineOptions> = {}) {
  const one = new TradingEngine({ instruments, sizer: "fixed:4", ...options });
  one.process(trade("north", "100", 1_000));
  one.process(trade("south", "200", 1_001));
  const asked = (): readonly EdgeRequest[] => one.requests();
  const fill = (place: Place, venue: string, price: number, more: Partial<VenueExecution> = {}): void =>
    void one.process({
      ...{ type: "execution", venue },
      execution: executionOf(place, place.request.quantity, 2_000, { executionId: "1", price: new Decimal(price), ...more }),
    });
  return { one, asked, fill };
}

describe("one symbol at two venues", () => {
  test("orders, fills and positions of each are apart, in state, audits and a replica", () => {
    const { one, asked, fill } = world();
    const replica = new StateReplica(one.snapshot());
    for (const venue of VENUES) replica.apply(one.action({ type: "open", symbol, venue, side: venue === "north" ? "buy" : "sell" }));
    const places = asked() as Place[];
    expect(places.map(({ venue, request }) => [venue, request.symbol, request.side])).toEqual([
      ["north", symbol, "buy"],
      ["south", symbol, "sell"],
    ]);
    // Ids are unique at a venue only: both call their first execution 1.
    fill(places[0]!, "north", 100);
    fill(places[1]!, "south", 200);
    fill(places[1]!, "south", 200);
    const { positions, strategies, account } = one.state();
    expect(positions).toMatchObject({
      "north:TESTUSDT": { quantity: "4", averageEntry: "100" },
      "south:TESTUSDT": { quantity: "-4", averageEntry: "200" },
    });
    expect(strategies).toEqual({ "main north:TESTUSDT": "4", "main south:TESTUSDT": "-4" });
    one.process(trade("south", "190", 3_000));
    expect([one.state().positions["north:TESTUSDT"]!.unrealizedPnl, one.state().account.equity]).toEqual(["0", "10040"]);
    expect(account.equity).toBe("10000");
    expect(one.engine.orders.signals.length).toBe(2);
    expect(Object.keys(replica.state().positions)).toEqual(["north:TESTUSDT", "south:TESTUSDT"]);
  });

  test("what a venue tells of orders that are not ours, of funding and of its account touches that venue alone", () => {
    const { one, asked, fill } = world();
    for (const venue of VENUES) one.action({ type: "open", symbol: `${venue}:${symbol}`, side: "buy" });
    const [north, south] = asked() as Place[];
    fill(north!, "north", 100);
    fill(south!, "south", 200);
    fill(north!, "south", 200, { executionId: "2", clientOrderId: "someone's", side: "sell", quantity: new Decimal(1) });
    // Another's order at the other venue may have the id of ours.
    fill(north!, "south", 200, { executionId: "3", side: "sell", quantity: new Decimal(1) });
    expect(one.state().strategies).toEqual({ "main north:TESTUSDT": "4", "main south:TESTUSDT": "2" });
    const position = { symbol, quantity: new Decimal(1), averageEntry: new Decimal(200), markPrice: new Decimal(200) };
    const zero = { unrealizedPnl: new Decimal(0), realizedPnl: new Decimal(0), fees: new Decimal(0) };
    one.engine.process(one.edge.snapshot([], [{ ...position, ...zero }], 4_000, "south").event);
    expect(one.state().strategies).toEqual({ "main north:TESTUSDT": "4", "main south:TESTUSDT": "1" });
    expectMisuse(() => one.edge.snapshot([], [{ ...position, ...zero }], 4_000), "VENUE_AMBIGUOUS", /give venue/);
    // Two symbols, each at a venue of its own, are no reason to leave it out: what one account lacks would count as gone at the other.
    const apart = new TradingEngine({ instruments: [instruments[0]!, { ...instruments[1]!, symbol: "OTHERUSDT" }] });
    expectMisuse(() => apart.edge.snapshot([], [], 4_000), "VENUE_AMBIGUOUS", /several/);
    expect(apart.edge.snapshot([], [], 4_000, "north").event).toMatchObject({ venue: "north", positions: [] });
  });

  test("a filter of one venue leaves the other's orders and positions alone; a symbol alone means both", () => {
    const { one, asked } = world();
    const rest = (): void => {
      for (const venue of VENUES) one.action({ type: "open", symbol, venue, side: "buy", limit: "50", quantity: "2" });
      asked();
    };
    const cancelled = (filter: object): (string | undefined)[] => {
      one.action({ type: "cancelOrders", filter });
      return asked().map(({ type, venue }) => `${type} ${venue}`);
    };
    rest();
    expect(cancelled({ venue: "south" })).toEqual(["cancel south"]);
    expect(cancelled({ symbol: "south:TESTUSDT" })).toEqual([]);
    expect(cancelled({ symbol: ["north:TESTUSDT"] })).toEqual(["cancel north"]);
    const second = world();
    for (const venue of VENUES) second.one.action({ type: "open", symbol, venue, side: "buy", limit: "50" });
    second.asked();
    second.one.action({ type: "cancelOrders", filter: { symbol } });
    expect(second.asked().map(({ venue }) => venue)).toEqual(["north", "south"]);

    const third = world();
    for (const venue of VENUES) third.one.action({ type: "open", symbol, venue, side: "buy" });
    for (const place of third.asked() as Place[]) third.fill(place, place.venue!, 100);
    third.one.action({ type: "closePositions", filter: { venue: "north" } });
    expect((third.asked() as Place[]).map(({ venue, request }) => [venue, request.side])).toEqual([["north", "sell"]]);
  });

  test("what may mean either is refused, and says how to say which", () => {
    const { one } = world();
    const open = { type: "open", symbol, side: "buy" } as const;
    const either = /"north:TESTUSDT" or "south:TESTUSDT"/;
    expectMisuse(() => one.action(open), "SYMBOL_AMBIGUOUS", either);
    expectMisuse(() => one.action({ ...open, venue: "west" }), "SYMBOL_UNKNOWN", /west:TESTUSDT.*north:TESTUSDT/);
    expectMisuse(() => one.process({ ...trade("", "1", 5), venue: undefined } as never), "SYMBOL_AMBIGUOUS", either);
    expectMisuse(() => one.stateOf(symbol), "SYMBOL_AMBIGUOUS", either);
    expectMisuse(() => one.process({ type: "link", state: "healthy", time: 5 }), "VENUE_AMBIGUOUS", /north, south/);
    one.process({ type: "link", venue: "south", state: "healthy", time: 5 });
    expect(one.state().links).toMatchObject({ south: { account: "healthy" } });
    const twice = [instruments[0]!, { ...instruments[1]!, venue: "north" }];
    expectMisuse(() => new TradingEngine({ instruments: twice }), "INSTRUMENT_TWICE", /north:TESTUSDT/);
    expectMisuse(() => new TradingEngine({ instruments: twice.map(({ venue: _, ...rest }) => rest) }), "INSTRUMENT_TWICE", /symbol, venue/);
  });

  test("a strategy trades both: desks, trades, books, candles and fills carry the name", () => {
    const heard: string[] = [];
    const { one, asked, fill } = world({
      strategy: {
        onTrade(tick, desk) {
          heard.push(`trade ${tick.symbol} ${desk.symbol}`);
          if (tick.time === 5_000) {
            desk.enterLong();
            desk.of("south:TESTUSDT").enterShort();
          }
          if (tick.time === 6_000) desk.of(symbol);
        },
        onBook: (book) => void heard.push(`book ${book.symbol}`),
        onCandle: (bar) => void heard.push(`candle ${bar.symbol}`),
        onFill: (done) => void heard.push(`fill ${done.symbol}`),
      },
    });
    heard.length = 0;
    one.process(trade("north", "100", 5_000));
    for (const place of asked() as Place[]) fill(place, place.venue!, 100);
    one.process({ ...{ type: "book", symbol, venue: "south", time: 5_100, kind: "snapshot" }, bids: [["199", "1"]], asks: [["201", "1"]] });
    const candle = { type: "candle", symbol, venue: "north", interval: "1m", time: 60_000, closed: true, volume: "1" } as const;
    one.process({ ...candle, open: "100", high: "100", low: "100", close: "100" });
    expect(heard).toEqual([
      "trade north:TESTUSDT north:TESTUSDT",
      "fill north:TESTUSDT",
      "fill south:TESTUSDT",
      "book south:TESTUSDT",
      "candle north:TESTUSDT",
    ]);
    expect(one.state().strategies).toEqual({ "main north:TESTUSDT": "4", "main south:TESTUSDT": "-4" });
    expectMisuse(() => one.process(trade("north", "100", 6_000)), "SYMBOL_AMBIGUOUS", /south:TESTUSDT/);
  });

  test("heat counts the positions of both venues, and a weight of the symbol holds at both", () => {
    const sold = (weights: Readonly<Record<string, string>>): string[] => {
      const { one, asked, fill } = world({ risk: risk.heat({ refuse: "0.2", weights }), sizer: "fixed:6" });
      one.action({ type: "open", symbol, venue: "south", side: "buy" });
      const [south] = asked() as Place[];
      fill(south!, "south", 200);
      // 1,200 are held in the south; what is short in the north is heat of its own, not less of it.
      for (const quantity of ["9", "7"]) one.action({ type: "open", symbol, venue: "north", side: "sell", quantity });
      return (asked() as Place[]).map(({ request }) => request.quantity.toFixed());
    };
    expect(sold({})).toEqual(["7"]);
    expect(sold({ [symbol]: "0.5" })).toEqual(["9"]);
    expect(sold({ "north:TESTUSDT": "0.5" })).toEqual(["9"]);
  });

  test("whatever both venues do, the engine has the position of each", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        const chance = seededRandom(seed);
        const { one } = world();
        const venues = VENUES.map((name) => new HostileVenue(one.edge, chance, { name }));
        let time = 10_000;
        const settle = (): void => {
          for (let request = one.edge.take(one.engine.outbox); request !== undefined; request = one.edge.take(one.engine.outbox))
            venues[VENUES.indexOf(request.venue as "north")]!.ask(request);
        };
        const tell = (venue: HostileVenue): void => {
          for (const event of venue.tell()) one.engine.process(event);
          settle();
        };
        for (let round = 0; round < 60; round++) {
          const at = chance() < 0.5 ? 0 : 1;
          const pick = chance();
          const venue = VENUES[at];
          if (pick < 0.25) {
            const command = { type: "open", symbol, venue, side: chance() < 0.5 ? "buy" : "sell", quantity: 5 } as const;
            one.engine.process({ kind: EVENT.command, command: chance() < 0.5 ? command : { ...command, limit: "90" }, time: ++time });
            settle();
          } else if (pick < 0.35) {
            one.engine.process({ kind: EVENT.command, command: { type: "cancelOrders", filter: { venue: venue! } }, time: ++time });
            settle();
          } else if (pick < 0.5) venues[at]!.move();
          else tell(venues[at]!);
        }
        for (const venue of venues) venue.hostility = 0;
        for (let i = 0; i < 2_000 && !venues.every(({ quiet }) => quiet); i++) for (const venue of venues) tell(venue);
        expect(VENUES.map((name) => one.state().positions[`${name}:${symbol}`]!.quantity)).toEqual(
          venues.map(({ position }) => position.toFixed()),
        );
      }),
      { numRuns: 60 },
    );
  });
});
