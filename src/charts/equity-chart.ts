import type { EquityPoints, Trade } from "../core/index.js";
import { type Figure, figure, lttb, PALETTE } from "../display/index.js";
import { hasMembers, LabError, wrongInput } from "../errors/index.js";
import { drawdownCurve } from "./drawdown.js";
import { amountText, counted, minuteText, percentText } from "./format.js";
import { type ChartOptions, chartLayout, checkOptions } from "./frame.js";
import { tradeHover } from "./trade-marks.js";

/** A curve to compare with, such as buying and holding. */
export interface Benchmark {
  readonly name?: string;
  readonly time: ArrayLike<number>;
  /** In the same currency as the equity. */
  readonly value: ArrayLike<number>;
}

/** What an equity chart shows besides the curve. */
export interface EquityChartOptions extends ChartOptions {
  readonly benchmark?: Benchmark;
  readonly trades?: readonly Trade[];
}

/** Points drawn at most per line; the chart says when there were more. */
const MAX_POINTS = 1800;

/** How far the drawdown axis reaches beyond the deepest point, so that its label fits below. */
const LABEL_ROOM = 1.35;

const at = (values: ArrayLike<number>, indices: readonly number[]): number[] => indices.map((i) => values[i]!);

/** The curve's value at a moment: that of the last point not after it. */
function valueAt(points: EquityPoints, time: number): number {
  let lo = 0;
  let hi = points.time.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (points.time[mid]! <= time) lo = mid + 1;
    else hi = mid;
  }
  return lo === 0 ? points.initial : points.value[lo - 1]!;
}

function exits(points: EquityPoints, trades: readonly Trade[], won: boolean): Record<string, unknown> {
  const chosen = trades.filter((trade) => trade.netPnl.gt(0) === won);
  return {
    type: "scatter",
    mode: "markers",
    name: `${won ? "won" : "lost"} (${chosen.length})`,
    x: chosen.map((trade) => trade.exitTime),
    y: chosen.map((trade) => valueAt(points, trade.exitTime)),
    text: chosen.map(tradeHover),
    hovertemplate: "%{text}<extra></extra>",
    marker: { size: 5, color: won ? PALETTE.up : PALETTE.down, opacity: 0.8 },
  };
}

function checkPoints(points: EquityPoints, benchmark: Benchmark | undefined): void {
  if (points.value.length === 0) throw new LabError("CHART_EMPTY", "The equity curve has no points to draw.");
  for (const [name, { time, value }] of Object.entries({ equity: points, ...(benchmark === undefined ? {} : { benchmark }) }))
    if (time.length !== value.length)
      throw new LabError("CHART_RAGGED", `The ${name} has ${time.length} times and ${value.length} values.`);
}

/**
 * Equity above, drawdown in percent below, one time axis; the deepest drawdown is marked from its peak to its low.
 * @throws LabError `CHART_INPUT`, `CHART_EMPTY`, `CHART_RAGGED`, `OPTION_UNKNOWN`.
 */
export function equityChart(points: EquityPoints, options: EquityChartOptions = {}): Figure {
  if (!hasMembers(points, "time", "value", "initial"))
    throw wrongInput("CHART_INPUT", "equityChart", "equity points, such as run.equity", points);
  checkOptions("equityChart", options, ["benchmark", "trades"]);
  const { benchmark, trades = [] } = options;
  checkPoints(points, benchmark);
  const { values: drawdown, worst } = drawdownCurve(points.value, points.initial);
  const percent = drawdown.map((value) => value * 100);
  const shown = lttb(points.time, points.value, MAX_POINTS);
  const shownDrawdown = lttb(points.time, percent, MAX_POINTS);
  const end = points.value[points.value.length - 1]!;
  const first = points.time[0]!;

  const data: Record<string, unknown>[] = [
    {
      type: "scatter",
      mode: "lines",
      name: "equity",
      x: at(points.time, shown),
      y: at(points.value, shown),
      line: { width: 1.8, color: PALETTE.blue },
    },
  ];
  if (benchmark !== undefined) {
    const kept = lttb(benchmark.time, benchmark.value, MAX_POINTS);
    data.push({
      type: "scatter",
      mode: "lines",
      name: benchmark.name ?? "buy and hold",
      x: at(benchmark.time, kept),
      y: at(benchmark.value, kept),
      line: { width: 1.2, color: PALETTE.grey },
    });
  }
  if (trades.length > 0) data.push(exits(points, trades, true), exits(points, trades, false));
  data.push({
    type: "scatter",
    mode: "lines",
    name: "drawdown",
    x: at(points.time, shownDrawdown),
    y: at(percent, shownDrawdown),
    yaxis: "y2",
    fill: "tozeroy",
    fillcolor: "rgba(213,94,0,0.18)",
    line: { width: 1, color: PALETTE.vermilion },
    hovertemplate: "%{y:.2f} %<extra>drawdown</extra>",
    showlegend: false,
  });

  const shapes: unknown[] = [
    {
      type: "line",
      xref: "paper",
      x0: 0,
      x1: 1,
      yref: "y",
      y0: points.initial,
      y1: points.initial,
      line: { width: 1, dash: "dot", color: PALETTE.grey },
    },
  ];
  const annotations: unknown[] = [];
  if (worst !== undefined) {
    const low = points.time[worst.index]!;
    const peak = worst.peakIndex < 0 ? first : points.time[worst.peakIndex]!;
    const part = (low - first) / Math.max(1, points.time[points.time.length - 1]! - first);
    shapes.push({
      type: "rect",
      xref: "x",
      yref: "paper",
      x0: peak,
      x1: low,
      y0: 0,
      y1: 1,
      fillcolor: "rgba(213,94,0,0.07)",
      line: { width: 0 },
      layer: "below",
    });
    data.push({
      type: "scatter",
      mode: "markers",
      x: [low],
      y: [worst.depth * 100],
      yaxis: "y2",
      marker: { size: 7, color: PALETTE.vermilion, line: { width: 1, color: "#ffffff" } },
      hoverinfo: "skip",
      showlegend: false,
    });
    annotations.push({
      xref: "x",
      yref: "y2",
      x: low,
      y: worst.depth * 100,
      text: `max drawdown ${percentText(worst.depth)} on ${minuteText(low).slice(0, 10)}`,
      showarrow: false,
      xanchor: part > 0.8 ? "right" : part < 0.2 ? "left" : "center",
      yanchor: "top",
      yshift: -4,
    });
  }

  const summary = [
    `${amountText(points.initial)} to ${amountText(end)} (${percentText(end / points.initial - 1)})`,
    ...(benchmark === undefined
      ? []
      : [
          `${benchmark.name ?? "buy and hold"} ${percentText((benchmark.value[benchmark.value.length - 1] ?? Number.NaN) / points.initial - 1)}`,
        ]),
    ...(trades.length === 0 ? [] : [counted(trades.length, "trade")]),
    ...(shown.length < points.value.length ? [`${points.value.length} points drawn as ${shown.length}`] : []),
  ];
  return figure({
    data,
    layout: {
      ...chartLayout("Equity", 480, options, summary),
      xaxis: { type: "date", anchor: "y2", range: [first, Math.max(points.time[points.time.length - 1]!, first + 1)] },
      yaxis: { domain: [0.34, 1], title: { text: "equity" } },
      yaxis2: {
        domain: [0, 0.29],
        title: { text: "drawdown" },
        ticksuffix: " %",
        nticks: 5,
        range: [worst === undefined ? -1 : worst.depth * LABEL_ROOM * 100, 0],
      },
      shapes,
      annotations,
    },
  });
}
