import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { candlesOf } from "../../src/backtest/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { connectPaper, paper, paperServer, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { market } from "./record-replay.js";
import { openOn } from "./trader-support.js";
import { MINUTE, wired } from "./wired.js";

test("candles built from trades: one that an outage tore is not traded as far as it was heard, and the venue's own stand where trades were missed", {
  timeout: 120_000,
}, async () => {
  const { truth, at, clock, wire, open } = await wired(20);
  const seen: [number, number][] = [];
  const Watching = defineStrategy({
    name: "Watching",
    params: {},
    create: () => ({ onCandle: (bar) => void seen.push([(bar.time - truth.time[0]!) / MINUTE, bar.close]) }),
  });
  const { session } = await open(join(scratch(), "state.db"), Watching, { candles: "trades" });
  await session.run();
  seen.length = 0;
  /** The clock shows a time, and the session looks at it until it has seen so many candles. */
  const until = async (time: number, candles: number): Promise<void> => {
    clock.now = time;
    do {
      vi.advanceTimersByTime(1_000);
      await nextTurn();
    } while (seen.length < candles);
  };
  const trade = (time: number, price: string): void => {
    clock.now = time;
    wire.tell({ type: "trade", symbol: "BTCUSDT", time, id: String(time), side: "buy", price, quantity: "0.001" });
  };
  // The one that was under way at the start.
  await until(at(11, 1), 1);
  trade(at(11, 10), "41000.1");
  await until(at(12, 1), 2);
  trade(at(12, 5), "41000.2");
  wire.link("reconnecting");
  // Its end passes while nothing is heard, and the venue's history does not answer at first.
  clock.now = at(13, 2);
  vi.advanceTimersByTime(1_000);
  wire.fails = 1;
  clock.now = at(13, 10);
  wire.link("healthy");
  while (wire.fails > 0) await nextTurn();
  await until(at(13, 11), 3);
  trade(at(13, 30), "41000.3");
  await until(at(14, 1), 4);
  trade(at(14, 5), "41000.4");
  await until(at(15, 1), 5);
  await session.stop(false);
  const closeOf = (bar: number): number => truth.prices("close")[bar]!;
  expect(seen).toEqual([
    [10, closeOf(10)],
    [11, 41000.1],
    [12, closeOf(12)],
    [13, closeOf(13)],
    [14, 41000.4],
  ]);
});

test("candles of an outage are seen without a say, whether the connector tells them or they are asked for, and the next one waits for them", {
  timeout: 120_000,
}, async () => {
  const { truth, at, clock, wire, open } = await wired(30);
  const seen: number[] = [];
  const Eager = defineStrategy({
    name: "Eager",
    params: {},
    create: () => ({
      onCandle(bar, desk) {
        seen.push((bar.time - truth.time[0]!) / MINUTE);
        desk.enterLong();
      },
    }),
  });
  const path = join(scratch(), "state.db");
  const { session } = await open(path, Eager);
  await session.run();
  expect(seen).toEqual([5, 6, 7, 8, 9]);
  const told = (bar: number): void => {
    const { open, high, low, close: last, volume } = truth.at(bar)!;
    const [o, h, l, c, v] = [open, high, low, last, volume].map((one) => one.toFixed()) as [string, string, string, string, string];
    wire.tell({
      type: "candle",
      symbol: "BTCUSDT",
      interval: "1m",
      time: truth.time[bar]!,
      open: o,
      high: h,
      low: l,
      close: c,
      volume: v,
      closed: true,
    });
  };
  clock.now = at(11, 1);
  told(10);
  wire.link("reconnecting");
  clock.now = at(13, 20);
  told(11);
  told(12);
  wire.link("healthy");
  clock.now = at(14, 1);
  told(13);
  // The next outage's candles are asked for, and there is no answer at first.
  wire.link("reconnecting");
  clock.now = at(16, 30);
  wire.fails = 1;
  wire.link("healthy");
  while (wire.fails > 0) await nextTurn();
  clock.now = at(17, 1);
  told(16);
  expect(seen.slice(5)).toEqual([10, 11, 12, 13]);
  do {
    vi.advanceTimersByTime(1_000);
    await nextTurn();
  } while (seen.length < 12);
  expect(seen.slice(5)).toEqual([10, 11, 12, 13, 14, 15, 16]);
  await session.stop(false);
  const view = openState(path) as SessionView;
  type Line = { event: { type: string; candle: readonly number[] }; said?: readonly unknown[]; muted?: true };
  const lines = view.journal({ kind: "event" }).map((entry) => entry.payload as unknown as Line);
  view.close();
  const heard = lines.flatMap(({ event, said = [], muted }) =>
    event.type === "candle" ? [[(event.candle[0]! - truth.time[0]!) / MINUTE, said.length, muted === true]] : [],
  );
  expect(heard).toEqual([
    [10, 1, false],
    [11, 0, true],
    [12, 0, true],
    [13, 1, false],
    [14, 0, true],
    [15, 0, true],
    [16, 1, false],
  ]);
});

const Throwing = defineStrategy({
  name: "Throwing",
  params: {},
  feeds: ["candles", "trades"],
  create: () => ({
    onTrade() {
      throw new TypeError("no such trade");
    },
  }),
});
const FAILED = { status: { status: "failed" }, error: { code: "STRATEGY_FAILED", message: expect.stringContaining("Throwing threw") } };

test("a strategy that throws at a trade of the paper exchange ends its session as failed", { timeout: 120_000 }, async () => {
  const connection = await connectPaper(paper({ feed: replay([candlesOf(market(60), "1m"), market(60)]) }));
  const { session, ended } = await openOn(connection, join(scratch(), "state.db"), {
    strategy: Throwing,
    clock: { now: () => connection.exchange.clock.now(), sleep: () => nextTurn() },
    play: async (settled) => {
      while (connection.exchange.next({ fills: true }) !== undefined) await settled();
    },
  });
  await session.run();
  expect(await ended).toMatchObject(FAILED);
});

test("a strategy that throws at a trade of Bybit's stream ends its session as failed", { timeout: 120_000 }, async () => {
  const tape = market(60);
  const server = await paperServer({ data: [candlesOf(tape, "1m"), tape], lockStep: true, limits: 1_000_000 });
  onTestFinished(() => server.close());
  const problems: unknown[] = [];
  const connected = await bybit({ env: "local", urls: server.url, requestsPer5s: 1_000_000 }).connect({
    credentials: server.key,
    onProblem: (problem) => problems.push(problem),
  });
  await connected.venue.connect();
  const { session, ended } = await openOn(connected, join(scratch(), "state.db"), {
    strategy: Throwing,
    clock: { now: () => Date.now(), sleep: (ms) => new Promise((done) => setTimeout(done, ms)) },
    play: undefined,
  });
  await session.run();
  while (server.next().done !== true) await connected.market.synced();
  expect(await ended).toMatchObject(FAILED);
  expect(problems).toEqual([]);
});
