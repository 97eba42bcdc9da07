import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { backtest, candlesOf } from "../../src/backtest/index.js";
import { loadBook, loadCandles, loadRecording } from "../../src/data/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { plain, market as ticks } from "./record-replay.js";
import { Market, openSession } from "./trader-support.js";

const tape = ticks(300);

/** Looks at more levels than it may be given, and turns with what it sees of them. */
const Greedy = defineStrategy({
  name: "Greedy",
  params: {},
  feeds: ["candles", "book"],
  create: () => {
    let books = 0;
    return {
      onBook(book, desk) {
        const seen = book.bids(20).length + book.asks(20).length;
        const lean = book.imbalance(20) ?? 0;
        if (++books % (seen + 3) !== 0) return;
        if (desk.isLong && lean < 0) desk.exitLong();
        else if (desk.isFlat && lean > 0) desk.enterLong();
      },
    };
  },
}) as unknown as StrategyDefinition;

const CASES: readonly (readonly [
  what: string,
  strategy: string | StrategyDefinition,
  params: Record<string, unknown>,
  bookDepth: number | undefined,
])[] = [
  ["OrderBookImbalance", "OrderBookImbalance", { depth: 3, longThreshold: 0.3, shortThreshold: -0.3, neutralZone: 0.1 }, undefined],
  [
    "OrderBookImbalance with as many levels as it looks at",
    "OrderBookImbalance",
    { depth: 2, longThreshold: 0.3, shortThreshold: -0.3, neutralZone: 0.1 },
    2,
  ],
  [
    "OrderBookScalper",
    "OrderBookScalper",
    { depth: 3, macdFast: 2, macdSlow: 3, macdSignal: 2, minTickSize: 0, pegOffsetBps: "0", imbalanceThreshold: 0.2 },
    undefined,
  ],
  [
    "OrderBookScalper with a book of one level",
    "OrderBookScalper",
    { depth: 1, macdFast: 2, macdSlow: 3, macdSignal: 2, minTickSize: 0, pegOffsetBps: "0", imbalanceThreshold: 0.2 },
    1,
  ],
  ["a strategy that looks at more levels than it was given", Greedy, {}, 2],
];

test.each(CASES)(
  "%s: the replay of what a paper session recorded gives its orders and fills, from the first book on",
  async (_what, strategy, params, bookDepth) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const record = join(scratch(), "rec");
    const market = new Market([tape, candlesOf(tape, "1m")] as never);
    // The market is under way when the session begins.
    while (market.exchange.clock.now() < tape.time[0]! + 2.5 * 60_000) market.exchange.next();
    const settings = { sizer: "fixed:0.01" };
    const { session, ended } = await openSession(market, join(scratch(), "state.db"), {
      strategy,
      params,
      settings,
      trade: { record, history: 6, ...(bookDepth === undefined ? {} : { bookDepth }) },
    });
    await session.run();
    expect((await ended).error).toBeUndefined();
    const rec = await loadRecording(record);
    const run = backtest({ strategy, params, ...settings, data: rec } as never);
    expect(run.fills.length).toBeGreaterThan(8);
    expect(plain(rec.fills)).toEqual(plain(run.fills));
    expect(plain(rec.orders)).toEqual(plain(run.orders));
    // The same by its parts.
    const parts = backtest({ strategy, params, ...settings, data: [await loadBook(record), await loadCandles(record)] } as never);
    expect(plain(rec.fills)).toEqual(plain(parts.fills));
  },
);
