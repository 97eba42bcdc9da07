import { LabError } from "../errors/index.js";

type Trace = Readonly<Record<string, unknown>>;

/** Trace types drawn by WebGL and what draws the same without; the others have no still form here. */
const WITHOUT_WEBGL: Readonly<Record<string, string>> = { scattergl: "scatter", scatterpolargl: "scatterpolar" };
const ONLY_WEBGL: ReadonlySet<string> = new Set([
  ..."scatter3d surface mesh3d cone streamtube volume isosurface splom parcoords".split(" "),
  ..."scattermap choroplethmap densitymap scattermapbox choroplethmapbox densitymapbox".split(" "),
]);

/** Upright bars on the zero line beyond this number are about a pixel wide, so lines show them as well, at a sixth of the time. */
const MANY_BARS = 600;
/** Pixels across a usual plot, for the width of those lines. */
const PLOT_WIDTH = 800;

function isThinBars(trace: Trace): boolean {
  const plain = ["base", "width", "offset", "text", "error_y"].every((key) => !(key in trace)) && trace.orientation !== "h";
  return trace.type === "bar" && plain && Array.isArray(trace.x) && Array.isArray(trace.y) && trace.x.length > MANY_BARS;
}

/** One line a colour that runs along zero and up and down at each bar: one path, where gaps would make one a bar. The legend stays as it was. */
function barLines(trace: Trace, alone: boolean): Trace[] {
  const {
    x,
    y,
    marker = {},
    type: _bar,
    ...rest
  } = trace as { x: unknown[]; y: unknown[]; marker?: { color?: unknown; opacity?: unknown }; type: string };
  const byColor = new Map<unknown, { x: unknown[]; y: unknown[] }>();
  for (let i = 0; i < x.length; i++) {
    const color = Array.isArray(marker.color) ? marker.color[i] : marker.color;
    const points = byColor.get(color) ?? { x: [], y: [] };
    points.x.push(x[i], x[i], x[i]);
    points.y.push(0, y[i], 0);
    byColor.set(color, points);
  }
  const width = Math.max(0.5, PLOT_WIDTH / x.length);
  return [...byColor].map(([color, points], i) => ({
    ...rest,
    ...points,
    ...(alone || i > 0 ? { showlegend: false } : {}),
    type: "scatter",
    mode: "lines",
    opacity: marker.opacity ?? 1,
    line: { width, ...(typeof color === "string" ? { color } : {}) },
  }));
}

/**
 * A figure's traces as they are drawn without a browser: WebGL types by their plain twins, hundreds of thin bars as lines.
 * @throws LabError `FIGURE_STATIC` for a trace that only WebGL can draw.
 */
export function stillTraces(data: readonly Trace[]): readonly Trace[] {
  const only = data.filter((trace) => trace.type === "bar").length === 1;
  return data.flatMap((trace): readonly Trace[] => {
    const type = String(trace.type ?? "scatter");
    if (ONLY_WEBGL.has(type))
      throw new LabError(
        "FIGURE_STATIC",
        `A ${type} trace needs WebGL, so it has no still picture; show it with displayMode "interactive".`,
      );
    if (only && isThinBars(trace)) return barLines(trace, data.length === 1);
    return [type in WITHOUT_WEBGL ? { ...trace, type: WITHOUT_WEBGL[type] } : trace];
  });
}
