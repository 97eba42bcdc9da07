import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { CandleUpdate } from "../../src/core/index.js";
import type { Health } from "../../src/live/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { MINUTE, wired } from "./wired.js";

test("while a venue's history does not answer after an outage, an operator is told, exits leave, and the drawdown switch sees the prices that are heard", {
  timeout: 120_000,
}, async () => {
  const { truth, at, clock, wire, open, exchange } = await wired(30);
  const seen: number[] = [];
  const Watching = defineStrategy({
    name: "Watching",
    params: {},
    create: () => ({ onCandle: (bar) => void seen.push((bar.time - truth.time[0]!) / MINUTE) }),
  });
  const folder = scratch();
  const logPath = join(folder, "live.json");
  const { session } = await open(join(folder, "state.db"), Watching, { logPath, maxDrawdown: "0.1", metricsAddr: "127.0.0.1:0" });
  await session.run();
  const logged = (code: string): string[] =>
    readFileSync(logPath, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { code: string; message: string })
      .filter((line) => line.code === code)
      .map(({ message }) => message);
  /** Lets the session look at the clock until something is so. */
  const until = async (reached: () => boolean | Promise<boolean>): Promise<void> => {
    do {
      vi.advanceTimersByTime(1_000);
      await nextTurn();
    } while (!(await reached()));
  };
  const health = (): Health => session.health();
  const told = (bar: number, more: Partial<CandleUpdate> = {}): void => {
    const { open: o, high, low, close, volume } = truth.at(bar)!;
    const [opens, highest, lowest, last, size] = [o, high, low, close, volume].map((one) => one.toFixed()) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const candle = { open: opens, high: highest, low: lowest, close: last, volume: size };
    wire.tell({ type: "candle", symbol: "BTCUSDT", interval: "1m", time: truth.time[bar]!, ...candle, closed: true, ...more });
  };
  const account = exchange.account("main");
  // A position of a good part of the account, with its stop.
  await session.command({ type: "open", symbol: "BTCUSDT", side: "buy", quantity: "0.25", stopLoss: "100", overrideRisk: true });
  const stops = (): number => account.open().filter((order) => order.clientOrderId.endsWith("-stopLoss")).length;
  await until(() => {
    exchange.next({ fills: true });
    return stops() === 1;
  });
  clock.now = at(11, 1);
  told(10);
  wire.link("reconnecting");
  clock.now = at(13, 10);
  wire.fails = Number.POSITIVE_INFINITY;
  wire.link("healthy");
  await until(() => logged("CANDLES_MISSED").length > 0);
  expect([health().ok, health().why.length]).toEqual([false, 1]);
  expect(health().why[0]).toMatch(
    /^Candles that were missed have been asked for in vain since .* \(no answer\): until the venue gives them, the strategy hears none/,
  );
  expect(logged("ALERT")).toEqual([]);
  clock.now = at(14, 1);
  told(13);
  await until(() => logged("ALERT").length > 0);
  expect(logged("ALERT")).toEqual([`Missed candles are not to be had. ${health().why[0]!}`]);
  expect(logged("CANDLES_MISSED")).toHaveLength(1);
  expect(seen.at(-1)).toBe(10);
  const metrics = await (await fetch(`${session.metricsUrl}/metrics`)).text();
  expect(Number(/^tesserlab_candles_missed_seconds (\S+)$/m.exec(metrics)?.[1])).toBeGreaterThan(10);
  // The market falls by half within a candle that has not closed.
  expect(health().liquidateOnly).toBe(false);
  told(14, { close: (truth.prices("close")[13]! / 2).toFixed(1), closed: false });
  await until(() => health().liquidateOnly);
  expect(logged("ALERT").some((message) => message.startsWith("The drawdown switch has tripped."))).toBe(true);
  // What leaves, leaves.
  await session.command({ type: "closePositions" });
  await until(() => account.open().some((order) => order.clientOrderId.endsWith("-exit")));
  // An answer at last: everything is heard, in order, and all is well but for what an operator has to clear.
  wire.fails = 0;
  clock.now = at(15, 1);
  await until(() => seen.at(-1) === 13 || seen.at(-1) === 14);
  expect(seen.slice(-3)).toEqual(expect.arrayContaining([12, 13]));
  expect(logged("CANDLES_BACK")).toHaveLength(1);
  expect(health().why).toHaveLength(1);
  await session.stop(false);
});
