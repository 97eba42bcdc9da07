import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { escapeHtml, scriptJson } from "../../display/index.js";
import type { NotebookBundle } from "../notebook/nbformat.js";
import { staticImage } from "./image.js";

/** The MIME type of a plotly figure. */
export const PLOTLY_MIME = "application/vnd.plotly.v1+json";

/** A figure as its static image, which the page's script replaces by the live chart. */
export function chartHtml(bundle: NotebookBundle, index: number): string {
  const figure = bundle[PLOTLY_MIME] as { data?: unknown; layout?: { height?: unknown } };
  const height = typeof figure.layout?.height === "number" ? figure.layout.height : 450;
  const fallback = staticImage(bundle) ?? `<p class="plain">${escapeHtml(String(bundle["text/plain"] ?? "Chart"))}</p>`;
  return (
    `<figure class="chart" id="chart-${index}" style="min-height:${height}px">${fallback}</figure>` +
    `<script type="application/json" data-chart="chart-${index}">${scriptJson({ data: figure.data ?? [], layout: figure.layout ?? {} })}</script>`
  );
}

/** plotly.js, compressed and unpacked by the browser: 2.6 MB instead of 10, and no request leaves the page. */
export function chartScript(): string {
  const library = readFileSync(createRequire(import.meta.url).resolve("plotly.js-dist"));
  return `<script type="application/octet-stream" id="plotly-gz">${gzipSync(library, { level: 9 }).toString("base64")}</script><script>${DRAW}</script>`;
}

// Charts are drawn when they come near the view, and again when the theme changes. Figures inside other outputs wait for the library's announcement.
const DRAW = `
window.__tesserlabPlotly = (async function () {
  var packed = document.getElementById("plotly-gz");
  var bytes = Uint8Array.from(atob(packed.textContent), function (c) { return c.charCodeAt(0); });
  packed.remove();
  var text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  var script = document.createElement("script");
  script.textContent = text;
  document.head.appendChild(script);
  return window.Plotly;
})();
document.dispatchEvent(new Event("tesserlab-plotly"));
window.__tesserlabPlotly.then(function (Plotly) {
  function draw(node) {
    var figure = JSON.parse(document.querySelector('[data-chart="' + node.id + '"]').textContent);
    var style = getComputedStyle(document.body);
    var layout = Object.assign({}, figure.layout, { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true });
    delete layout.width;
    layout.font = Object.assign({}, layout.font, { color: style.color });
    var line = style.getPropertyValue("--line").trim();
    Object.keys(layout).concat(["xaxis", "yaxis"]).forEach(function (key) {
      if (/^[xy]axis\\d*$/.test(key)) layout[key] = Object.assign({}, layout[key], { gridcolor: line, linecolor: line, zerolinecolor: line });
    });
    if (!node.dataset.drawn) node.textContent = "";
    node.dataset.drawn = "1";
    Plotly.react(node, figure.data, layout, { responsive: true, displaylogo: false });
  }
  var nodes = Array.from(document.querySelectorAll("figure.chart"));
  var seen = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { if (entry.isIntersecting && !entry.target.dataset.drawn) draw(entry.target); });
  }, { rootMargin: "600px" });
  nodes.forEach(function (node) { seen.observe(node); });
  var redraw = function () { nodes.forEach(function (node) { if (node.dataset.drawn) draw(node); }); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  document.addEventListener("themechange", redraw);
});
`;
