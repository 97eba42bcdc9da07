import { join } from "node:path";
import { expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 60, seed: 5 });

/** Holds a position with its stop, waits with a limit entry far away, then throws, right after it has asked for one more entry. */
const Failing = defineStrategy({
  name: "Failing",
  params: {},
  create: () => {
    let seen = 0;
    return {
      onCandle(bar, desk) {
        seen++;
        if (seen === 2) desk.enterLong({ stopLoss: bar.exact.close.times("0.5") });
        if (seen === 4) desk.enterLong({ limit: bar.exact.close.times("0.6") });
        if (seen !== 6) return;
        desk.enterLong({ limit: bar.exact.close.times("0.7") });
        throw new TypeError("no such thing");
      },
    };
  },
}) as unknown as StrategyDefinition;

test("a session whose strategy throws takes back what enters; what protects stays at the venue", async () => {
  const path = join(scratch(), "state.db");
  const market = new Market(btc);
  const { session, ended } = await openSession(market, path, { strategy: Failing, settings: { pyramiding: 5 } });
  await session.run();
  expect(await ended).toMatchObject({ status: { status: "failed" }, error: { code: "STRATEGY_FAILED" } });
  const again = await market.connect();
  const left = (await again.venue.orders()).map(({ clientOrderId }) => clientOrderId);
  expect(left).toEqual(["abcdefghij-2-stopLoss"]);
  expect((await again.venue.positions())[0]!.quantity.gt(0)).toBe(true);
});
