import { checkNumber } from "./checks.js";
import type { Curve } from "./curve.js";
import { curveOf, type Returns } from "./source.js";
import { defined, type Stat } from "./stat.js";

function deepest(values: Float64Array, initial: number, n: number): number {
  let peak = initial;
  let worst = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    if (value > peak) peak = value;
    else {
      const depth = (peak - value) / peak;
      if (!(depth <= worst)) worst = depth;
    }
  }
  return worst;
}

export function maxDrawdownStat(curve: Curve): Stat {
  const equity = curve.equity;
  return equity.value === null ? equity : defined(deepest(equity.value, curve.initial, curve.length));
}

/**
 * Maximum drawdown as a fraction: the largest (peak - value) / peak, the peak starting at the initial equity; 0 without a loss, above 1
 * in debt. `drawdownSummary` says when. `null` without points.
 * @throws LabError for a bad source.
 */
export function maxDrawdown(source: Returns): number | null {
  return maxDrawdownStat(curveOf(source)).value;
}

/**
 * Maximum drawdown of the first `n` values of an equity column: the kernel of sweeps. One pass, no allocation.
 * @throws LabError `OPTION_INVALID` for `initial` or `n` out of range, or a value that is not finite.
 */
export function maxDrawdownOfEquity(values: Float64Array, initial: number, n: number = values.length): number {
  checkNumber("initial equity", initial, { above: 0 });
  checkNumber("n", n, { min: 0, max: values.length });
  return checkNumber("drawdown of the equity values", deepest(values, initial, n));
}
