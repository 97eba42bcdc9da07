import { join } from "node:path";
import { expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { listSessions, type SessionHandle, startLive } from "../../src/live/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const btc = syntheticCandles({ bars: 400, seed: 5, gaps: true });

/** Trades often, on an exchange with costs of its own; slowly enough to be killed long before its end, however busy the machine is. */
const options = (statePath: string, speed: number | "max" = 1_500, data = btc) =>
  ({
    strategy: "SmaCross",
    params: { fastPeriod: 2, slowPeriod: 5, minSamples: 5 },
    slippageBps: 2,
    venue: paper({ feed: replay(data, { speed }), seed: 9 }),
    statePath,
    trade: {},
  }) as const;

/** Kills a session's process outright once it has come so far. */
async function killAt(session: SessionHandle, bars: number): Promise<void> {
  const { pid } = listSessions().find(({ id }) => id === session.id)!;
  session.on("status", (report) => {
    if (report.status === "running" && report.bars >= bars) process.kill(pid, "SIGKILL");
  });
  await expect(session.done).rejects.toMatchObject({ code: "SESSION_LOST" });
}

test("a paper session killed outright, twice, goes on where it was and ends as the backtest does, to the last unit", {
  timeout: 120_000,
}, async () => {
  ownSessions();
  const statePath = join(scratch(), "state.db");
  const first = await startLive(options(statePath));
  await killAt(first, 37);
  const second = await startLive(options(statePath));
  expect(second.id).toBe(first.id);
  await killAt(second, 111);
  // Another pace is the same market.
  const third = await startLive(options(statePath, "max"));
  expect([third.id, third.warnings.map(({ code }) => code)]).toEqual([first.id, []]);
  const summary = await third.done;
  const { venue: _, statePath: __, trade: ___, ...settings } = options(statePath);
  const run = backtest({ ...settings, data: btc });
  expect(run.fills.length).toBeGreaterThan(60);
  const plain = ({ time, side, role, quantity, price, fee }: (typeof run.fills)[number]) =>
    [time, side, role, quantity.toFixed(), price.toFixed(), fee.toFixed()].join(" ");
  expect((await third.fills()).map(plain)).toEqual(run.fills.map(plain));
  expect(summary.equity).toEqual(run.finalEquity);
  expect((await third.compare()).differences).toEqual([]);
  const view = openState(statePath) as SessionView;
  expect(view.sessions()).toHaveLength(1);
  expect(view.replay()).toEqual([]);
  expect(view.journal({ kind: "session" }).map(({ payload }) => (payload as { resumed?: boolean }).resumed ?? false)).toEqual([
    false,
    true,
    true,
    false,
  ]);
  view.close();
});

test("on another recording, or another exchange, an interrupted session is left behind, and that is said", {
  timeout: 120_000,
}, async () => {
  ownSessions();
  const statePath = join(scratch(), "state.db");
  const short = btc.slice(0, 90);
  const first = await startLive(options(statePath, 300, short));
  await killAt(first, 20);
  const other = await startLive({ ...options(statePath, "max", short), slippageBps: 3 });
  expect(other.id).not.toBe(first.id);
  expect(other.warnings).toMatchObject([
    { code: "SESSION_NOT_RESUMED", message: expect.stringContaining(`Session ${first.id} of ${statePath}`) },
  ]);
  await other.done;
  const fresh = await startLive({ ...options(statePath, "max", short), trade: { fresh: true } });
  expect([first.id, other.id]).not.toContain(fresh.id);
  await fresh.done;
  // One that came to its end is over.
  const next = await startLive(options(statePath, "max", short));
  expect([next.id === fresh.id, next.warnings]).toEqual([false, []]);
  await next.done;
});
