import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { compareBooks } from "../../../src/bench/index.js";
import { Decimal, seededRandom } from "../../../src/core/index.js";
import { syntheticCandles } from "../../../src/data/index.js";
import type { PaperAccount } from "../../../src/venues/paper/index.js";
import { scratch } from "../../state/samples.js";
import { arena, type KillPoint } from "./arena.js";

/** Comes in and goes out in parts, as no candle has room for more: its stop and its target grow and shrink by amends. */
const GROWER = `
import { defineStrategy } from "tesserlab/strategies";
export const Grower = defineStrategy({
  name: "Grower",
  params: {},
  create: () => {
    let seen = 0;
    return {
      onCandle(bar, desk) {
        seen++;
        const { close } = bar.exact;
        if (desk.isFlat) desk.enterLong({ quantity: "0.15", stopLoss: close.times("0.98"), takeProfit: close.times("1.001") });
        else if (seen % 12 === 0) desk.exitLong();
      },
    };
  },
});
`;

/** An amend of a leg that was never sent as far as the venue knows, one that is just taking effect, and one of which only the answer is missing. */
const POINTS: readonly KillPoint[] = [1, 2].flatMap((nth) => [
  { kind: "dropped", nth, what: "amend" },
  { kind: "arrived", nth, what: "amend" },
  { kind: "done", nth, what: "amend" },
]);

/** What of a position is not guarded, or guarded twice, by a leg of a role, while no exit is under way. */
function unguarded(account: PaperAccount): string[] {
  const held = account.positions()[0]?.quantity.abs() ?? new Decimal(0);
  const open = account.open().map((order) => order.report());
  if (open.some(({ clientOrderId }) => /-(exit|reverse)$/.test(clientOrderId))) return [];
  return ["stopLoss", "takeProfit"].flatMap((role) => {
    const legs = open.filter(({ clientOrderId }) => clientOrderId.endsWith(`-${role}`));
    const guarded = legs.reduce((sum, { quantity, filledQuantity }) => sum.plus(quantity).minus(filledQuantity), new Decimal(0));
    return guarded.eq(held) ? [] : [`${role} of ${guarded.toFixed()} for ${held.toFixed()}`];
  });
}

/** Resolves once every leg guards what is held: nothing but the session's own requests moves the account meanwhile. */
async function guarded(account: PaperAccount): Promise<void> {
  if (unguarded(account).length === 0) return;
  await new Promise<void>((resolve) => {
    const off = account.subscribe(() => {
      if (unguarded(account).length > 0) return;
      off();
      resolve();
    });
  });
}

test("killed while a leg is amended, sent or not, a session that goes on guards exactly what is held, by stop and target", {
  timeout: 240_000,
}, async () => {
  const random = seededRandom(7);
  mkdirSync("reports", { recursive: true });
  const modules = mkdtempSync(resolve("reports", "live-test-"));
  onTestFinished(() => rmSync(modules, { recursive: true, force: true }));
  const path = join(modules, "grower.ts");
  writeFileSync(path, GROWER);
  const data = syntheticCandles({ bars: 3_000, seed: 7 });
  const place = await arena({ data, folder: scratch(), module: { path, name: "Grower" }, participation: "0.001" });
  const account = place.server.exchange.account("main");
  try {
    let checked = 0;
    const ready = async (): Promise<void> => {
      await guarded(account);
      if (account.positions().length > 0) checked++;
    };
    for (const point of POINTS) {
      // Not every stretch of the market makes an amend.
      let reached = false;
      for (let tries = 0; tries < 5 && !reached; tries++) reached = await place.round(point, random);
      expect(reached, `${JSON.stringify(point)} was reached`).toBe(true);
      await place.round({ kind: "time", ms: 0 }, random, ready);
    }
    const { session, exited } = await place.begin();
    expect(checked).toBeGreaterThan(0);
    await place.finish(session, 10);
    await exited;
    const { differences, counts } = compareBooks(place.server, place.statePath);
    expect(differences).toEqual([]);
    expect([counts.open, counts.legs! > 0]).toEqual([0, true]);
  } finally {
    await place.close();
  }
});
