import { expect, test } from "vitest";
import { candlesOf } from "../../../src/backtest/index.js";
import { type Comparison, compareBooks, soakTape } from "../../../src/bench/index.js";
import { seededRandom } from "../../../src/core/index.js";
import { syntheticCandles } from "../../../src/data/index.js";

import { openState, type SessionView } from "../../../src/state/index.js";
import { scratch } from "../../state/samples.js";
import { arena, type KillPoint } from "./arena.js";

/** How often the session is killed; TESSERLAB__KILL_POINTS says otherwise. */
const POINTS = Number(process.env.TESSERLAB__KILL_POINTS ?? 50);
const SEED = Number(process.env.TESSERLAB__KILL_SEED ?? 1);

const MOST_MS = (points: number): number => 180_000 + points * 10_000;

/** A point drawn at random: moments of time, of the wire, of the journal and of a start. */
function drawn(random: () => number): KillPoint {
  const upTo = (most: number): number => 1 + Math.floor(random() * most);
  const what = (["create", "any", "amend", "cancel"] as const)[upTo(4) - 1]!;
  switch (upTo(8)) {
    case 1:
      return { kind: "time", ms: random() * 150 };
    case 2:
      return { kind: "start", nth: upTo(25) };
    case 3:
      return { kind: "dropped", nth: upTo(3), what: what === "amend" ? "amend" : "create" };
    case 4:
      return { kind: "fill", nth: upTo(5) };
    case 5:
      return { kind: "journal", nth: upTo(12) };
    case 6:
      return { kind: "arrived", nth: upTo(4), what };
    default:
      return { kind: "done", nth: upTo(4), what };
  }
}

/** Kills a session at so many points, lets it end in order, and compares the books. */
async function killed(
  points: number,
  options: Omit<Parameters<typeof arena>[0], "folder">,
): Promise<Comparison & { readonly candles: readonly (readonly number[])[] }> {
  const random = seededRandom(SEED);
  const place = await arena({ ...options, folder: scratch() });
  try {
    for (let i = 0; i < points; i++) {
      // The first process is to get so far that there is a session to go on with.
      const point: KillPoint = i === 0 ? { kind: "done", nth: 1, what: "create" } : drawn(random);
      await place.round(point, random);
    }
    const { session, exited } = await place.begin();
    await place.finish(session, 20);
    await exited;
    const view = openState(place.statePath) as SessionView;
    const events = view
      .journal({ kind: "event" })
      .map(({ payload }) => (payload as unknown as { readonly event: { readonly candle?: readonly number[] } }).event);
    view.close();
    return {
      ...compareBooks(place.server, place.statePath),
      candles: events.flatMap(({ candle }) => (candle === undefined ? [] : [candle])),
    };
  } finally {
    await place.close();
  }
}

test(`killed with SIGKILL at ${POINTS} random points, a session loses, doubles and forgets nothing`, {
  timeout: MOST_MS(POINTS),
}, async () => {
  const data = syntheticCandles({ bars: 500 + POINTS * 60, seed: SEED });
  const { differences, counts } = await killed(POINTS, { data });
  expect(differences).toEqual([]);
  expect(counts.open).toBe(0);
  // There was something to lose.
  expect(counts.fills).toBeGreaterThan(0);
  expect(counts.quotes).toBeGreaterThan(0);
});

const TICK_POINTS = Math.ceil(POINTS / 10);

test(`the same at ${TICK_POINTS} points on trades and books, from which it builds its candles, while quotes follow the book`, {
  timeout: MOST_MS(TICK_POINTS),
}, async () => {
  const trade = { candles: "trades", history: 0 } as const;
  // Twenty seconds of the market a step.
  const data = soakTape(240 + TICK_POINTS * 20, SEED);
  const { differences, counts, candles } = await killed(TICK_POINTS, { data, strategy: "RestlessOnTicks", trade, stride: 30 });
  expect(differences).toEqual([]);
  expect(counts.open).toBe(0);
  // Every candle it has built is the one that resampling the recording gives; those that a kill cut in two are left out.
  const offline = candlesOf(data, "1m");
  expect(candles.length).toBeGreaterThan(0);
  for (const [time, ...values] of candles) {
    const i = offline.indexAt(time!);
    const { open, high, low, close, volume } = offline.at(i)!;
    expect([offline.time[i], ...values]).toEqual([
      time,
      ...[open, high, low, close].map((price) => price.times(10).toNumber()),
      volume.times(1000).toNumber(),
    ]);
  }
});
