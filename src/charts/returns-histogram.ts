import { type Figure, figure, PALETTE } from "../display/index.js";
import { hasMembers, LabError, wrongInput } from "../errors/index.js";
import { counted, percentText } from "./format.js";
import { type ChartOptions, chartLayout, checkOptions } from "./frame.js";

/** How returns are binned. */
export interface ReturnsHistogramOptions extends ChartOptions {
  /** Number of bars, 2 to 500; chosen from the data unless told. */
  readonly bins?: number;
  /** What one return stands for, as in "trade" or "5m bar". */
  readonly unit?: string;
}

/** Counts of values in bars of equal width between two ends; what lies beyond is in the outermost bars. */
interface Bins {
  readonly low: number;
  readonly width: number;
  readonly counts: readonly number[];
  /** Values below and above the ends. */
  readonly beyond: number;
}

const quantile = (sorted: Float64Array, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(q * (sorted.length - 1))))]!;

/**
 * Bars for a sample: ends at its 0.1 % and 99.9 % quantiles when it has 1000 values or more (a crash must not flatten the rest), an edge
 * at zero when both signs occur, width by Freedman and Diaconis (1981).
 */
function binned(values: Float64Array, bins?: number): Bins {
  const sorted = values.toSorted();
  const cut = sorted.length >= 1000 ? 0.001 : 0;
  let low = quantile(sorted, cut);
  let high = quantile(sorted, 1 - cut);
  if (high <= low) {
    const half = Math.abs(low) * 0.05 || 0.005;
    low -= half;
    high += half;
  }
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const ideal = (2 * spread) / Math.cbrt(sorted.length);
  const chosen = bins ?? Math.min(80, Math.max(8, ideal > 0 ? Math.ceil((high - low) / ideal) : 8));
  const width = (high - low) / chosen;
  if (low < 0 && high > 0) low = Math.floor(low / width) * width;
  const counts = new Array<number>(Math.max(1, Math.ceil((high - low) / width - 1e-9))).fill(0);
  let beyond = 0;
  for (const value of sorted) {
    const k = Math.floor((value - low) / width);
    if (k < 0 || value > low + counts.length * width) beyond++;
    counts[Math.min(counts.length - 1, Math.max(0, k))]!++;
  }
  return { low, width, counts, beyond };
}

/**
 * Distribution of returns, given as fractions; losses and gains are coloured apart, mean and median marked.
 * @throws LabError `CHART_INPUT`, `CHART_EMPTY` without a finite value, `OPTION_UNKNOWN`, `CHART_BINS`.
 */
export function returnsHistogram(returns: ArrayLike<number>, options: ReturnsHistogramOptions = {}): Figure {
  if (!hasMembers(returns, "length"))
    throw wrongInput(
      "CHART_INPUT",
      "returnsHistogram",
      "an array of returns as fractions, such as analytics.dailyReturns(run).returns",
      returns,
    );
  checkOptions("returnsHistogram", options, ["bins", "unit"]);
  const { bins, unit = "return" } = options;
  if (bins !== undefined && !(Number.isInteger(bins) && bins >= 2 && bins <= 500))
    throw new LabError("CHART_BINS", `bins must be a whole number from 2 to 500, got ${bins}.`, { details: { bins } });
  const values = Float64Array.from(returns).filter(Number.isFinite);
  if (values.length === 0) throw new LabError("CHART_EMPTY", "There are no finite returns to draw.");
  const { low, width, counts, beyond } = binned(values, bins);
  const centres = counts.map((_, k) => (low + (k + 0.5) * width) * 100);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const median = quantile(values.toSorted(), 0.5);
  const missing = returns.length - values.length;
  const digits = Math.abs(mean) < 0.0005 ? 4 : 2;
  const summary = [
    `${counted(values.length, unit)}, mean ${percentText(mean, digits)}, median ${percentText(median, digits)}, worst ${percentText(Math.min(...extremes(values)))}, best ${percentText(Math.max(...extremes(values)))}`,
    beyond === 0 ? "" : `${beyond} beyond the ends stand in the outermost bars`,
    missing === 0 ? "" : `${missing} not finite left out`,
  ].filter((text) => text !== "");
  const mark = (value: number, dash: string): unknown => ({
    type: "line",
    xref: "x",
    x0: value * 100,
    x1: value * 100,
    yref: "paper",
    y0: 0,
    y1: 1,
    line: { width: 1.2, dash, color: PALETTE.ink },
  });
  return figure({
    data: [
      {
        type: "bar",
        x: centres,
        y: counts,
        width: width * 100,
        marker: { color: centres.map((x) => (x < 0 ? PALETTE.down : PALETTE.up)), opacity: 0.85, line: { width: 0.5, color: "#ffffff" } },
        hovertemplate: `%{x:.3f} %: %{y}<extra></extra>`,
        showlegend: false,
      },
      { type: "scatter", mode: "lines", x: [null], y: [null], name: "mean", line: { width: 1.2, dash: "solid", color: PALETTE.ink } },
      { type: "scatter", mode: "lines", x: [null], y: [null], name: "median", line: { width: 1.2, dash: "dot", color: PALETTE.ink } },
    ],
    layout: {
      ...chartLayout("Returns", 400, options, summary),
      xaxis: { title: { text: `return per ${unit}` }, ticksuffix: " %", zeroline: true },
      yaxis: { title: { text: "count" }, rangemode: "tozero" },
      bargap: 0,
      shapes: [mark(mean, "solid"), mark(median, "dot")],
    },
  });
}

function extremes(values: Float64Array): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
