import type { EpochMs } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Curve } from "./curve.js";
import { curveOf, type Returns } from "./source.js";

/** One stay below a peak. Times are `null` for plain returns. */
export interface DrawdownPeriod {
  /** (peak - trough) / peak: a fraction. */
  readonly depth: number;
  /** Last point at the peak; -1 is the initial equity, which carries the first point's time. */
  readonly peakIndex: number;
  readonly peakTime: EpochMs | null;
  readonly peakValue: number;
  readonly troughIndex: number;
  readonly troughTime: EpochMs | null;
  readonly troughValue: number;
  /** First point back at the peak or above it; `null` while under water. */
  readonly recoveryIndex: number | null;
  readonly recoveryTime: EpochMs | null;
  /** Points from the peak to the recovery, or to the last point. */
  readonly points: number;
  /** The same in milliseconds. */
  readonly duration: number | null;
}

export function drawdownPeriodsOf(curve: Curve, equity: Float64Array): DrawdownPeriod[] {
  const periods: DrawdownPeriod[] = [];
  let peak = curve.initial;
  let peakIndex = -1;
  let trough = peak;
  let troughIndex = -1;

  const close = (endIndex: number, recovered: boolean): void => {
    const end = curve.timeAt(endIndex);
    const peakTime = curve.timeAt(peakIndex);
    periods.push(
      Object.freeze({
        depth: (peak - trough) / peak,
        peakIndex,
        peakTime,
        peakValue: peak,
        troughIndex,
        troughTime: curve.timeAt(troughIndex),
        troughValue: trough,
        recoveryIndex: recovered ? endIndex : null,
        recoveryTime: recovered ? end : null,
        points: endIndex - peakIndex,
        duration: end === null || peakTime === null ? null : end - peakTime,
      }),
    );
  };

  for (let i = 0; i < equity.length; i++) {
    const value = equity[i]!;
    if (value >= peak) {
      if (trough < peak) close(i, true);
      peak = value;
      peakIndex = i;
      trough = value;
      troughIndex = i;
    } else if (value < trough) {
      trough = value;
      troughIndex = i;
    }
  }
  if (trough < peak) close(equity.length - 1, false);
  return periods;
}

/**
 * Every stay below a peak in time order, the last one possibly not recovered. Touching the old peak is a recovery.
 * @throws LabError `RETURNS_UNDEFINED` for plain returns below -1, and those of any bad source.
 */
export function drawdownPeriods(source: Returns): readonly DrawdownPeriod[] {
  const curve = curveOf(source);
  if (curve.length === 0) return [];
  const equity = curve.equity;
  if (equity.value === null) throw new LabError("RETURNS_UNDEFINED", `No drawdown: ${equity.reason}.`);
  return drawdownPeriodsOf(curve, equity.value);
}
