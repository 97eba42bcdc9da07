import { expect, test } from "vitest";
import { type BacktestOptions, type BacktestRun, backtest } from "../../src/backtest/index.js";
import { type MarketEvent, type StrategyContext, tapeOf } from "../../src/core/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { START } from "./scripted.js";

const SYMBOL = "TESTUSDT";
const book = (at: number, bid: string, ask: string): MarketEvent => ({
  type: "book",
  symbol: SYMBOL,
  time: START + at,
  kind: "snapshot",
  bids: [[bid, "5"]],
  asks: [[ask, "5"]],
});
const trade = (at: number, side: "buy" | "sell", price: string, quantity = "9"): MarketEvent => ({
  type: "trade",
  symbol: SYMBOL,
  time: START + at,
  id: `${at}`,
  side,
  price,
  quantity,
});

/** Runs books and trades; at which book, counted from 0, what is asked. */
function play(
  events: readonly MarketEvent[],
  script: Readonly<Record<number, (desk: StrategyContext) => void>>,
  router: BacktestOptions["router"],
): BacktestRun {
  const strategy = defineStrategy({
    name: "OnBooks",
    params: {},
    feeds: ["book"],
    create: () => {
      let seen = 0;
      return { onBook: (_, desk) => script[seen++]?.(desk) };
    },
  }) as unknown as StrategyDefinition;
  return backtest({
    data: tapeOf(SYMBOL, events),
    strategy,
    sizer: "fixed:1",
    instrument: { symbol: SYMBOL, tickSize: "0.1", lotSize: "0.1" },
    ...(router === undefined ? {} : { router }),
  });
}
const orders = (run: BacktestRun): string[] =>
  run.orders.map((order) => `${order.createdAt - START} ${order.price?.toFixed() ?? order.type} ${order.status} ${order.route ?? ""}`);
const fills = (run: BacktestRun): string[] => run.fills.map((f) => `${f.time - START} ${f.side} @ ${f.price.toFixed()} ${f.liquidity}`);
const LONG = { 0: (desk: StrategyContext): void => desk.enterLong() };

test("a quote rests for its time in milliseconds of the tape, and is filled by a trade that reaches it", () => {
  const run = play([book(0, "99.9", "100.1"), trade(3_000, "sell", "99.8"), book(4_000, "99.7", "99.9")], LONG, {
    style: "maker_both",
    maxSpreadBps: 50,
  });
  expect(orders(run)).toEqual(["0 99.9 filled maker_entry"]);
  expect(fills(run)).toEqual(["3000 buy @ 99.9 maker"]);
  const late = play(
    [book(0, "99.9", "100.1"), book(7_999, "100.1", "100.3"), book(8_000, "100.1", "100.3"), trade(9_000, "sell", "99.8")],
    LONG,
    {
      style: "maker_both",
      maxSpreadBps: 50,
    },
  );
  expect(orders(late)).toEqual(["0 99.9 cancelled maker_entry"]);
  expect(late.fills).toEqual([]);
});

test("a spread that is too wide is taken, whatever the style, and counted", () => {
  const run = play([book(0, "99.9", "100.1"), book(1_000, "99.9", "100.1")], LONG, { style: "maker_both", maxSpreadBps: 19 });
  expect(fills(run)).toEqual(["0 buy @ 100.1 taker"]);
  expect(run.router.counters).toMatchObject({ plansEntry: 1, spreadGateTaker: 1, takerEntries: 1, makerEntries: 0 });
  expect(orders(run)[0]).toContain("spread_gate:");
});

test("a missed quote follows the market and is bought in the end", () => {
  const events = [0, 2_000, 4_000, 6_000, 8_000].map((at) => book(at, `${100 + at / 1_000}`, `${100.2 + at / 1_000}`));
  const run = play(events, LONG, {
    style: "maker_entry",
    entryTtlS: 2,
    entryMiss: "retry",
    entryRetries: 2,
    retryExhaust: "market",
    maxSpreadBps: 100,
  });
  expect(orders(run)).toEqual([
    "0 100 cancelled maker_entry",
    "2000 102 cancelled maker_entry_retry_1",
    "4000 104 cancelled maker_entry_retry_2",
    "6000 market filled entry_miss_market_fallback",
  ]);
  expect(fills(run)).toEqual(["6000 buy @ 106.2 taker"]);
});

test("an algorithm hears of trades and books as they come: a pegged order follows the best bid", () => {
  const events = [book(0, "100", "100.2"), book(1_000, "101", "101.2"), book(2_000, "102", "102.2"), trade(2_500, "sell", "101.9")];
  const run = play(events, { 0: (desk) => desk.enterLong({ hint: { algorithm: "pegged", offsetBps: 0, refreshMs: 500 } }) }, undefined);
  expect(fills(run)).toEqual(["2500 buy @ 102 maker"]);
  expect(run.orders.map(({ route, price }) => `${route} ${price!.toFixed()}`)).toEqual(["pegged a1-1 102"]);
});
