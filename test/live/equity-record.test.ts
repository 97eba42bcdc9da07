import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import type { CandleQuery, MarketData, MarketEvent } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { compareSession } from "../../src/live/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, param } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { crashed, Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 60, seed: 5 });
const eth = syntheticCandles({ bars: 60, seed: 9, symbol: "ETHUSDT" });
const symbols = ["BTCUSDT", "ETHUSDT"];

/** Holds a position in both for most of the time. */
const Holds = defineStrategy({
  name: "Holds",
  params: { symbols: param.texts({ default: symbols }) },
  create: () => {
    let seen = 0;
    return {
      onCandle(_bar, desk) {
        if (++seen % 11 === 0) desk.exitLong();
        else desk.enterLong({ quantity: "0.01" });
      },
    };
  },
});

function view(path: string): SessionView {
  const opened = openState(path);
  if (opened.format !== "tesserlab") throw new Error("not ours");
  return opened;
}

const options = { strategy: Holds, trade: { symbols } };
const run = backtest({ data: [btc, eth], strategy: Holds });

describe("a session of two symbols that dies between the closes of one time", () => {
  /** The state file of a session that dies when the first of two candles has closed for the thirtieth time. */
  async function died() {
    const at = btc.time[30]!;
    let dead = false;
    const hears = (listener: (event: MarketEvent) => void) => (event: MarketEvent) => {
      dead ||= event.type === "candle" && event.symbol === "ETHUSDT" && event.time === at;
      if (!dead) listener(event);
    };
    const left = await crashed(
      [btc, eth],
      () => dead,
      options,
      {},
      (connection) => {
        const { market } = connection;
        const subscribe: MarketData["subscribe"] = (topics, listener, link) => market.subscribe(topics, hears(listener), link);
        const { name } = market;
        const heard = { name, subscribe, instruments: () => market.instruments(), candles: (query: CandleQuery) => market.candles(query) };
        return { ...connection, market: { ...heard, close: () => market.close() } };
      },
    );
    const shown = view(left.path);
    const { bars, equity, marketTime } = shown.record;
    expect([marketTime, bars, shown.equity.time.length]).toEqual([at, 31, 30]);
    return { ...left, at, equity };
  }

  test("and goes on with the second: its equity and its count of candles are those of its backtest", { timeout: 120_000 }, async () => {
    const { market, path } = await died();
    // Its market has waited for it.
    const { session, ended } = await openSession(market, path, { ...options, trade: { ...options.trade, resume: true, market: "waits" } });
    await session.run();
    expect((await ended).error).toBeUndefined();
    const shown = view(path);
    expect([...shown.equity.time]).toEqual([...run.equity.time]);
    expect([...shown.equity.value]).toEqual([...run.equity.value]);
    expect(shown.record.bars).toBe(run.equity.time.length);
    expect(shown.record.equity).toEqual(run.finalEquity);
  });

  test("and misses the second: the point of that time is the equity at the first", { timeout: 120_000 }, async () => {
    const { market, path, at, equity } = await died();
    const { session, ended } = await openSession(market, path, { ...options, trade: { ...options.trade, resume: true } });
    await session.run();
    expect((await ended).error).toBeUndefined();
    const shown = view(path);
    expect([...shown.equity.time]).toEqual([...run.equity.time]);
    expect([shown.equity.time[30], shown.equity.value[30]]).toEqual([at, equity.toNumber()]);
    expect(shown.record.bars).toBe(run.equity.time.length);
  });
});

describe("funding that is due after the last open of a recorded market", { timeout: 120_000 }, () => {
  const due = symbols.map((symbol) => ({ symbol, time: btc.time.at(-1)! + 30_000, rate: "0.001" }));

  test("is paid at the last close, as in the backtest, and stands in the last point", async () => {
    const path = join(scratch(), "state.db");
    const { session, ended } = await openSession(new Market([btc, eth], { funding: due }), path, options);
    await session.run();
    expect((await ended).error).toBeUndefined();
    const funded = backtest({ data: [btc, eth], strategy: Holds, funding: due });
    expect(funded.funding.isZero()).toBe(false);
    const shown = view(path);
    expect(shown.record.funding).toEqual(funded.funding);
    expect(shown.equity.value.at(-1)).toBe(funded.finalEquity.toNumber());
    expect(compareSession(shown, { data: [btc, eth], strategy: Holds, funding: due }, {})).toMatchObject({ equal: true, differences: [] });
  });

  test("is not paid to a session that is stopped before the close, nor in the backtest beside it", async () => {
    const path = join(scratch(), "state.db");
    let events = 0;
    const market = new Market([btc, eth], { funding: due });
    const { session } = await openSession(market, path, { ...options, play: false });
    await session.run();
    while (events++ < 30 && market.exchange.next() !== undefined) {
      await session.answer({ kind: "flush" });
      await session.answer({ kind: "flush" });
    }
    await session.answer({ kind: "flush" });
    const shown = view(path);
    const at = shown.record.marketTime!;
    const funding = symbols.map((symbol) => ({ symbol, time: at + 30_000, rate: "0.001" }));
    expect(compareSession(shown, { data: [btc, eth], strategy: Holds, funding }, {}).finalEquity).toSatisfy(
      ({ session: one, backtest: other }: { session: { eq(of: unknown): boolean }; backtest: unknown }) => one.eq(other),
    );
    await session.stop(false);
  });
});
