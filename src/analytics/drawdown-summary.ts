import type { Curve } from "./curve.js";
import { type DrawdownPeriod, drawdownPeriodsOf } from "./drawdown-periods.js";
import { curveOf, type Returns } from "./source.js";
import { defined, type Stat } from "./stat.js";

/** The drawdowns of a curve in short. */
export interface DrawdownSummary {
  /** The deepest stay below a peak, the first of equals; `null` when there was none. */
  readonly worst: DrawdownPeriod | null;
  /** The stay of most points, the first of equals. */
  readonly longest: DrawdownPeriod | null;
  /** Fraction below the peak at the last point; 0 at the peak. */
  readonly current: number;
  /** Mean depth of all stays as a fraction, the current one included; 0 when there was none. */
  readonly mean: number;
  readonly count: number;
}

export function drawdownSummaryStat(curve: Curve): Stat<DrawdownSummary> {
  const equity = curve.equity;
  if (equity.value === null) return equity;
  const periods = drawdownPeriodsOf(curve, equity.value);
  let worst: DrawdownPeriod | null = null;
  let longest: DrawdownPeriod | null = null;
  let sum = 0;
  for (const period of periods) {
    if (worst === null || period.depth > worst.depth) worst = period;
    if (longest === null || period.points > longest.points) longest = period;
    sum += period.depth;
  }
  const last = periods.at(-1);
  const current = last === undefined || last.recoveryIndex !== null ? 0 : (last.peakValue - equity.value.at(-1)!) / last.peakValue;
  return defined(Object.freeze({ worst, longest, current, mean: periods.length === 0 ? 0 : sum / periods.length, count: periods.length }));
}

/** Worst, longest, current and mean drawdown with peak, trough and recovery times; `null` without points. */
export function drawdownSummary(source: Returns): DrawdownSummary | null {
  return drawdownSummaryStat(curveOf(source)).value;
}
