import { stripVTControlCharacters } from "node:util";
import { escapeHtml } from "../../display/index.js";
import { isJsonMime, type NotebookBundle, type NotebookOutput } from "../notebook/nbformat.js";
import { chartHtml, PLOTLY_MIME } from "./chart.js";
import { hasFigure, withoutLibrary } from "./embedded-figure.js";
import { highlight } from "./highlight.js";
import { staticImage } from "./image.js";
import type { MarkdownRenderer } from "./markdown.js";

/** Renders outputs in their best form, noting whether a chart needs plotly.js. */
export class OutputRenderer {
  /** Whether the page needs plotly.js. */
  hasCharts = false;
  #charts = 0;
  readonly #markdown: MarkdownRenderer;

  constructor(markdown: MarkdownRenderer) {
    this.#markdown = markdown;
  }

  render(output: NotebookOutput): string {
    switch (output.output_type) {
      case "stream":
        return `<pre class="stream ${output.name}">${plain(output.text)}</pre>`;
      case "error":
        return `<pre class="error">${plain(output.traceback.join("\n") || `${output.ename}: ${output.evalue}`)}</pre>`;
      default:
        return `<div class="result">${this.#bundle(output.data)}</div>`;
    }
  }

  #bundle(bundle: NotebookBundle): string {
    if (typeof bundle[PLOTLY_MIME] === "object" && bundle[PLOTLY_MIME] !== null) {
      this.hasCharts = true;
      return chartHtml(bundle, ++this.#charts);
    }
    if (typeof bundle["text/html"] === "string") {
      this.hasCharts ||= hasFigure(bundle["text/html"]);
      return withoutLibrary(bundle["text/html"]);
    }
    const image = staticImage(bundle);
    if (image !== undefined) return image;
    if (typeof bundle["text/markdown"] === "string") return this.#markdown.output(bundle["text/markdown"]);
    const json = Object.keys(bundle).find(isJsonMime);
    if (bundle["text/plain"] === undefined && json !== undefined)
      return `<pre><code>${highlight(JSON.stringify(bundle[json], null, 2), "json")}</code></pre>`;
    return `<pre class="plain">${plain(String(bundle["text/plain"] ?? bundle["text/latex"] ?? Object.values(bundle)[0] ?? ""))}</pre>`;
  }
}

/** Terminal text: the last rewrite of a line wins, colours go. */
function plain(text: string): string {
  const lines = stripVTControlCharacters(text).split("\n");
  return escapeHtml(lines.map((line) => line.replace(/\r$/, "").split("\r").at(-1)!).join("\n"));
}
