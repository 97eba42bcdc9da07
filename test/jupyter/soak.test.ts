import { expect, test } from "vitest";
import { runSoak } from "../../src/bench/index.js";

test("soak, short form: a session on the paper server at 20x with cut streams and failing requests; the books of both are the same", {
  timeout: 240_000,
}, async () => {
  const result = await runSoak({ minutes: 0.6, seed: 3, disturbEverySecs: 3 });
  expect(result.mismatches).toEqual([]);
  expect(result.counts.open).toBe(0);
  expect(result.counts.fills).toBeGreaterThan(0);
  expect(result.disconnects.public! + result.disconnects.private!).toBeGreaterThan(0);
  // Whether it is flat is for the long form to say: this is too short for more than that it is asked.
  for (const { samples, kept } of [result.memory.session, result.memory.server]) expect([samples > 0, kept.length]).toEqual([true, 2]);
});
