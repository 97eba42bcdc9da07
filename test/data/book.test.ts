import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BookLevel, type MarketEvent, OrderBook, tapeOf } from "../../src/core/index.js";
import { type BookOptions, bookLines, describeData, type LoadedTape, loadBook, writeBook } from "../../src/data/index.js";
import { failure, file, HAS_REAL_DATA, REAL_DATA, tempPath } from "./files.js";

const load = (lines: readonly string[], options: BookOptions = {}, name = "BTCUSDT_lob.jsonl"): Promise<LoadedTape> =>
  loadBook(file(lines.map((line) => `${line}\n`).join(""), name), options);

const SNAPSHOT =
  '{"event":"snapshot","timestamp":"2024-01-01T00:00:00Z","symbol":"BTCUSDT","bids":[[42000.5,1.25],[42000,2]],"asks":[[42001,0.5]]}';
const DEPTH = '{"event":"depth","timestamp":"2024-01-01T00:00:00.100Z","symbol":"BTCUSDT","bids":[[42000.5,0]],"asks":[]}';
const TRADE = '{"event":"trade","timestamp":"2024-01-01T00:00:00.200Z","symbol":"BTCUSDT","side":"ask","price":42000,"size":0.1}';
const START = Date.UTC(2024, 0, 1);

describe("Tesser's LOB lines", () => {
  test("are read exactly, whole books, changes and trades", async () => {
    const tape = await load([SNAPSHOT, "", DEPTH, TRADE]);
    expect([tape.symbol, tape.length, tape.priceDp, tape.quantityDp]).toEqual(["BTCUSDT", 3, 1, 2]);
    expect(tape.at(0)).toEqual({
      type: "book",
      symbol: "BTCUSDT",
      time: START,
      kind: "snapshot",
      bids: [
        ["42000.5", "1.25"],
        ["42000.0", "2.00"],
      ],
      asks: [["42001.0", "0.50"]],
    });
    expect(tape.at(1)).toMatchObject({ kind: "delta", bids: [["42000.5", "0.00"]], asks: [], time: START + 100 });
    expect(tape.at(2)).toMatchObject({ type: "trade", side: "sell", price: "42000.0", quantity: "0.10" });
    expect(tape.report).toMatchObject({
      linesRead: 3,
      events: 3,
      snapshots: 1,
      changes: 1,
      trades: 1,
      badCount: 0,
      symbolSource: "column",
      crossed: 0,
    });
    expect(tape.source).toEqual({ name: tape.report.name, sha256: tape.report.sha256, synthetic: false });
  });

  test.each(["buy", "bid", "B", "BUY"])("%s is a buy", async (side) => {
    expect((await load([TRADE.replace("ask", side)])).at(0)).toMatchObject({ side: "buy" });
  });

  test.each(["sell", "ask", "s"])("%s is a sell", async (side) => {
    expect((await load([TRADE.replace("ask", side)])).at(0)).toMatchObject({ side: "sell" });
  });

  test("are sorted by time, those of one time as they came, and the report says so", async () => {
    const at = (ms: number, price: number): string =>
      `{"event":"trade","timestamp":"${new Date(START + ms).toISOString()}","side":"buy","price":${price},"size":1}`;
    const tape = await load([at(5, 1), at(3, 2), at(5, 3), at(3, 4)]);
    expect([...tape.price]).toEqual([2, 4, 1, 3]);
    expect(tape.report.outOfOrder).toBe(2);
    expect(describeData(tape.report)).toContain("2 events out of order, sorted");
  });

  test.each<[string, string | number, number]>([
    ["RFC 3339 with an offset and microseconds", '"2024-01-01T01:00:00.123456+01:00"', START + 123],
    ["epoch milliseconds", START + 7, START + 7],
    ["epoch nanoseconds as text", `"${START}000000"`, START],
    ["epoch seconds", START / 1000, START],
  ])("a timestamp may be %s", async (_what, timestamp, time) => {
    expect((await load([`{"event":"trade","timestamp":${timestamp},"side":"b","price":"1","size":"1"}`])).time[0]).toBe(time);
  });

  test.each<[string, string, RegExp]>([
    ["no JSON", "{", /not JSON/],
    ["a list", "[1]", /not a JSON object/],
    ["another object", '{"a":1}', /neither an LOB event nor a Bybit message/],
    ["another event", '{"event":"tick","timestamp":"2024-01-01"}', /snapshot, depth or trade, got 'tick'/],
    ["no time", '{"event":"trade","side":"b","price":1,"size":1}', /timestamp is missing or wrong/],
    ["a wrong time", '{"event":"trade","timestamp":"noon","side":"b","price":1,"size":1}', /RFC 3339/],
    ["no side", '{"event":"trade","timestamp":"2024-01-01","price":1,"size":1}', /side is buy or sell/],
    ["no price", '{"event":"trade","timestamp":"2024-01-01","side":"b","size":1}', /price is missing/],
    ["a price that is no number", '{"event":"trade","timestamp":"2024-01-01","side":"b","price":"x","size":1}', /'x'/],
    ["a size of zero", '{"event":"trade","timestamp":"2024-01-01","side":"b","price":1,"size":0}', /above zero/],
    ["no bids", '{"event":"depth","timestamp":"2024-01-01","asks":[]}', /bids is no list/],
    ["a level that is none", '{"event":"depth","timestamp":"2024-01-01","bids":[[1]],"asks":[]}', /a level of bids is no \[price, size\]/],
    ["a crossed book", '{"event":"snapshot","timestamp":"2024-01-01","bids":[[2,1]],"asks":[[1,1]]}', /best bid is not below/],
    ["a negative size", '{"event":"depth","timestamp":"2024-01-01","bids":[[2,-1]],"asks":[]}', /size must not be negative/],
  ])("a line with %s is left out and reported by its number", async (_what, line, reason) => {
    const tape = await load([SNAPSHOT, line, TRADE]);
    expect(tape.length).toBe(2);
    expect(tape.report).toMatchObject({ badCount: 1, linesRead: 3, badLines: [{ line: 2, text: line }] });
    expect(tape.report.badLines[0]!.reason).toMatch(reason);
    expect(describeData(tape.report).join("\n")).toMatch(/1 bad line left out:\n {2}line 2: /);
    const error = await failure(load([SNAPSHOT, line, TRADE], { strict: true }));
    expect([error.code, error.message]).toEqual(["DATA_BAD_ROWS", expect.stringMatching(/1 bad lines of 3:\nline 2: /)]);
  });

  test("several symbols are one tape only when the caller says which", async () => {
    const other = TRADE.replace("BTCUSDT", "ETHUSDT");
    const error = await failure(load([SNAPSHOT, other]));
    expect([error.code, error.message]).toEqual([
      "DATA_SYMBOL",
      expect.stringMatching(/several symbols: BTCUSDT, ETHUSDT. Say which: symbol: "BTCUSDT"/),
    ]);
    const eth = await load([SNAPSHOT, other], { symbol: "ETHUSDT" });
    expect([eth.symbol, eth.length, eth.report.otherEvents]).toEqual(["ETHUSDT", 1, { BTCUSDT: 1 }]);
    expect((await failure(load([SNAPSHOT], { symbol: "ETHUSD" }))).message).toMatch(/ETHUSD/);
  });

  test("a symbol no line names is given, or what the file is called", async () => {
    const line = TRADE.replace(',"symbol":"BTCUSDT"', "");
    expect((await load([line], { symbol: "XYZ" })).report).toMatchObject({ symbol: "XYZ", symbolSource: "given" });
    expect((await load([line])).report).toMatchObject({ symbol: "BTCUSDT", symbolSource: "file name" });
  });

  test("changes before the first whole book, and books left crossed, are told", async () => {
    const crossing = '{"event":"depth","timestamp":"2024-01-01T00:00:01Z","bids":[[42002,1]],"asks":[]}';
    const early = '{"event":"depth","timestamp":"2023-12-31T00:00:00Z","bids":[[1,1]],"asks":[]}';
    const { report } = await load([early, SNAPSHOT, crossing]);
    expect([report.beforeSnapshot, report.crossed]).toEqual([1, 1]);
    expect(describeData(report)).toEqual(
      expect.arrayContaining(["1 event left the book crossed", expect.stringMatching(/1 change before the first whole book/)]),
    );
  });

  test.each<[string, () => Promise<unknown>, string, RegExp]>([
    ["an empty file", () => load([]), "DATA_EMPTY", /holds no book and no trade\.$/],
    ["nothing but bad lines", () => load(["{"]), "DATA_EMPTY", /all 1 lines are bad:\nline 1: not JSON/],
    ["no path", () => loadBook(""), "DATA_NOT_FOUND", /data.loadBook takes a file's path/],
    ["a misspelt option", () => loadBook("x", { symbl: "A" } as never), "OPTION_UNKNOWN", /Did you mean symbol/],
    ["an option of the wrong type", () => loadBook("x", { strict: 1 as never }), "OPTION_INVALID", /strict must be true or false/],
  ])("%s is an error", async (_what, act, code, message) => {
    const error = await failure(act());
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  });
});

describe("Bybit's messages", () => {
  const book = (type: string, u: number, ts: number): string =>
    `{"topic":"orderbook.50.XRPUSDT","type":"${type}","ts":${ts},"data":{"s":"XRPUSDT","b":[["1.9531","6203"]],"a":[["1.9532","10"]],"u":${u},"seq":9},"cts":1}`;

  test("books and trades; missing updates are told", async () => {
    const trades =
      '{"topic":"publicTrade.XRPUSDT","type":"snapshot","ts":30,"data":[{"T":29,"s":"XRPUSDT","S":"Buy","v":"12.5","p":"1.9532","i":"a"},{"T":29,"s":"XRPUSDT","S":"Sell","v":"1","p":"1.9531","i":"b"}]}';
    const tape = await load([
      book("snapshot", 7, 10),
      book("delta", 8, 20),
      trades,
      book("delta", 11, 40),
      book("snapshot", 1, 50),
      book("delta", 2, 60),
    ]);
    expect([...tape.time]).toEqual([10, 20, 30, 30, 40, 50, 60].map((seconds) => seconds * 1000));
    expect(tape.at(2)).toMatchObject({ side: "buy", price: "1.9532", quantity: "12.5" });
    expect(tape.report.gaps).toEqual([{ line: 4, after: 8, before: 11 }]);
    expect(describeData(tape.report)).toContain("1 gap in the update ids, the first on line 4: 8 is followed by 11");
  });

  test("other topics are reported, not taken for data", async () => {
    const { report } = await load([book("snapshot", 7, 10), '{"topic":"tickers.XRPUSDT","type":"delta","ts":1,"data":{}}']);
    expect(report.badLines[0]!.reason).toBe("topic tickers.XRPUSDT holds no book and no trades");
  });

  test.skipIf(!HAS_REAL_DATA)(
    "a recording of XRPUSDT's 500 levels (skipped without the folder of real data, TESSERLAB__DATA_DIR)",
    async () => {
      const tape = await loadBook(join(REAL_DATA, "bybit", "orderbook_xrpusdt_ob500.jsonl"));
      expect(tape.report).toMatchObject({
        symbol: "XRPUSDT",
        events: 50,
        snapshots: 1,
        changes: 49,
        trades: 0,
        badCount: 0,
        gaps: [],
        crossed: 0,
        beforeSnapshot: 0,
      });
      expect([tape.priceDp, tape.quantityDp, tape.time[0], tape.time[49]]).toEqual([4, 0, 1733011200691, 1733011205490]);
      const view = new OrderBook(tape.symbol, tape.priceDp, tape.quantityDp);
      tape.apply(0, view);
      expect([view.depth(1), view.bestBid!.toString(), view.sizeAt(1, 0)]).toEqual([500, "1.9531", 6203]);
      tape.apply(1, view);
      expect([view.sizeAt(1, 0), view.size(1, 19529)]).toEqual([6198, 2080]);
    },
  );
});

test("what is written is read back the same, gzip or not", async () => {
  const text = (decimals: number) => fc.integer({ min: 1, max: 1e9 }).map((units) => (units / 10 ** decimals).toFixed(decimals));
  const side = (offset: number) =>
    fc
      .uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 4 })
      .map((prices) => prices.map((p): BookLevel => [String(p + offset), "1.5"]));
  const events = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constantFrom("snapshot" as const, "delta" as const), bids: side(0), asks: side(50) }),
      fc.record({ side: fc.constantFrom("buy" as const, "sell" as const), price: text(4), quantity: text(3) }),
    ),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(events, async (made) => {
      const tape = tapeOf(
        "ABCUSDT",
        made.map(
          (event, time): MarketEvent =>
            "kind" in event
              ? { type: "book", symbol: "ABCUSDT", time, ...event }
              : { type: "trade", symbol: "ABCUSDT", time, id: "", ...event },
        ),
      );
      const path = tempPath("written.jsonl");
      await writeBook(path, tape);
      for (const read of [await loadBook(path), await loadBook(file(gzipSync(bookLines(tape)), "written.jsonl.gz"))]) {
        expect(read.report.badCount).toBe(0);
        expect(Array.from({ length: read.length }, (_, i) => read.at(i))).toEqual(
          Array.from({ length: tape.length }, (_, i) => tape.at(i)),
        );
      }
    }),
    { numRuns: 40 },
  );
});

test("digits that a JSON number would lose are written as text", async () => {
  const tape = tapeOf("A", [
    { type: "trade", symbol: "A", time: 0, id: "", side: "buy", price: "1234567.890123456", quantity: "0.000000001" },
  ]);
  expect(bookLines(tape)).toContain('"price":"1234567.890123456","size":0.000000001');
  expect((await load([bookLines(tape).trim()])).at(0)).toMatchObject({ price: "1234567.890123456", quantity: "0.000000001" });
});
