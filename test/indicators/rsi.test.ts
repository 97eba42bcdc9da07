import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, ratio, seededRandom } from "../../src/core/index.js";
import { Rsi } from "../../src/indicators/index.js";
import { indicatorContract } from "../contracts/indicator.js";
import { expectMisuse } from "../misuse.js";
import { closesOf, sourceOf } from "./market.js";

/** Averages of rises and falls as fractions over one common denominator: exact. */
interface Fractions {
  readonly gain: bigint;
  readonly loss: bigint;
}

/** Wilder's averages in whole numbers, from the first bar: each step multiplies the common denominator by the period. */
function exactRun(closes: readonly number[], period: number): Fractions[] {
  const p = BigInt(period);
  const averages: Fractions[] = [];
  let [gain, loss, denominator] = [0n, 0n, p];
  for (let i = 1; i < closes.length; i++) {
    const change = BigInt(closes[i]! - closes[i - 1]!);
    const [up, down] = change > 0n ? [change, 0n] : [0n, -change];
    if (i <= period) [gain, loss] = [gain + up, loss + down];
    else {
      gain = gain * (p - 1n) + up * denominator;
      loss = loss * (p - 1n) + down * denominator;
      denominator *= p;
    }
    averages[i] = { gain, loss };
  }
  return averages;
}

/** Sign of RSI - threshold: 100 without losses, 0 without gains. */
function decide({ gain, loss }: Fractions, threshold: string): number {
  const { num, den } = ratio(threshold);
  const [n, hundred] = [BigInt(num), 100n * BigInt(den)];
  const difference = loss === 0n ? hundred - n : gain === 0n ? -n : gain * (hundred - n) - loss * n;
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

/** Asserts each decision, and returns how many were ties. */
function expectExact(closes: readonly number[], period: number, thresholds: readonly string[]): number {
  const source = sourceOf(closesOf(closes));
  const rsi = new Rsi(source, period);
  const exact = exactRun(closes, period);
  let ties = 0;
  for (let bar = period; bar < closes.length; bar++) {
    source.cursor.index = bar;
    for (const threshold of thresholds) {
      const sign = rsi.compare(ratio(threshold));
      const expected = decide(exact[bar]!, threshold);
      if (sign !== expected) expect({ bar, period, threshold, sign }).toEqual({ bar, period, threshold, sign: expected });
      if (sign === 0) ties++;
    }
  }
  return ties;
}

/** The same run in 40 digits, bar by bar. */
function decimalRun(closes: readonly number[], period: number): { gain: Decimal; loss: Decimal }[] {
  const averages: { gain: Decimal; loss: Decimal }[] = [];
  let gain = new Decimal(0);
  let loss = new Decimal(0);
  for (let i = 1; i < closes.length; i++) {
    const change = closes[i]! - closes[i - 1]!;
    const [up, down] = [Math.max(change, 0), Math.max(-change, 0)];
    if (i <= period) {
      gain = gain.plus(up);
      loss = loss.plus(down);
      if (i === period) [gain, loss] = [gain.div(period), loss.div(period)];
    } else {
      gain = gain
        .times(period - 1)
        .plus(up)
        .div(period);
      loss = loss
        .times(period - 1)
        .plus(down)
        .div(period);
    }
    averages[i] = { gain, loss };
  }
  return averages;
}

describe("Rsi", () => {
  indicatorContract(
    (source, period) => new Rsi(source, period),
    (period) => period,
  );

  test("Wilder's own arithmetic, by hand", () => {
    // Changes +2, -1, +3 | seed over three: gain 5/3, loss 1/3, RSI 100 - 100/6; then -2: gain 10/9, loss 8/9, RSI 500/9.
    const source = sourceOf(closesOf([10, 12, 11, 14, 12]));
    const rsi = new Rsi(source, 3);
    source.cursor.index = 3;
    expect(rsi.value).toBeCloseTo(100 - 100 / 6, 10);
    source.cursor.index = 4;
    expect(rsi.value).toBeCloseTo(500 / 9, 10);
    expect(rsi.compare(ratio("55.5"))).toBe(1);
    expect(rsi.compare(ratio("55.6"))).toBe(-1);
  });

  test("the published example: 14 periods of closes give 70.53, then 66.32 (StockCharts' table)", () => {
    const closes = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.614, 46.282, 46.282,
      46.0028,
    ];
    const source = sourceOf(
      closesOf(
        closes.map((close) => Math.round(close * 10_000)),
        4,
      ),
    );
    const rsi = new Rsi(source, 14);
    source.cursor.index = 14;
    expect(rsi.value).toBeCloseTo(70.53, 2);
    source.cursor.index = 15;
    expect(rsi.value).toBeCloseTo(66.32, 2);
  });

  test("no losses are 100, no gains 0, no changes at all 100, as in Tesser", () => {
    const at = (closes: readonly number[]): number => {
      const source = sourceOf(closesOf(closes));
      source.cursor.index = closes.length - 1;
      return new Rsi(source, 2).value;
    };
    expect(at([1, 2, 3, 4])).toBe(100);
    expect(at([4, 3, 2, 1])).toBe(0);
    expect(at([5, 5, 5, 5])).toBe(100);
  });

  test("is not compared before it is ready", () => {
    const source = sourceOf(closesOf([1, 2, 3]));
    source.cursor.index = 1;
    expectMisuse(() => new Rsi(source, 2).compare(ratio("50")), "INDICATOR_NOT_READY", /RSI\(2\) needs 3 bars/);
  });
});

describe("decisions are exact, whatever the doubles say", () => {
  const thresholds = ["0", "20", "25", "30", "50", "70", "75", "100"];

  test("on walks of few steps, where ties are common", () => {
    let ties = 0;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 120 }),
        fc.integer({ min: 1, max: 9 }),
        (changes, period) => {
          let price = 1000;
          const closes = [price];
          for (const change of changes) {
            price += change;
            closes.push(price);
          }
          ties += expectExact(closes, period, thresholds);
        },
      ),
      { numRuns: 150 },
    );
    expect(ties).toBeGreaterThan(100);
  });

  test("at thresholds within 1e-13 of the value itself, as an all-decimal run decides", () => {
    const random = seededRandom(3);
    let price = 50_000;
    const closes = Array.from({ length: 400 }, () => {
      price += Math.round((random() - 0.5) * 40);
      return price;
    });
    const period = 5;
    const decimals = decimalRun(closes, period);
    const exact = exactRun(closes, period);
    const source = sourceOf(closesOf(closes));
    const rsi = new Rsi(source, period);
    let misled = 0;
    for (let bar = 40; bar < closes.length; bar++) {
      source.cursor.index = bar;
      const { gain, loss } = decimals[bar]!;
      const value = gain.times(100).div(gain.plus(loss));
      for (const rounding of [Decimal.ROUND_DOWN, Decimal.ROUND_UP]) {
        const threshold = value.toDecimalPlaces(13, rounding);
        const { num, den } = ratio(threshold);
        const sign = rsi.compare({ num, den });
        if (Math.sign(rsi.value - threshold.toNumber()) !== sign) misled++;
        expect(sign).toBe(gain.times(new Decimal(100).minus(threshold)).comparedTo(loss.times(threshold)));
        expect(sign).toBe(decide(exact[bar]!, threshold.toFixed()));
      }
    }
    expect(misled, "doubles alone are wrong often enough for this to prove something").toBeGreaterThan(20);
  });

  test("a near tie keeps its side through a halt of any length", () => {
    // Period 2 halves both averages on every flat bar, until doubles have nothing left to compare.
    const random = seededRandom(11);
    let price = 10_000;
    const lively = Array.from({ length: 60 }, () => {
      price += Math.round((random() - 0.5) * 10);
      return price;
    });
    const halted = Array.from({ length: 1500 }, () => price);
    expectExact([...lively, ...halted, price + 1, price - 2], 2, ["50", "66.6666666666", "33.3333333333", "30", "70"]);
  });

  test("a market that only rises, for longer than doubles remember a loss", () => {
    const closes = [100, 99, ...Array.from({ length: 1400 }, (_, i) => 100 + i)];
    expectExact(closes, 1, ["0", "70", "100"]);
    expectExact(closes, 2, ["0", "70", "99.9999999999", "100"]);
  });
});
