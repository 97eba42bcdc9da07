import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { LabError } from "../../src/errors/index.js";
import { listSessions, startLive } from "../../src/live/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { paper, paperServer, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const of = (symbol: string, seed: number) => syntheticCandles({ bars: 60, seed, symbol });

test("a session on a venue trades what its strategy declares, and nothing else", { timeout: 120_000 }, async () => {
  ownSessions();
  const server = await paperServer({ data: [of("BTCUSDT", 5), of("ETHUSDT", 9), of("SOLUSDT", 3)], limits: "none" });
  onTestFinished(() => server.close());
  vi.stubEnv("TESSERLAB__BYBIT__API_KEY", server.key.apiKey);
  vi.stubEnv("TESSERLAB__BYBIT__API_SECRET", server.key.apiSecret);
  onTestFinished(() => void vi.unstubAllEnvs());
  const statePath = join(scratch(), "state.db");
  const session = await startLive({
    strategy: "PairsTradingArbitrage",
    params: { symbols: ["ETHUSDT", "SOLUSDT"], lookback: 20 },
    venue: bybit({ env: "local", urls: server.url }),
    statePath,
    trade: { interval: "1m", history: 0 },
  });
  expect(listSessions().map(({ id }) => id)).toEqual([session.id]);
  await session.ready();
  await session.stop();
  const view = openState(statePath) as SessionView;
  onTestFinished(() => view.close());
  expect(view.record.data.map(({ symbol }) => symbol)).toEqual(["ETHUSDT", "SOLUSDT"]);
});

test("symbols that contradict what the strategy declares are refused before anything starts", async () => {
  ownSessions();
  const local = bybit({ env: "local", urls: "http://127.0.0.1:1" });
  const refused = async (options: object): Promise<[string, string]> => {
    try {
      await startLive({ strategy: "PairsTradingArbitrage", venue: local, ...options } as never);
    } catch (error) {
      if (error instanceof LabError) return [error.code, error.message];
      throw error;
    }
    throw new Error("it has started");
  };
  const mismatch = (named: string, told: string): [string, unknown] => [
    "SYMBOL_MISMATCH",
    expect.stringContaining(`trades ${named}, but told to be traded is ${told}: change the strategy's parameters`),
  ];
  expect(await refused({ trade: { symbols: "BTCUSDT" } })).toEqual(mismatch("BTCUSDT and ETHUSDT", "BTCUSDT"));
  expect(await refused({ trade: { symbols: ["BTCUSDT", "ETHUSDT", "SOLUSDT"] } })).toEqual(
    mismatch("BTCUSDT and ETHUSDT", "BTCUSDT and ETHUSDT and SOLUSDT"),
  );
  const sma = { strategy: "SmaCross", params: { symbol: "bybit_linear:ETHUSDT" } };
  expect(await refused({ ...sma, trade: { symbols: "BTCUSDT" } })).toEqual(mismatch("ETHUSDT", "BTCUSDT"));
  expect(await refused({ strategy: "SmaCross", trade: { symbols: ["BTCUSDT", "ETHUSDT"] } })).toEqual(
    mismatch("BTCUSDT", "BTCUSDT and ETHUSDT"),
  );
  expect((await refused({ strategy: "SmaCross" }))[0]).toBe("SYMBOL_MISSING");
  // On one venue the same market twice is no pair.
  const Twice = defineStrategy({
    name: "Twice",
    params: {},
    symbols: ["binance_perp:BTCUSDT", "bybit_linear:BTCUSDT"],
    create: () => ({ onCandle() {} }),
  });
  expect((await refused({ strategy: Twice }))[0]).toBe("SYMBOL_VENUES");
  // On the paper exchange, too, what is declared must be there.
  const venue = paper({ feed: replay([of("BTCUSDT", 5), of("ETHUSDT", 9)]) });
  expect(await refused({ venue, trade: { symbols: "ETHUSDT" } })).toEqual(mismatch("BTCUSDT and ETHUSDT", "ETHUSDT"));
});
