import type { Curve } from "./curve.js";
import { curveOf, type Returns } from "./source.js";
import { defined, type Stat } from "./stat.js";

export function totalReturnStat(curve: Curve): Stat {
  const equity = curve.equity;
  return equity.value === null ? equity : defined(equity.value[curve.length - 1]! / curve.initial - 1);
}

/** Total return as a fraction: final / initial - 1. It can be below -1 (debt). `null` without points. */
export function totalReturn(source: Returns): number | null {
  return totalReturnStat(curveOf(source)).value;
}
