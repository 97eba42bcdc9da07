import { type CandleSeries, unitsText } from "../core/index.js";
import { syntheticCandles } from "../data/index.js";

/** A year of one-minute candles. */
export const BENCH_BARS = 525_600;

/** SHA-256 of {@link benchCsv} of the ungapped series of {@link BENCH_BARS}: the figures of two runs compare only if it holds. */
export const BENCH_CSV_SHA256 = "36fa19bb38abec18ad0291775e3ca130af1bc0ea33559ad83eef2bcf7df16c9b";

/** The series of W1 and W2 (without gaps: each candle opens at the last close) or of W1g and W1b (with gaps). */
export function benchSeries(options: { bars?: number; gaps?: boolean; seed?: number } = {}): CandleSeries {
  return syntheticCandles({ bars: options.bars ?? BENCH_BARS, seed: options.seed ?? 42, gaps: options.gaps ?? false });
}

/** The series as the CSV file that W3 reads: `timestamp,open,high,low,close,volume`, epoch milliseconds, one and three decimals. */
export function benchCsv(series: CandleSeries): string {
  const { time, open, high, low, close, volume, priceDp, volumeDp } = series;
  const price = textCache(priceDp);
  const quantity = textCache(volumeDp);
  const lines = ["timestamp,open,high,low,close,volume"];
  for (let i = 0; i < series.length; i++)
    lines.push(`${time[i]},${price(open[i]!)},${price(high[i]!)},${price(low[i]!)},${price(close[i]!)},${quantity(volume[i]!)}`);
  lines.push("");
  return lines.join("\n");
}

/** Texts of units, each made once: the walk visits the same prices again and again. */
function textCache(dp: number): (units: number) => string {
  const texts = new Map<number, string>();
  return (units) => {
    let text = texts.get(units);
    if (text === undefined) {
      text = unitsText(units, dp);
      texts.set(units, text);
    }
    return text;
  };
}
