import { expect, test } from "vitest";
import { seededRandom } from "../../../src/core/index.js";
import { compareBooks } from "../../../src/bench/index.js";
import { syntheticCandles } from "../../../src/data/index.js";

import { scratch } from "../../state/samples.js";
import { arena, type KillPoint } from "./arena.js";

/** How often the session is killed; TESSERLAB__KILL_POINTS says otherwise. */
const POINTS = Number(process.env.TESSERLAB__KILL_POINTS ?? 50);
const SEED = Number(process.env.TESSERLAB__KILL_SEED ?? 1);

/** A point drawn at random: moments of time, of the wire, of the journal and of a start. */
function drawn(random: () => number): KillPoint {
  const upTo = (most: number): number => 1 + Math.floor(random() * most);
  const what = (["create", "any", "any", "cancel"] as const)[upTo(4) - 1]!;
  switch (upTo(8)) {
    case 1:
      return { kind: "time", ms: random() * 150 };
    case 2:
      return { kind: "start", nth: upTo(25) };
    case 3:
      return { kind: "dropped", nth: upTo(3) };
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

test(`killed with SIGKILL at ${POINTS} random points, a session loses, doubles and forgets nothing`, {
  timeout: 120_000 + POINTS * 10_000,
}, async () => {
  const random = seededRandom(SEED);
  const data = syntheticCandles({ bars: 500 + POINTS * 60, seed: SEED });
  const place = await arena({ data, folder: scratch() });
  try {
    const reached: Record<string, number> = {};
    for (let i = 0; i < POINTS; i++) {
      // The first process is to get so far that there is a session to go on with.
      const point: KillPoint = i === 0 ? { kind: "fill", nth: 1 } : drawn(random);
      if (await place.round(point, random)) reached[point.kind] = (reached[point.kind] ?? 0) + 1;
    }
    const { session, exited } = await place.begin();
    await place.finish(session, 20);
    await exited;
    const { differences, counts } = compareBooks(place.server, place.statePath);
    console.log(reached, counts);
    if (process.env.KEEP) (await import("node:fs")).cpSync(place.statePath, process.env.KEEP);
    expect(differences).toEqual([]);
    expect(counts.open).toBe(0);
  } finally {
    await place.close();
  }
});
