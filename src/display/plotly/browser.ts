import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Window } from "happy-dom";
import { PixelCanvasAdapter } from "./canvas.js";
import { type SvgNode, svgBox, textWidth } from "./svg-geometry.js";

/** The calls of plotly.js that static rendering makes. */
export interface PlotlyLibrary {
  readonly version: string;
  toImage(
    figure: { data: unknown; layout: unknown; config?: unknown },
    options: { format: "svg"; width: number; height: number; imageDataOnly: true },
  ): Promise<string>;
}

const SVG = "http://www.w3.org/2000/svg";

/** Gives a window what plotly asks of a browser and a DOM without layout has not: measured text and boxes. */
function addGeometry(window: Window): void {
  const page = { x: 0, y: 0, left: 0, top: 0, right: 1000, bottom: 1000, width: 1000, height: 1000 };
  const prototypes = window as unknown as Record<"SVGElement" | "Element", { prototype: Record<string, unknown> }>;
  Object.assign(prototypes.SVGElement.prototype, {
    getBBox(this: SvgNode) {
      return svgBox(this);
    },
    getComputedTextLength(this: SvgNode) {
      return textWidth(this);
    },
  });
  prototypes.Element.prototype.getBoundingClientRect = function (this: SvgNode & { namespaceURI: string }) {
    return this.namespaceURI === SVG ? svgBox(this) : page;
  };
}

/** Source text of plotly.js as it is given to browsers. */
export function readPlotlySource(): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve("plotly.js-dist"), "utf8");
}

async function open(): Promise<PlotlyLibrary> {
  const [{ Window }, source] = await Promise.all([import("happy-dom"), readPlotlySource()]);
  const window = new Window({
    width: 1000,
    height: 1000,
    settings: {
      enableJavaScriptEvaluation: true,
      suppressInsecureJavaScriptEnvironmentWarning: true,
      canvasAdapter: new PixelCanvasAdapter() as never,
    },
  });
  addGeometry(window);
  const scope = window as unknown as Record<string, unknown>;
  (scope.URL as Record<string, unknown>).createObjectURL ??= () => "blob:none";
  (scope.eval as (code: string) => void)(source);
  return scope.Plotly as PlotlyLibrary;
}

let library: Promise<PlotlyLibrary> | undefined;

/** Plotly inside a DOM of its own, started at the first call (about a second) and kept for the life of the process. */
export function plotly(): Promise<PlotlyLibrary> {
  library ??= open();
  return library;
}
