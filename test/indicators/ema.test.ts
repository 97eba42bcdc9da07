import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, ExactPrice, exactPrice, seededRandom } from "../../src/core/index.js";
import { crossingOf, Ema, Macd, Sma } from "../../src/indicators/index.js";
import { indicatorContract } from "../contracts/indicator.js";
import { expectMisuse } from "../misuse.js";
import { closesOf, growingLike, sourceOf } from "./market.js";

/** The average from the definition in 40 digits: (x - average) x 2 / (n + 1) + average; undefined before its first value. */
function emaRun(input: readonly (Decimal | undefined)[], period: number): (Decimal | undefined)[] {
  const first = input.findIndex((value) => value !== undefined);
  const factor = new Decimal(2).div(period + 1);
  let average: Decimal | undefined;
  return input.map((value, i) => {
    if (first < 0 || i < first + period - 1) return undefined;
    average =
      average === undefined
        ? input
            .slice(first, i + 1)
            .reduce<Decimal>((sum, one) => sum.plus(one!), new Decimal(0))
            .div(period)
        : value!.minus(average).times(factor).plus(average);
    return average;
  });
}

const decimals = (closes: readonly number[]): Decimal[] => closes.map((units) => new Decimal(units));

/** Sign of a difference of 40-digit values in the size of prices: below 1e-33 of them it is rounding. */
function sign(difference: Decimal, size: number): number {
  return difference.abs().lte(new Decimal(size).times("1e-33")) ? 0 : difference.isNegative() ? -1 : 1;
}

function walk(length: number, seed: number, step: number, start = 50_000): number[] {
  const random = seededRandom(seed);
  let price = start;
  return Array.from({ length }, () => {
    price = Math.max(1, price + Math.round((random() - 0.5) * step));
    return price;
  });
}

describe("Ema", () => {
  indicatorContract(
    (source, period) => new Ema(source, period),
    (period) => period - 1,
  );

  test("by hand: seeded by the mean, then half way to each price with period 3", () => {
    const source = sourceOf(closesOf([10, 20, 30, 40, 10]));
    const ema = new Ema(source, 3);
    const values = [0, 1, 2, 3, 4].map((i) => {
      source.cursor.index = i;
      return ema.value;
    });
    expect(values).toEqual([Number.NaN, Number.NaN, 2, 3, 2]);
    expect(ema.compare(exactPrice("2", 1))).toBe(0);
    expect(ema.compare(exactPrice("2.00000000001", 1))).toBe(-1);
  });

  test("decides as an all-decimal run does, also at prices within 1e-14 of the value", () => {
    let misled = 0;
    for (const period of [2, 5, 26]) {
      const closes = walk(300, period, 40);
      const exact = emaRun(decimals(closes), period);
      const source = sourceOf(closesOf(closes));
      const ema = new Ema(source, period);
      for (let i = period - 1; i < closes.length; i++) {
        source.cursor.index = i;
        const value = exact[i]!;
        for (const rounding of [Decimal.ROUND_DOWN, Decimal.ROUND_UP]) {
          const units = value.toSignificantDigits(15, rounding);
          const dp = units.decimalPlaces();
          const price = new ExactPrice(units.times(new Decimal(10).pow(dp)).toNumber(), dp + 1);
          const expected = sign(value.minus(units), 50_000);
          if (Math.sign(ema.value - price.toDecimal().toNumber()) !== expected) misled++;
          expect(ema.compare(price)).toBe(expected);
        }
      }
    }
    expect(misled, "doubles alone are wrong often enough for this to prove something").toBeGreaterThan(20);
  });

  test("compares and crosses another average as the all-decimal run does, ties and halts included", () => {
    const price = fc.oneof(fc.integer({ min: 99, max: 101 }), fc.constant(100));
    let crossings = 0;
    fc.assert(
      fc.property(
        fc.array(price, { minLength: 40, maxLength: 120 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (closes, n, m) => {
          const source = sourceOf(closesOf(closes));
          const [a, b] = [new Ema(source, n), new Ema(source, m)];
          const crossing = crossingOf(a, b);
          const [p, q] = [emaRun(decimals(closes), n), emaRun(decimals(closes), m)];
          let before: number | undefined;
          for (let i = 0; i < closes.length; i++) {
            source.cursor.index = i;
            const now = p[i] === undefined || q[i] === undefined ? undefined : sign(p[i]!.minus(q[i]!), 100);
            if (now !== undefined) expect(a.compare(b)).toBe(now);
            const crossed = now === undefined || before === undefined ? 0 : now > 0 && before <= 0 ? 1 : now < 0 && before >= 0 ? -1 : 0;
            expect(crossing.value).toBe(crossed);
            crossings += Math.abs(crossed);
            before = now;
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(crossings).toBeGreaterThan(40);
  });

  test("a halt of any length keeps the side it began on, then is a tie", () => {
    const closes = [90, 95, 100, ...Array.from({ length: 500 }, () => 100)];
    const source = sourceOf(closesOf(closes));
    const ema = new Ema(source, 3);
    const signs = closes.map((_, i) => {
      source.cursor.index = i;
      return ema.ready ? ema.compare(exactPrice("10", 1)) : undefined;
    });
    expect(signs.slice(2, 110)).toEqual(Array.from({ length: 108 }, () => -1));
    expect(signs.at(-1)).toBe(0);
  });

  test("misuse", () => {
    const source = sourceOf(closesOf([1, 2, 3]));
    source.cursor.index = 0;
    expectMisuse(() => new Ema(source, 2).compare(exactPrice(1, 0)), "INDICATOR_NOT_READY", /EMA\(2\)/);
    expectMisuse(() => new Ema(sourceOf(closesOf([9e14])), 11), "UNITS_OVERFLOW", /sum of 11 prices/);
    source.cursor.index = 2;
    expectMisuse(() => new Ema(source, 1).compare(new Ema(sourceOf(closesOf([1])), 1)), "INDICATOR_NOT_READY");
    expectMisuse(() => crossingOf(new Ema(source, 1), new Sma(source, 1)), "INDICATOR_KIND", /both simple or both exponential/);
  });
});

/** Line, signal and histogram in 40 digits. */
function macdRun(closes: readonly number[], fast: number, slow: number, signal: number): (Decimal | undefined)[] {
  const [f, s] = [emaRun(decimals(closes), fast), emaRun(decimals(closes), slow)];
  const line = f.map((value, i) => (value === undefined || s[i] === undefined ? undefined : value.minus(s[i]!)));
  const average = emaRun(line, signal);
  return line.map((value, i) => (average[i] === undefined ? undefined : value!.minus(average[i]!)));
}

describe("Macd", () => {
  indicatorContract(
    (source, period) => new Macd(source, { fast: period, slow: 2, signal: 3 }),
    (period) => Math.max(period, 2) + 1,
  );

  test("line, signal and histogram by hand", () => {
    // EMA(1) is the price; EMA(3) of 10 20 30 | 20, 40 | 30, 10 | 20: lines 10, 10, -10; signal EMA(1) is the line, EMA(2) is 10 then -10/3.
    const source = sourceOf(closesOf([10, 20, 30, 40, 10], 0));
    const macd = new Macd(source, { fast: 1, slow: 3, signal: 2 });
    source.cursor.index = 2;
    expect([macd.ready, macd.value, macd.signal, macd.histogram]).toEqual([false, Number.NaN, Number.NaN, Number.NaN]);
    source.cursor.index = 3;
    expect([macd.value, macd.signal, macd.histogram, macd.compareHistogram()]).toEqual([10, 10, 0, 0]);
    source.cursor.index = 4;
    expect([macd.value, macd.signal]).toEqual([-10, expect.closeTo(-10 / 3, 12)]);
    expect(macd.compareHistogram()).toBe(-1);
  });

  test("the histogram's sign is that of an all-decimal run, in quiet markets too, in any order of bars", () => {
    let close = 0;
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: -1, max: 1 })), { minLength: 12, maxLength: 200 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 5 }),
        (changes, fast, slow, signal) => {
          let price = 1000;
          const closes = changes.map((change) => (price += change));
          const source = sourceOf(closesOf(closes));
          const macd = new Macd(source, { fast, slow, signal });
          const exact = macdRun(closes, fast, slow, signal);
          const bars = exact.flatMap((value, i) => (value === undefined ? [] : [i]));
          for (const i of [...bars, ...bars.filter((bar) => bar % 3 === 0).reverse()]) {
            source.cursor.index = i;
            const expected = sign(exact[i]!, 1000);
            expect(macd.compareHistogram()).toBe(expected);
            if (exact[i]!.abs().lt(1e-10)) close++;
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(close).toBeGreaterThan(30);
  });

  test("follows a series that grows, decisions included", () => {
    const closes = walk(200, 4, 3);
    const whole = sourceOf(closesOf(closes));
    const growing = growingLike(whole.series);
    const source = sourceOf(growing.series);
    growing.next();
    const periods = { fast: 12, slow: 26, signal: 9 };
    const [a, b] = [new Macd(whole, periods), new Macd(source, periods)];
    for (let i = 0; i < closes.length; i++) {
      if (i > 0) growing.next();
      whole.cursor.index = source.cursor.index = i;
      expect([b.ready, b.value, b.signal]).toEqual([a.ready, a.value, a.signal]);
      if (a.ready) expect(b.compareHistogram()).toBe(a.compareHistogram());
    }
  });

  test("is not compared before it is ready", () => {
    const source = sourceOf(closesOf([1, 2, 3]));
    source.cursor.index = 2;
    expectMisuse(() => new Macd(source, { fast: 2, slow: 3, signal: 2 }).compareHistogram(), "INDICATOR_NOT_READY", /MACD needs 4 bars/);
  });
});
