import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sharpe } from "../../src/analytics/index.js";
import { type BacktestOptions, type BacktestRun, backtest } from "../../src/backtest/index.js";
import type { CandleSeries, Fill, Order } from "../../src/core/index.js";
import { loadCandles, syntheticCandles } from "../../src/data/index.js";
import { sizers } from "../../src/execution/index.js";
import { type SessionHandle, startSession } from "../../src/live/index.js";
import { openState } from "../../src/state/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { realCandles } from "./real-candles.js";

/** Order and fill ids without the part that is drawn anew for every session. */
const plainOrder = (order: Order): Order => ({ ...order, id: order.id.split("-")[1]! });
const plainFill = (fill: Fill): Fill => ({ ...fill, id: fill.id.split("-")[2]!, orderId: fill.orderId.split("-")[1]! });

/** Compares everything a session shows with a backtest, to the last unit. */
async function expectEqual(session: SessionHandle, run: BacktestRun): Promise<void> {
  const summary = await session.done;
  expect(summary.status).toBe("completed");
  expect((await session.orders()).map(plainOrder)).toEqual(run.orders);
  expect((await session.fills()).map(plainFill)).toEqual(run.fills);
  expect(await session.positions()).toEqual(run.positions);
  expect(await session.trades()).toEqual(run.trades);
  expect(await session.equity()).toEqual(run.equity);
  expect(summary.equity).toEqual(run.finalEquity);
  expect([summary.fees, summary.funding]).toEqual([run.fees, run.funding]);
  expect(summary.initialCash).toEqual(run.initialCash);
  const { style, counters, working } = run.router;
  expect(summary.router).toEqual({ style, counters, working: working.map(({ ageS: _, ...quote }) => quote) });
  expect((await session.overview()).summary.router).toEqual(summary.router);
  expect(summary.maxDrawdown).toBeCloseTo(run.maxDrawdown, 12);
  expect(summary.warnings).toEqual(expect.arrayContaining([...run.warnings]));
  expect(sharpe(await session.equity())).toBe(sharpe(run));
}

async function compare(
  options: BacktestOptions & { data: CandleSeries | readonly CandleSeries[] },
  thread: "worker" | "caller" = "worker",
): Promise<BacktestRun> {
  const { data, ...settings } = options;
  const run = backtest(options);
  const statePath = join(scratch(), "state.db");
  const session = await startSession({ ...settings, thread, venue: paper({ feed: replay<CandleSeries>(data) }), statePath });
  await expectEqual(session, run);
  return run;
}

const btc = syntheticCandles({ bars: 5_000, seed: 3, gaps: true });
const eth = syntheticCandles({ bars: 5_000, seed: 4, gaps: true, symbol: "ETHUSDT" });

describe("a replayed paper session equals the backtest", () => {
  test("SmaCross with defaults, on a worker thread", async () => {
    const run = await compare({ data: btc, strategy: "SmaCross" });
    expect(run.fills.length).toBeGreaterThan(100);
  });

  test("SmaCross with a router: quotes, misses, retries and what they became, order by order", async () => {
    const router = { style: "maker_both", offsetTicks: 20, entryMiss: "retry", retryExhaust: "market" } as const;
    const run = await compare({ data: btc, strategy: "SmaCross", router });
    const routes = new Set(run.orders.map(({ route }) => route));
    expect([...routes]).toEqual(expect.arrayContaining(["maker_entry", "maker_entry_retry_1", "entry_miss_market_fallback"]));
    const { makerEntries, entryMissRetry, entryMissMarket } = run.router.counters;
    expect(Math.min(makerEntries, entryMissRetry, entryMissMarket)).toBeGreaterThan(0);
  });

  test("the same on the caller's thread", () => compare({ data: btc, strategy: "SmaCross" }, "caller"));

  test("RsiReversion with refusals, slippage, latency, leverage, limits and funding", async () => {
    const funding = [4, 12, 20].map((hours) => ({ time: btc.time[0]! + hours * 3_600_000, rate: "0.0001" }));
    const run = await compare({
      data: btc,
      strategy: "RsiReversion",
      sizer: sizers.riskAdjusted("0.02", { volatility: "0.02" }),
      risk: { maxOrderQuantity: "0.3", maxPositionQuantity: "0.3" },
      fees: { maker: "-0.0001", taker: "0.0006" },
      slippageBps: "2.5",
      latencyBars: 2,
      leverage: 3,
      cash: "5000.5",
      pyramiding: 2,
      funding,
    });
    expect(run.fills.length).toBeGreaterThan(10);
    expect(run.funding.isZero()).toBe(false);
  });

  test("refused orders are kept with their reason", async () => {
    const run = await compare({ data: btc, strategy: "SmaCross", sizer: "fixed:0.5", risk: { maxOrderQuantity: "0.1" } });
    expect(run.refusals.length).toBeGreaterThan(10);
  });

  test("spot, without brackets, an instrument of one's own", async () => {
    const instrument = { symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.00001", minNotional: "5" };
    const run = await compare({ data: btc, strategy: "SmaCross", category: "spot", brackets: "none", instrument });
    expect(run.counts.stops).toBe(0);
  });

  test("a symbol of several series", () =>
    compare({ data: [btc, eth], strategy: "SmaCross", params: { symbol: "ETHUSDT", fastPeriod: 3 } }));

  test("a piece of a longer series: only what was sliced is sent", () => compare({ data: btc.slice(100, 900), strategy: "SmaCross" }));

  test.skipIf(!realCandles.found)(`real candles (skipped without ${realCandles.name} in the data folder)`, async () => {
    const series: CandleSeries = await loadCandles(realCandles.path, { symbol: "BTCUSDT", interval: "5m" });
    const run = await compare({ data: series, strategy: "SmaCross", params: { fastPeriod: 12, slowPeriod: 30 } });
    expect(run.counts.bars).toBe(series.length);
    await compare({ data: series, strategy: "RsiReversion" });
  });
});

test("the state file shows the session after its handle is gone", async () => {
  const statePath = join(scratch(), "reports/live_state.db");
  const session = await startSession({ data: btc, strategy: "SmaCross", statePath });
  await session.done;
  const view = openState(statePath);
  if (view.format !== "tesserlab") throw new Error("not ours");
  expect(view.record).toMatchObject({ id: session.id, strategy: "SmaCross", status: "completed", bars: 5_000, venue: "paper" });
  expect(view.record.params).toMatchObject({ fastPeriod: 5, slowPeriod: 20, symbol: "BTCUSDT" });
  expect(view.record.settings).toMatchObject({ sizer: "percent:0.1", cash: "10000" });
  expect(view.record.data).toMatchObject([{ symbol: "BTCUSDT", interval: "1m", synthetic: true, bars: 5_000 }]);
  expect(view.orders()[0]!.id).toMatch(new RegExp(`^${session.id}-1-entry$`));
  expect(view.events().map((event) => event.code)).toEqual(["COMPLETED"]);
  expect(sharpe(view)).toBe(sharpe(backtest({ data: btc, strategy: "SmaCross" })));
});
