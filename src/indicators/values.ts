import type { CandleSeries } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { IndicatorSet } from "./set.js";
import { ColumnCache } from "./source.js";

/**
 * An indicator's values over a whole series, for charts and statistics: one double a bar, NaN before it is ready.
 * @param choose - asks for the indicator as a strategy does; of several values of one, a function that reads the wanted one.
 * @example indicators.values(series, (set) => set.sma(20))
 * @example indicators.values(series, (set) => { const bands = set.bollinger(20); return () => bands.upper; })
 * @throws LabError `INDICATOR_INVALID` where `choose` returns neither an indicator nor a function; what indicators throw.
 */
export function indicatorValues(
  series: CandleSeries,
  choose: (set: IndicatorSet) => { readonly value: number } | (() => number),
): Float64Array {
  const cursor = { index: -1 };
  const chosen = choose(new IndicatorSet({ series, cursor, columns: new ColumnCache() }));
  const read = typeof chosen === "function" ? chosen : typeof chosen?.value === "number" ? (): number => chosen.value : undefined;
  if (read === undefined)
    throw new LabError(
      "INDICATOR_INVALID",
      "The function must return an indicator, as in (set) => set.sma(20), or a function that reads one.",
    );
  return Float64Array.from({ length: series.length }, (_, index) => {
    cursor.index = index;
    return read();
  });
}
