import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { decimal, type OrderOutcome, type OrderRequest } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { LabError } from "../../src/errors/index.js";
import { VenueStores } from "../../src/live/index.js";
import { openState, type SessionView, StateWriter } from "../../src/state/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { type HeardRequest, type PaperServer, paperServer } from "../../src/venues/paper/index.js";
import { scratch, start } from "../state/samples.js";
import { Busy, openOn } from "./trader-support.js";

const btc = syntheticCandles({ bars: 110, seed: 5, gaps: true });

const order: OrderRequest = {
  clientOrderId: "s1-1-entry",
  symbol: "BTCUSDT",
  side: "buy",
  type: "limit",
  quantity: decimal("0.01"),
  price: decimal("50000.5"),
};
const taken: OrderOutcome = { ok: false, definite: true, code: "REJECTED", message: "it never landed" };

const OWNER = { kind: "linear", settled: () => {}, alert: () => {}, problem: () => {} } as const;

function writerOf(path: string, resume = false): StateWriter {
  const writer = new StateWriter(path, start("s1"), { resume });
  onTestFinished(() => {
    if (writer.isOpen) writer.close();
  });
  return writer;
}

function viewOf(path: string): SessionView {
  const view = openState(path);
  if (view.format !== "tesserlab") throw new Error("not ours");
  return view;
}

test("an order is on disk at the moment the server sees it, and what became of it afterwards", async () => {
  const path = join(scratch(), "state.db");
  const seen: { id: string; stored: unknown }[] = [];
  const onRequest = ({ phase, path: asked, body }: HeardRequest): void => {
    if (phase !== "arrived" || asked !== "/v5/order/create") return;
    // The file as anybody else would find it at this moment: the writer's connection has nothing to do with it.
    const view = viewOf(path);
    const sent = JSON.parse(body) as { orderLinkId: string; qty: string };
    const intent = view.intents().find((one) => one.clientOrderId === sent.orderLinkId);
    view.close();
    seen.push({
      id: sent.orderLinkId,
      stored: [intent?.state, (intent?.request as { quantity?: string } | undefined)?.quantity === sent.qty],
    });
  };
  const server: PaperServer = await paperServer({ data: btc, lockStep: true, limits: 1_000_000, onRequest });
  try {
    const stores = new VenueStores();
    const connected = await bybit({ env: "local", urls: server.url, requestsPer5s: 1_000_000 }).connect({
      credentials: server.key,
      intents: stores,
      executions: stores,
    });
    await connected.venue.connect();
    const { session, ended } = await openOn(connected, path, {
      strategy: Busy,
      stores,
      clock: { now: () => server.exchange.clock.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
      play: async (settled) => {
        for (let done = false; !done; ) {
          done = server.next().done === true;
          for (let round = 0; round < 2; round++) {
            await Promise.all([connected.venue.synced(), connected.market.synced()]);
            await settled();
          }
        }
      },
    });
    await session.run();
    expect((await ended).error).toBeUndefined();
    expect(stores.unsettled()).toEqual([]);
  } finally {
    await server.close();
  }
  expect(seen.length).toBeGreaterThan(10);
  expect(seen.filter(({ stored }) => JSON.stringify(stored) !== '["intended",true]')).toEqual([]);
  const view = viewOf(path);
  expect(view.intents().map((one) => one.clientOrderId)).toEqual(seen.map(({ id }) => id));
  expect(new Set(view.intents().map((one) => one.state))).toEqual(new Set(["landed"]));
  view.close();
});

describe("what a connector keeps in a session's state file", () => {
  test("an order that was left open is found by the next process, and what became of it is told to its session", async () => {
    const path = join(scratch(), "state.db");
    const first = writerOf(path);
    const before = new VenueStores();
    before.bind(first, OWNER);
    await before.intend(order);
    first.end("stopped");

    const stores = new VenueStores({ statePath: path, id: "s1" });
    expect(stores.unsettled()).toEqual([order]);
    expect(stores.isLeft("s1-1-entry")).toBe(true);
    expect(stores.find("s1-1-entry")).toEqual(order);
    // Found out before there is a session: it is told when there is one.
    stores.settle("s1-1-entry", taken);
    expect(stores.isLeft("s1-1-entry")).toBe(false);
    const told: unknown[] = [];
    stores.bind(writerOf(path, true), { ...OWNER, settled: (request, outcome) => told.push([request, outcome]) });
    expect(told).toEqual([[order, taken]]);
    expect(stores.unsettled()).toEqual([]);
    expect(stores.find("s1-1-entry")).toEqual(order);
    expect(stores.find("s1-2-entry")).toBeUndefined();
  });

  test("an id stands for one order", async () => {
    const stores = new VenueStores();
    stores.bind(writerOf(join(scratch(), "state.db")), OWNER);
    await stores.intend(order);
    await stores.intend({ ...order });
    await expect(stores.intend({ ...order, quantity: decimal("0.02") })).rejects.toThrow(LabError);
    stores.settle(order.clientOrderId, taken);
    await expect(stores.intend({ ...order, side: "sell" })).rejects.toThrow("stands for another order");
  });

  test("an execution that was told but not booked is told again by the next process, one that was booked is not", () => {
    const path = join(scratch(), "state.db");
    const first = writerOf(path);
    const before = new VenueStores();
    before.bind(first, OWNER);
    before.add("told");
    before.add("booked");
    expect([before.has("told"), before.has("booked"), before.has("new")]).toEqual([true, true, false]);
    first.write({ executions: [{ executionId: "booked", clientOrderId: "s1-1-entry", symbol: "BTCUSDT", time: 1, payload: {} }] });
    first.end("stopped");
    const stores = new VenueStores({ statePath: path, id: "s1" });
    stores.bind(writerOf(path, true), OWNER);
    expect([stores.has("told"), stores.has("booked")]).toEqual([false, true]);
  });

  test("an order that cannot be written down does not leave, unless it only reduces", async () => {
    const path = join(scratch(), "state.db");
    const writer = writerOf(path);
    const stores = new VenueStores();
    stores.bind(writer, OWNER);
    const entry = { ...order, clientOrderId: "s1-9-entry" };
    // The lock is gone: nothing may be written any more.
    const db = new Sqlite(path);
    db.exec("DELETE FROM lock");
    db.close();
    await expect(stores.intend(entry)).rejects.toThrow("no longer holds");
    expect(stores.unsettled()).toEqual([]);
    await stores.intend({ ...entry, clientOrderId: "s1-10-exit", reduceOnly: true });
    expect(stores.unsettled()).toHaveLength(1);
    // A sale of coins only reduces, though it does not say so.
    await expect(stores.intend({ ...entry, clientOrderId: "s1-11-exit", side: "sell" })).rejects.toThrow("no longer holds");
    const spot = new VenueStores();
    spot.bind(writer, { ...OWNER, kind: "spot" });
    await expect(spot.intend(entry)).rejects.toThrow("no longer holds");
    await spot.intend({ ...entry, clientOrderId: "s1-12-exit", side: "sell" });
    expect(spot.unsettled()).toHaveLength(1);
  });
});
