import { join } from "node:path";
import { expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { LabError } from "../../src/errors/index.js";
import { listSessions, startLive } from "../../src/live/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const btc = syntheticCandles({ bars: 400, seed: 5, gaps: true });

test("a session on the paper exchange in its process trades as the backtest does", async () => {
  ownSessions();
  const venue = paper({ feed: replay(btc) });
  const session = await startLive({
    strategy: "SmaCross",
    venue,
    statePath: join(scratch(), "state.db"),
    trade: { metricsAddr: "127.0.0.1:0" },
  });
  const summary = await session.done;
  const run = backtest({ data: btc, strategy: "SmaCross" });
  expect(summary.equity).toEqual(run.finalEquity);
  expect(summary.fills).toBe(run.fills.length);
  await expect(session.enable()).rejects.toThrow("has ended");
});

test("takes commands, serves metrics and tells its health while it runs", async () => {
  ownSessions();
  const venue = paper({ feed: replay(btc, { speed: 600 }) });
  const session = await startLive({
    strategy: "SmaCross",
    venue,
    statePath: join(scratch(), "state.db"),
    trade: { metricsAddr: "127.0.0.1:0" },
  });
  await new Promise<void>((resolve) => session.on("status", ({ bars }) => bars >= 2 && resolve()));
  await session.ready();
  const { metrics } = listSessions()[0]!;
  expect(await (await fetch(`${metrics}/metrics`)).text()).toContain('tesserlab_candles_received_total{symbol="BTCUSDT"}');
  expect(await session.health()).toMatchObject({ ok: true, blocked: false, links: { market: "healthy", account: "healthy" } });
  const filled = new Promise<void>((resolve) => session.on("fill", () => resolve()));
  await session.place({ symbol: "BTCUSDT", side: "buy", quantity: "0.01" });
  await filled;
  await session.disable();
  expect(await session.health()).toMatchObject({ tradingEnabled: false });
  await expect(session.command({ type: "opne" } as never)).rejects.toThrow("Did you mean open?");
  const summary = await session.stop({ closePositions: true });
  expect([summary.status, summary.openPositions]).toEqual(["stopped", 0]);
  await expect(session.ready()).rejects.toMatchObject({ code: "SESSION_ENDED" });
  await expect(session.ready({ timeout: 1 } as never)).rejects.toMatchObject({ code: "OPTION_UNKNOWN" });
});

test("a real venue needs limits and a confirmation that names venue, environment and limits", async () => {
  ownSessions();
  const venue = bybit({ env: "testnet" });
  const code = async (more: object): Promise<string> => {
    try {
      await startLive({ strategy: "SmaCross", venue, trade: { symbols: "BTCUSDT" }, ...more });
    } catch (error) {
      if (error instanceof LabError) return error.code;
      throw error;
    }
    return "started";
  };
  const risk = { maxOrderQuantity: "0.01", maxPositionQuantity: "0.02" };
  expect(await code({})).toBe("CONFIRM_LIMITS");
  expect(await code({ risk })).toBe("CONFIRM_MISSING");
  const confirm = { venue: "bybit-testnet", env: "testnet", maxOrderQuantity: "0.01", maxPositionQuantity: "0.2" };
  expect(await code({ risk, confirm })).toBe("CONFIRM_WRONG");
  expect(await code({ risk, trade: { symbol: "BTCUSDT" } })).toBe("OPTION_UNKNOWN");
  // A server of one's own is a rehearsal on this machine only: what another one does with orders is not known.
  const elsewhere = bybit({ env: "local", urls: "https://127.0.0.1.example.com" });
  expect(await code({ venue: elsewhere })).toBe("CONFIRM_LIMITS");
  expect(await code({ venue: elsewhere, risk })).toBe("CONFIRM_MISSING");
});
