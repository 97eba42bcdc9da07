import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CandleSeries, Decimal, ExactPrice, exactPrice, ratio } from "../../src/core/index.js";
import { Atr, Bollinger, compareProducts, exactDistance, Ichimoku } from "../../src/indicators/index.js";
import { indicatorContract } from "../contracts/indicator.js";
import { expectMisuse } from "../misuse.js";
import { closesOf, growingLike, sourceOf } from "./market.js";

/** Candles of highs and lows around closes, in price units. */
function candlesOf(rows: readonly (readonly [high: number, low: number, close: number])[]): CandleSeries {
  const column = (of: (row: readonly [number, number, number]) => number): Float64Array => Float64Array.from(rows, of);
  return new CandleSeries({
    symbol: "ABCUSDT",
    interval: "1m",
    priceDp: 1,
    volumeDp: 0,
    time: Float64Array.from(rows, (_, i) => i * 60_000),
    open: column((row) => row[2]),
    high: column((row) => row[0]),
    low: column((row) => row[1]),
    close: column((row) => row[2]),
    volume: column(() => 1),
  });
}

const rows = (max: number) =>
  fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 10, max }))
      .map(([up, down, close]) => [close + up, close - down, close] as const),
    { minLength: 1, maxLength: 60 },
  );

describe("Bollinger", () => {
  indicatorContract(
    (source, period) => new Bollinger(source, period, 2),
    (period) => period - 1,
  );

  test("population deviation by hand: 2, 4, 4, 4, 5, 5, 7, 9 has mean 5 and sigma 2", () => {
    const source = sourceOf(closesOf([2, 4, 4, 4, 5, 5, 7, 9], 0));
    const bands = new Bollinger(source, 8, "1.5");
    source.cursor.index = 7;
    expect([bands.value, bands.deviation, bands.upper, bands.lower]).toEqual([5, 2, 8, 2]);
    expect([bands.compareUpper(), bands.compareLower()]).toEqual([1, 1]);
    // 9 is exactly two deviations above the mean: on the band, not beyond it.
    expect(new Bollinger(source, 8, 2).compareUpper()).toBe(0);
    expect(new Bollinger(source, 8, "2.0000000000001").compareUpper()).toBe(-1);
    expect(bands.compareMean(exactDistance(ratio("4")))).toBe(0);
    expect(bands.compareMean(exactPrice("3.999999", 0))).toBe(1);
    expect(bands.compareMean(new ExactPrice(41, 1))).toBe(-1);
  });

  test.each([
    ["few prices, so that ties are many", fc.integer({ min: 8, max: 12 })],
    ["prices of a market", fc.integer({ min: 400_000, max: 402_000 })],
    ["windows whose squares pass 2^53", fc.integer({ min: 1, max: 4e14 })],
  ])("decisions are those of 100-digit decimals: %s", (_what, price) => {
    const Wide = Decimal.clone({ precision: 100 });
    const seen = new Set<number>();
    fc.assert(
      fc.property(
        fc.array(price, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom("0", "0.5", "1", "1.5", "2", "2.2"),
        (closes, period, multiplier) => {
          const source = sourceOf(closesOf(closes));
          const bands = new Bollinger(source, period, multiplier);
          for (let i = period - 1; i < closes.length; i++) {
            source.cursor.index = i;
            const window = closes.slice(i - period + 1, i + 1).map((units) => new Wide(units));
            const mean = window.reduce((sum, one) => sum.plus(one)).div(period);
            const variance = window.reduce((sum, one) => sum.plus(one.minus(mean).pow(2)), new Wide(0)).div(period);
            const width = variance.sqrt().times(multiplier);
            const sign = (difference: Decimal): number => (difference.abs().lt("1e-60") ? 0 : difference.isNegative() ? -1 : 1);
            const distance = new Wide(closes[i]!).minus(mean);
            expect(bands.compareUpper()).toBe(sign(distance.minus(width)));
            expect(bands.compareLower()).toBe(sign(distance.plus(width)));
            expect(bands.compareMean(exactDistance(ratio("0.125")))).toBe(sign(distance.abs().div(10).minus("0.125")));
            seen.add(bands.compareUpper());
          }
        },
      ),
      { numRuns: 150 },
    );
    expect([...seen].sort()).toEqual([-1, 0, 1]);
  });

  test("misuse", () => {
    const source = sourceOf(closesOf([1, 2, 3]));
    source.cursor.index = 0;
    expectMisuse(() => new Bollinger(source, 2).compareUpper(), "INDICATOR_NOT_READY", /Bollinger\(2\) needs 2 bars/);
    expectMisuse(() => new Bollinger(source, 2, "-1"), "PARAM_INVALID", /must not be negative, got -1/);
    expectMisuse(() => new Bollinger(sourceOf(closesOf([9e14])), 11), "UNITS_OVERFLOW");
  });
});

describe("Atr", () => {
  indicatorContract(
    (source, period) => new Atr(source, period),
    (period) => period - 1,
  );

  test("true ranges by hand: gaps count, the first bar has its own close", () => {
    // Ranges 2; max(1, |15-10|, |14-10|) = 5; max(3, |12-15|, |9-15|) = 6. Mean 13/3, then (13/3 x 2 + 1) / 3.
    const source = sourceOf(
      candlesOf([
        [11, 9, 10],
        [15, 14, 15],
        [12, 9, 11],
        [11, 11, 11],
        [12, 11, 12],
      ]),
    );
    const atr = new Atr(source, 3);
    source.cursor.index = 1;
    expect(atr.value).toBeNaN();
    source.cursor.index = 2;
    expect(atr.value).toBeCloseTo(1.3 / 3, 12);
    source.cursor.index = 3;
    expect(atr.value).toBeCloseTo((13 / 3) * (2 / 3) * 0.1, 12);
    expect(atr.compare(exactPrice("0.28", 1))).toBe(1);
    expect(atr.compare(exactPrice("0.29", 1))).toBe(-1);
    expect(atr.compare(new ExactPrice(1, 0, 26, 90))).toBe(0);
  });

  test("decides as an all-decimal run does, at distances within 1e-14 of the value", () => {
    let misled = 0;
    fc.assert(
      fc.property(rows(100), fc.integer({ min: 1, max: 6 }), (candles, period) => {
        const source = sourceOf(candlesOf(candles));
        const atr = new Atr(source, period);
        let average = new Decimal(0);
        for (const [i, [high, low]] of candles.entries()) {
          const last = candles[i - 1]?.[2] ?? candles[i]![2];
          const range = Math.max(high - low, Math.abs(high - last), Math.abs(low - last));
          average =
            i < period
              ? average.plus(new Decimal(range).div(period))
              : average
                  .times(period - 1)
                  .plus(range)
                  .div(period);
          if (i < period - 1) continue;
          source.cursor.index = i;
          for (const rounding of [Decimal.ROUND_DOWN, Decimal.ROUND_UP]) {
            const units = average.toSignificantDigits(15, rounding);
            const dp = units.decimalPlaces();
            const distance = new ExactPrice(units.times(new Decimal(10).pow(dp)).toNumber(), dp + 1);
            const difference = average.minus(units);
            const expected = difference.abs().lte(average.times("1e-34")) ? 0 : difference.isNegative() ? -1 : 1;
            if (Math.sign(atr.value - distance.toDecimal().toNumber()) !== expected) misled++;
            expect(atr.compare(distance)).toBe(expected);
          }
        }
      }),
      { numRuns: 100 },
    );
    expect(misled).toBeGreaterThan(5);
  });

  test("is not compared before it is ready", () => {
    const source = sourceOf(closesOf([1, 2]));
    source.cursor.index = 0;
    expectMisuse(() => new Atr(source, 2).compare(exactPrice(1, 0)), "INDICATOR_NOT_READY", /ATR\(2\) needs 2 bars/);
  });
});

describe("Ichimoku", () => {
  indicatorContract(
    (source, period) => new Ichimoku(source, { conversion: 2, base: period, spanB: period }),
    (period) => period - 1,
  );

  test("every line is the middle of the extremes of its window, exactly", () => {
    const periods = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(rows(200), periods, periods, periods, (candles, conversion, base, spanB) => {
        const whole = sourceOf(candlesOf(candles));
        const growing = growingLike(whole.series);
        const source = sourceOf(growing.series);
        growing.next();
        const lines = new Ichimoku(whole, { conversion, base, spanB });
        const live = new Ichimoku(source, { conversion, base, spanB });
        for (let i = 0; i < candles.length; i++) {
          if (i > 0) growing.next();
          whole.cursor.index = source.cursor.index = i;
          expect(lines.ready).toBe(i >= spanB - 1);
          if (!lines.ready) continue;
          const middle = (n: number): number => {
            const window = candles.slice(Math.max(0, i - n + 1), i + 1);
            return (Math.max(...window.map((row) => row[0])) + Math.min(...window.map((row) => row[1]))) / 20;
          };
          const [c, b] = [middle(conversion), middle(base)];
          expect([lines.conversion, lines.base, lines.spanB]).toEqual([c, b, middle(spanB)]);
          expect(lines.spanA).toBeCloseTo((c + b) / 2, 10);
          expect([live.conversion, live.base, live.spanA, live.spanB]).toEqual([lines.conversion, lines.base, lines.spanA, lines.spanB]);
          const gap = new Decimal(c).minus(b);
          expect(lines.compareLines()).toBe(gap.comparedTo(0));
          expect(lines.compareGap(exactDistance(ratio("0.05")))).toBe(gap.abs().comparedTo("0.05"));
          expect(lines.compareGap(new ExactPrice(123, 3))).toBe(gap.abs().comparedTo("0.123"));
        }
      }),
    );
  });

  test("is not compared before it is ready", () => {
    const source = sourceOf(closesOf([1, 2]));
    source.cursor.index = 0;
    expectMisuse(
      () => new Ichimoku(source, { conversion: 1, base: 1, spanB: 2 }).compareLines(),
      "INDICATOR_NOT_READY",
      /Ichimoku needs 2 bars/,
    );
  });
});

test("products of whole numbers are compared exactly, whatever their size and sign", () => {
  const factor = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger());
  fc.assert(
    fc.property(fc.array(factor, { maxLength: 5 }), fc.array(factor, { maxLength: 5 }), fc.boolean(), (a, b, near) => {
      const other = near && a.length > 0 ? [...a.slice(0, -1), a.at(-1)! - 1] : b;
      const product = (factors: readonly number[]): bigint => factors.reduce((x, f) => x * BigInt(f), 1n);
      const difference = product(a) - product(other);
      expect(compareProducts(a, other)).toBe(difference > 0n ? 1 : difference < 0n ? -1 : 0);
    }),
    { numRuns: 1000 },
  );
});
