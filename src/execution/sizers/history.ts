import { CandleSeries, SeriesBar } from "../../core/index.js";

/** The candles up to this moment, as a sizer may look back on them: 0 is this bar, undefined lies before the first. */
export interface BarHistory {
  /** Bars before this one; -1 where there is none yet. */
  readonly index: number;
  /** Length of a candle in milliseconds. */
  readonly intervalMs: number;
  closeAgo(bars: number): number | undefined;
  highAgo(bars: number): number | undefined;
  lowAgo(bars: number): number | undefined;
}

/** A series at its last candle, for a sizer that is used alone. */
export function historyOf(input: BarHistory | CandleSeries): BarHistory {
  if (!(input instanceof CandleSeries)) return input;
  const bar = new SeriesBar(input, 0);
  bar.index = input.length - 1;
  return bar;
}
