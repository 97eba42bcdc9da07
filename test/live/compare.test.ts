import { join } from "node:path";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import "../../src/lab/index.js";
import { attachSession, startLive, startSession } from "../../src/live/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const btc = syntheticCandles({ bars: 400, seed: 5, gaps: true });

test("a replayed session equals its backtest, and another slippage does not", async () => {
  const session = await startSession({ strategy: "SmaCross", data: btc, thread: "caller", statePath: join(scratch(), "state.db") });
  await session.done;
  const same = await session.compare();
  expect([same.equal, same.differences, same.equity.length]).toEqual([true, [], btc.length]);
  expect(same.fills.length).toBeGreaterThan(10);
  expect(inspect(same)).toMatch(/: equal\n/);
  const other = await session.compare({ slippageBps: 5 });
  expect(other.equal).toBe(false);
  expect(other.differences.some(({ kind }) => kind === "fill")).toBe(true);
  expect(inspect(other)).toMatch(/NOT equal[\s\S]*First differences/);
});

test("an attached session on the paper exchange needs the candles, and is compared as far as it has come", async () => {
  ownSessions();
  const venue = paper({ feed: replay(btc, { speed: 1_200 }) });
  const statePath = join(scratch(), "state.db");
  const session = await startLive({ strategy: "SmaCross", venue, statePath, slippageBps: 3, trade: {} });
  await new Promise<void>((resolve) => session.on("status", ({ bars }) => bars >= 40 && resolve()));
  const attached = await attachSession(session.id);
  await attached.stop();
  await expect(attached.compare()).rejects.toMatchObject({
    code: "COMPARE_DATA",
    message: expect.stringContaining("compare({ data: series })"),
  });
  const compared = await attached.compare({ data: btc });
  expect(compared.fills.length).toBeGreaterThan(0);
  expect(compared.differences).toEqual([]);
  expect(compared.equal).toBe(true);
  expect(compared.equity.length).toBeLessThan(btc.length);
  expect((await session.compare()).equal).toBe(true);
});
