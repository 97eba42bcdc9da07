import { join } from "node:path";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Decimal } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { backupState, openState, restoreState, type SessionView } from "../../src/state/index.js";
import { scratch } from "../state/samples.js";
import { Busy, Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 130, seed: 5, gaps: true });

function view(path: string): SessionView {
  const opened = openState(path);
  if (opened.format !== "tesserlab") throw new Error("not ours");
  return opened;
}

/** What the exchange says of the account. */
async function account(market: Market): Promise<{ quantity: string; balance: string; orders: number }> {
  const { venue } = await market.connect();
  const [positions, balances, orders] = await Promise.all([venue.positions(), venue.balances(), venue.orders()]);
  const sum = (values: readonly Decimal[]): string => values.reduce((a, b) => a.plus(b)).toFixed();
  return {
    quantity: positions.length === 0 ? "0" : sum(positions.map((one) => one.quantity)),
    balance: sum(balances.map((one) => one.total)),
    orders: orders.length,
  };
}

/**
 * Runs a busy session until an instant counted in steps of the event loop, leaves it as a killed process would (only what is on disk remains, and what has been sent
 * stays sent), starts it again from that disk and plays the market to its end.
 */
async function crashAt(steps: number): Promise<{ market: Market; path: string }> {
  const market = new Market(btc, { latencyBars: 1 });
  const folder = scratch();
  const live = join(folder, "live.db");
  const left = join(folder, "left.db");
  const first = await openSession(market, live, { strategy: Busy, play: false });
  await first.session.run();
  let step = 0;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  while (step < steps && market.exchange.next({ fills: true }) !== undefined) {
    // Between one and three turns an event: orders are caught waiting for the disk, on their way, and answered.
    for (let i = 0; i <= step % 3 && step < steps; i++, step++) await turn();
    step++;
  }
  // Cut off, and the disk as it is at this instant.
  void first.connection.close();
  const disk = new Sqlite(live, { readonly: true });
  disk.prepare("VACUUM INTO ?").run(left);
  disk.close();
  await first.session.stop(false);
  return { market, path: left };
}

describe("a session that was killed and is started again", () => {
  test("property: at any instant no order is lost, doubled or forgotten, and money reconciles", { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: 330 }), async (steps) => {
        const { market, path } = await crashAt(steps);
        const lock = new Sqlite(path);
        lock.exec("DELETE FROM lock");
        lock.close();
        const again = await openSession(market, path, { strategy: Busy, trade: { resume: true } });
        await again.session.run();
        const end = await again.ended;
        expect(end.error).toBeUndefined();

        const shown = view(path);
        const theirs = await account(market);
        expect(shown.positions().map((one) => one.quantity.toFixed())).toEqual([theirs.quantity]);
        expect(shown.record.balance.toFixed()).toBe(theirs.balance);
        expect(shown.orders().filter((one) => one.status === "working" || one.status === "partiallyFilled")).toHaveLength(theirs.orders);
        const executions = await (await market.connect()).venue.executions({ since: 0 });
        expect(
          shown
            .executions()
            .map((one) => one.executionId)
            .sort(),
        ).toEqual(executions.map((one) => one.executionId).sort());
        expect(shown.fills()).toHaveLength(executions.length);
        expect(new Set(executions.map((one) => one.clientOrderId)).size).toBeLessThanOrEqual(shown.intents().length);
        expect(shown.replay()).toEqual([]);
        shown.close();
      }),
      { numRuns: Number(process.env.TESSERLAB__CRASH_POINTS ?? 5), endOnFailure: true },
    );
  });

  test("from an older backup: the venue is asked first, and nothing is entered until an operator confirms", async () => {
    const market = new Market(btc);
    const folder = scratch();
    const path = join(folder, "state.db");
    let events = 0;
    const first = await openSession(market, path, { strategy: Busy, until: () => events++ > 60 });
    void first.session.run();
    await new Promise((resolve) => setTimeout(resolve, 0));
    const copy = join(folder, "copy.db");
    await backupState(path, copy);
    await first.ended;
    const held = await account(market);
    await restoreState(copy, path);
    const again = await openSession(market, path, { strategy: Busy, trade: { resume: true }, play: false });
    await again.session.run();
    const health = again.session.health();
    expect(health.blocked).toBe(true);
    const fillsBefore = (await (await market.connect()).venue.executions({ since: 0 })).length;
    expect(fillsBefore).toBeGreaterThan(0);
    await again.session.command({ type: "confirm" });
    expect(again.session.health().blocked).toBe(false);
    const positions = view(path).positions();
    expect(positions.map((one) => one.quantity.toFixed())).toEqual([held.quantity]);
    await again.session.stop(false);
  });
});
