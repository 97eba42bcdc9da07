import { LabError } from "../errors/index.js";
import { curveOf, type Returns } from "./source.js";

/**
 * Simple returns per point as fractions: v[i] / v[i-1] - 1, the first against the initial equity.
 * @returns as many returns as points.
 * @throws LabError `RETURNS_UNDEFINED` when equity was zero or less before the last point, and those of any bad source.
 */
export function returns(source: Returns): Float64Array {
  const curve = curveOf(source);
  if (curve.length === 0) return new Float64Array(0);
  const series = curve.returns;
  if (series.value === null) throw new LabError("RETURNS_UNDEFINED", `No returns: ${series.reason}.`);
  return series.value.slice();
}

/**
 * Simple returns between prices: p[i] / p[i-1] - 1, one fewer than prices.
 * @throws LabError `PRICE_INVALID` naming index and value for a price that is not greater than zero.
 */
export function priceReturns(prices: ArrayLike<number>): Float64Array {
  for (let i = 0; i < prices.length; i++)
    if (!(typeof prices[i] === "number" && prices[i]! > 0 && prices[i]! < Infinity))
      throw new LabError("PRICE_INVALID", `prices[${i}] must be a finite price greater than zero, got ${String(prices[i])}.`, {
        details: { index: i, value: prices[i] },
      });
  const result = new Float64Array(Math.max(0, prices.length - 1));
  for (let i = 0; i < result.length; i++) result[i] = prices[i + 1]! / prices[i]! - 1;
  return result;
}
