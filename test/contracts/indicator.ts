import fc from "fast-check";
import { expect, test } from "vitest";
import type { Indicator, IndicatorSource } from "../../src/indicators/index.js";
import { closesOf, growingLike, sourceOf } from "../indicators/market.js";
import { expectMisuse } from "../misuse.js";

/** What every indicator with a period keeps to. */
export function indicatorContract(
  make: (source: IndicatorSource, period: number) => Indicator,
  firstBar: (period: number) => number,
): void {
  const walk = fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 80 });
  const periods = fc.integer({ min: 1, max: 20 });

  test("is ready, and shows a number, from its first bar on and never before", () => {
    fc.assert(
      fc.property(walk, periods, (closes, period) => {
        const source = sourceOf(closesOf(closes));
        const indicator = make(source, period);
        for (source.cursor.index = 0; source.cursor.index < closes.length; source.cursor.index++) {
          expect(indicator.ready).toBe(source.cursor.index >= firstBar(period));
          expect(Number.isFinite(indicator.value)).toBe(indicator.ready);
        }
      }),
    );
  });

  test("never looks ahead: on a longer series, with the columns shared, it shows the same", () => {
    fc.assert(
      fc.property(walk, walk, periods, (closes, later, period) => {
        const short = sourceOf(closesOf(closes));
        const long = sourceOf(closesOf([...closes, ...later]));
        const [a, b] = [make(short, period), make(long, period)];
        for (let i = 0; i < closes.length; i++) {
          short.cursor.index = long.cursor.index = i;
          expect(b.value).toBe(a.value);
        }
      }),
    );
  });

  test("follows a series that grows: candle by candle, or several at once, it shows the very numbers of the whole", () => {
    const steps = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(walk, steps, periods, (closes, sizes, period) => {
        const whole = sourceOf(closesOf(closes));
        const growing = growingLike(whole.series);
        const source = sourceOf(growing.series);
        let expected: Indicator | undefined;
        let indicator: Indicator | undefined;
        for (let step = 0; growing.series.length < closes.length; step++) {
          for (let n = sizes[step % sizes.length]!; n > 0 && growing.series.length < closes.length; n--) growing.next();
          expected ??= make(whole, period);
          indicator ??= make(source, period);
          whole.cursor.index = source.cursor.index = growing.series.length - 1;
          expect(indicator.ready).toBe(expected.ready);
          expect(indicator.value).toBe(expected.value);
        }
        for (let i = 0; i < closes.length; i++) {
          whole.cursor.index = source.cursor.index = i;
          expect(indicator!.value).toBe(expected!.value);
        }
      }),
    );
  });

  test("shares its column: two of one kind on one series show the same at their own cursors", () => {
    const source = sourceOf(closesOf([5, 6, 7, 8, 9, 10, 9, 8]));
    const other = { ...source, cursor: { index: 7 } };
    const [a, b] = [make(source, 3), make(other, 3)];
    source.cursor.index = 7;
    expect(a.value).toBe(b.value);
  });

  test.each([0, -1, 1.5, Number.NaN, 1e7])("a period of %s is misuse", (period) => {
    expectMisuse(() => make(sourceOf(closesOf([1, 2])), period), "PERIOD_INVALID", `whole period from 1 to 1000000, got ${period}`);
  });
}
