import { CandleBuffer, CandleSeries } from "../../src/core/index.js";
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

/** An empty series of the same kind that grows, and what appends the next candle of another one to it. */
export function growingLike(whole: CandleSeries): { series: CandleBuffer; next(): void } {
  const { symbol, interval, priceDp, volumeDp, time, open, high, low, close, volume } = whole;
  const series = new CandleBuffer({ symbol, interval, priceDp, volumeDp, capacity: whole.length + 1 });
  const next = (): void => {
    const i = series.length;
    series.appendUnits(time[i]!, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!);
  };
  return { series, next };
}
