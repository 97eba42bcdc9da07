import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketLength, lttb, rebucket } from "../../src/display/index.js";

const HOUR = 3_600_000;

describe("lttb", () => {
  test("keeps ends and extremes, stays within the limit, ascends", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noDefaultInfinity: true }), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 5, max: 60 }),
        (y, limit) => {
          const finite = y.map((_, i) => i).filter((i) => Number.isFinite(y[i]));
          const kept = lttb(
            y.map((_, i) => i),
            y,
            limit,
          );
          expect(kept.length).toBeLessThanOrEqual(Math.max(limit, 0));
          expect(kept.every((i, k) => k === 0 || kept[k - 1]! < i)).toBe(true);
          if (finite.length === 0) return;
          expect(kept[0]).toBe(finite[0]);
          expect(kept.at(-1)).toBe(finite.at(-1));
          expect(Math.max(...kept.map((i) => y[i]!))).toBe(Math.max(...finite.map((i) => y[i]!)));
          expect(Math.min(...kept.map((i) => y[i]!))).toBe(Math.min(...finite.map((i) => y[i]!)));
        },
      ),
    );
  });

  test("a lone spike survives 500,000 points", () => {
    const n = 500_000;
    const y = new Float64Array(n).map((_, i) => Math.sin(i / 1000));
    y[123_457] = 9;
    y[321_123] = -9;
    const kept = lttb(
      new Float64Array(n).map((_, i) => i),
      y,
      1800,
    );
    expect(kept).toContain(123_457);
    expect(kept).toContain(321_123);
    expect(kept.length).toBeGreaterThan(1790);
  });

  test("refuses ragged columns and tiny limits", () => {
    expect(() => lttb([1], [1, 2], 10)).toThrow(/x has 1 values, y has 2/);
    expect(() => lttb([1], [1], 4)).toThrow(/from 5, got 4/);
  });
});

describe("rebucket", () => {
  const candle = fc.record({
    gap: fc.integer({ min: 1, max: 4 }),
    open: fc.integer({ min: 1, max: 2 ** 40 }),
    close: fc.integer({ min: 1, max: 2 ** 40 }),
    up: fc.nat(1000),
    down: fc.nat(1000),
    volume: fc.nat(2 ** 30),
  });

  test("is exact on whole units and loses nothing", () => {
    fc.assert(
      fc.property(fc.array(candle, { minLength: 1, maxLength: 200 }), fc.constantFrom(5, 15, 60), (rows, minutes) => {
        let time = Date.UTC(2024, 0, 1);
        const times = rows.map(({ gap }) => (time += gap * 300_000));
        const columns = {
          time: times,
          open: rows.map((r) => r.open),
          close: rows.map((r) => r.close),
          high: rows.map((r) => Math.max(r.open, r.close) + r.up),
          low: rows.map((r) => Math.min(r.open, r.close) - r.down),
          volume: rows.map((r) => r.volume),
        };
        const out = rebucket(columns, minutes * 60_000);
        const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
        expect(sum(out.volume)).toBe(sum(columns.volume));
        expect(out.open[0]).toBe(columns.open[0]);
        expect(out.close.at(-1)).toBe(columns.close.at(-1));
        for (let k = 0; k < out.time.length; k++) {
          const members = times.map((_, i) => i).filter((i) => times[i]! >= out.time[k]! && times[i]! < out.time[k]! + minutes * 60_000);
          expect(out.high[k]).toBe(Math.max(...members.map((i) => columns.high[i]!)));
          expect(out.low[k]).toBe(Math.min(...members.map((i) => columns.low[i]!)));
          expect(out.open[k]).toBe(columns.open[members[0]!]);
          expect(out.lastIndex[k]).toBe(members.at(-1));
          expect(out.time[k]! % (minutes * 60_000)).toBe(0);
        }
      }),
    );
  });

  test("chooses lengths that people read", () => {
    expect(bucketLength(60_000, 365 * 24 * HOUR, 1500)).toBe(6 * HOUR);
    expect(bucketLength(300_000, 100 * 24 * HOUR, 1500)).toBe(2 * HOUR);
    expect(bucketLength(300_000, 24 * HOUR, 1500)).toBe(300_000);
    expect(bucketLength(7 * 60_000, 10 * 24 * HOUR, 100)).toBe(147 * 60_000);
    expect(() => rebucket({ time: [], open: [], high: [], low: [], close: [], volume: [] }, 0)).toThrow(/longer than 0 ms/);
  });
});
