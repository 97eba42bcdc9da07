import { type Figure, figure, PALETTE } from "../display/index.js";
import { LabError } from "../errors/index.js";
import { counted } from "./format.js";
import { type ChartOptions, chartLayout, checkOptions, plainTitle } from "./frame.js";

/** Scores against one parameter. */
export interface SliceInput extends ChartOptions {
  /** The parameter's value of each trial. */
  readonly x: ArrayLike<number | string>;
  /** The score of each trial; null and NaN are left out and counted. */
  readonly y: ArrayLike<number | null>;
  readonly xTitle?: string;
  readonly yTitle?: string;
}

const MAX_MARKS = 4000;
const MOST_GROUPS = 200;

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Every trial's score over one parameter, with the median at each value: a ridge is a robust choice, a lone spike is luck.
 * @throws LabError `CHART_EMPTY`, `CHART_RAGGED`, `OPTION_UNKNOWN`.
 */
export function sliceChart(input: SliceInput): Figure {
  checkOptions("sliceChart", input, ["x", "y", "xTitle", "yTitle"]);
  const { x, y, xTitle = "parameter", yTitle = "score" } = input;
  if (x.length !== y.length) throw new LabError("CHART_RAGGED", `x has ${x.length} values, y has ${y.length}.`);
  const groups = new Map<number | string, number[]>();
  for (let i = 0; i < x.length; i++) {
    const score = y[i];
    if (score === null || score === undefined || !Number.isFinite(score)) continue;
    const group = groups.get(x[i]!);
    if (group === undefined) groups.set(x[i]!, [score]);
    else group.push(score);
  }
  if (groups.size === 0) throw new LabError("CHART_EMPTY", "None of the trials has a score.");
  const points = [...groups].flatMap(([value, scores]) => scores.map((score) => ({ value, score })));
  const step = Math.ceil(points.length / MAX_MARKS);
  const shown = points.filter((_, i) => i % step === 0);
  const categorical = [...groups.keys()].some((value) => typeof value === "string");
  const keys = categorical ? [...groups.keys()] : [...groups.keys()].sort((a, b) => Number(a) - Number(b));
  const data: Record<string, unknown>[] = [
    {
      type: "scatter",
      mode: "markers",
      name: "trial",
      x: shown.map((point) => point.value),
      y: shown.map((point) => point.score),
      marker: { size: 5, color: PALETTE.sky, opacity: 0.55 },
    },
  ];
  if (groups.size <= MOST_GROUPS && points.length > groups.size)
    data.push({
      type: "scatter",
      mode: categorical ? "markers" : "lines+markers",
      name: "median",
      x: keys,
      y: keys.map((key) => median([...groups.get(key)!])),
      line: { width: 2, color: PALETTE.vermilion },
      marker: { size: 6, color: PALETTE.vermilion },
    });
  const summary = [
    counted(points.length, "trial"),
    points.length === x.length ? "" : `${x.length - points.length} without a score`,
    step === 1 ? "" : `every ${step}th drawn`,
  ].filter((text) => text !== "");
  return figure({
    data,
    layout: {
      ...chartLayout(`${yTitle} by ${xTitle}`, 400, input, summary),
      xaxis: { title: { text: plainTitle(xTitle) }, ...(categorical ? { type: "category" } : {}) },
      yaxis: { title: { text: plainTitle(yTitle) } },
      showlegend: true,
    },
  });
}
