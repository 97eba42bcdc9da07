import { join } from "node:path";
import { expect, test } from "vitest";
import { algorithmQuality, orderQuality } from "../../src/analytics/index.js";
import { type BacktestOptions, backtest } from "../../src/backtest/index.js";
import { executionQuality } from "../../src/charts/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { startSession } from "../../src/live/index.js";
import { openState, type SessionView, type StoredRouter } from "../../src/state/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { expectMisuse } from "../misuse.js";
import { scratch } from "../state/samples.js";
import { Busy, Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 1_000, seed: 3 });
const router = { style: "maker_entry", entryTtlS: 60, entryMiss: "retry" } as const;

function opened(path: string): SessionView {
  const view = openState(path);
  if (view.format !== "tesserlab") throw new Error("not ours");
  return view;
}

/** Rows without what a session draws anew. */
const plain = (rows: ReturnType<typeof orderQuality>): object[] => rows.map(({ order: _, ...row }) => row);

test("what executing cost is the same in a replayed session's file as in the backtest, order by order", async () => {
  const options: BacktestOptions = { data: btc, strategy: "SmaCross", router };
  const run = backtest(options);
  const path = join(scratch(), "state.db");
  const { data: _, ...settings } = options;
  const session = await startSession({ ...settings, venue: paper({ feed: replay(btc) }), thread: "caller", statePath: path });
  // What is asked of a handle comes later: it is refused, in words that work.
  const early = session as unknown as Parameters<typeof orderQuality>[0];
  expectMisuse(
    () => orderQuality(early),
    "QUALITY_SOURCE",
    /quality\.orders\(state\.session\(session\.statePath, session\.id\), \{ prices \}\)/,
  );
  expectMisuse(() => executionQuality(early), "QUALITY_SOURCE", /state\.session/);
  await session.done;
  const view = opened(path);
  expect([view.orderTimes, run.orderTimes]).toEqual(["open", "open"]);
  const prices = [btc];
  expect(plain(orderQuality(view, { prices }))).toEqual(plain(orderQuality(run)));
  const groups = algorithmQuality(view, { prices });
  expect(groups).toEqual(algorithmQuality(run));
  expect(groups.find(({ group }) => group === "maker_entry")!.filled).toBeGreaterThan(10);
  expect(executionQuality(view, { prices }).data.map(({ y }) => y)).toEqual(executionQuality(run).data.map(({ y }) => y));
  // Without candles nobody knows what a price was when an order was made.
  expect(algorithmQuality(view).every(({ shortfall }) => shortfall === null)).toBe(true);
  view.close();
});

test("and in the file of a session that trades, whose orders carry the moment they were made", async () => {
  const candles = btc.slice(0, 200);
  const run = backtest({ data: candles, strategy: Busy });
  const path = join(scratch(), "state.db");
  const { session, ended } = await openSession(new Market(candles), path, { strategy: Busy });
  await session.run();
  expect((await ended).error).toBeUndefined();
  const view = opened(path);
  expect(view.orderTimes).toBe("moment");
  const costs = (rows: ReturnType<typeof orderQuality>): string[] =>
    rows
      .filter(({ filled }) => filled.gt(0))
      .map(({ group, arrival, shortfall }) => `${group} ${arrival?.toFixed()} ${shortfall?.toFixed()}`);
  const prices = [candles];
  expect(costs(orderQuality(view, { prices }))).toEqual(costs(orderQuality(run)));
  expect(costs(orderQuality(run)).length).toBeGreaterThan(5);
  // What its router counted stands in the file, at every moment of it.
  expect(view.router).toEqual({ style: "taker", working: [], counters: run.router.counters });
  expect(view.summary().router).toEqual(view.router);
  expect(view.at(view.sequence).router).toEqual(view.router);
  const lines = view.journal({ kind: "router" }).map(({ payload }) => payload as unknown as StoredRouter);
  const planned = lines.map(({ counters }) => counters.plansEntry! + counters.plansExit!);
  expect(planned).toEqual([...planned].sort((a, b) => a - b));
  expect(new Set(lines.map((line) => JSON.stringify(line))).size).toBe(lines.length);
  expect(view.replay()).toEqual([]);
  view.close();
});
