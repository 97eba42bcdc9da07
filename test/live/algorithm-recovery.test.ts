import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Decimal, type Order } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { crashed, Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 30, seed: 5 });

/** Buys at its second candle and leaves in six slices from its fifth on; then it stands aside. */
const SlicedExit = defineStrategy({
  name: "SlicedExit",
  params: {},
  create: () => {
    let seen = 0;
    return {
      onCandle(_bar, desk) {
        seen++;
        if (seen === 2) desk.enterLong({ quantity: "0.06" });
        else if (seen === 5) desk.exitLong({ hint: { algorithm: "twap", durationMs: 600_000, slices: 6 } });
      },
    };
  },
});

function ordersOf(path: string): { readonly orders: readonly Order[]; readonly algorithms: number; readonly balance: string } {
  const view = openState(path) as SessionView;
  try {
    expect(view.replay()).toEqual([]);
    return {
      orders: view.orders().map((order) => ({ ...order, id: order.id.split("-").slice(1).join("-") })),
      algorithms: view.algorithms().length,
      balance: view.record.balance.toFixed(),
    };
  } finally {
    view.close();
  }
}

async function whole(): Promise<ReturnType<typeof ordersOf>> {
  const path = join(scratch(), "state.db");
  const { session, ended } = await openSession(new Market(btc), path, { strategy: SlicedExit });
  await session.run();
  expect((await ended).error).toBeUndefined();
  return ordersOf(path);
}

describe("an exit in slices whose session dies in the middle of it", () => {
  test("goes on where it was: every child once, none lost, the same as without the crash", { timeout: 240_000 }, async () => {
    const run = await whole();
    const slices = run.orders.filter((order) => order.route?.startsWith("twap"));
    expect(slices.map((order) => order.route)).toEqual([1, 2, 3, 4, 5, 6].map((n) => `twap a1-${n}`));
    expect(slices.reduce((sum, order) => sum.plus(order.filledQuantity), new Decimal(0)).toFixed()).toBe("0.06");

    const sent: number[] = [];
    // Events of the market after which it dies: before the exit, in the middle of its slices, and after all of them.
    for (const events of [4, 8, 9, 11, 14, 26]) {
      const { market, path } = await crashed(btc, events, { strategy: SlicedExit });
      const before = ordersOf(path).orders.filter((order) => order.route?.startsWith("twap")).length;
      sent.push(before);
      const again = await openSession(market, path, { strategy: SlicedExit, trade: { resume: true } });
      await again.session.run();
      expect((await again.ended).error).toBeUndefined();
      const after = ordersOf(path);
      const id = (order: Order): unknown[] => [
        order.id,
        order.route,
        order.side,
        order.quantity.toFixed(),
        order.filledQuantity.toFixed(),
        order.status,
      ];
      expect(after.orders.map(id), `after ${events} events, ${before} slices sent`).toEqual(run.orders.map(id));
      expect(after.balance).toBe(run.balance);
      expect(after.algorithms).toBe(0);
    }
    expect(sent.filter((count) => count > 0 && count < 6).length).toBeGreaterThan(1);
  });
});
