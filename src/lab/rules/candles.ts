import { candleChart } from "../../charts/index.js";
import { type CandleSeries, timeText } from "../../core/index.js";
import { describeData, LoadedCandles, ResampledCandles, type ResampleReport } from "../../data/index.js";
import { type MimeBundle, type Table, table } from "../../display/index.js";
import { section } from "./section.js";

function describe(series: CandleSeries): readonly string[] {
  if (series instanceof LoadedCandles) return describeData(series.report);
  const { symbol, interval, length, source } = series;
  const span = length === 0 ? "empty" : `${timeText(series.time[0]!)} to ${timeText(series.time[length - 1]!)}`;
  return [
    ...(source.synthetic ? ["SYNTHETIC DATA: made by a generator, not by a market"] : []),
    `${length} ${length === 1 ? "candle" : "candles"} of ${symbol}, ${interval}, ${span} (${source.name})`,
    ...(series instanceof ResampledCandles ? resamplingLines(series.resampling) : []),
  ];
}

/** What resampling could not make whole. */
function resamplingLines({ from, to, partial, incomplete, empty }: ResampleReport): readonly string[] {
  return [
    `made of ${from} candles`,
    ...partial.map(
      ({ time, candles, of, kept }) =>
        `  ${to} of ${timeText(time)} has ${candles} of ${of} candles and was ${kept ? "kept" : 'left out (partial: "keep" keeps it)'}`,
    ),
    ...(incomplete > 0 ? [`  ${incomplete} ${to} candles in between lack some of theirs`] : []),
    ...(empty > 0 ? [`  ${empty} ${to} candles in between have none and are gaps`] : []),
  ];
}

/** Candles as a table of exact decimals: all of them, or some by their index. */
export function candleTable(series: CandleSeries, indices?: readonly number[]): Table {
  const rows = indices ?? Array.from({ length: series.length }, (_, i) => i);
  const candles = rows.map((i) => series.at(i)!);
  const { priceDp, volumeDp } = series;
  return table(
    candles.map((candle) => ({
      time: timeText(candle.time),
      open: candle.open.toFixed(priceDp),
      high: candle.high.toFixed(priceDp),
      low: candle.low.toFixed(priceDp),
      close: candle.close.toFixed(priceDp),
      volume: candle.volume.toFixed(volumeDp),
    })),
    { align: { open: "right", high: "right", low: "right", close: "right", volume: "right" } },
  );
}

/** What a series says of itself in a console. */
export function candleText(series: CandleSeries): string {
  return describe(series).join("\n");
}

/** A series in a notebook: what was read and what was wrong with it, first and last candles, and the chart. */
export function candleBundle(series: CandleSeries): Promise<MimeBundle> {
  const [title = "", ...lines] = describe(series);
  if (series.length === 0) return section(title, [{ lines }]);
  const last = series.length - 1;
  const ends = series.length > 6 ? [0, 1, 2, last - 2, last - 1, last] : undefined;
  return section(title, [{ lines }, candleTable(series, ends), candleChart(series)]);
}
