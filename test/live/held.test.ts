import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { attachSession, listSessions, type SessionHandle, startLive, type TradeOptions } from "../../src/live/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const btc = syntheticCandles({ bars: 400, seed: 5 });

test("sessions side by side have a log each; the log, the state file and the port of one are refused to another by name until it has ended", {
  timeout: 240_000,
}, async () => {
  ownSessions();
  const folder = scratch();
  const start = (state: string, trade: TradeOptions): Promise<SessionHandle> =>
    startLive({
      strategy: "SmaCross",
      venue: paper({ feed: replay(btc, { speed: 60 }) }),
      statePath: join(folder, state),
      trade,
    });
  const asked = join(folder, "logs", "{session}.json");
  const one = await start("one.db", { logPath: asked });
  const two = await start("two.db", { logPath: asked, metricsAddr: "127.0.0.1:0" });
  expect([one.logPath, two.logPath]).toEqual([one, two].map(({ id }) => join(folder, "logs", `${id}.json`)));
  expect(listSessions().map(({ log }) => log)).toEqual([two.logPath, one.logPath]);
  expect((await attachSession(one.id)).logPath).toBe(one.logPath);
  await expect(start("three.db", { logPath: one.logPath! })).rejects.toMatchObject({
    code: "LOG_HELD",
    message: expect.stringContaining(`is the log of session ${one.id} (process `),
  });
  expect(existsSync(join(folder, "three.db"))).toBe(false);
  // So are its state file and its port, and what was refused leaves no log.
  await expect(start("one.db", { logPath: asked })).rejects.toMatchObject({
    code: "STATE_LOCKED",
    message: expect.stringContaining(`one.db is in use by session ${one.id} (process `),
  });
  const metricsAddr = new URL(listSessions().find(({ id }) => id === two.id)!.metrics!).host;
  await expect(start("three.db", { logPath: asked, metricsAddr })).rejects.toMatchObject({
    code: "PORT_TAKEN",
    message: expect.stringContaining(`${metricsAddr} is taken by session ${two.id} (process `),
  });
  expect(readdirSync(join(folder, "logs")).sort()).toEqual([one.id, two.id].map((id) => `${id}.json`).sort());
  await Promise.all([one.stop(), two.stop()]);
  for (const { id, logPath } of [one, two]) {
    const sessions = readFileSync(logPath!, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { session: string }).session);
    expect(new Set(sessions)).toEqual(new Set([id]));
  }
  // A log whose session has ended is free.
  const again = await start("three.db", { logPath: one.logPath! });
  expect(again.logPath).toBe(one.logPath);
  await again.stop();
});
