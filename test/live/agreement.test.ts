import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { expect, test, vi } from "vitest";
import { decimal, type OrderOutcome, type OrderRequest, type Position, type Venue } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { type LiveSession, VenueStores } from "../../src/live/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { Market, openOn } from "./trader-support.js";
import { wired } from "./wired.js";

const btc = syntheticCandles({ bars: 60, seed: 5 });
const Bystander = defineStrategy({ name: "Bystander", params: {}, create: () => ({ onCandle: () => {} }) });
const entry = { type: "open", symbol: "BTCUSDT", side: "buy", quantity: "0.01" } as const;
const LOST: OrderOutcome = { ok: false, definite: false, code: "TIMEOUT", message: "no answer" };

/** A venue of which some answers are the test's. */
function with_(venue: Venue, own: Partial<Venue>): Venue {
  return new Proxy(venue, {
    get(target, key) {
      const value: unknown = Reflect.get(key in own ? own : target, key);
      return typeof value === "function" ? value.bind(key in own ? own : target) : value;
    },
  });
}

/** A market that has run for a while, and how a session is opened on it: with a clock of its own. */
async function desk(own: (venue: Venue) => Partial<Venue> = () => ({})) {
  const market = new Market(btc);
  for (let i = 0; i < 60; i++) market.exchange.next({ fills: true });
  const connection = await market.connect();
  const venue = with_(connection.venue, own(connection.venue));
  const path = join(scratch(), "state.db");
  const clock = { time: market.exchange.clock.now(), now: () => clock.time, sleep: () => nextTurn() as Promise<void> };
  const open = async (statePath: string, more: { resume?: boolean; stores?: VenueStores } = {}) => {
    const { resume = false, stores } = more;
    return openOn({ venue, market: connection.market, close: async () => {} }, statePath, {
      strategy: Bystander,
      trade: { resume },
      clock,
      play: undefined,
      ...(stores === undefined ? {} : { stores }),
    });
  };
  return { market, clock, path, open };
}

const alertsOf = (session: LiveSession): { kind: string; severity: string; title: string; message: string }[] =>
  session.health().alerts as never;

function intentsOf(path: string): [string, string][] {
  const view = openState(path) as SessionView;
  const intents = view.intents().map(({ clientOrderId, state }): [string, string] => [clientOrderId, state]);
  view.close();
  return intents;
}

test("nothing is entered before the first comparison, whatever an operator orders", { timeout: 60_000 }, async () => {
  const { market, path, open } = await desk();
  const { session } = await open(path);
  expect(session.health()).toMatchObject({ blocked: true, tradingEnabled: false });
  await expect(session.command(entry)).rejects.toMatchObject({
    code: "SESSION_BLOCKED",
    message: expect.stringContaining("It has not been compared with paper yet."),
  });
  await expect(session.command({ type: "enable" })).rejects.toMatchObject({ code: "SESSION_BLOCKED" });
  expect(market.exchange.account("main").all()).toEqual([]);
  await session.run();
  expect(await session.command(entry)).toMatchObject({ ok: true });
  await session.stop(false);
});

test("an operator's word takes the venue's positions over, and never accepts that they differ", { timeout: 60_000 }, async () => {
  let held: string[] = ["0"];
  const { path, open } = await desk(() => ({
    positions: async () => {
      const quantity = decimal(held.length > 1 ? held.shift()! : held[0]!);
      const position = { symbol: "BTCUSDT", quantity, averageEntry: decimal("40000.0123"), markPrice: undefined } as unknown as Position;
      return quantity.isZero() ? [] : [position];
    },
  }));
  const { session } = await open(path);
  await session.run();
  held = ["0.05"];
  await session.command({ type: "reconcile" });
  expect(session.health().blocked).toBe(true);
  // More is bought between the booking and the comparison.
  held = ["0.05", "0.06"];
  await expect(session.command({ type: "confirm" })).rejects.toMatchObject({
    code: "SESSION_BLOCKED",
    message: expect.stringContaining("holds 0.06, the session 0.05"),
  });
  await session.command({ type: "reconcile" });
  expect(session.health()).toMatchObject({ blocked: true, tradingEnabled: false });
  await session.command({ type: "confirm" });
  expect(session.health()).toMatchObject({ blocked: false, tradingEnabled: true });
  const taken = openState(path) as SessionView;
  expect(taken.positions().map(({ quantity, averageEntry }) => [quantity.toFixed(), averageEntry?.toFixed()])).toEqual([
    ["0.06", "40000.0123"],
  ]);
  taken.close();
  // What the venue does not list is flat.
  held = ["0"];
  await session.command({ type: "reconcile" });
  expect(session.health().blocked).toBe(true);
  await session.command({ type: "confirm" });
  expect(session.health().blocked).toBe(false);
  const view = openState(path) as SessionView;
  expect(view.flags().get("confirmed")).toEqual([]);
  expect(view.positions().map(({ quantity }) => quantity.toFixed())).toEqual(["0"]);
  view.close();
  await session.stop(false);
});

test("an order whose answer was lost is settled once the venue says what became of it, and asked for no more", {
  timeout: 60_000,
}, async () => {
  const stores = new VenueStores();
  let sent = 0;
  const { path, open } = await desk((venue) => ({
    place: async (request: OrderRequest) => {
      await stores.intend(request);
      // The first never arrives.
      if (++sent > 1) await venue.place(request);
      return LOST;
    },
  }));
  const { session } = await open(path, { stores });
  await session.run();
  for (let i = 0; i < 2; i++) {
    await session.command(entry);
    while (sent <= i) await nextTurn();
    await session.command({ type: "reconcile" });
    while (((await session.command({ type: "reconcile" })) as { agreed: boolean }).agreed !== true) await nextTurn();
  }
  await session.answer({ kind: "flush" });
  expect(intentsOf(path).map(([, state]) => state)).toEqual(["failed", "landed"]);
  expect(stores.unsettled()).toEqual([]);
  await session.stop(false);
});

test("an order that an earlier process left holds entries back and alerts; in the end the session asks for it itself", {
  timeout: 60_000,
}, async () => {
  let answer: (outcome: OrderOutcome) => void = () => {};
  const placed: string[] = [];
  const { clock, path, open } = await desk(() => ({
    place: (request: OrderRequest) => {
      placed.push(request.clientOrderId);
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
  }));
  const first = await open(path);
  await first.session.run();
  await first.session.command(entry);
  while (placed.length === 0) await nextTurn();
  // What a process that was killed now leaves.
  const left = join(scratch(), "left.db");
  const disk = new Sqlite(path, { readonly: true });
  disk.prepare("VACUUM INTO ?").run(left);
  disk.close();
  answer({ ok: false, definite: true, code: "REJECTED", message: "over" });
  await first.session.stop(false);
  const lock = new Sqlite(left);
  lock.exec("DELETE FROM lock");
  lock.close();

  const stores = new VenueStores({ statePath: left, id: "abcdefghij" });
  stores.alert({ code: "OUTCOME_UNKNOWN", message: "said before there was a session" });
  const { session } = await open(left, { resume: true, stores });
  await session.run();
  expect(session.health()).toMatchObject({ blocked: true, tradingEnabled: false });
  expect(await session.command({ type: "reconcile" })).toMatchObject({ agreed: false, open: placed });
  await expect(session.command({ type: "confirm" })).rejects.toMatchObject({
    code: "SESSION_BLOCKED",
    message: expect.stringContaining(placed[0]!),
  });
  const alerts = alertsOf(session);
  expect(alerts.map(({ kind, title }) => [kind, title])).toEqual([
    ["venue", "The venue's connector: OUTCOME_UNKNOWN"],
    ["reconcileMismatch", "What became of orders is not known"],
  ]);
  expect(alerts[1]!.message).toContain(placed[0]!);
  // Nothing of the first process can land any more.
  clock.time += 90_000;
  expect(await session.command({ type: "reconcile" })).toMatchObject({ agreed: true, open: [] });
  expect(session.health()).toMatchObject({ blocked: false, tradingEnabled: true });
  await session.answer({ kind: "flush" });
  expect(intentsOf(left)).toEqual([[placed[0]!, "failed"]]);
  expect(stores.unsettled()).toEqual([]);
  stores.alert({ code: "INTENT_MISMATCH", message: "not what was sent" });
  expect(alertsOf(session).at(-1)).toMatchObject({ kind: "venue", severity: "critical", message: "not what was sent" });
  await session.stop(false);
});

test("an operator resumes a connector that has halted", { timeout: 60_000 }, async () => {
  const halt: { reason?: string } = { reason: "an order is not what was sent" };
  const { path, open } = await desk(() => ({
    resume: () => {
      delete halt.reason;
    },
  }));
  const { session } = await open(path);
  await session.run();
  await session.command({ type: "resume" });
  expect(halt).toEqual({});
  await session.stop(false);
});

test("a session is compared with its venue at its start, and each time the interval has passed", { timeout: 60_000 }, async () => {
  const { at, clock, open } = await wired(20);
  const folder = scratch();
  const logPath = join(folder, "live.json");
  const { session } = await open(join(folder, "state.db"), Bystander, { logPath, logLevel: "debug", reconcileSecs: 30 });
  const compared = (): number[] =>
    readFileSync(logPath, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly code: string; readonly time: string })
      .filter(({ code }) => code === "RECONCILE")
      .map(({ time }) => (Date.parse(time) - at(10, 0)) / 1_000);
  await session.run();
  for (let second = 6; second <= 100; second++) {
    clock.now = at(10, second);
    vi.advanceTimersByTime(1_000);
    // One that is not due would be over by then.
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    while ([35, 65, 95].includes(second) && compared().at(-1) !== second) await nextTurn();
  }
  await session.stop(false);
  expect(compared()).toEqual([5, 35, 65, 95]);
});
