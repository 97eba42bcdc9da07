import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { escapeHtml, scriptJson } from "./html.js";
import { readPlotlySource } from "./plotly/index.js";

/** What the HTML form of a figure is made of. */
export interface FigureHtmlInput {
  readonly figure: { readonly data: readonly unknown[]; readonly layout: Readonly<Record<string, unknown>>; readonly config: object };
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** The static image, shown until the script has drawn, and for good where scripts do not run. */
  readonly png: Buffer | undefined;
  readonly interactive: boolean;
}

let packed: Promise<string> | undefined;

/**
 * The script that brings plotly.js into a page: 2.5 MB of gzip in base64, no request leaves the page. It announces itself, so that figures
 * drawn before it upgrade too; a second copy does nothing.
 */
export async function libraryScript(): Promise<string> {
  packed ??= readPlotlySource()
    .then((source) => promisify(gzip)(source, { level: 9 }))
    .then((bytes) => bytes.toString("base64"));
  return `<script>(function(){if(window.__tesserlabPlotly)return;
window.__tesserlabPlotly=(async function(){if(window.Plotly)return window.Plotly;
var b=Uint8Array.from(atob("${await packed}"),function(c){return c.charCodeAt(0)});
var t=await new Response(new Blob([b]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
var s=document.createElement("script");s.textContent=t;document.head.appendChild(s);return window.Plotly})();
document.dispatchEvent(new Event("tesserlab-plotly"))})();</script>`;
}

/** Replaces a figure's image by the interactive chart once the library is there; waits for its element, which a front end may attach later. */
function upgradeScript(id: string, { figure, height }: FigureHtmlInput): string {
  const { width: _fixed, ...layout } = figure.layout;
  const json = scriptJson({
    data: figure.data,
    layout: { ...layout, height, autosize: true },
    config: { responsive: true, displaylogo: false, ...figure.config },
  });
  return `<script>(function(){var f=${json};
function draw(P,n){var all=document.querySelectorAll('[data-tesserlab-figure="${id}"]:not([data-drawn])');
if(!all.length){if(n<100)setTimeout(function(){draw(P,n+1)},100);return}
all.forEach(function(d){d.setAttribute("data-drawn","");d.textContent="";d.style.width="100%";P.newPlot(d,f.data,f.layout,f.config)})}
function start(){(window.__tesserlabPlotly||Promise.resolve(window.Plotly)).then(function(P){draw(P,0)})}
if(window.__tesserlabPlotly||window.Plotly)start();else document.addEventListener("tesserlab-plotly",start,{once:true})})();</script>`;
}

/** A figure as an HTML fragment: its static image, and a script that makes it interactive. */
export function figureHtml(input: FigureHtmlInput): string {
  const id = randomUUID();
  const { width, height, png, title } = input;
  const image =
    png === undefined
      ? ""
      : `<img alt="${escapeHtml(title)}" width="${width}" height="${height}" style="max-width:100%;height:auto" src="data:image/png;base64,${png.toString("base64")}">`;
  const waiting = png === undefined ? ` style="min-height:${height}px"` : "";
  const block = `<div class="tesserlab-figure" data-tesserlab-figure="${id}"${waiting}>${image}</div>`;
  return input.interactive ? block + upgradeScript(id, input) : block;
}
