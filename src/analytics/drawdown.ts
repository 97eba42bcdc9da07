import { LabError } from "../errors/index.js";
import { curveOf, type Returns } from "./source.js";

/**
 * Drawdown at each point as a fraction of the running peak: (peak - value) / peak, 0 at a peak, above 1 in debt. The peak starts at
 * the initial equity.
 * @throws LabError `RETURNS_UNDEFINED` for plain returns below -1, and those of any bad source.
 */
export function drawdown(source: Returns): Float64Array {
  const curve = curveOf(source);
  if (curve.length === 0) return new Float64Array(0);
  const equity = curve.equity;
  if (equity.value === null) throw new LabError("RETURNS_UNDEFINED", `No drawdown: ${equity.reason}.`);
  let peak = curve.initial;
  return equity.value.map((value) => {
    if (value > peak) peak = value;
    return (peak - value) / peak;
  });
}
