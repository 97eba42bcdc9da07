import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LinkState, MarketEvent, MarketTopic } from "../../../src/core/index.js";
import type { BybitConnection } from "../../../src/venues/bybit/index.js";
import { open, StubExchange } from "./stub.js";

let stub: StubExchange;
let link: BybitConnection;
let problems: unknown[];

beforeEach(async () => {
  stub = await new StubExchange().listen();
  problems = [];
  link = await open(stub, {}, { onProblem: (problem) => problems.push(problem) });
});
afterEach(async () => {
  await link.close();
  await stub.close();
});

/** Subscribes and lets a test wait for what it expects. */
async function follow(topics: readonly MarketTopic[]) {
  const events: MarketEvent[] = [];
  const states: LinkState[] = [];
  const waiters: (() => void)[] = [];
  const wake = (): void => {
    for (const waiter of waiters.splice(0)) waiter();
  };
  const subscription = await link.market.subscribe(
    topics,
    (event) => {
      events.push(event);
      wake();
    },
    (state) => {
      states.push(state);
      wake();
    },
  );
  const until = async (fits: () => boolean): Promise<void> => {
    while (!fits()) await new Promise<void>((done) => waiters.push(done));
  };
  return { events, states, until, subscription };
}

const MINUTE = 60_000;
const row = (time: number, close = "100.5"): string[] => [String(time), "100", "101.25", "99", close, "1.5", "150"];
const kline = (start: number, confirm: boolean, close = "100.5"): object => ({
  type: "snapshot",
  ts: start + 1,
  data: [
    {
      start,
      end: start + MINUTE - 1,
      interval: "1",
      open: "100",
      close,
      high: "101.25",
      low: "99",
      volume: "1.5",
      turnover: "150",
      confirm,
      timestamp: start + 1,
    },
  ],
});

describe("order books", () => {
  const book = (u: number, type: string, bids: string[][]): object => ({
    type,
    ts: u,
    data: { s: "BTCUSDT", b: bids, a: [], u, seq: u * 87 },
  });

  test("a gap in u brings a fresh snapshot, whatever seq does, and nothing of between is told", async () => {
    const { events, until } = await follow([{ type: "book", symbol: "BTCUSDT" }]);
    const topic = "orderbook.50.BTCUSDT";
    stub.push(topic, book(10, "snapshot", [["100", "1"]]));
    stub.push(topic, book(11, "delta", [["100", "2"]]));
    stub.push(topic, book(11, "delta", [["100", "2"]]));
    stub.push(topic, book(13, "delta", [["100", "9"]]));
    stub.push(topic, book(14, "delta", [["100", "8"]]));
    await until(() => events.length === 2);
    while (!stub.subscribed.some((line) => line.startsWith("unsubscribe"))) await new Promise((done) => setImmediate(done));
    while (stub.subscribed.filter((line) => line === `subscribe ${topic}`).length < 2) await new Promise((done) => setImmediate(done));
    stub.push(topic, book(20, "snapshot", [["101", "1"]]));
    stub.push(topic, book(1, "delta", [["50", "1"]]));
    await until(() => events.length === 4);
    expect(events.map((event) => event.type === "book" && [event.kind, event.bids[0]?.join("x")])).toEqual([
      ["snapshot", "100x1"],
      ["delta", "100x2"],
      ["snapshot", "101x1"],
      // u = 1: the service restarted.
      ["snapshot", "50x1"],
    ]);
  });
});

describe("candles of the stream", () => {
  test("only confirmed ones are closed; what a gap or a repeat does is made good", async () => {
    const start = 1_700_000_040_000;
    const { events, states, until } = await follow([{ type: "candles", symbol: "BTCUSDT", interval: "1m" }]);
    const topic = "kline.1.BTCUSDT";
    stub.push(topic, kline(start, false, "99.5"));
    stub.push(topic, kline(start, true));
    stub.push(topic, kline(start, true));
    await until(() => events.length === 2);
    for (let i = 1; i <= 4; i++) stub.klines.push(row(start + i * MINUTE));
    stub.dropStreams();
    await until(() => states.at(-1) === "healthy" && states.includes("reconnecting"));
    // The link was made good from REST.
    await until(() => events.length === 6);
    // A candle that was never pushed.
    stub.klines.push(row(start + 5 * MINUTE));
    stub.push(topic, kline(start + 6 * MINUTE, true));
    await until(() => events.length === 8);
    const told = events.map((event) => event.type === "candle" && [(event.time - start) / MINUTE, event.closed]);
    expect(told).toEqual([
      [0, false],
      [0, true],
      [1, true],
      [2, true],
      [3, true],
      [4, true],
      [5, true],
      [6, true],
    ]);
    expect(problems).toEqual([]);
  });
});

test("a ticker's deltas are told as a whole, trades in their order, and a bad message stops nothing", async () => {
  const { events, until } = await follow([
    { type: "ticker", symbol: "BTCUSDT" },
    { type: "trades", symbol: "BTCUSDT" },
  ]);
  stub.push("tickers.BTCUSDT", {
    type: "snapshot",
    ts: 1,
    data: { symbol: "BTCUSDT", lastPrice: "100", markPrice: "99.5", fundingRate: "0.0001", nextFundingTime: "5" },
  });
  stub.push("tickers.BTCUSDT", { type: "delta", ts: 2, data: { symbol: "BTCUSDT", lastPrice: "101" } });
  stub.push("publicTrade.BTCUSDT", { ts: 3, data: [{ nonsense: true }] });
  stub.push("publicTrade.BTCUSDT", {
    ts: 3,
    data: [
      { T: 3, s: "BTCUSDT", S: "Sell", v: "1", p: "2", i: "a" },
      { T: 3, s: "BTCUSDT", S: "Buy", v: "1", p: "2", i: "b" },
    ],
  });
  await until(() => events.length === 4);
  expect(events[1]).toEqual({
    type: "ticker",
    symbol: "BTCUSDT",
    time: 2,
    last: "101",
    mark: "99.5",
    fundingRate: "0.0001",
    nextFundingTime: 5,
  });
  expect(events.slice(2).map((event) => event.type === "trade" && event.id)).toEqual(["a", "b"]);
  expect(problems).toHaveLength(1);
});

describe("history", () => {
  const first = 1_600_000_020_000 - (1_600_000_020_000 % MINUTE);

  test("pages have no double boundary and no hole, the open candle is left out, prices are exact", async () => {
    const now = Date.now();
    const last = now - (now % MINUTE);
    const count = 2_345;
    for (let i = 0; i < count; i++) stub.klines.push(row(last - (count - 1 - i) * MINUTE, `100.${String(i).padStart(4, "0")}`));
    const series = await link.market.candles({ symbol: "BTCUSDT", interval: "1m", from: last - (count - 1) * MINUTE, to: last + MINUTE });
    expect(series.length).toBe(count - 1);
    expect(stub.count("/v5/market/kline")).toBeGreaterThanOrEqual(3);
    for (let i = 1; i < series.length; i++) expect(series.time[i]! - series.time[i - 1]!).toBe(MINUTE);
    expect(series.at(-1)!.close.toFixed()).toBe(`100.${count - 2}`);
    series.assertValid();
  });

  test("what is asked for is what comes, whatever the range", async () => {
    for (let i = 0; i < 50; i++) stub.klines.push(row(first + i * MINUTE));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -5, max: 55 }), fc.integer({ min: -5, max: 55 }), async (a, b) => {
        const [from, to] = [first + Math.min(a, b) * MINUTE, first + Math.max(a, b) * MINUTE];
        const series = await link.market.candles({ symbol: "BTCUSDT", interval: "1m", from, to });
        const expected = stub.klines.map((one) => Number(one[0])).filter((time) => time >= from && time < to);
        expect([...series.time]).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  test("a hole is an error that names it", async () => {
    for (const i of [0, 1, 3]) stub.klines.push(row(first + i * MINUTE));
    await expect(link.market.candles({ symbol: "BTCUSDT", interval: "1m", from: first, to: first + 10 * MINUTE })).rejects.toMatchObject({
      code: "CANDLES_GAP",
      details: { from: first + 2 * MINUTE, to: first + 3 * MINUTE },
    });
    await expect(link.market.candles({ symbol: "DOGE", interval: "1m", from: 0, to: 1 })).rejects.toMatchObject({ code: "SYMBOL_UNKNOWN" });
    await expect(link.market.candles({ symbol: "BTCUSDT", interval: "7m", from: 0, to: 1 })).rejects.toMatchObject({
      code: "INTERVAL_UNKNOWN",
    });
  });

  test("cursors go back as they came", async () => {
    expect((await link.market.instruments()).map((one) => one.symbol)).toEqual(["BTCUSDT", "ETHUSDT"]);
    expect(stub.seen.filter((one) => one.path === "/v5/market/instruments-info").map((one) => one.params.get("cursor"))).toEqual([
      null,
      "first=1",
    ]);
  });
});
