import { type Figure, figure, lttb, PALETTE } from "../display/index.js";
import { hasMembers, LabError, unknownName, wrongInput } from "../errors/index.js";
import { amountText, counted } from "./format.js";
import { type ChartOptions, chartLayout, checkOptions, plainTitle } from "./frame.js";

/** How the trials of a study are shown. */
export interface TrialsChartOptions extends ChartOptions {
  /** Name of the score. */
  readonly objective?: string;
  /** Which way is better; `maximize` unless told. */
  readonly direction?: "maximize" | "minimize";
}

const MAX_MARKS = 2000;

/** Indices of the trials that beat all before them. */
function improvements(scores: ArrayLike<number | null>, direction: "maximize" | "minimize"): number[] {
  const out: number[] = [];
  let best: number | undefined;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i];
    if (score === null || score === undefined || !Number.isFinite(score)) continue;
    if (best === undefined || (direction === "maximize" ? score > best : score < best)) {
      best = score;
      out.push(i);
    }
  }
  return out;
}

/**
 * Scores in the order of the trials with the best so far; trials without a score are counted.
 * @throws LabError `CHART_INPUT`, `CHART_EMPTY`, `OPTION_UNKNOWN`.
 */
export function trialsChart(scores: ArrayLike<number | null>, options: TrialsChartOptions = {}): Figure {
  if (!hasMembers(scores, "length")) throw wrongInput("CHART_INPUT", "trialsChart", "an array of scores", scores);
  checkOptions("trialsChart", options, ["objective", "direction"]);
  const { objective = "score", direction = "maximize" } = options;
  if (direction !== "maximize" && direction !== "minimize")
    throw unknownName("OPTION_UNKNOWN", "direction", String(direction), ["maximize", "minimize"]);
  const values = Float64Array.from(Array.from(scores, (score) => score ?? Number.NaN));
  const steps = improvements(values, direction);
  if (steps.length === 0) throw new LabError("CHART_EMPTY", "None of the trials has a score.");
  const order = values.map((_, i) => i + 1);
  const shown = lttb(order, values, MAX_MARKS);
  const finite = values.filter(Number.isFinite).length;
  const best = steps.at(-1)!;
  const summary = [
    `best ${amountText(values[best]!)} at trial ${best + 1} of ${values.length}`,
    finite === values.length ? "" : `${counted(values.length - finite, "trial")} without a score`,
    shown.length < finite ? `${finite} scores drawn as ${shown.length}` : "",
  ].filter((text) => text !== "");
  return figure({
    data: [
      {
        type: "scatter",
        mode: "markers",
        name: "trial",
        x: shown.map((i) => i + 1),
        y: shown.map((i) => values[i]!),
        marker: { size: 5, color: PALETTE.sky, opacity: 0.7 },
        hovertemplate: "trial %{x}: %{y}<extra></extra>",
      },
      {
        type: "scatter",
        mode: "lines",
        name: "best so far",
        x: [...steps.map((i) => i + 1), values.length],
        y: [...steps.map((i) => values[i]!), values[best]!],
        line: { shape: "hv", width: 2, color: PALETTE.vermilion },
        hovertemplate: "best from trial %{x}: %{y}<extra></extra>",
      },
    ],
    layout: {
      ...chartLayout("Trials", 400, options, summary),
      xaxis: { title: { text: "trial" }, rangemode: "tozero" },
      yaxis: { title: { text: plainTitle(objective) } },
      showlegend: true,
    },
  });
}
