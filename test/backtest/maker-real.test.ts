import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type BacktestOptions, type BacktestRun, backtest } from "../../src/backtest/index.js";
import { decimal } from "../../src/core/index.js";
import { loadCandles } from "../../src/data/index.js";

const path = join(process.env.TESSERLAB__DATA_DIR ?? "../shared/data", "bybit_linear_BTCUSDT_5m_20240501-20240809.csv");
const missing = !existsSync(path);

describe.skipIf(missing)(`a maker run against a taker run on real candles${missing ? " (skipped: no real candles)" : ""}`, async () => {
  const data = missing ? undefined : await loadCandles(path, { symbol: "BTCUSDT", interval: "5m" });
  const play = (router: BacktestOptions["router"]): BacktestRun =>
    backtest({
      data: data!,
      strategy: "SmaCross",
      params: { fastPeriod: 12, slowPeriod: 30 },
      sizer: "fixed:0.01",
      brackets: "none",
      ...(router === undefined ? {} : { router }),
    });
  const taker = missing ? undefined! : play(undefined);
  const maker = missing
    ? undefined!
    : play({ style: "maker_both", offsetTicks: 100, entryTtlS: 300, entryMiss: "retry", retryExhaust: "market" });

  /** Fees as basis points of what was traded. */
  const feeBps = (run: BacktestRun): number => {
    const traded = run.fills.reduce((sum, fill) => sum.plus(fill.price.times(fill.quantity)), decimal(0));
    return run.fees.div(traded).times(10_000).toNumber();
  };

  test("costs less: entries pay the maker's fee, exits by signal the taker's", () => {
    expect(feeBps(taker)).toBeCloseTo(5.5, 6);
    expect(feeBps(maker)).toBeLessThan(4.2);
    expect(feeBps(maker)).toBeGreaterThan(2);
    const kinds = (run: BacktestRun): string[] => [...new Set(run.fills.map((fill) => `${fill.role} ${fill.liquidity}`))].sort();
    expect(kinds(taker)).toEqual(["entry taker", "exit taker"]);
    expect(kinds(maker)).toEqual(["entry maker", "entry taker", "exit taker"]);
  });

  test("shows what the router did, and its counts agree with the orders and fills", () => {
    const { counters, working } = maker.router;
    expect(working.length).toBeLessThanOrEqual(1);
    const routed = (start: string): number => maker.orders.filter((order) => order.route?.startsWith(start)).length;
    expect(counters.makerEntries).toBe(maker.orders.filter((order) => order.route === "maker_entry").length);
    expect(routed("maker_entry_retry_")).toBeLessThanOrEqual(counters.entryMissRetry);
    expect(routed("entry_miss_market_fallback")).toBe(counters.entryMissMarket);
    expect(counters.fillsWorking).toBe(maker.fills.filter((fill) => fill.liquidity === "maker").length);
    expect(counters.makerEntries).toBeGreaterThan(500);
    expect(counters.entryMissRetry).toBeGreaterThan(50);
    expect(taker.router.counters).toMatchObject({ plansEntry: taker.router.counters.takerEntries, makerEntries: 0, entryMissRetry: 0 });
  });

  test("is the same every time", () => {
    const again = play(maker.settings.router);
    expect(again.finalEquity.toFixed()).toBe(maker.finalEquity.toFixed());
    expect(again.router).toEqual(maker.router);
  });
});
