import { plotly } from "./browser.js";
import { FONT_FILES } from "./font-metrics.js";

/** A figure with everything settled: plain JSON and a size in CSS pixels. */
export interface RenderInput {
  readonly data: readonly unknown[];
  readonly layout: Readonly<Record<string, unknown>>;
  readonly width: number;
  readonly height: number;
}

/** Draws a figure to SVG text. Drawings follow each other: plotly keeps state in its one document. */
export async function renderSvg(figure: RenderInput): Promise<string> {
  const turn = queue.then(() => draw(figure));
  queue = turn.catch(() => undefined);
  return turn;
}

let queue: Promise<unknown> = Promise.resolve();

async function draw({ data, layout, width, height }: RenderInput): Promise<string> {
  const library = await plotly();
  // Plotly writes into what it is given, and deep-copies only plain objects of its own realm.
  const copy = JSON.parse(JSON.stringify({ data, layout })) as { data: unknown; layout: unknown };
  return library.toImage({ ...copy, config: { staticPlot: true } }, { format: "svg", width, height, imageDataOnly: true });
}

/**
 * Draws SVG text to PNG bytes, with the shipped font only, so the picture is the same on every machine.
 * @param scale - pixels a CSS pixel.
 */
export async function svgToPng(svg: string, scale: number): Promise<Buffer> {
  const { Resvg } = await import("@resvg/resvg-js");
  const font = { loadSystemFonts: false, fontFiles: Object.values(FONT_FILES), defaultFontFamily: "Arimo", sansSerifFamily: "Arimo" };
  return new Resvg(svg, { fitTo: { mode: "zoom", value: scale }, font, imageRendering: 1 }).render().asPng();
}
