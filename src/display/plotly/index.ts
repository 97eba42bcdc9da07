export { readPlotlySource } from "./browser.js";
export { FONT_FAMILY } from "./font-metrics.js";
export { type RenderInput, renderSvg, svgToPng } from "./render.js";
