import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Decimal, type Position } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import type { LiveSession } from "../../src/live/index.js";
import { scratch } from "../state/samples.js";
import { Market, openOn } from "./trader-support.js";

const BUY = { type: "open", symbol: "BTCUSDT", side: "buy", quantity: "0.1" } as const;
const ZERO = new Decimal(0);
const FOREIGN: Position = {
  symbol: "BTCUSDT",
  quantity: new Decimal(1),
  averageEntry: new Decimal(30_000),
  markPrice: new Decimal(30_000),
  realizedPnl: ZERO,
  unrealizedPnl: ZERO,
  fees: ZERO,
};

/** A session on a venue that answers the question for positions when `answer` is called, and then with those. */
async function asked(
  positions: readonly Position[],
): Promise<{ readonly session: LiveSession; readonly began: Promise<void>; answer(): void }> {
  const market = new Market(syntheticCandles({ bars: 50, seed: 5 }));
  for (let i = 0; i < 10; i++) market.exchange.next({ fills: true });
  const connected = await market.connect();
  let answer = (): void => {};
  const held = new Promise<readonly Position[]>((resolve) => {
    answer = () => resolve(positions);
  });
  const venue = new Proxy(connected.venue, {
    get: (target, key) => {
      if (key === "positions") return () => held;
      const own = target[key as keyof typeof target];
      return typeof own === "function" ? (own as (...args: never[]) => unknown).bind(target) : own;
    },
  });
  const { session } = await openOn({ venue, market: connected.market, close: () => connected.close() }, join(scratch(), "state.db"), {
    params: { symbol: "BTCUSDT", minSamples: 1_000_000 },
    trade: { history: 5 },
    play: undefined,
    // What waits longer than a comparison takes waits for what it is waiting for.
    clock: { now: () => 0, sleep: (ms) => (ms > 5_000 ? new Promise(() => {}) : nextTurn()) },
  });
  return { session, began: session.run(), answer };
}

test("an entry by hand right after the start waits for the first comparison with the venue, and is taken", async () => {
  const { session, began, answer } = await asked([]);
  expect(await session.answer({ kind: "ready", ms: 1 })).toEqual(["It has not been compared with paper yet."]);
  expect(session.health()).toMatchObject({ blocked: true, why: ["It has not been compared with paper yet."], tradingEnabled: false });
  const ready = session.answer({ kind: "ready", ms: 60_000 });
  const placed = session.command(BUY);
  answer();
  expect(await placed).toMatchObject({ ok: true, orders: [{ symbol: "BTCUSDT", side: "buy", quantity: "0.1" }] });
  expect(await ready).toEqual([]);
  expect(session.health()).toMatchObject({ blocked: false, why: [], tradingEnabled: true });
  await began;
  await session.command({ type: "disable" });
  expect(await session.command({ ...BUY, side: "sell" })).toMatchObject({
    ok: false,
    refusals: [{ code: "TRADING_DISABLED", message: expect.stringContaining("an operator has disabled it, enable() lets it enter again") }],
  });
  await session.stop(false);
});

test("where the two do not agree, it is refused, with what differs and what to do; an operator's word ends that", async () => {
  const { session, began, answer } = await asked([FOREIGN]);
  const placed = session.command(BUY);
  const ready = session.answer({ kind: "ready", ms: 60_000 });
  answer();
  const differs = "BTCUSDT: paper holds 1, the session 0.";
  await expect(placed).rejects.toMatchObject({
    code: "SESSION_BLOCKED",
    message: `Nothing is entered while the session and paper do not agree: ${differs} ready() waits for it, command({ type: "reconcile" }) compares again, command({ type: "confirm" }) takes the venue's positions over.`,
    details: { venue: "paper", why: [differs] },
  });
  await began;
  expect(session.health()).toMatchObject({ blocked: true, why: [differs] });
  await session.command({ type: "confirm" });
  expect(await ready).toEqual([]);
  expect(session.health()).toMatchObject({ blocked: false, why: [] });
  await session.stop(false);
});
