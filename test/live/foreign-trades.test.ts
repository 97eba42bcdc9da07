import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Decimal } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 60, seed: 5 });
const Idle = defineStrategy({ name: "Idle", params: {}, create: () => ({ onCandle() {} }) }) as unknown as StrategyDefinition;

test("trades of somebody else on the account make one comparison each time, not one a trade", async () => {
  const path = join(scratch(), "state.db");
  const market = new Market(btc);
  const { session, ended, connection } = await openSession(market, path, { strategy: Idle, play: false });
  await session.run();
  const { venue } = connection;
  const by = new Decimal("0.001");
  for (let i = 0; i < 20; i++) {
    const side = i % 2 === 0 ? "buy" : "sell";
    await venue.place({
      clientOrderId: `by-hand-${i}`,
      symbol: "BTCUSDT",
      side,
      type: "market",
      quantity: by,
      timeInForce: "ioc",
      reduceOnly: false,
    } as never);
    market.exchange.next();
    await nextTurn();
  }
  expect((await venue.executions({ since: 0 })).length).toBe(20);
  const lines = (): number => {
    const view = openState(path) as SessionView;
    const found = view.journal({ kind: "reconcile" }).length;
    view.close();
    return found;
  };
  await session.answer({ kind: "command", command: { type: "reconcile" } });
  await session.answer({ kind: "flush" });
  const before = lines();
  for (let i = 0; i < 3; i++) await session.answer({ kind: "command", command: { type: "reconcile" } });
  await session.answer({ kind: "flush" });
  // The operator's three, and at most one more each for what they came across.
  expect(lines() - before).toBeLessThanOrEqual(6);
  await session.stop(false);
  expect((await ended).error).toBeUndefined();
});
