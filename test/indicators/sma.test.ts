import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crossingOf, Sma } from "../../src/indicators/index.js";
import { indicatorContract } from "../contracts/indicator.js";
import { expectMisuse } from "../misuse.js";
import { closesOf, growingLike, sourceOf } from "./market.js";

describe("Sma", () => {
  indicatorContract(
    (source, period) => new Sma(source, period),
    (period) => period - 1,
  );

  test("is the mean of the last closes", () => {
    const source = sourceOf(closesOf([100, 110, 130, 100]));
    const sma = new Sma(source, 3);
    source.cursor.index = 3;
    expect(sma.value).toBeCloseTo(34 / 3, 12);
  });

  test("reads any price of the candle", () => {
    const source = sourceOf(closesOf([100, 110, 130]));
    source.cursor.index = 2;
    expect(new Sma(source, 2, "open").value).toBe(10.5);
    expect(new Sma(source, 2, "high").value).toBe(12);
  });

  test("a sum beyond 2^53 is refused before it can round", () => {
    expectMisuse(() => new Sma(sourceOf(closesOf([9e14])), 11), "UNITS_OVERFLOW", /sum of 11 prices of ABCUSDT passes 2\^53/);
  });
});

/** Sign of fast - slow average at a bar, by BigInt from the definition; undefined before both are ready. */
function sign(closes: readonly number[], bar: number, fast: number, slow: number): number | undefined {
  if (bar < Math.max(fast, slow) - 1) return undefined;
  const sum = (n: number): bigint => closes.slice(bar - n + 1, bar + 1).reduce((total, units) => total + BigInt(units), 0n);
  const difference = sum(fast) * BigInt(slow) - sum(slow) * BigInt(fast);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

/** Tesser's rule: above now and at or below before is 1, below now and at or above before is -1. */
function crossed(closes: readonly number[], bar: number, fast: number, slow: number): number {
  const now = sign(closes, bar, fast, slow);
  const before = bar > 0 ? sign(closes, bar - 1, fast, slow) : undefined;
  if (now === undefined || before === undefined) return 0;
  return now > 0 && before <= 0 ? 1 : now < 0 && before >= 0 ? -1 : 0;
}

describe.each([
  ["few prices, so that ties are many", fc.integer({ min: 1, max: 4 }), 20],
  ["prices of a market", fc.integer({ min: 400_000, max: 401_000 }), 10],
  ["prices whose products pass 2^53", fc.integer({ min: 8e13, max: 8e13 + 3 }), 10],
])("comparisons are exact: %s", (_what, price, least) => {
  const market = fc.array(price, { minLength: 1, maxLength: 60 });
  const periods = fc.integer({ min: 1, max: 12 });

  test("crossings and comparisons agree with BigInt on every bar", () => {
    let crossings = 0;
    fc.assert(
      fc.property(market, periods, periods, (closes, fast, slow) => {
        const source = sourceOf(closesOf(closes));
        const a = new Sma(source, fast);
        const b = new Sma(source, slow);
        const crossing = crossingOf(a, b);
        for (source.cursor.index = 0; source.cursor.index < closes.length; source.cursor.index++) {
          const bar = source.cursor.index;
          expect(crossing.value).toBe(crossed(closes, bar, fast, slow));
          crossings += Math.abs(crossing.value);
          const expected = sign(closes, bar, fast, slow);
          if (expected === undefined) expectMisuse(() => a.compare(b), "INDICATOR_NOT_READY", /need \d+ bars/);
          else expect(a.compare(b)).toBe(expected);
        }
      }),
      { numRuns: 150 },
    );
    expect(crossings).toBeGreaterThan(least);
  });
});

test.each([
  ["prices of a market", fc.integer({ min: 1, max: 50 })],
  ["prices whose products pass 2^53", fc.integer({ min: 8e13, max: 8e13 + 3 })],
])("crossings follow a series that grows: %s", (_what, price) => {
  fc.assert(
    fc.property(
      fc.array(price, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 8 }),
      (closes, fast, slow) => {
        const whole = sourceOf(closesOf(closes));
        const expected = crossingOf(new Sma(whole, fast), new Sma(whole, slow));
        const growing = growingLike(whole.series);
        const source = sourceOf(growing.series);
        growing.next();
        const crossing = crossingOf(new Sma(source, fast), new Sma(source, slow));
        for (let i = 0; i < closes.length; i++) {
          if (i > 0) growing.next();
          whole.cursor.index = source.cursor.index = i;
          expect(crossing.value).toBe(expected.value);
        }
      },
    ),
  );
});

test("a sum that passes 2^53 as the series grows is refused, and what was there stays", () => {
  const growing = growingLike(closesOf([9e14, 1, 1, 9e15]));
  const source = sourceOf(growing.series);
  for (let i = 0; i < 3; i++) growing.next();
  const sma = new Sma(source, 2);
  source.cursor.index = 2;
  expect(sma.value).toBe(0.1);
  growing.next();
  expect(sma.value).toBe(0.1);
  source.cursor.index = 3;
  expectMisuse(() => sma.value, "UNITS_OVERFLOW", /passes 2\^53/);
});

test("a tie is a tie: touching from above and turning back crosses nothing on the way down", () => {
  // Fast 1, slow 2: differences are close - previous close.
  const closes = [10, 12, 12, 13, 13, 12];
  const source = sourceOf(closesOf(closes));
  const crossing = crossingOf(new Sma(source, 1), new Sma(source, 2));
  const values = closes.map((_, i) => {
    source.cursor.index = i;
    return crossing.value;
  });
  expect(values).toEqual([0, 0, 0, 1, 0, -1]);
});

test("averages of two symbols are not compared in units", () => {
  const a = new Sma(sourceOf(closesOf([1, 2, 3])), 1);
  const b = new Sma(sourceOf(closesOf([1, 2, 3])), 1);
  expectMisuse(() => crossingOf(a, b), "SERIES_MIXED", /of one symbol/);
  expectMisuse(() => a.compare(b), "SERIES_MIXED", /of one symbol/);
});
