import { cagrStat } from "./cagr.js";
import { checkOptions } from "./checks.js";
import type { Curve } from "./curve.js";
import { maxDrawdownStat } from "./max-drawdown.js";
import { type AnnualOptions, curveOf, type Returns } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";

export function calmarStat(curve: Curve): Stat {
  const growth = cagrStat(curve);
  if (growth.value === null) return growth;
  const worst = maxDrawdownStat(curve);
  if (worst.value === null) return worst;
  return worst.value === 0 ? undefinedBecause("there was no drawdown") : defined(growth.value / worst.value);
}

/**
 * Calmar ratio: compound annual growth rate / maximum drawdown, over the whole span (Young's original looks at the last 36 months).
 * `null` without a drawdown. Source: Young, "Calmar Ratio: A Smoother Tool", Futures 20(1), 1991.
 */
export function calmar(source: Returns, options: AnnualOptions = {}): number | null {
  checkOptions("calmar", options, ["periodsPerYear"]);
  return calmarStat(curveOf(source, options)).value;
}
