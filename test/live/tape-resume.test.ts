import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type BacktestRun, backtest } from "../../src/backtest/index.js";
import { Decimal } from "../../src/core/index.js";
import { type SessionHandle, startLive } from "../../src/live/index.js";
import { loadModule } from "../../src/modules/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import type { StrategyDefinition } from "../../src/strategies/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";
import { market, plain } from "./record-replay.js";

/** Where a session's process kills itself: in a fill of a time, or so many turns of its event loop later. */
interface Death {
  readonly time: number;
  readonly turns: number;
}

/**
 * Decides by the book it sees alone: what it has seen before does not matter, as ticks that nothing came of are not kept. Its process dies where a file says when it is
 * loaded, so that it dies at the same event of the market and at the same step of its own however busy the machine is.
 */
const glancer = (deathNote: string): string => `
import { readFileSync } from "node:fs";
import { defineStrategy } from "tesserlab/strategies";
const { time, turns } = JSON.parse(readFileSync(${JSON.stringify(deathNote)}, "utf8"));
const die = (left) => left === 0 ? process.kill(process.pid, "SIGKILL") : setImmediate(() => die(left - 1));
export const Glancer = defineStrategy({
  name: "Glancer",
  params: {},
  feeds: ["book"],
  create: () => ({
    onBook(book, desk) {
      const bid = book.bestBid;
      if (bid === undefined) return;
      const digit = Number(bid.toDecimal().times(10).toFixed(0)) % 7;
      if (desk.isFlat && digit < 3) desk.enterLong({ limit: bid, stopLoss: bid.times("0.9999") });
      else if (desk.isLong && digit > 4) desk.exitLong();
    },
    onFill(fill) {
      if (fill.time === time) die(turns);
    },
  }),
});
`;

const NEVER: Death = { time: -1, turns: 0 };

/** Times at which an entry was filled in more than one execution: its stop was placed by the first, and grown by an amend for the others. */
function grown({ fills }: Pick<BacktestRun, "fills">): readonly number[] {
  const entries = fills.filter(({ role }) => role === "entry");
  return [...new Set(entries.filter((one, i) => entries[i + 1]?.orderId === one.orderId).map(({ time }) => time))];
}

/** Whether a session as its file holds it has less in its stops than it holds: an amend is on its way. */
function isGrowing(statePath: string): boolean {
  const view = openState(statePath) as SessionView;
  try {
    const held = view.positions()[0]?.quantity ?? new Decimal(0);
    const stops = view.orders().filter(({ role, status }) => role === "stopLoss" && status === "working");
    return stops.length > 0 && stops.reduce((sum, { quantity }) => sum.plus(quantity), new Decimal(0)).lt(held);
  } finally {
    view.close();
  }
}

test("a paper session on a recorded tape, killed outright while its stops grow, goes on where it was and ends as the backtest does, to the last unit", {
  timeout: 240_000,
}, async () => {
  ownSessions();
  mkdirSync("reports", { recursive: true });
  const folder = mkdtempSync(resolve("reports", "live-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [module, deathNote] = [join(folder, "glancer.ts"), join(folder, "death.json")];
  const say = (death: Death): void => writeFileSync(deathNote, JSON.stringify(death));
  writeFileSync(module, glancer(deathNote));
  const tape = market(400);
  const statePath = join(scratch(), "state.db");
  const start = (): Promise<SessionHandle> =>
    startLive({ strategy: { module }, sizer: "fixed:0.02", venue: paper({ feed: replay(tape) }), statePath });

  say(NEVER);
  const strategy = Object.values((await loadModule(module)).module)[0] as StrategyDefinition;
  const run = backtest({ strategy, sizer: "fixed:0.02", data: tape });
  expect(run.fills.length).toBeGreaterThan(20);
  expect(run.fills.some((fill) => fill.liquidity === "maker")).toBe(true);
  const times = grown(run);
  expect(times.length).toBeGreaterThanOrEqual(5);

  // In the fill itself, before anything is on disk; before and after the stop was sent; with the amend asked for; with it answered.
  const ids: string[] = [];
  let growing = 0;
  for (const [turns, time] of times.slice(0, 5).entries()) {
    say({ time, turns });
    const session = await start();
    ids.push(session.id);
    await expect(session.done).rejects.toMatchObject({ code: "SESSION_LOST" });
    if (isGrowing(statePath)) growing++;
  }
  expect(growing).toBeGreaterThan(0);
  say(NEVER);
  const last = await start();
  expect(ids.concat(last.id)).toEqual(Array.from({ length: 6 }, () => last.id));
  expect(last.warnings.map(({ code }) => code)).not.toContain("SESSION_NOT_RESUMED");
  const summary = await last.done;
  expect(plain(await last.fills())).toEqual(plain(run.fills));
  expect(plain(await last.orders())).toEqual(plain(run.orders));
  expect(summary.equity).toEqual(run.finalEquity);
  const view = openState(statePath) as SessionView;
  expect([view.sessions().length, view.check(), view.replay()]).toEqual([1, [], []]);
  view.close();
});
