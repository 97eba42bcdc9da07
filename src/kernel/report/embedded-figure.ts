/** A figure of `display` inside the HTML of an output, waiting for the library. */
const FIGURE = "data-tesserlab-figure=";

/** The library as the first such figure of a process brings it along. */
const LIBRARY = /<script>\(function\(\)\{if\(window\.__tesserlabPlotly\)return;[\s\S]*?<\/script>/g;

/** Whether an output's HTML holds a figure that plotly.js makes interactive. */
export function hasFigure(html: string): boolean {
  return html.includes(FIGURE);
}

/** HTML without its own copy of plotly.js: the page brings one for all, also for figures whose notebook showed the library in an output that is gone. */
export function withoutLibrary(html: string): string {
  return html.includes("__tesserlabPlotly)return;") ? html.replaceAll(LIBRARY, "") : html;
}
