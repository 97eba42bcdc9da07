import { join } from "node:path";
import { expect, test } from "vitest";
import { type BacktestRun, backtest } from "../../src/backtest/index.js";
import type { Fill, Order } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { paperServer } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { Busy, Market, openOn, openSession } from "./trader-support.js";

const MINUTE = 60_000;
const btc = syntheticCandles({ bars: 120, seed: 5, gaps: true });

/** Always in the market: every few bars it turns from long to short and back, with a stop and a target so near that they fill in the bar of the entry. */
const Turner = defineStrategy({
  name: "Turner",
  params: {},
  create: () => {
    let seen = 0;
    return {
      onCandle(bar, desk) {
        if (seen++ % 3 !== 0) return;
        const { high, low } = bar.exact;
        if (desk.isLong || (desk.isFlat && seen % 2 === 0))
          desk.enterShort({ stopLoss: high.times("1.0015"), takeProfit: low.times("0.9985") });
        else desk.enterLong({ stopLoss: low.times("0.9985"), takeProfit: high.times("1.0015") });
      },
    };
  },
});

/** What a session did, with ids as in a backtest: without the part that is drawn anew for every session. */
interface Shown {
  readonly orders: readonly Order[];
  readonly fills: readonly Fill[];
  readonly equity: readonly (readonly [number, number])[];
  readonly finalEquity: string;
}

function ofSession(path: string): Shown {
  const view = openState(path) as SessionView;
  try {
    const { time, value } = view.equity;
    return {
      orders: view.orders().map((order) => ({ ...order, id: order.id.split("-")[1]! })),
      fills: view.fills().map((fill) => ({ ...fill, id: fill.id.split("-")[2]!, orderId: fill.orderId.split("-")[1]! })),
      equity: Array.from(time, (at, i) => [at, value[i]!] as const),
      finalEquity: view.record.equity.toFixed(),
    };
  } finally {
    view.close();
  }
}

/** A backtest of candles stamps what is decided at a close with its bar's opening, a session with the close itself; legs are made by fills, which both stamp alike. */
function atClose(order: Order): Order {
  if (order.role === "stopLoss" || order.role === "takeProfit") return order;
  const createdAt = order.createdAt + MINUTE;
  return { ...order, createdAt, updatedAt: order.updatedAt === order.createdAt ? createdAt : order.updatedAt };
}

function ofBacktest(run: BacktestRun): Shown {
  const { time, value } = run.equity;
  return {
    orders: run.orders.map(atClose),
    fills: run.fills,
    equity: Array.from(time, (at, i) => [at, value[i]!] as const),
    finalEquity: run.finalEquity.toFixed(),
  };
}

async function inProcess(strategy: StrategyDefinition): Promise<Shown> {
  const path = join(scratch(), "state.db");
  const { session, ended } = await openSession(new Market(btc), path, { strategy });
  await session.run();
  expect((await ended).error).toBeUndefined();
  return ofSession(path);
}

async function overTheWire(strategy: StrategyDefinition): Promise<Shown> {
  const path = join(scratch(), "state.db");
  const server = await paperServer({ data: btc, lockStep: true, limits: 1_000_000 });
  try {
    const connected = await bybit({ env: "local", urls: server.url, requestsPer5s: 1_000_000 }).connect({ credentials: server.key });
    await connected.venue.connect();
    const heard = (): Promise<unknown> => Promise.all([connected.venue.synced(), connected.market.synced()]);
    const { session, ended } = await openOn(connected, path, {
      strategy,
      clock: { now: () => server.exchange.clock.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
      play: async (settled) => {
        for (let done = false; !done; ) {
          done = server.next().done === true;
          // What the server has said is taken in and answered; then what it said to the answers.
          for (let round = 0; round < 2; round++) {
            await heard();
            await settled();
          }
        }
      },
    });
    await session.run();
    expect((await ended).error).toBeUndefined();
    return ofSession(path);
  } finally {
    await server.close();
  }
}

for (const [what, strategy, least] of [
  ["stops and targets in the bar of their entry", Busy, 50],
  ["turning from long to short and back", Turner, 30],
] as const)
  test(`${what}: backtest, paper in process, and our connector on the lock-step server do the same`, { timeout: 60_000 }, async () => {
    const run = ofBacktest(backtest({ data: btc, strategy }));
    expect(run.fills.length).toBeGreaterThan(least);
    const inside = await inProcess(strategy);
    expect(inside).toEqual(run);
    expect(await overTheWire(strategy)).toEqual(run);
  });

test("the strategies compared do what they are meant to: legs fill in the entry's bar, positions turn", () => {
  const busy = backtest({ data: btc, strategy: Busy });
  const entries = new Set(busy.fills.filter(({ role }) => role === "entry").map(({ time }) => time));
  expect(busy.fills.some(({ role, time }) => (role === "stopLoss" || role === "takeProfit") && entries.has(time))).toBe(true);
  const { fills } = backtest({ data: btc, strategy: Turner });
  expect(new Set(fills.filter(({ role }) => role === "entry").map(({ side }) => side))).toEqual(new Set(["buy", "sell"]));
  expect(fills.some(({ role }) => role === "reverse")).toBe(true);
});
