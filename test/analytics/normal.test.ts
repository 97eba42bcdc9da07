import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalCdf, normalQuantile } from "../../src/analytics/index.js";

// Computed with 60 digits (mpmath 1.3: erfc, and bisection for the quantile) at the exact double arguments.
const CDF: readonly (readonly [number, number])[] = [
  [-37.5, 4.605353009581955e-308],
  [-20, 2.7536241186062337e-89],
  [-10, 7.619853024160525e-24],
  [-8, 6.220960574271784e-16],
  [-5.7, 5.990371401063528e-9],
  [-5.6, 1.071759025831093e-8],
  [-3, 0.0013498980316300946],
  [-1.96, 0.024997895148220435],
  [-1, 0.15865525393145705],
  [-0.68, 0.2482522304535705],
  [-0.66, 0.25462691467133614],
  [-0.5, 0.3085375387259869],
  [-1e-9, 0.49999999960105773],
  [0, 0.5],
  [0.3, 0.6179114221889527],
  [0.67, 0.7485711049046899],
  [1, 0.8413447460685429],
  [2, 0.9772498680518208],
  [4, 0.9999683287581669],
  [6, 0.9999999990134123],
  [8, 0.9999999999999993],
];
const QUANTILE: readonly (readonly [number, number])[] = [
  [1e-300, -37.0470962993612],
  [1e-100, -21.273453560965326],
  [1e-20, -9.262340089798407],
  [1e-15, -7.941345326170997],
  [1e-12, -7.034483825301132],
  [1e-11, -6.706023155495136],
  [1e-5, -4.264890793922825],
  [0.001, -3.0902323061678136],
  [0.01, -2.326347874040841],
  [0.025, -1.9599639845400543],
  [0.07, -1.4757910281791706],
  [0.08, -1.4050715603096327],
  [0.25, -0.6744897501960817],
  [0.4, -0.2533471031357997],
  [0.6, 0.2533471031357997],
  [0.75, 0.6744897501960817],
  [0.95, 1.6448536269514722],
  [0.975, 1.9599639845400538],
  [0.99, 2.3263478740408408],
  [0.9999, 3.7190164854557084],
  [0.999999, 4.753424308817087],
];

describe("normalCdf", () => {
  it.each(CDF)("is exact to a relative 1e-14 at %d", (x, expected) => {
    expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(1e-14);
  });
  it("ends at 0 and 1", () => {
    expect(normalCdf(-Infinity)).toBe(0);
    expect(normalCdf(Infinity)).toBe(1);
    expect(normalCdf(-50)).toBe(0);
    expect(normalCdf(50)).toBe(1);
  });
  it("is symmetric and never falls", () => {
    const x = fc.double({ min: -12, max: 12, noNaN: true });
    fc.assert(fc.property(x, (a) => Math.abs(normalCdf(a) + normalCdf(-a) - 1) < 1e-15));
    fc.assert(fc.property(x, x, (a, b) => Math.abs(a - b) < 1e-9 || normalCdf(Math.min(a, b)) <= normalCdf(Math.max(a, b))));
  });
});

describe("normalQuantile", () => {
  it.each(QUANTILE)("is exact to a relative 1e-14 at %d", (p, expected) => {
    expect(Math.abs(normalQuantile(p) / expected - 1)).toBeLessThan(1e-14);
  });
  it("is 0 at one half", () => expect(normalQuantile(0.5)).toBe(0));
  it("undoes the distribution function", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-4, noNaN: true }), (p) => Math.abs(normalCdf(normalQuantile(p)) / p - 1) < 2e-13),
    );
  });
  it.each([0, 1, -0.1, 1.1, Number.NaN])("refuses the probability %d", (p) => {
    expect(() => normalQuantile(p)).toThrow(/probability must be a finite number, greater than 0 and less than 1/);
  });
});
