import { CandleSeries } from "../../src/core/index.js";
import { ColumnCache, type IndicatorSource } from "../../src/indicators/index.js";

/** A series of closes in price units; each candle opens at the last close. */
export function closesOf(closes: readonly number[], priceDp = 1): CandleSeries {
  const close = Float64Array.from(closes);
  const open = close.map((units, i) => close[i - 1] ?? units);
  return new CandleSeries({
    symbol: "ABCUSDT",
    interval: "1m",
    priceDp,
    volumeDp: 0,
    time: close.map((_, i) => i * 60_000),
    open,
    high: close.map((units, i) => Math.max(units, open[i]!)),
    low: close.map((units, i) => Math.min(units, open[i]!)),
    close,
    volume: close.map(() => 1),
  });
}

/** A cursor a test moves, and what indicators are made from. */
export function sourceOf(series: CandleSeries): IndicatorSource & { cursor: { index: number } } {
  return { series, cursor: { index: -1 }, columns: new ColumnCache() };
}
