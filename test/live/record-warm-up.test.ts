import { join } from "node:path";
import { expect, test } from "vitest";
import { backtest, candlesOf } from "../../src/backtest/index.js";
import { loadRecording, syntheticCandles } from "../../src/data/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { atClose, plain, market as ticks } from "./record-replay.js";
import { Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 300, seed: 5, gaps: true });
const SMA = { strategy: "SmaCross", params: { fastPeriod: 3, slowPeriod: 8, minSamples: 60 } } as const;

test("a recording holds the history its session warmed up on, and its replay warms up on it: the same orders and fills, from the first candle on", async () => {
  const record = join(scratch(), "rec");
  const market = new Market(btc);
  for (let i = 0; i < 100; i++) market.exchange.next();
  const { session, ended } = await openSession(market, join(scratch(), "state.db"), { ...SMA, trade: { record, history: 60 } });
  await session.run();
  expect((await ended).status.status).toBe("completed");

  const rec = await loadRecording(record);
  expect(rec.losses).toEqual([]);
  const [warm, traded] = [rec.warmUp[0]!, rec.candles[0]!];
  expect([warm.length, rec.rows.warm_up, rec.rows.candles]).toEqual([60, 60, traded.length]);
  const first = btc.indexAt(warm.time[0]!);
  const shown = (one: { at(i: number): unknown }, i: number): string => JSON.stringify(one.at(i));
  for (let i = 0; i < 60; i++) expect(shown(warm, i)).toBe(shown(btc, first + i));
  for (let i = 0; i < traded.length; i++) expect(shown(traded, i)).toBe(shown(btc, first + 60 + i));
  expect(rec.toString()).toContain("warm-up: 60 candles of BTCUSDT, 1m");
  // Candles of the session alone are what its market was.
  expect(rec.market).toEqual(rec.candles);

  const run = backtest({ ...SMA, data: rec });
  expect(run.fills.length).toBeGreaterThan(5);
  expect(plain(rec.fills)).toEqual(plain(run.fills));
  expect(plain(rec.orders)).toEqual(plain(run.orders.map(atClose)));
  // It traded before a cold strategy would have had candles enough, and nothing in the warm-up itself.
  expect(rec.orders[0]!.createdAt).toBeLessThan(traded.time[40]!);
  expect(Math.min(...run.orders.map((order) => order.createdAt))).toBeGreaterThanOrEqual(traded.time[0]!);
  const cold = backtest({ ...SMA, data: rec.market });
  expect(plain(cold.fills)).not.toEqual(plain(run.fills));
  // Equity stands still until there is something to trade on.
  expect([...run.equity.value.slice(0, 60)].every((value) => value === 10_000)).toBe(true);
  expect(run.equity.value.length).toBe(60 + traded.length);
});

test("what a strategy says during the warm-up is not heard, and no timer runs in it", async () => {
  const record = join(scratch(), "rec");
  const market = new Market(btc);
  for (let i = 0; i < 100; i++) market.exchange.next();
  const { session } = await openSession(market, join(scratch(), "state.db"), { ...SMA, trade: { record, history: 50 } });
  await session.run();
  const rec = await loadRecording(record);
  const heard: string[] = [];
  const Eager = defineStrategy({
    name: "Eager",
    params: {},
    timerMs: 60_000,
    create: () => ({
      onCandle(bar, desk) {
        heard.push(`candle ${bar.time}`);
        desk.enterLong();
        desk.of("BTCUSDT").exitLong();
      },
      onTimer: (time) => void heard.push(`timer ${time}`),
    }),
  }) as unknown as StrategyDefinition;
  const run = backtest({ strategy: Eager, data: rec });
  const [warm, traded] = [rec.warmUp[0]!, rec.candles[0]!];
  const candles = heard.filter((line) => line.startsWith("candle"));
  expect(candles).toEqual([...warm.time, ...traded.time].map((time) => `candle ${time}`));
  expect(heard.slice(0, 50)).toEqual(candles.slice(0, 50));
  expect(heard.filter((line) => line.startsWith("timer")).length).toBeGreaterThan(0);
  expect(run.orders.length).toBeGreaterThan(0);
  expect(run.orders.every((order) => order.createdAt >= traded.time[0]!)).toBe(true);
});

/** Waits with limit orders once it has seen five candles, leaves at every close. */
const Patient = defineStrategy({
  name: "Patient",
  params: {},
  feeds: ["candles", "trades", "book"],
  create: () => {
    let [candles, trades] = [0, 0];
    return {
      onCandle(_bar, desk) {
        candles++;
        if (desk.isLong) desk.exitLong();
      },
      onTrade() {
        trades++;
      },
      onBook({ bestBid: bid }, desk) {
        if (candles >= 5 && trades > 0 && trades % 5 === 0 && bid !== undefined && desk.isFlat)
          desk.enterLong({ limit: bid, stopLoss: bid.times("0.9995"), takeProfit: bid.times("1.0002") });
      },
    };
  },
}) as unknown as StrategyDefinition;

test("a recording of trades and books is replayed with its warm-up too", async () => {
  const tape = ticks(500);
  const record = join(scratch(), "rec");
  const market = new Market([tape, candlesOf(tape, "1m")] as never);
  // Ten minutes of the market have passed before the session begins.
  while (market.exchange.clock.now() < tape.time[0]! + 10 * 60_000) market.exchange.next();
  const { session, ended } = await openSession(market, join(scratch(), "state.db"), {
    strategy: Patient,
    settings: { sizer: "fixed:0.02" },
    trade: { record, history: 6 },
  });
  await session.run();
  expect((await ended).error).toBeUndefined();
  const rec = await loadRecording(record);
  expect(rec.warmUp[0]!.length).toBe(6);
  const run = backtest({ strategy: Patient, sizer: "fixed:0.02", data: rec });
  expect(run.fills.length).toBeGreaterThan(4);
  expect(plain(rec.fills)).toEqual(plain(run.fills));
  expect(plain(rec.orders)).toEqual(plain(run.orders));
  // Without it, it would have waited for five candles first.
  expect(run.orders[0]!.createdAt).toBeLessThan(rec.candles[0]!.time[1]!);
});
