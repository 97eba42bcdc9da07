import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { LabError } from "../../src/errors/index.js";
import { attachSession, listSessions, startLive, startSession } from "../../src/live/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { type PaperOptions, paper, paperServer, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const btc = syntheticCandles({ bars: 300, seed: 5, gaps: true });

/** Slippage, fees, latency, participation and cash that nobody has by default. */
const COSTS = {
  slippageBps: "3",
  fees: { maker: "0.0004", taker: "0.001" },
  latencyBars: 2,
  participation: "0.5",
  cash: "5000",
} as const;

const plainFills = (fills: readonly { side: string; quantity: { toFixed(): string }; price: { toFixed(): string } }[]) =>
  fills.map(({ side, quantity, price }) => [side, quantity.toFixed(), price.toFixed()]);

test("costs given to the session hold at the paper exchange: it trades as the backtest with the same costs", async () => {
  ownSessions();
  const statePath = join(scratch(), "state.db");
  const session = await startLive({ strategy: "SmaCross", venue: paper({ feed: replay(btc) }), statePath, ...COSTS, trade: {} });
  const summary = await session.done;
  const run = backtest({ data: btc, strategy: "SmaCross", ...COSTS });
  const free = backtest({ data: btc, strategy: "SmaCross", cash: "5000" });
  expect(run.finalEquity).not.toEqual(free.finalEquity);
  expect(plainFills(await session.fills())).toEqual(plainFills(run.fills));
  expect(summary.equity).toEqual(run.finalEquity);
  expect((await session.compare()).differences).toEqual([]);
});

test("costs written in paper() hold for the session: it reckons with them, and so does its comparison", async () => {
  ownSessions();
  const statePath = join(scratch(), "state.db");
  const { cash, ...costs } = COSTS;
  const venue = paper({ feed: replay(btc), ...costs, balances: { USDT: cash } });
  const run = backtest({ data: btc, strategy: "SmaCross", ...COSTS });
  const traded = await startLive({ strategy: "SmaCross", venue, statePath, trade: {} });
  expect((await traded.done).equity).toEqual(run.finalEquity);
  expect((await traded.compare()).equal).toBe(true);
  const replayed = await startSession({ strategy: "SmaCross", venue, statePath, thread: "caller" });
  expect((await replayed.done).equity).toEqual(run.finalEquity);
});

test("costs of a strategy file hold at the paper exchange", async () => {
  ownSessions();
  const statePath = join(scratch(), "state.db");
  const folder = scratch();
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "sma.toml");
  const section = 'maker_fee = "0.0004"\ntaker_fee = "0.001"\nslippage_bps = "3"\nlatency_bars = 2\n';
  writeFileSync(config, `strategy_name = "SmaCross"\n\n[params]\n\n[execution]\n${section}`);
  const session = await startLive({ config, venue: paper({ feed: replay(btc) }), statePath, trade: {} });
  const run = backtest({ data: btc, strategy: "SmaCross", fees: COSTS.fees, slippageBps: "3", latencyBars: 2 });
  expect((await session.done).equity).toEqual(run.finalEquity);
  const clash = startLive({ config, venue: paper({ feed: replay(btc), slippageBps: 5 }), statePath, trade: {} });
  await expect(clash).rejects.toMatchObject({
    code: "VENUE_SETTINGS_DIFFER",
    message: `slippageBps is 3 in ${config}, but paper({ slippageBps }) says 5: give it once, or the same twice.`,
    details: { setting: "slippageBps", session: "3", venue: "5" },
  });
});

test("what session and paper() both say must be the same; both values are named", async () => {
  ownSessions();
  const statePath = join(scratch(), "state.db");
  const told = async (session: object, venue: PaperOptions): Promise<unknown> => {
    try {
      await startLive({ strategy: "SmaCross", venue: paper({ feed: replay(btc), ...venue }), statePath, ...session, trade: {} });
    } catch (error) {
      if (error instanceof LabError && error.code === "VENUE_SETTINGS_DIFFER") return error.details;
      throw error;
    }
    return "started";
  };
  expect(await told({ fees: "bybit-linear" }, { fees: { linear: COSTS.fees } })).toEqual({
    setting: "fees",
    session: "maker 0.0002, taker 0.00055",
    venue: "maker 0.0004, taker 0.001",
  });
  expect(await told({ latencyBars: 1 }, { latencyBars: 2 })).toMatchObject({ session: "1", venue: "2" });
  expect(await told({ latencyMs: 5 }, { latencyMs: [5, 9] })).toMatchObject({ session: "5", venue: "5 to 9" });
  expect(await told({ participation: "0.50" }, { participation: 0.25 })).toMatchObject({ session: "0.5", venue: "0.25" });
  expect(await told({ leverage: 2 }, { leverage: 3 })).toMatchObject({ setting: "leverage" });
  expect(await told({ maintenanceMargin: "0.01" }, { maintenance: "0.02" })).toMatchObject({ setting: "maintenanceMargin" });
  expect(await told({ cash: 1000 }, { balances: { USDT: "2000" } })).toEqual({ setting: "cash", session: "1000", venue: "2000" });
  expect(listSessions()).toEqual([]);
});

test("the same said twice is no contradiction, however it is written", async () => {
  ownSessions();
  const statePath = join(scratch(), "state.db");
  const venue = paper({ feed: replay(btc), slippageBps: "3.0", fees: { linear: "bybit-linear" }, balances: { USDT: 5000 } });
  const session = await startLive({
    strategy: "SmaCross",
    venue,
    statePath,
    slippageBps: 3,
    fees: "bybit-linear",
    cash: "5000.00",
    trade: {},
  });
  expect((await session.done).equity).toEqual(backtest({ data: btc, strategy: "SmaCross", slippageBps: 3, cash: 5000 }).finalEquity);
});

test("latency in milliseconds acts at the exchange, and a replay without one says that it has none", async () => {
  ownSessions();
  const statePath = join(scratch(), "state.db");
  const whole = syntheticCandles({ bars: 300, seed: 5 });
  const crossing = { strategy: "SmaCross", brackets: "none" } as const;
  const session = await startLive({ ...crossing, statePath, latencyMs: 90_000, venue: paper({ feed: replay(whole) }), trade: {} });
  // A market order of a close sets out then and arrives 90 s later: two bars have opened meanwhile, it has the third.
  const run = backtest({ ...crossing, data: whole, latencyBars: 3 });
  expect(run.fills.length).toBeGreaterThan(4);
  expect((await session.done).equity).toEqual(run.finalEquity);
  const refused = startSession({ strategy: "SmaCross", statePath, venue: paper({ feed: replay(btc), latencyMs: 5 }) });
  await expect(refused).rejects.toMatchObject({ code: "VENUE_UNSUPPORTED", message: expect.stringContaining("no latencyMs: 5") });
});

test("a strategy file says candles and market: another length, or another kind of market, is refused", async () => {
  ownSessions();
  const statePath = join(scratch(), "state.db");
  const config = join(scratch(), "sma.toml");
  writeFileSync(config, 'strategy_name = "SmaCross"\n\n[params]\n\n[execution]\ninterval = "5m"\ncategory = "linear"\n');
  const venue = (category: "linear" | "spot") => bybit({ env: "local", urls: "http://127.0.0.1:1", category });
  const other = startLive({ config, venue: venue("linear"), statePath, trade: { interval: "1m" } });
  await expect(other).rejects.toMatchObject({ code: "INTERVAL_MISMATCH", details: { expected: "5m", found: "1m" } });
  const spot = startLive({ config, venue: venue("spot"), statePath });
  await expect(spot).rejects.toMatchObject({ code: "VENUE_SETTINGS_DIFFER", details: { session: "linear", venue: "spot" } });
});

test("a served paper exchange is no real venue: no confirmation, no limits, and its accounts are its own", {
  timeout: 120_000,
}, async () => {
  ownSessions();
  const statePath = join(scratch(), "state.db");
  const server = await paperServer({ data: btc });
  onTestFinished(() => server.close());
  const { apiKey, apiSecret } = server.key;
  const keys = { TESSERLAB__BYBIT__API_KEY: apiKey, TESSERLAB__BYBIT__API_SECRET: apiSecret };
  Object.assign(process.env, keys);
  onTestFinished(() => {
    for (const name of Object.keys(keys)) delete process.env[name];
  });
  const options = { strategy: "SmaCross", venue: bybit({ env: "local", urls: server.url }), trade: { symbols: "BTCUSDT" } } as const;
  const session = await startLive({ ...options, statePath });
  // A second one on the same account and symbol names the first.
  const second = startLive({ ...options, statePath: join(scratch(), "other.db") });
  await expect(second).rejects.toMatchObject({
    code: "SESSION_HELD",
    message: expect.stringContaining(`is traded by session ${session.id}`),
    details: { session: session.id, held: `bybit-local/${server.access.restUrl}/default/BTCUSDT` },
  });
  await expect(second).rejects.toThrow(`live.attach("${session.id}") reaches it`);
  const found = await attachSession(session.id);
  expect((await found.stop()).status).toBe("stopped");
});
