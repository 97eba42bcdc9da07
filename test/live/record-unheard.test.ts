import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { CandleSeries, type LinkState, type MarketData, type MarketEvent } from "../../src/core/index.js";
import { loadCandles, loadRecording, type RecordedCandles, type Recording, syntheticCandles, unheardOf } from "../../src/data/index.js";
import { compareSession, type SessionComparison } from "../../src/live/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import type { StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { atClose, plain } from "./record-replay.js";
import { Busy, crashed, Market, openOn, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 120, seed: 5 });
const BUSY = { strategy: Busy as unknown as StrategyDefinition };
const MINUTE = 60_000;

/** What the session did is what a backtest of its recording does, loaded either way. */
async function replaysAsItWas(record: string): Promise<Awaited<ReturnType<typeof loadRecording>>> {
  const rec = await loadRecording(record);
  expect(rec.losses).toEqual([]);
  for (const data of [rec, await loadCandles(record)]) {
    const run = backtest({ ...BUSY, data });
    expect(run.fills.length).toBeGreaterThan(10);
    expect(plain(rec.fills)).toEqual(plain(run.fills));
    expect(plain(rec.orders)).toEqual(plain(run.orders.map(atClose)));
  }
  // A replay that acted on them all would have done something else.
  const loud = backtest({ ...BUSY, data: new CandleSeries(rec.candles[0]!) });
  expect(plain(rec.orders)).not.toEqual(plain(loud.orders.map(atClose)));
  return rec;
}

/** How many entries a backtest makes at candles that its session saw without a say. */
function actedOn(unheard: ReadonlySet<number>, data: Recording | CandleSeries): number {
  return backtest({ ...BUSY, data }).orders.filter(({ role, createdAt }) => role === "entry" && unheard.has(createdAt)).length;
}

/** A session set beside a backtest is equal on its recording's candles, however they are given, and not on the same candles without what is known of them. */
function comparesAsItWas(path: string, given: readonly (Recording | CandleSeries)[]): void {
  const view = openState(path) as SessionView;
  const compare = (data: Recording | CandleSeries): SessionComparison => compareSession(view, undefined, { ...BUSY, data });
  const [all, loaded, part] = given as [Recording, CandleSeries, CandleSeries];
  for (const data of [all, loaded, loaded.slice(0).slice(0, loaded.length)]) {
    const compared = compare(data);
    expect([compared.equal, compared.differences.slice(0, 3)]).toEqual([true, []]);
    expect(compared.equity.length).toBeLessThan(loaded.length);
  }
  expect(compare(new CandleSeries(loaded)).equal).toBe(false);
  // Of a part, the rest is missing, and nothing was acted on that the session had no say in.
  expect(compare(part).orders.filter((row) => row.backtest !== undefined).length).toBeGreaterThan(10);
  const unheard = unheardOf(part)!;
  expect([actedOn(unheard, part), actedOn(unheard, new CandleSeries(part)) > 0]).toEqual([0, true]);
  view.close();
}

test("candles that close between a session's history and its start are recorded as its warm-up: the replay does not act on them either", async () => {
  const record = join(scratch(), "rec");
  const market = new Market(btc);
  for (let i = 0; i < 40; i++) market.exchange.next();
  const { session, ended } = await openSession(market, join(scratch(), "state.db"), { ...BUSY, trade: { record, history: 20 } });
  const begins = market.exchange.clock.now();
  while (market.exchange.clock.now() < begins + 7 * MINUTE) market.exchange.next();
  await session.run();
  expect((await ended).error).toBeUndefined();
  const rec = await loadRecording(record);
  expect(rec.warmUp[0]!.length).toBe(27);
  const seen = [...rec.warmUp[0]!.time, ...rec.candles[0]!.time];
  expect(seen).toEqual([...btc.time.subarray(btc.length - seen.length)]);
  const run = backtest({ ...BUSY, data: rec });
  expect(run.fills.length).toBeGreaterThan(10);
  expect(plain(rec.fills)).toEqual(plain(run.fills));
  expect(plain(rec.orders)).toEqual(plain(run.orders.map(atClose)));
  // Busy enters at the first candle it may act on.
  expect(rec.orders[0]!.createdAt).toBe(rec.candles[0]!.time[0]! + MINUTE);
  expect(backtest({ ...BUSY, data: await loadCandles(record) }).fills.map((fill) => fill.time)).toEqual(run.fills.map((fill) => fill.time));
});

test("candles missed in an outage and asked for afterwards are recorded as such: the replay sees them, and does not act on them", async () => {
  const record = join(scratch(), "rec");
  const market = new Market(btc);
  const connection = await market.connect();
  const path = join(scratch(), "state.db");
  let cut = false;
  let tell: (state: LinkState) => void = () => {};
  const lossy: MarketData = {
    name: connection.market.name,
    instruments: () => connection.market.instruments(),
    candles: (request) => connection.market.candles(request),
    subscribe: (topics, listener, link) => {
      tell = (state) => link?.(state);
      return connection.market.subscribe(topics, (event: MarketEvent) => (cut ? undefined : listener(event)), link);
    },
    close: () => connection.market.close(),
  };
  const { session, ended } = await openOn({ ...connection, market: lossy }, path, {
    ...BUSY,
    trade: { record, history: 20 },
    clock: { now: () => market.exchange.clock.now(), sleep: () => nextTurn() },
    play: async (settled) => {
      for (let i = 0; market.exchange.next({ fills: true }) !== undefined; i++) {
        await settled();
        if (i === 30) tell("reconnecting");
        if (i === 30) cut = true;
        if (i !== 41) continue;
        cut = false;
        tell("healthy");
        // What it missed is asked for; the market waits until it has been told.
        const closed = await lossy.candles({ symbol: "BTCUSDT", interval: "1m", from: 0, to: Number.MAX_SAFE_INTEGER });
        while (((await session.answer({ kind: "status" })) as { marketTime: number }).marketTime < closed.time.at(-1)!) await nextTurn();
      }
    },
  });
  await session.run();
  expect((await ended).error).toBeUndefined();
  const rec = await replaysAsItWas(record);
  comparesAsItWas(path, [rec, await loadCandles(record), rec.candles[0]!.slice(5)]);
  expect(rec.rows.warm_up).toBeGreaterThan(9);
  expect([...rec.candles[0]!.time]).toEqual([...btc.time.subarray(btc.length - rec.candles[0]!.length)]);
});

test("candles of the time in which a session was away are recorded when it goes on: the replay sees them, and does not act on them", async () => {
  const record = join(scratch(), "rec");
  const { market, path } = await crashed(btc, 40, { ...BUSY, trade: { record, history: 20 } });
  const left = market.exchange.clock.now();
  while (market.exchange.clock.now() < left + 10 * MINUTE) market.exchange.next();
  const { session, ended } = await openSession(market, path, { ...BUSY, trade: { record, history: 20, resume: true } });
  await session.run();
  expect((await ended).error).toBeUndefined();
  const rec = await loadRecording(record);
  expect([...rec.candles[0]!.time]).toEqual([...btc.time.subarray(btc.length - rec.candles[0]!.length)]);
  expect(rec.warmUp).toEqual([]);
  expect(rec.rows.warm_up).toBeGreaterThan(8);
  const { unheard } = rec.candles[0] as RecordedCandles;
  expect(unheard.size).toBeGreaterThan(8);
  expect([actedOn(unheard, rec), actedOn(unheard, new CandleSeries(rec.candles[0]!)) > 0]).toEqual([0, true]);
});
