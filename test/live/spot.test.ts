import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Decimal } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { advance, Busy, crashed, Market, openOn, openSession } from "./trader-support.js";

const DATA = syntheticCandles({ bars: 140, seed: 11 });
/** A spot exchange that takes the fee of what is bought in coin, as Bybit does. */
const EXCHANGE = {
  category: "spot",
  spotFees: "base",
  instruments: { symbol: "BTCUSDT", kind: "spot", base: "BTC", quote: "USDT", tickSize: "0.01", lotSize: "0.0001" },
  fees: { spot: { maker: "0.001", taker: "0.001" } },
  balances: { USDT: "100000" },
} as const;
const SETTINGS = { category: "spot", sizer: "fixed:0.05" } as const;

function coins(market: Market): { readonly usdt: string; readonly btc: Decimal } {
  const balances = market.exchange.account("main").balances();
  const total = (currency: string): Decimal => balances.find((one) => one.currency === currency)?.total ?? new Decimal(0);
  return { usdt: total("USDT").toFixed(), btc: total("BTC") };
}

test("a spot session sells what it holds after fees in coin, agrees with its exchange to the last unit, and its journal replays", async () => {
  const market = new Market(DATA, EXCHANGE);
  const path = join(scratch(), "state.db");
  const { session, ended } = await openSession(market, path, { strategy: Busy, settings: SETTINGS, trade: { history: 0 } });
  await session.run();
  const end = await ended;
  expect(end.error).toBeUndefined();
  const view = openState(path) as SessionView;
  const orders = view.orders();
  expect(orders.filter(({ status }) => status === "rejected")).toEqual([]);
  expect(orders.filter(({ role, status }) => role !== "entry" && status === "filled").length).toBeGreaterThan(10);
  expect(view.trades.length).toBeGreaterThan(10);
  const [position] = view.positions();
  const { usdt, btc } = coins(market);
  // What the exchange has beyond the position is less than what can be sold.
  const beyond = btc.minus(position?.quantity ?? 0);
  expect([beyond.gte(0), beyond.lt("0.0001")]).toEqual([true, true]);
  expect(view.record.balance.toFixed()).toBe(usdt);
  expect([view.check(), view.replay()]).toEqual([[], []]);
  view.close();
});

test("what fees in coin have left of a lot outlives a process", async () => {
  const options = { strategy: Busy, settings: SETTINGS, trade: { history: 0 } };
  const { market, path } = await crashed(DATA, 60, options, EXCHANGE);
  const { session, ended } = await openSession(market, path, { ...options, trade: { history: 0, resume: true } });
  await session.run();
  expect((await ended).error).toBeUndefined();
  const view = openState(path) as SessionView;
  const { usdt, btc } = coins(market);
  const beyond = btc.minus(view.positions()[0]?.quantity ?? 0);
  expect([beyond.gte(0), beyond.lt("0.0001"), view.record.balance.toFixed()]).toEqual([true, true, usdt]);
  expect([view.orders().filter(({ status }) => status === "rejected"), view.replay()]).toEqual([[], []]);
  view.close();
});

/** Buys once and keeps it. */
const Keeps = defineStrategy({
  name: "Keeps",
  params: {},
  create: () => ({
    onCandle(_bar, desk) {
      if (desk.isFlat) desk.enterLong();
    },
  }),
}) as unknown as StrategyDefinition;

test("coins of the position that are gone stop entries, and an operator's word makes the position what is there", async () => {
  const market = new Market(DATA, EXCHANGE);
  const path = join(scratch(), "state.db");
  const connection = await market.connect();
  let waits = 0;
  const { session, ended } = await openOn(connection, path, {
    strategy: Keeps,
    settings: SETTINGS,
    trade: { history: 0 },
    play: undefined,
    clock: {
      now: () => waits,
      sleep: async (ms) => {
        waits += ms;
        await nextTurn();
      },
    },
  });
  await session.run();
  const account = market.exchange.account("main");
  const next = (): Promise<void> => advance(market, session);
  while (coins(market).btc.isZero()) await next();
  await next();
  expect(session.health()).toMatchObject({ blocked: false });
  expect(coins(market).btc.toFixed()).toBe("0.04995");
  const sell = account.place({ clientOrderId: "by-hand", symbol: "BTCUSDT", side: "sell", type: "market", quantity: new Decimal("0.02") });
  expect(sell).toMatchObject({ ok: true });
  while (!coins(market).btc.eq("0.02995")) await next();
  await session.command({ type: "reconcile" });
  expect(session.health()).toMatchObject({
    blocked: true,
    why: [expect.stringContaining("BTCUSDT: paper holds 0.02995 BTC, the session 0.0499.")],
  });
  await session.command({ type: "confirm" });
  expect(session.health()).toMatchObject({ blocked: false });
  const view = openState(path) as SessionView;
  expect(view.positions().map(({ quantity }) => quantity.toFixed())).toEqual(["0.0299"]);
  view.close();
  await session.stop(false);
  expect((await ended).error).toBeUndefined();
});
