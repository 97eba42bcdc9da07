import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MarketEvent, OrderBook, TAPE, TapeBuilder, tapeOf } from "../../src/core/index.js";
import { expectMisuse } from "../misuse.js";

const symbol = "ABCUSDT";
const book = (time: number, kind: "snapshot" | "delta", bids: [string, string][], asks: [string, string][]): MarketEvent => ({
  type: "book",
  symbol,
  time,
  kind,
  bids,
  asks,
});
const trade = (time: number, side: "buy" | "sell", price: string, quantity: string): MarketEvent => ({
  type: "trade",
  symbol,
  time,
  id: "x",
  side,
  price,
  quantity,
});

const events: readonly MarketEvent[] = [
  book(
    1000,
    "snapshot",
    [
      ["10", "5"],
      ["9.5", "2"],
    ],
    [["10.5", "1"]],
  ),
  trade(1000, "buy", "10.5", "0.25"),
  book(1010, "delta", [["10", "0"]], [["10.25", "3.5"]]),
  trade(1020, "sell", "9.50", "1"),
];

describe("MarketTape", () => {
  const tape = tapeOf(symbol, events);

  test("holds whole units of the finest decimals that occur", () => {
    expect([tape.length, tape.trades, tape.priceDp, tape.quantityDp]).toEqual([4, 2, 2, 2]);
    expect([...tape.kind]).toEqual([TAPE.snapshot, TAPE.trade, TAPE.delta, TAPE.trade]);
    expect([...tape.side]).toEqual([0, 1, 0, -1]);
    expect([...tape.start]).toEqual([0, 3, 4, 6, 7]);
    expect([...tape.bids]).toEqual([2, 0, 1, 0]);
    expect([...tape.price]).toEqual([1000, 950, 1050, 1050, 1000, 1025, 950]);
    expect([...tape.size]).toEqual([500, 200, 100, 25, 0, 350, 100]);
    expect(String(tape)).toBe("4 events of ABCUSDT (2 trades), 1970-01-01T00:00:01Z to 1970-01-01T00:00:01.020Z");
  });

  test("gives its events back as exact text", () => {
    expect(tape.at(1)).toEqual({ type: "trade", symbol, time: 1000, id: "1", side: "buy", price: "10.50", quantity: "0.25" });
    expect(tape.at(2)).toEqual(book(1010, "delta", [["10.00", "0.00"]], [["10.25", "3.50"]]));
    expect(tape.at(-1)).toMatchObject({ side: "sell", price: "9.50" });
    expect(tape.at(4)).toBeUndefined();
  });

  test("applies books; a snapshot replaces, a size of zero removes, a trade changes nothing", () => {
    const view = new OrderBook(symbol, tape.priceDp, tape.quantityDp);
    view.set(1, 1, 1);
    expect([0, 1, 2, 3].map((i) => tape.apply(i, view))).toEqual([true, false, true, false]);
    expect(view.bids(9)).toEqual([{ price: 9.5, size: 2 }]);
    expect(view.asks(9)).toEqual([
      { price: 10.25, size: 3.5 },
      { price: 10.5, size: 1 },
    ]);
    expect(view.time).toBe(1010);
  });

  test("slices share levels; times are found", () => {
    const middle = tape.slice(1, 3);
    expect([middle.length, middle.at(0), middle.at(1)]).toEqual([2, { ...tape.at(1)!, id: "0" }, tape.at(2)]);
    expect(tape.slice(-1).at(0)).toMatchObject({ side: "sell" });
    expect(tape.slice(2).slice(1).length).toBe(1);
    expect(tape.slice(9).length).toBe(0);
    expect([tape.indexAt(1000), tape.indexAt(1001), tape.indexAt(9999)]).toEqual([0, 2, 4]);
  });

  test("finer units are the same prices; coarser ones are refused", () => {
    const finer = tape.withUnits(3, 4);
    expect([finer.price[0], finer.size[3]]).toEqual([10_000, 2500]);
    expect(tape.withUnits(2, 2)).toBe(tape);
    expectMisuse(() => tape.withUnits(1, 2), "NOT_REPRESENTABLE", /prices with 2 decimals, more than 1/);
    expectMisuse(() => tape.withUnits(2, 16), "UNITS_OVERFLOW", /sizes are too large/);
  });

  test("whatever is put in comes out, in time order and otherwise in the order it came", () => {
    const level = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 9 }));
    const levels = fc.uniqueArray(level, { selector: ([price]) => price, maxLength: 5 });
    const any = fc.record({ time: fc.integer({ min: 0, max: 9 }), bids: levels, asks: levels, isTrade: fc.boolean() });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 20 }), (rows) => {
        const given = rows.map(({ time, bids, asks, isTrade }, i): MarketEvent => {
          const text = (list: [number, number][]): [string, string][] => list.map(([p, s]) => [`${p}.00`, `${s}.0`]);
          return isTrade ? trade(time, i % 2 === 0 ? "buy" : "sell", `${i + 1}.00`, "1.0") : book(time, "delta", text(bids), text(asks));
        });
        const made = tapeOf(symbol, [...given, book(99, "delta", [["0.25", "0.5"]], [])]).slice(0, -1);
        const sorted = [...given].sort((a, b) => a.time - b.time);
        const plain = (event: MarketEvent): unknown => (event.type === "trade" ? { ...event, id: "" } : event);
        expect(Array.from({ length: made.length }, (_, i) => plain(made.at(i)!))).toEqual(sorted.map(plain));
      }),
    );
  });
});

describe("TapeBuilder", () => {
  test.each<[string, MarketEvent, string, RegExp]>([
    ["a crossed snapshot", book(0, "snapshot", [["10", "1"]], [["9.5", "1"]]), "TAPE_INVALID", /best bid is not below its best ask/],
    ["a price of zero", book(0, "delta", [["0", "1"]], []), "TAPE_INVALID", /bid has a price of zero/],
    ["a negative size", book(0, "delta", [], [["1", "-1"]]), "TAPE_INVALID", /size must not be negative, got -1/],
    [
      "a price twice",
      book(
        0,
        "delta",
        [
          ["1", "1"],
          ["1.0", "2"],
        ],
        [],
      ),
      "TAPE_INVALID",
      /bid price stands twice/,
    ],
    ["text that is no number", book(0, "delta", [["one", "1"]], []), "DECIMAL_INVALID", /'one'/],
    ["a trade of nothing", trade(0, "buy", "1", "0"), "TAPE_INVALID", /above zero/],
    ["a side that is none", trade(0, "up" as never, "1", "1"), "TAPE_INVALID", /buy or sell, got 'up'/],
    ["a time that is none", trade(Number.NaN, "buy", "1", "1"), "TAPE_INVALID", /no whole number of milliseconds/],
    ["another symbol", { ...trade(0, "buy", "1", "1"), symbol: "XYZ" } as MarketEvent, "TAPE_INVALID", /XYZ does not belong/],
  ])("refuses %s", (_what, event, code, message) => {
    expectMisuse(() => tapeOf(symbol, [event]), code, message);
  });

  test("a bad book leaves nothing behind", () => {
    const builder = new TapeBuilder();
    expectMisuse(() => builder.book({ time: 0, kind: "delta", bids: [["1", "1"]], asks: [["0", "1"]] }), "TAPE_INVALID");
    builder.trade({ time: 5, side: "buy", price: "2", quantity: "3" });
    const tape = builder.build(symbol);
    expect([tape.length, ...tape.price, ...tape.size]).toEqual([1, 2, 3]);
  });
});
