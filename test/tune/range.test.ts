import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal } from "../../src/core/index.js";
import { choice, range } from "../../src/tune/index.js";

describe("range", () => {
  test("includes its end", () => {
    expect(range(5, 30, 5)).toEqual([5, 10, 15, 20, 25, 30]);
    expect(range(3, 5)).toEqual([3, 4, 5]);
    expect(range(7, 7, 2)).toEqual([7]);
  });

  test("stops before an end that no step lands on", () => {
    expect(range(1, 10, 4)).toEqual([1, 5, 9]);
  });

  test("counts in decimals, so that 0.3 is 0.3", () => {
    expect(range(0.1, 0.5, 0.1)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  });

  test("gives Decimals for text", () => {
    const values = range("0.1", "0.5", "0.1");
    expect(values.every((value) => Decimal.isDecimal(value))).toBe(true);
    expect(values.map(String)).toEqual(["0.1", "0.2", "0.3", "0.4", "0.5"]);
    expect(range("0.00000000000000000001", "0.00000000000000000003", "0.00000000000000000001").map(String)).toHaveLength(3);
  });

  test("counts down with a negative step", () => {
    expect(range(10, 0, -5)).toEqual([10, 5, 0]);
  });

  test("refuses a step of 0, of the wrong sign, and a million values", () => {
    expect(() => range(1, 5, 0)).toThrow(expect.objectContaining({ code: "RANGE_INVALID" }));
    expect(() => range(10, 0, 5)).toThrow(/Did you mean range\(10, 0, -5\)/);
    expect(() => range(5, 1)).toThrow(/leads away from the end/);
    expect(() => range(0, 1, 1e-9)).toThrow(/1000000001 values/);
    expect(() => range(0, Number.NaN)).toThrow(expect.objectContaining({ code: "DECIMAL_INVALID" }));
    expect(() => range("a", 3)).toThrow(expect.objectContaining({ code: "DECIMAL_INVALID" }));
  });

  test("any from, step and count: as many values as counted, from first to last, evenly apart", () => {
    const part = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(
        part,
        part.filter((step) => step !== 0),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 6 }),
        (from, step, count, dp) => {
          const scale = new Decimal(10).pow(dp);
          const first = new Decimal(from).div(scale);
          const by = new Decimal(step).div(scale);
          const last = first.plus(by.times(count));
          const values = range(first, last, by);
          expect(values).toHaveLength(count + 1);
          expect(values.at(-1)!.eq(last)).toBe(true);
          for (let i = 1; i < values.length; i++) expect(values[i]!.minus(values[i - 1]!).eq(by)).toBe(true);
          const numbers = range(first.toNumber(), last.toNumber(), by.toNumber());
          expect(numbers).toEqual(values.map((value) => value.toNumber()));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("choice", () => {
  test("keeps its values in order", () => {
    expect(choice("b", "a")).toEqual(["b", "a"]);
  });
  test("refuses nothing, and a list in place of values", () => {
    expect(() => choice()).toThrow(expect.objectContaining({ code: "CHOICE_INVALID" }));
    expect(() => choice([1, 2])).toThrow(/choice\(10, 20, 50\)/);
  });
});
