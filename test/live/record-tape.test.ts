import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import type { MarketTape } from "../../src/core/index.js";
import { loadBook, loadRecording } from "../../src/data/index.js";
import { startLive } from "../../src/live/index.js";
import { loadModule } from "../../src/modules/index.js";
import type { StrategyDefinition } from "../../src/strategies/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { market, plain } from "./record-replay.js";

/** Waits with limit orders at the best bid, leaves at the market, looks at trades and at candles too. */
const QUOTER = `
import { defineStrategy } from "tesserlab/strategies";
export const Quoter = defineStrategy({
  name: "Quoter",
  params: {},
  feeds: ["candles", "trades", "book"],
  create: () => {
    let seen = 0;
    let rising = false;
    return {
      onTrade(trade) { rising = trade.side === "buy"; },
      onCandle(bar, desk) { if (desk.isLong) desk.exitLong({ reason: "MINUTE" }); },
      onBook(book, desk) {
        seen++;
        const bid = book.bestBid;
        if (bid === undefined) return;
        if (desk.isFlat && seen % 5 === 0)
          desk.enterLong({ limit: bid, stopLoss: bid.times("0.99995"), takeProfit: bid.times("1.0002") });
        else if (desk.isLong && rising && seen % 7 === 0) desk.exitLong();
      },
    };
  },
});
`;

test("a recorded paper session of trades and books, in a process of its own: the replay of its recording gives its orders and fills, every one", {
  timeout: 240_000,
}, async () => {
  process.env.TESSERLAB__SESSIONS_DIR = scratch();
  mkdirSync("reports", { recursive: true });
  const modules = mkdtempSync(resolve("reports", "live-test-"));
  onTestFinished(() => rmSync(modules, { recursive: true, force: true }));
  const module = join(modules, "quoter.ts");
  writeFileSync(module, QUOTER);
  const tape = market(160);
  const folder = join(scratch(), "rec");
  const session = await startLive({
    strategy: { module },
    sizer: "fixed:0.02",
    venue: paper({ feed: replay(tape) }),
    statePath: join(scratch(), "state.db"),
    record: folder,
  });
  expect(await session.done).toMatchObject({ status: "completed" });

  const rec = await loadRecording(folder);
  expect(rec.losses).toEqual([]);
  expect(rec.toString()).toMatch(/^SYNTHETIC DATA/);
  expect(rec.days).toEqual(["2024-05-01", "2024-05-02"]);
  // The market is all there, to the last digit, also the trades and books at one moment in their order.
  const recorded = await loadBook(folder);
  const shown = (one: MarketTape): string[] => Array.from({ length: one.length }, (_, i) => JSON.stringify({ ...one.at(i)!, id: i }));
  expect(shown(recorded)).toEqual(shown(tape));

  const strategy = Object.values((await loadModule(module)).module)[0] as StrategyDefinition;
  const run = backtest({ strategy, sizer: "fixed:0.02", data: rec });
  expect(run.fills.length).toBeGreaterThan(10);
  expect(run.fills.some((fill) => fill.liquidity === "maker")).toBe(true);
  expect(run.orders.some((order) => order.status === "cancelled" || order.role === "stopLoss")).toBe(true);
  expect(plain(rec.fills)).toEqual(plain(run.fills));
  expect(plain(rec.orders)).toEqual(plain(run.orders));
});
