import { type CandleSeries, intervalName, pow10, type Trade } from "../core/index.js";
import { bucketLength, type Figure, figure, PALETTE, rebucket } from "../display/index.js";
import { hasMembers, LabError, wrongInput } from "../errors/index.js";
import { counted, minuteText } from "./format.js";
import { type ChartOptions, chartLayout, checkOptions } from "./frame.js";
import { type FillMark, fillTraces, tradeTraces } from "./trade-marks.js";

/** A line drawn with the candles: one value a candle of the series, NaN where there is none yet. */
export interface IndicatorLine {
  readonly name: string;
  readonly values: ArrayLike<number>;
  /** `price` (the default), `volume`, or any other name for a pane of its own below, which indicators of that name share. */
  readonly pane?: string;
}

/** What a candle chart shows besides the candles. */
export interface CandleChartOptions extends ChartOptions {
  readonly trades?: readonly Trade[];
  /** Single executions, of a run (`run.fills`) or of a venue (`await venue.executions({ since: 0 })`). */
  readonly fills?: readonly FillMark[];
  readonly indicators?: readonly IndicatorLine[];
}

/** Candles drawn at most; more are merged into longer ones, and the chart says so. */
const MAX_CANDLES = 1500;
const PRICE_PANE = "price";
const VOLUME_PANE = "volume";
const PANE_HEIGHT = 110;
const GAP = 0.03;
/** Apart from each other and from the candles. */
const LINE_COLORS = [PALETTE.blue, PALETTE.purple, PALETTE.orange, PALETTE.sky, PALETTE.ink, PALETTE.grey];

/** Where each pane stands, from the bottom up in fractions of the plot: own panes, volume, price. */
function domains(panes: readonly string[], height: number): { readonly [pane: string]: [number, number] } {
  const share = PANE_HEIGHT / height;
  const out: Record<string, [number, number]> = {};
  let bottom = 0;
  for (const pane of [...panes].reverse()) {
    out[pane] = [bottom, bottom + share];
    bottom += share + GAP;
  }
  out[VOLUME_PANE] = [bottom, bottom + 0.14];
  out[PRICE_PANE] = [bottom + 0.14 + GAP, 1];
  return out;
}

/**
 * Candles with volume, indicators in line or in panes of their own, where trades began and ended, and single fills.
 * @throws LabError `CHART_INPUT` for something else than candles, `INDICATOR_LENGTH` when an indicator has not one value a candle, `CHART_EMPTY`, `OPTION_UNKNOWN`.
 */
export function candleChart(series: CandleSeries, options: CandleChartOptions = {}): Figure {
  if (!hasMembers(series, "close", "intervalMs")) throw wrongInput("CHART_INPUT", "candleChart", "a candle series", series);
  checkOptions("candleChart", options, ["trades", "fills", "indicators"]);
  const { trades = [], fills = [], indicators = [] } = options;
  if (series.length === 0) throw new LabError("CHART_EMPTY", `The series ${series.symbol} ${series.interval} has no candles to draw.`);
  for (const { name, values } of indicators)
    if (values.length !== series.length)
      throw new LabError(
        "INDICATOR_LENGTH",
        `Indicator ${name} has ${values.length} values for ${series.length} candles; give one a candle, NaN where there is none.`,
      );

  const first = series.time[0]!;
  const last = series.time[series.length - 1]!;
  const end = last + series.intervalMs;
  const inside = trades.filter((trade) => trade.entryTime < end && trade.exitTime >= first);
  const marked = fills.filter(({ time }) => time >= first && time < end);
  const length = bucketLength(series.intervalMs, end - first, MAX_CANDLES);
  const drawn = rebucket(series, length);
  const price = (units: readonly number[]): number[] => units.map((value) => value / pow10(series.priceDp));
  const volume = drawn.volume.map((value) => value / pow10(series.volumeDp));
  const rising = drawn.close.map((close, i) => close >= drawn.open[i]!);

  const panes = [...new Set(indicators.map(({ pane = PRICE_PANE }) => pane))].filter((pane) => pane !== PRICE_PANE && pane !== VOLUME_PANE);
  const height = 480 + PANE_HEIGHT * panes.length;
  const domain = domains(panes, height);
  const axisOf = (pane: string): string => (pane === PRICE_PANE ? "y" : pane === VOLUME_PANE ? "y2" : `y${panes.indexOf(pane) + 3}`);
  const side = (color: string): Record<string, unknown> => ({ line: { color, width: 1 }, fillcolor: color });
  const data: Record<string, unknown>[] = [
    {
      type: "candlestick",
      name: series.symbol,
      x: drawn.time,
      open: price(drawn.open),
      high: price(drawn.high),
      low: price(drawn.low),
      close: price(drawn.close),
      increasing: side(PALETTE.up),
      decreasing: side(PALETTE.down),
      showlegend: false,
    },
    {
      type: "bar",
      name: "volume",
      x: drawn.time,
      y: volume,
      yaxis: "y2",
      marker: { color: rising.map((up) => (up ? PALETTE.up : PALETTE.down)), opacity: 0.45, line: { width: 0 } },
      hovertemplate: "volume %{y}<extra></extra>",
      showlegend: false,
    },
    ...indicators.map(({ name, values, pane = PRICE_PANE }, k) => ({
      type: "scatter",
      mode: "lines",
      name,
      x: drawn.time,
      y: drawn.lastIndex.map((i) => values[i]!),
      yaxis: axisOf(pane),
      line: { width: 1.5, color: LINE_COLORS[k % LINE_COLORS.length] },
    })),
    ...tradeTraces(inside),
    ...fillTraces(marked),
  ];

  const merged = length === series.intervalMs ? "" : `${series.interval} candles shown as ${intervalName(length)}`;
  const outside = trades.length - inside.length;
  const missed = fills.length - marked.length;
  const range = `${minuteText(first)} to ${minuteText(last)} UTC`;
  const synthetic = options.synthetic ?? series.source.synthetic;
  const paneAxes = Object.fromEntries(
    panes.map((pane, i) => [`yaxis${i + 3}`, { domain: domain[pane], title: { text: pane }, nticks: 4 }]),
  );
  return figure({
    data,
    layout: {
      ...chartLayout(`${series.symbol} ${series.interval}`, height, { ...options, synthetic }, [
        range,
        merged,
        outside === 0 ? "" : `${counted(outside, "trade")} outside it not drawn`,
        missed === 0 ? "" : `${counted(missed, "fill")} outside it not drawn`,
      ]),
      xaxis: {
        type: "date",
        range: [drawn.time[0]! - length / 2, drawn.time.at(-1)! + length * 1.5],
        rangeslider: { visible: false },
        anchor: panes.length > 0 ? axisOf(panes.at(-1)!) : "y2",
        showspikes: true,
        spikethickness: 1,
        spikedash: "dot",
        spikemode: "across",
      },
      yaxis: { domain: domain[PRICE_PANE] },
      yaxis2: { domain: domain[VOLUME_PANE], title: { text: "volume" }, nticks: 3, rangemode: "tozero" },
      ...paneAxes,
      bargap: 0.1,
      dragmode: "zoom",
    },
  });
}
