import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { loadRecording, readEntries, segmentFolder, syntheticCandles, unfinishedSegments } from "../../src/data/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { refusesForAWhile } from "./refused-writes.js";
import { Busy, Market, openOn, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 200, seed: 5, gaps: true });

/** Candles a session has taken, by its journal. */
function candlesOf(path: string): number {
  const view = openState(path) as SessionView;
  try {
    return view.journal({ kind: "event" }).filter(({ payload }) => (payload as { event: { type: string } }).event.type === "candle").length;
  } finally {
    view.close();
  }
}

/** Resolves when the recording holds every candle so far. */
async function flushed(record: string, path: string): Promise<void> {
  while ((await loadRecording(record)).rows.candles < candlesOf(path)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Runs a recorded session for 90 events, with everything on disk after 30, 60 and 90 of them, and leaves it as a killed process would: its recording and its state file. */
async function killed(): Promise<{ readonly market: Market; readonly record: string; readonly path: string }> {
  const market = new Market(btc);
  for (let i = 0; i < 25; i++) market.exchange.next();
  const folder = scratch();
  const [live, record, left] = [join(folder, "live.db"), join(folder, "rec"), join(folder, "left")];
  const connection = await market.connect();
  let died = (): void => {};
  const dead = new Promise<void>((resolve) => {
    died = resolve;
  });
  const { session } = await openOn(connection, live, {
    strategy: Busy as unknown as StrategyDefinition,
    trade: { record, history: 20 },
    clock: { now: () => market.exchange.clock.now(), sleep: () => nextTurn() },
    play: async (settled) => {
      for (let seen = 1; seen <= 90 && market.exchange.next({ fills: true }) !== undefined; seen++) {
        await settled();
        if (seen % 30 === 0) await flushed(record, live);
      }
      died();
      await new Promise(() => {});
    },
  });
  void session.run();
  await dead;
  void connection.close();
  cpSync(record, join(left, "rec"), { recursive: true });
  const path = join(left, "state.db");
  const disk = new Sqlite(live, { readonly: true });
  disk.prepare("VACUUM INTO ?").run(path);
  disk.close();
  await session.stop(false);
  const lock = new Sqlite(path);
  lock.exec("DELETE FROM lock");
  lock.close();
  return { market, record: join(left, "rec"), path };
}

/** Where the text of the unfinished segment is cut. */
const CUTS: readonly (readonly [what: string, at: (lines: readonly string[]) => number])[] = [
  ["nothing had been flushed", () => 1],
  ["it had been flushed once", (lines) => lines.findIndex((line) => line.includes('{"flushed"')) + 1],
  ["the newest flush was broken off after some of its rows", (lines) => lines.findIndex((line) => line.includes('{"flushed"')) + 8],
  ["everything was on disk but that it was closed", (lines) => lines.length],
];

test.each(CUTS)("a session that goes on fills in what a crash took of its recording, once each: %s", async (_what, cut) => {
  const { market, record, path } = await killed();
  const [segment] = unfinishedSegments(record);
  const file = join(segmentFolder(record), `${segment}.segment`);
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  writeFileSync(file, `${lines.slice(0, cut(lines)).join("\n")}\n0badc0de [0,"BT`);
  const before = (await loadRecording(record)).rows;
  const taken = candlesOf(path);
  expect(taken).toBeGreaterThan(30);

  const { session, ended } = await openSession(market, path, {
    strategy: Busy as unknown as StrategyDefinition,
    trade: { record, history: 20, resume: true },
  });
  await session.run();
  expect((await ended).error).toBeUndefined();

  const rec = await loadRecording(record);
  const view = openState(path) as SessionView;
  const events = view.journal({ kind: "event" }).map((entry) => entry.payload as { event: { type: string }; said?: unknown[] });
  const [orders, fills] = [view.orders(), view.fills()];
  view.close();
  expect(fills.length).toBeGreaterThan(20);
  const sorted = <T extends { readonly id: string }>(rows: readonly T[]): readonly T[] =>
    [...rows].sort((a, b) => a.id.localeCompare(b.id));
  expect(rec.rows.fills).toBe(fills.length);
  expect(sorted(rec.fills)).toEqual(sorted(fills));
  expect(sorted(rec.orders)).toEqual(sorted(orders));
  expect(rec.rows.candles).toBe(events.filter(({ event }) => event.type === "candle").length);
  expect(rec.rows.signals).toBe(events.reduce((sum, { said = [] }) => sum + said.length, 0));
  expect([rec.rows.warm_up, rec.warmUp[0]!.length]).toEqual([20, 20]);
  expect(JSON.stringify(rec.candles[0]!.at(0))).toBe(JSON.stringify(btc.at(25)));

  // What was filled in is said, and which rows could not be.
  const entries = readEntries(record);
  expect(entries.map((entry) => entry.code)).toEqual(["STARTED", "RECOVERED", "STARTED", "REFILLED", "CLOSED"]);
  const refilled = entries.find((entry) => entry.code === "REFILLED")!;
  expect(refilled.lost).toEqual(["ticks", "order_books", "depth_updates"]);
  expect(refilled.from).toBe(entries.find((entry) => entry.code === "RECOVERED")!.until);
  const candles = refilled.rows.candles ?? 0;
  expect(candles).toBeGreaterThanOrEqual(taken - before.candles);
  expect(rec.losses).toMatchObject([{ cause: "crash", rows: 0, to: refilled.to }]);
  expect(rec.losses[0]!.message).toMatch(/its ticks, order_books, depth_updates after .* are lost; filled in from its journal: /);
});

test("what the state file refused for a while is recorded once the file has taken it, in its order", async () => {
  const market = new Market(btc);
  const folder = scratch();
  const [path, record] = [join(folder, "state.db"), join(folder, "rec")];
  const Bystander = defineStrategy({ name: "Bystander", params: {}, create: () => ({ onCandle() {} }) });
  const { session, ended } = await openSession(market, path, {
    strategy: Bystander as unknown as StrategyDefinition,
    trade: { record },
    until: refusesForAWhile(path),
  });
  await session.run();
  expect((await ended).error).toBeUndefined();
  const rec = await loadRecording(record);
  expect(rec.losses).toEqual([]);
  expect(rec.rows.candles).toBe(candlesOf(path));
  expect([...rec.candles[0]!.time]).toEqual([...btc.time].slice(-rec.candles[0]!.length));
  expect(rec.candles[0]!.length).toBeGreaterThan(150);
});
