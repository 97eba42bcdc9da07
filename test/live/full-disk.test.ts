import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished, test, vi } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 160, seed: 5, gaps: true });

/** Enters every fifth candle, two candles later leaves again; protected by nothing. */
const InAndOut = defineStrategy({
  name: "InAndOut",
  params: {},
  create: () => {
    let seen = 0;
    return {
      onCandle(_, desk) {
        seen++;
        if (seen % 5 === 0) desk.enterLong({ quantity: "0.01" });
        else if (seen % 5 === 2) desk.exitLong();
      },
    };
  },
});

function opened(path: string): SessionView {
  const view = openState(path);
  if (view.format !== "tesserlab") throw new Error("not ours");
  return view;
}

test("a full disk: exits leave, entries do not, an operator hears of it, what is on disk stays readable, and with room again nothing is missing", async () => {
  const market = new Market(btc);
  const account = market.exchange.account("main");
  const path = join(scratch(), "state.db");
  // The session's own connection: SQLite itself refuses to let its file grow.
  const pragmas = vi.spyOn(Sqlite.prototype, "pragma");
  onTestFinished(() => pragmas.mockRestore());
  let events = 0;
  let fullAt = 0;
  let madeBefore = 0;
  let during:
    | {
        readonly reduceOnly: readonly unknown[];
        readonly held: number;
        readonly why: readonly string[];
        readonly alerts: readonly string[];
      }
    | undefined;
  let readable: { readonly problems: readonly string[]; readonly fills: number; readonly filled: number } | undefined;
  const { session, ended } = await openSession(market, path, {
    strategy: InAndOut,
    until: () => {
      events++;
      if (fullAt === 0 && events > 10 && account.positions().length > 0) {
        fullAt = events;
        madeBefore = account.all().length;
        writer.pragma(`max_page_count = ${writer.pragma("page_count", { simple: true })}`);
      }
      if (fullAt === 0 || events !== fullAt + 40) return false;
      during = {
        reduceOnly: account
          .all()
          .slice(madeBefore)
          .map((order) => order.report().reduceOnly),
        held: account.positions().length,
        why: session.health().why,
        alerts: session.health().alerts.map(({ kind, message }) => `${kind}: ${message}`),
      };
      const view = opened(path);
      readable = {
        problems: [...view.check(), ...view.replay()],
        fills: view.fills().length,
        filled: account.all().filter(({ isFinal }) => isFinal).length,
      };
      view.close();
      writer.pragma("max_page_count = 1000000");
      void session.command({ type: "clearLiquidateOnly" });
      return false;
    },
  });
  const connections = pragmas.mock.contexts as Sqlite.Database[];
  const writer = connections.findLast((db) => db.name === path && !db.readonly && db.open)!;
  await session.run();
  const end = await ended;
  expect(end.error).toBeUndefined();
  // The exit left although it could not be written down; after it nothing entered for several signals.
  expect(during).toMatchObject({ reduceOnly: [true], held: 0 });
  expect(during!.why).toEqual([expect.stringMatching(/^Only reducing orders leave: .*could not be written.*clearLiquidateOnly/)]);
  // Told once, however many events there are.
  expect(during!.alerts).toEqual([
    expect.stringMatching(
      /^journalFailed: There is no room to write .*Entries are held back until .*; exits leave unwritten: .*tesserlab live command abcdefghij clearLiquidateOnly, ends that\.$/,
    ),
  ]);
  expect(readable!.problems).toEqual([]);
  expect(readable!.fills).toBeLessThan(readable!.filled);
  const view = opened(path);
  expect([...view.check(), ...view.replay()]).toEqual([]);
  const made = account.all().map((order) => order.report());
  expect(made.length).toBeGreaterThan(madeBefore + 5);
  // Every order that reached the venue is in the file, with its fill, and what was held back says why.
  const orders = view.orders();
  expect(orders.filter(({ status }) => status !== "refused").map(({ id }) => id)).toEqual(made.map(({ clientOrderId }) => clientOrderId));
  expect(view.fills().map(({ orderId }) => orderId)).toEqual(orders.filter(({ status }) => status === "filled").map(({ id }) => id));
  const refused = orders.filter(({ status }) => status === "refused");
  expect(refused.length).toBeGreaterThan(3);
  expect(new Set(refused.map(({ reason }) => reason!.code))).toEqual(new Set(["LIQUIDATE_ONLY"]));
  // In the order in which it happened: a session that goes on from the file sees every candle once, and each fill after its order's own candle.
  const lines = view.journal({ kind: "event" });
  const candles = lines
    .map(({ payload }) => (payload as { readonly event: { readonly type: string; readonly candle?: readonly number[] } }).event)
    .filter(({ type }) => type === "candle");
  expect(candles.map(({ candle }) => candle![0])).toEqual([...btc.time.subarray(0, btc.length)]);
  const times = lines.map(({ time }) => time);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  view.close();
});
