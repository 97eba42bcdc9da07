import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { cancelReplaceLatency, quality } from "../../src/analytics/index.js";
import { CandleSeries } from "../../src/core/index.js";
import { type LiveSessionParts, startSession } from "../../src/live/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { expectMisuse } from "../misuse.js";
import { scratch } from "../state/samples.js";
import { Market, openOn, openSession } from "./trader-support.js";

/** Candles that stand at 100.0, each of 0.2 units. */
const candles = new CandleSeries({
  symbol: "BTCUSDT",
  interval: "1m",
  priceDp: 1,
  volumeDp: 3,
  time: Float64Array.from({ length: 40 }, (_, bar) => 1_672_531_200_000 + bar * 60_000),
  open: new Float64Array(40).fill(1000),
  high: new Float64Array(40).fill(1001),
  low: new Float64Array(40).fill(999),
  close: new Float64Array(40).fill(1000),
  volume: new Float64Array(40).fill(200),
});

const Once = defineStrategy({
  name: "Once",
  params: {},
  create: () => {
    let seen = 0;
    return { onCandle: (_, desk) => void (++seen === 2 && desk.enterLong({ stopLoss: "90" })) };
  },
}) as unknown as StrategyDefinition;

type Venue = LiveSessionParts["connected"]["venue"];

/** Milliseconds of the wall that a venue takes for a request. */
type Takes = (request: "place" | "cancel" | "amend", nth: number) => number;

/** A session on a market that goes `bars` candles far; the wall stands still but for what the venue takes. What it took, request by request, and the session's file. */
async function traded(
  bars: number,
  router: object,
  takes: Takes,
  venueChanges: (venue: Venue) => Partial<Venue> = () => ({}),
): Promise<{ readonly view: SessionView; readonly took: Readonly<Record<string, readonly number[]>> }> {
  const market = new Market(candles, { participation: 1 });
  const connected = await market.connect();
  const took: Record<string, number[]> = { place: [], cancel: [], amend: [] };
  let wall = 1_800_000_000_000;
  const changed = venueChanges(connected.venue);
  const venue = new Proxy(connected.venue, {
    get: (target, key) => {
      const own = changed[key as keyof Venue] ?? target[key as keyof Venue];
      if (typeof own !== "function") return own;
      const call = (own as (...args: unknown[]) => unknown).bind(target);
      if (key !== "place" && key !== "cancel" && key !== "amend") return call;
      return async (...args: unknown[]) => {
        const ms = takes(key, took[key]!.length);
        took[key]!.push(ms);
        wall += ms;
        return call(...args);
      };
    },
  });
  const path = join(scratch(), "state.db");
  const { session, ended } = await openOn({ venue, market: connected.market, close: () => connected.close() }, path, {
    strategy: Once,
    settings: { sizer: "fixed:0.5", router },
    trade: { history: 0 },
    play: undefined,
    clock: { now: () => wall, sleep: () => nextTurn() },
  });
  await session.run();
  for (let bar = 0; bar < bars; bar++) {
    for (let event = 0; event < 6; event++) {
      market.exchange.next({ fills: true });
      // What it made leave is on disk, has left and has been answered.
      await session.answer({ kind: "flush" });
      await nextTurn();
      await session.answer({ kind: "flush" });
    }
  }
  await session.stop(false);
  expect((await ended).error).toBeUndefined();
  return { view: openState(path) as SessionView, took };
}

const router = { style: "maker_entry", offsetTicks: 20, entryTtlS: 60, entryMiss: "retry", entryRetries: 1, retryExhaust: "market" };
const MS = { place: 20, cancel: 30, amend: 40 };

test("how long the venue took to confirm is in the journal: opens, amends, cancels, and what went out in a cancelled order's place", async () => {
  const { view, took } = await traded(8, router, (request, nth) => MS[request] + nth);
  // Twice cancelled and sent anew; its stop grows with each of the entry's three fills.
  expect(took).toEqual({ place: [20, 21, 22, 23], cancel: [30, 31], amend: [40, 41] });
  const [open, amend, cancel, replace] = quality.latencies(view);
  expect(open).toEqual({ request: "open", count: 4, mean: 21.5, p50: 21.5, p95: 22.85, p99: expect.closeTo(22.97, 9), max: 23 });
  expect(amend).toMatchObject({ request: "amend", count: 2, p50: 40.5, max: 41 });
  expect(cancel).toMatchObject({ request: "cancel", count: 2, p50: 30.5, max: 31 });
  expect(replace).toMatchObject({ request: "replace", count: 2, p50: (30 + 21 + 31 + 22) / 2, max: 31 + 22 });
  const samples = [40, 41, 30 + 21, 31 + 22].map((ms) => ({ cancel: 0, replace: ms }));
  expect(cancelReplaceLatency(view)).toEqual(cancelReplaceLatency(samples));
  expect(view.journal({ kind: "latency" })).toHaveLength(8);
  expect(view.replay()).toEqual([]);
  view.close();
});

test("what the account stream says before the answer counts, what the venue refuses does not", async () => {
  let refused = 0;
  const { view, took } = await traded(
    8,
    { style: "taker" },
    (request) => MS[request],
    (venue) => ({
      place: async (request) => {
        const outcome = await venue.place(request);
        await new Promise<void>((resolve) => setImmediate(resolve));
        return request.clientOrderId.endsWith("-entry")
          ? { ok: false, definite: false, code: "OUTCOME_UNKNOWN", message: "lost" }
          : outcome;
      },
      amend: async (request) =>
        refused++ === 0 ? { ok: false, definite: true, code: "REJECTED", message: "not now" } : venue.amend(request),
    }),
  );
  // The stop that may not grow gets another beside it.
  expect([took.place!.length, took.amend!.length]).toEqual([3, 2]);
  const [open, amend, cancel, replace] = quality.latencies(view);
  expect(open).toMatchObject({ count: 3, max: 20 });
  expect(amend).toMatchObject({ count: 1, max: 40 });
  expect([cancel!.count, cancel!.p95, replace!.count, replace!.p95]).toEqual([0, null, 0, null]);
  view.close();
});

test("a session whose market was played to it has no such times, and says so", async () => {
  const path = join(scratch(), "state.db");
  const played = await openSession(new Market(candles), path, { strategy: Once, settings: { sizer: "fixed:0.1" } });
  await played.session.run();
  expect((await played.ended).error).toBeUndefined();
  const view = openState(path) as SessionView;
  expect(view.fills().length).toBeGreaterThan(0);
  expectMisuse(() => quality.latencies(view), "QUALITY_CLOCK", /holds fills but no times of requests/);
  view.close();
  const replayed = join(scratch(), "replay.db");
  const replaying = await startSession({
    strategy: "SmaCross",
    venue: paper({ feed: replay(candles) }),
    thread: "caller",
    statePath: replayed,
  });
  // A handle is no file.
  expectMisuse(() => quality.latencies(replaying as never), "QUALITY_SOURCE", /state\.session\(session\.statePath, session\.id\)/);
  await replaying.done;
  const recorded = openState(replayed) as SessionView;
  expectMisuse(
    () => cancelReplaceLatency(recorded),
    "QUALITY_CLOCK",
    /recorded market.*quality\.cancelReplaceLatency takes a session that traded/,
  );
  recorded.close();
});
