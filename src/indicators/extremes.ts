import type { Column } from "./column.js";
import type { IndicatorSource } from "./source.js";

/**
 * Highest high (`sign` 1) or lowest low (-1) of the last `period` bars, in price units; of fewer where there are fewer. A queue of candidates, each beaten by
 * none after it, so that a bar costs a constant however long the window.
 */
function fillExtremes(values: Float64Array, prices: Float64Array, period: number, sign: 1 | -1, from: number, to: number): void {
  const queue: number[] = [];
  let head = 0;
  for (let i = Math.max(0, from - period + 1); i < to; i++) {
    while (queue.length > head && (prices[queue.at(-1)!]! - prices[i]!) * sign <= 0) queue.pop();
    queue.push(i);
    if (queue[head]! <= i - period) head++;
    if (i >= from) values[i] = prices[queue[head]!]!;
  }
}

/** The column of highest highs over `period` bars. */
export function highest(source: IndicatorSource, period: number): Column {
  const { series, columns } = source;
  return columns.doubles(series, `highest:${period}`, (values, from, to) => fillExtremes(values, series.high, period, 1, from, to));
}

/** The column of lowest lows over `period` bars. */
export function lowest(source: IndicatorSource, period: number): Column {
  const { series, columns } = source;
  return columns.doubles(series, `lowest:${period}`, (values, from, to) => fillExtremes(values, series.low, period, -1, from, to));
}
