import { FONT_FAMILY } from "./plotly/index.js";

/**
 * Colours that remain apart for colour-blind readers (Okabe and Ito 2008, "Color Universal Design"). Gains are bluish green, losses vermilion:
 * the pair differs in lightness and in blue, not only in red and green.
 */
export const PALETTE = {
  blue: "#0072b2",
  orange: "#e69f00",
  green: "#009e73",
  purple: "#cc79a7",
  sky: "#56b4e9",
  vermilion: "#d55e00",
  grey: "#8a8f98",
  ink: "#24292f",
  muted: "#656d76",
  grid: "#e9ecef",
  up: "#009e73",
  down: "#d55e00",
} as const;

const axis = {
  showgrid: true,
  gridcolor: PALETTE.grid,
  gridwidth: 1,
  linecolor: "#c6ccd2",
  zerolinecolor: "#c6ccd2",
  zerolinewidth: 1,
  tickcolor: "#c6ccd2",
  ticks: "outside",
  ticklen: 4,
  automargin: true,
  separatethousands: true,
  exponentformat: "none",
  title: { font: { size: 12, color: PALETTE.muted }, standoff: 8 },
};

/**
 * The look of every figure, as a plotly template: what a figure says itself comes first. The paper is white and opaque, so charts read
 * on dark notebooks as well.
 */
export const TEMPLATE: { readonly layout: Readonly<Record<string, unknown>> } = {
  layout: {
    font: { family: FONT_FAMILY, size: 12, color: PALETTE.ink },
    colorway: [PALETTE.blue, PALETTE.orange, PALETTE.green, PALETTE.purple, PALETTE.sky, PALETTE.vermilion, PALETTE.grey],
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    title: {
      font: { size: 17, color: PALETTE.ink },
      x: 0,
      xref: "paper",
      xanchor: "left",
      y: 0.94,
      yref: "container",
      yanchor: "top",
    },
    margin: { l: 64, r: 24, t: 72, b: 48, pad: 0 },
    hovermode: "closest",
    hoverlabel: { font: { family: FONT_FAMILY, size: 12 } },
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1, yanchor: "bottom", font: { size: 12 } },
    xaxis: { ...axis },
    yaxis: { ...axis, tickcolor: "rgba(0,0,0,0)" },
  },
};
