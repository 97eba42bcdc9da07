import { describe, expect, test } from "vitest";
import { type BacktestOptions, backtest, prepareBacktest } from "../../src/backtest/index.js";
import type { Order } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { expectMisuse } from "../misuse.js";
import { candles, play, START, still } from "./scripted.js";

const Busy = defineStrategy({
  name: "Busy",
  params: {},
  create: () => ({
    onCandle(bar, desk) {
      const turn = bar.closeUnits % 9;
      if (turn === 0) desk.enterLong({ stopLoss: bar.exact.low.times("0.999"), takeProfit: bar.exact.high.times("1.001") });
      else if (turn === 1) desk.enterShort({ limit: bar.exact.close.times("1.0004") });
      else if (turn === 2) desk.flatten();
      else if (turn === 3) desk.enterLong({ stopLoss: bar.exact.high.times("1.1") });
    },
  }),
});

const options: BacktestOptions = {
  data: syntheticCandles({ bars: 500, seed: 12, gaps: true, start: START }),
  strategy: Busy,
  latencyBars: 2,
  slippageBps: 1,
  pyramiding: 1,
  sizer: "percent:0.3",
};

describe("run.explain equals a run that kept everything", () => {
  const prepared = prepareBacktest(options);
  const run = backtest(options);

  test("on every bar: fills, position and equity as an observer heard them", () => {
    const heard: { fills: string[]; position: string; equity: number; orders: number }[] = [];
    let fills: string[] = [];
    const replay = prepared.replay(undefined, {
      filled: (order, quantity, price) => void fills.push(`${order.id} ${quantity} @ ${price}`),
      barDone(step) {
        replay.portfolio.mark[0] = prepared.series[0]!.close[step]!;
        heard.push({
          fills,
          position: String(replay.portfolio.quantity[0]),
          equity: Number(replay.portfolio.equityUnits()),
          orders: replay.engine.orders.orders.length,
        });
        fills = [];
      },
    });
    replay.run();
    expect(heard).toHaveLength(500);
    expect(heard.reduce((sum, bar) => sum + bar.fills.length, 0)).toBe(run.counts.fills);
    expect(run.counts.fills).toBeGreaterThan(80);
    let orders = 0;
    for (let step = 0; step < 500; step += 1) {
      const bar = run.explain(START + step * 60_000);
      const kept = heard[step]!;
      expect(bar.fills.map((fill) => `${fill.orderId} ${fill.quantity.times(1000)} @ ${fill.price.times(10)}`)).toEqual(kept.fills);
      expect(bar.positions[0]!.quantity.times(1000).toFixed()).toBe(kept.position);
      expect(bar.equity.times(1e8).toNumber()).toBe(kept.equity);
      orders += bar.orders.length;
      expect(orders).toBe(kept.orders);
    }
  });

  test("signals and orders are those of the whole run; what was working then is what was not yet final", () => {
    const bars = [3, 77, 140, 255, 499].map((step) => run.explain(START + step * 60_000));
    for (const bar of bars) {
      expect(bar.signals).toEqual(run.signals.filter((signal) => signal.time === bar.time));
      expect(bar.fills).toEqual(run.fills.filter((fill) => fill.time === bar.time));
      expect(bar.candle).toEqual(run.series[0]!.at(bar.bar));
      const ended = (order: Order): boolean => order.status !== "working" && order.updatedAt <= bar.time;
      const expected = run.orders.filter((order) => order.createdAt <= bar.time && !ended(order)).map((order) => order.id);
      expect(bar.working.map((order) => order.id)).toEqual(expected);
    }
  });

  test("any moment within a bar means that bar", () => {
    expect(run.explain(START + 60_000 + 59_999).bar).toBe(1);
    expect(run.explain("2024-05-01T00:01:00Z").bar).toBe(1);
  });

  test.each<[string, number | string, string, RegExp]>([
    ["before the data", START - 1, "TIME_OUTSIDE", /lies outside the data, 2024-05-01T00:00:00Z to 2024-05-01T08:20:00Z/],
    ["after the last bar has closed", START + 500 * 60_000, "TIME_OUTSIDE", /lies outside/],
    ["no time", "noon", "TIME_INVALID", /RFC 3339/],
  ])("%s is misuse", (_what, time, code, message) => {
    expectMisuse(() => run.explain(time), code, message);
  });
});

test("a gap in the data belongs to the bar before it", () => {
  const run = backtest({ data: candles([still(100), still(101), still(102)], { times: [0, 1, 5] }), strategy: Busy });
  expect(run.explain(START + 3 * 60_000)).toMatchObject({ bar: 1, time: START + 60_000 });
});

test("trades: average prices, exit reasons, and a position open at the end as a last one", () => {
  const rows = [still(100), still(100), still(110), still(120), still(130), still(125)] as const;
  const run = play(
    rows,
    { 0: (d) => d.enterLong(), 1: (d) => d.enterLong(), 2: (d) => d.exitLong(), 3: (d) => d.enterShort() },
    { pyramiding: 1, fees: { maker: 0, taker: "0.001" } },
  );
  expect(run.trades).toHaveLength(2);
  const [first, last] = run.trades;
  expect(first).toMatchObject({ side: "long", exitReason: "signal", bars: 2, symbol: "TESTUSDT" });
  expect(
    [first!.quantity, first!.entryPrice, first!.exitPrice, first!.grossPnl, first!.fees, first!.netPnl].map((d) => d.toFixed()),
  ).toEqual(["2", "105", "120", "30", "0.45", "29.55"]);
  expect(first!.return).toBeCloseTo(29.55 / 210, 12);
  expect(last).toMatchObject({ side: "short", exitReason: "end" });
  expect([last!.entryPrice, last!.exitPrice, last!.netPnl].map((d) => d.toFixed())).toEqual(["130", "125", "4.87"]);
  expect(run.buyAndHold).toBeCloseTo(0.25, 12);
});

test("an exit says why it leaves from the moment it is sent", () => {
  const run = play([still("100"), still("100"), still("100"), still("100")], {
    0: (desk) => desk.enterLong(),
    1: (desk) => desk.flatten(),
  });
  expect(run.explain(START + 60_000).working).toMatchObject([{ status: "working", exitReason: "FLATTEN" }]);
});
