import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { candlesOf } from "../../src/backtest/index.js";
import { type MarketEvent, type MarketTape, OrderBook, tapeOf } from "../../src/core/index.js";
import { defineStrategy, param } from "../../src/strategies/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { paperServer } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { openOn } from "./trader-support.js";

/** A book of 300 levels a side, told whole and then changed at its best price. */
function deep(): MarketTape {
  const side = (way: number): [string, string][] =>
    Array.from({ length: 300 }, (_, level) => [(60_000 + way * (0.1 + level * 0.1)).toFixed(1), level < 100 ? "1.000" : "5.000"]);
  const time = Date.UTC(2024, 4, 1);
  const events: MarketEvent[] = [{ type: "book", symbol: "BTCUSDT", time, kind: "snapshot", bids: side(-1), asks: side(1) }];
  for (let i = 1; i <= 90; i++) {
    const size = (1 + i / 1_000).toFixed(3);
    events.push({ type: "book", symbol: "BTCUSDT", time: time + i * 1_000, kind: "delta", bids: [["59999.9", size]], asks: [] });
    events.push({
      type: "trade",
      symbol: "BTCUSDT",
      time: time + i * 1_000,
      id: String(i),
      side: "buy",
      price: "60000.1",
      quantity: "0.001",
    });
  }
  return tapeOf("BTCUSDT", events, { name: "made for a test", synthetic: true });
}

/** Writes down how many levels it sees. */
const seeing = (seen: Set<string>) =>
  defineStrategy({
    name: "Seeing",
    params: { depth: param.integer({ default: 10, min: 1 }) },
    feeds: ["candles", "book"],
    create: ({ params }) => ({
      onBook(book) {
        seen.add(`${book.bids(5_000).length} of ${params.depth}`);
      },
    }),
  });

test("a strategy sees as many levels as were asked for, as its parameter needs, or as the venue usually streams; more than that is refused", {
  timeout: 240_000,
}, async () => {
  const tape = deep();
  const server = await paperServer({ data: [candlesOf(tape, "1m"), tape], lockStep: true, limits: 1_000_000 });
  onTestFinished(() => server.close());
  const open = async (bookDepth: number | undefined, depth: number, heard: Set<string>) => {
    const connected = await bybit({ env: "local", urls: server.url, requestsPer5s: 1_000_000 }).connect({
      credentials: server.key,
      onAlert: () => {},
    });
    await connected.venue.connect();
    try {
      const { session } = await openOn(connected, join(scratch(), "state.db"), {
        strategy: seeing(heard),
        params: { depth },
        trade: bookDepth === undefined ? {} : { bookDepth },
        play: undefined,
        clock: { now: () => Date.now(), sleep: (ms) => pause(ms) },
      });
      return { session, connected };
    } catch (error) {
      await connected.close();
      throw error;
    }
  };
  const levels = async (bookDepth: number | undefined, depth: number): Promise<readonly string[]> => {
    const heard = new Set<string>();
    const { session, connected } = await open(bookDepth, depth, heard);
    await session.run();
    while (heard.size === 0) {
      expect(server.next().done).not.toBe(true);
      await connected.market.synced();
    }
    await session.stop(false);
    return [...heard];
  };
  expect(server.next().done).not.toBe(true);
  expect(await levels(undefined, 10)).toEqual(["50 of 10"]);
  expect(await levels(undefined, 60)).toEqual(["200 of 60"]);
  expect(await levels(120, 60)).toEqual(["120 of 60"]);
  expect(await levels(1_000, 10)).toEqual(["300 of 10"]);
  await expect(open(5_000, 10, new Set())).rejects.toMatchObject({
    code: "BOOK_DEPTH",
    message: expect.stringContaining("streams order books of at most 1000 levels a side (1, 50, 200, 1000), asked for were 5000"),
  });
  await expect(open(undefined, 2_000, new Set())).rejects.toMatchObject({
    code: "BOOK_DEPTH",
    message: expect.stringContaining("Seeing looks at 2000"),
  });
  await expect(open(50, 60, new Set())).rejects.toMatchObject({
    code: "BOOK_DEPTH",
    message: expect.stringContaining("looks at 60 levels"),
  });
});

test("a book of which so many levels are seen keeps the others", () => {
  const book = new OrderBook("BTCUSDT", 0, 0, 2);
  for (const level of [10, 9, 8]) book.set(1, level, 1);
  for (const level of [11, 12, 13]) book.set(-1, level, level === 13 ? 100 : 1);
  expect(book.bids(5).map(({ price }) => price)).toEqual([10, 9]);
  expect(book.imbalance(5)).toBe(0);
  book.set(1, 10, 0);
  expect(book.bids(5).map(({ price }) => price)).toEqual([9, 8]);
  expect(book.depth(-1)).toBe(3);
});
