import { type Figure, figure, PALETTE } from "../display/index.js";
import { LabError } from "../errors/index.js";
import { amountText } from "./format.js";
import { type ChartOptions, chartLayout, checkOptions, plainTitle } from "./frame.js";

/** A grid of scores over two parameters. */
export interface HeatmapInput extends ChartOptions {
  /** Values of the first parameter: one a column of `z`. */
  readonly x: readonly (string | number)[];
  /** Values of the second parameter: one a row of `z`. */
  readonly y: readonly (string | number)[];
  /** Scores, `z[row][column]`; null, undefined and NaN are missing and drawn grey. */
  readonly z: readonly ArrayLike<number | null | undefined>[];
  readonly xTitle?: string;
  readonly yTitle?: string;
  /** What the colour stands for. */
  readonly zTitle?: string;
  /** The parameter values of the cell to mark. */
  readonly best?: { readonly x: string | number; readonly y: string | number };
}

const MISSING = "#c9ced4";
/** Low to high through white at zero: vermilion and blue stay apart for colour-blind readers (ColorBrewer PuOr and RdBu mixed). */
const DIVERGING = [
  [0, "#b04a00"],
  [0.25, "#eda46c"],
  [0.5, "#fbfaf8"],
  [0.75, "#7fb6dc"],
  [1, "#005a92"],
];
const SEQUENTIAL = "Viridis";
const MOST_LABELLED = 120;
const MOST_TICKS = 16;

function checkGrid({ x, y, z }: HeatmapInput): void {
  if (x.length === 0 || y.length === 0) throw new LabError("CHART_EMPTY", "A heatmap needs at least one value of each parameter.");
  if (z.length !== y.length) throw new LabError("CHART_RAGGED", `z has ${z.length} rows for ${y.length} values of y.`);
  for (const [row, values] of z.entries())
    if (values.length !== x.length)
      throw new LabError("CHART_RAGGED", `Row ${row} of z has ${values.length} values for ${x.length} values of x.`);
}

/** Ticks by position, so that cells are equally large whatever the spacing of the values; every n-th where they would crowd. */
function ticks(values: readonly (string | number)[], title: string): Record<string, unknown> {
  const step = Math.ceil(values.length / MOST_TICKS);
  const at = values.map((_, i) => i).filter((i) => i % step === 0);
  return {
    title: { text: plainTitle(title) },
    tickvals: at,
    ticktext: at.map((i) => plainTitle(String(values[i]))),
    range: [-0.5, values.length - 0.5],
    showgrid: false,
    zeroline: false,
    constrain: "domain",
  };
}

/** Colours: diverging around zero where scores of both signs occur, one-directional otherwise. */
function colors(scores: readonly number[]): Record<string, unknown> {
  const low = Math.min(...scores);
  const high = Math.max(...scores);
  if (!(low < 0 && high > 0)) return { colorscale: SEQUENTIAL, zmin: low, zmax: high > low ? high : low + 1 };
  const bound = Math.max(-low, high);
  return { colorscale: DIVERGING, zmin: -bound, zmax: bound };
}

/**
 * Scores over two parameters as a grid of colours; the best cell is framed, missing cells are grey.
 * @throws LabError `CHART_EMPTY`, `CHART_RAGGED`, `CHART_BEST` when `best` is no cell of the grid, `OPTION_UNKNOWN`.
 */
export function heatmapChart(input: HeatmapInput): Figure {
  checkOptions("heatmapChart", input, ["x", "y", "z", "xTitle", "yTitle", "zTitle", "best"]);
  checkGrid(input);
  const { x, y, xTitle = "x", yTitle = "y", zTitle = "score", best } = input;
  const z = input.z.map((row) => Array.from(row, (score) => (Number.isFinite(score) ? (score as number) : null)));
  const scores = z.flat().filter((score) => score !== null);
  if (scores.length === 0) throw new LabError("CHART_EMPTY", "None of the heatmap's cells has a score.");
  const missing = x.length * y.length - scores.length;
  const small = x.length * y.length <= MOST_LABELLED && x.length <= 14;
  const largest = Math.max(...scores.map(Math.abs));
  const cellText = (score: number): string => score.toFixed(largest >= 100 ? 0 : largest >= 1 ? 2 : 3).replace("-", "−");
  const name = (row: number, column: number): string => `${xTitle} ${x[column]}, ${yTitle} ${y[row]}`;
  const data: Record<string, unknown>[] = [
    {
      type: "heatmap",
      z,
      text: z.map((row) => row.map((score) => (score === null ? "" : cellText(score)))),
      customdata: z.map((row, j) =>
        row.map((score, i) => plainTitle(`${name(j, i)}: ${score === null ? "no result" : amountText(score)}`)),
      ),
      hovertemplate: "%{customdata}<extra></extra>",
      xgap: 1,
      ygap: 1,
      ...colors(scores),
      ...(small ? { texttemplate: "%{text}", textfont: { size: 11 } } : {}),
      colorbar: {
        title: { text: plainTitle(zTitle), side: "right", font: { size: 12, color: PALETTE.muted } },
        thickness: 14,
        outlinewidth: 0,
        len: 1,
        lenmode: "fraction",
        separatethousands: true,
      },
    },
  ];
  const subtitles = missing === 0 ? [] : [`grey: ${missing} without a result`];
  if (best !== undefined) {
    const column = x.indexOf(best.x);
    const row = y.indexOf(best.y);
    if (column < 0 || row < 0)
      throw new LabError(
        "CHART_BEST",
        `The best cell (${best.x}, ${best.y}) is not on the grid: x is one of ${x.join(", ")}; y is one of ${y.join(", ")}.`,
      );
    const score = z[row]![column];
    subtitles.unshift(`best: ${name(row, column)}${score === null || score === undefined ? "" : ` at ${amountText(score)}`}`);
    return heatmapFigure(input, data, subtitles, { column, row });
  }
  return heatmapFigure(input, data, subtitles);
}

function heatmapFigure(
  input: HeatmapInput,
  data: Record<string, unknown>[],
  subtitles: string[],
  best?: { column: number; row: number },
): Figure {
  const { x, y, xTitle = "x", yTitle = "y", zTitle = "score" } = input;
  const frame = (color: string, width: number): unknown => ({
    type: "rect",
    x0: best!.column - 0.5,
    x1: best!.column + 0.5,
    y0: best!.row - 0.5,
    y1: best!.row + 0.5,
    line: { color, width },
  });
  return figure({
    data,
    layout: {
      ...chartLayout(`${zTitle} by ${xTitle} and ${yTitle}`, 480, input, subtitles),
      xaxis: ticks(x, xTitle),
      yaxis: ticks(y, yTitle),
      plot_bgcolor: MISSING,
      shapes: best === undefined ? [] : [frame("#ffffff", 5), frame(PALETTE.ink, 2.5)],
    },
  });
}
