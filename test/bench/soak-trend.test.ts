import { expect, test } from "vitest";
import { growthOf, trendOf } from "../../src/bench/index.js";

const MINUTE = 60_000;

test("the slope of a soak's memory leaves the warm-up out and is not moved by a saw-tooth of garbage", () => {
  // Warm-up climbs steeply; from then on the set goes up and down around a line of 6 MB an hour.
  const samples = Array.from({ length: 400 }, (_, i) => {
    const at = i * (MINUTE / 10);
    const line = at < 10 * MINUTE ? (100 * at) / (10 * MINUTE) : 100 + (6 * (at - 10 * MINUTE)) / (60 * MINUTE);
    return { at, mb: line + (i % 4) - 1.5 };
  });
  const { perHour, early, late } = trendOf(samples, 10 * MINUTE);
  expect(perHour).toBeGreaterThan(5.5);
  expect(perHour).toBeLessThan(6.5);
  expect(late - early).toBeGreaterThan(1);
  expect(trendOf(samples, 0).perHour!).toBeGreaterThan(50);
});

test("of a few samples no slope is told", () => {
  expect(trendOf([], 0)).toEqual({ early: 0, late: 0, perHour: undefined });
  expect(trendOf([{ at: 1, mb: 5 }], 0)).toEqual({ early: 5, late: 5, perHour: undefined });
});

test("growth is that of what is kept in the heap and beside it, by the hour", () => {
  const kept = (at: number, heap: number, beside: number) => ({ at, heap, code: 4, beside });
  expect(growthOf([])).toBeUndefined();
  expect(growthOf([kept(0, 20, 80)])).toBeUndefined();
  expect(growthOf([kept(0, 20, 80), kept(15 * MINUTE, 21, 80)])).toBeCloseTo(4, 9);
  expect(growthOf([kept(0, 20, 80), kept(5 * MINUTE, 90, 90), kept(30 * MINUTE, 20, 96)])).toBeCloseTo(32, 9);
});
