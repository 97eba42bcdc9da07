import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Decimal, type ExecutionHint, type Order } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { crashed, Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 30, seed: 5 });

/** How an entry and an exit of 0.06 are worked: prices are those of the candles above. */
const HINTS: Readonly<Record<string, { readonly entry: ExecutionHint; readonly exit: ExecutionHint }>> = {
  twap: both({ algorithm: "twap", durationMs: 600_000, slices: 6 }),
  vwap: both({ algorithm: "vwap", durationMs: 600_000 }),
  // The entry rests at the last price, the exit takes what is bid below it.
  iceberg: {
    entry: { algorithm: "iceberg", displayQuantity: "0.01" },
    exit: { algorithm: "iceberg", displayQuantity: "0.01", limitOffsetBps: "5" },
  },
  pegged: both({ algorithm: "pegged", offsetBps: "3", clipQuantity: "0.02", refreshMs: 120_000 }),
  sniper: { entry: { algorithm: "sniper", triggerPrice: "29970" }, exit: { algorithm: "sniper", triggerPrice: "30020" } },
  trailingStop: {
    entry: { algorithm: "trailingStop", activationPrice: "29900", callbackRate: "0.0008" },
    exit: { algorithm: "trailingStop", callbackRate: "0.0015" },
  },
};

function both(hint: ExecutionHint): { readonly entry: ExecutionHint; readonly exit: ExecutionHint } {
  return { entry: hint, exit: hint };
}

/** Enters at its second candle and leaves from its fifth on, one of the two by an algorithm; without `exit` it stays in. Then it stands aside. */
function worked(name: string, role: "entry" | "exit") {
  const hint = HINTS[name]![role];
  return defineStrategy({
    name: "Worked",
    params: {},
    create: () => {
      let seen = 0;
      return {
        onCandle(_bar, desk) {
          seen++;
          if (seen === 2) desk.enterLong({ quantity: "0.06", ...(role === "entry" ? { hint } : {}) });
          else if (seen === 5 && role === "exit") desk.exitLong({ hint });
        },
      };
    },
  }) as unknown as StrategyDefinition;
}

function ordersOf(path: string): { readonly orders: readonly Order[]; readonly bars: number; readonly balance: string } {
  const view = openState(path) as SessionView;
  try {
    expect(view.replay()).toEqual([]);
    return {
      orders: view.orders().map((order) => ({ ...order, id: order.id.split("-").slice(1).join("-") })),
      bars: view.record.bars,
      balance: view.record.balance.toFixed(),
    };
  } finally {
    view.close();
  }
}

async function whole(strategy: StrategyDefinition): Promise<ReturnType<typeof ordersOf>> {
  const path = join(scratch(), "state.db");
  const { session, ended } = await openSession(new Market(btc), path, { strategy });
  await session.run();
  expect((await ended).error).toBeUndefined();
  return ordersOf(path);
}

/** Children of an algorithm, in order. */
function childrenOf(run: ReturnType<typeof ordersOf>, name: string): readonly Order[] {
  return run.orders.filter((order) => order.route?.startsWith(`${name} `));
}

/** Events of the market after which it dies: in the middle of its children; for one algorithm before it has begun and after all of them as well. */
function deathsOf(name: string, role: "entry" | "exit"): readonly number[] {
  if (name === "twap") return role === "entry" ? [1, 3, 6, 9, 26] : [4, 6, 8, 9, 11, 14, 26];
  return role === "entry" ? [3, 9] : [6, 8];
}

/** What most algorithms do with 0.06. */
const CHILDREN: Readonly<Record<string, number>> = { twap: 6, iceberg: 6, pegged: 3, sniper: 1, trailingStop: 1 };

describe.each(Object.keys(HINTS))("%s in a session that dies in the middle of it", (name) => {
  test.each(["entry", "exit"] as const)(
    "goes on with an %s where it was: every child once, none lost, the same as without the crash",
    {
      timeout: 240_000,
    },
    async (role) => {
      const strategy = worked(name, role);
      const run = await whole(strategy);
      const children = childrenOf(run, name);
      expect(children.map(({ route }) => route)).toEqual(children.map((_, i) => `${name} a1-${i + 1}`));
      if (name in CHILDREN) expect(children.length).toBe(CHILDREN[name]);
      else expect(children.length).toBeGreaterThan(1);
      expect(children.every((order) => order.role === role)).toBe(true);
      const done = children.reduce((sum, order) => sum.plus(order.filledQuantity), new Decimal(0));
      expect(done.toFixed()).toBe("0.06");

      const left: { readonly bars: number; readonly sent: number; readonly filled: number }[] = [];
      for (const events of deathsOf(name, role)) {
        const { market, path } = await crashed(btc, events, { strategy });
        const before = ordersOf(path);
        const sent = childrenOf(before, name);
        left.push({ bars: before.bars, sent: sent.length, filled: sent.filter(({ status }) => status === "filled").length });
        const again = await openSession(market, path, { strategy, trade: { resume: true } });
        await again.session.run();
        expect((await again.ended).error).toBeUndefined();
        const after = ordersOf(path);
        const told = (order: Order): unknown[] => [
          order.id,
          order.route,
          order.side,
          order.quantity.toFixed(),
          order.price?.toFixed(),
          order.filledQuantity.toFixed(),
          order.status,
        ];
        expect(after.orders.map(told), `after ${events} events, ${sent.length} children sent`).toEqual(run.orders.map(told));
        expect([after.balance, after.bars]).toEqual([run.balance, run.bars]);
      }
      // At least once it was under way and not done: with some of its children out, or, where there is one, with that to come.
      const middle = left.filter(
        ({ bars, sent, filled }) =>
          bars >= (role === "entry" ? 2 : 5) && filled < children.length && (children.length === 1 ? sent === 0 : sent > 0),
      );
      expect(middle.length, JSON.stringify(left)).toBeGreaterThan(0);
    },
  );
});
