import type { PerformanceSource, Trade } from "../core/index.js";
import { YEAR_MS } from "../core/index.js";
import type { Curve } from "./curve.js";
import { curveOf, tradesOf } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";

export function exposureStat(curve: Curve, trades: readonly Trade[]): Stat {
  if (curve.length === 0) return undefinedBecause("there are no points");
  if (curve.time === undefined) return undefinedBecause("the returns carry no times");
  const byEntry = trades.slice().sort((a, b) => a.entryTime - b.entryTime);
  let held = 0;
  let heldUntil = -Infinity;
  for (const { entryTime, exitTime } of byEntry) {
    held += Math.max(0, exitTime - Math.max(entryTime, heldUntil));
    heldUntil = Math.max(heldUntil, exitTime);
  }
  return defined(Math.min(1, held / (curve.years * YEAR_MS)));
}

/**
 * Share of the time with a position, as a fraction: the length of the union of the trades' [entry, exit) over the span of the curve.
 * Positions held at once (several symbols) count once; a position that is open and not yet a trade does not count. `null` without points.
 */
export function exposure(source: PerformanceSource): number | null {
  return exposureStat(curveOf(source), tradesOf(source)).value;
}
