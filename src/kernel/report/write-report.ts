import { writeFileSync } from "node:fs";
import { escapeHtml } from "../../display/index.js";
import { unknownName } from "../../errors/index.js";
import { type Notebook, type NotebookCell, tagsOf } from "../notebook/nbformat.js";
import { chartScript } from "./chart.js";
import { highlight } from "./highlight.js";
import { type Heading, MarkdownRenderer } from "./markdown.js";
import { OutputRenderer } from "./output-html.js";
import { SCRIPT, STYLE } from "./style.js";

export interface HtmlReportOptions {
  /** Title of the page; by default the notebook's first heading. */
  readonly title?: string;
  /** Folder in which relative images of Markdown cells lie; they are put into the page. */
  readonly folder?: string;
  /** Show code unfolded at first; by default it is. */
  readonly showCode?: boolean;
}

const OPTIONS = ["title", "folder", "showCode"];

/** No request leaves the page, whatever outputs contain. Charts build functions at run time, hence `unsafe-eval`. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; img-src data: blob:; font-src data:";

/**
 * Writes an executed notebook as one HTML file that needs nothing else. plotly.js is in it (2.6 MB) only if a chart is.
 * @returns size of the file in bytes.
 * @throws LabError `REPORT_OPTION_UNKNOWN`.
 */
export function writeHtmlReport(notebook: Notebook, path: string, options: HtmlReportOptions = {}): number {
  const html = htmlReport(notebook, options);
  writeFileSync(path, html);
  return Buffer.byteLength(html);
}

/** The text of the report. */
export function htmlReport(notebook: Notebook, options: HtmlReportOptions = {}): string {
  for (const key of Object.keys(options))
    if (!OPTIONS.includes(key)) throw unknownName("REPORT_OPTION_UNKNOWN", "option of a report", key, OPTIONS);
  const markdown = new MarkdownRenderer(options.folder);
  const outputs = new OutputRenderer(markdown);
  const sections = notebook.cells.map((cell) => cellHtml(cell, markdown, outputs, options.showCode ?? true)).join("\n");
  const title = options.title ?? markdown.headings[0]?.text ?? "Notebook";
  const contents = contentsHtml(markdown.headings);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<div class="page${contents === "" ? "" : " with-contents"}">
${contents}<main>
<div class="tools"><button id="fold" type="button">Fold code</button><button id="theme" type="button">Theme</button></div>
${sections}
<footer>${escapeHtml(title)}${executedAt(notebook)}</footer>
</main>
</div>
<script>${SCRIPT}</script>
${outputs.hasCharts ? chartScript() : ""}
</body>
</html>
`;
}

function cellHtml(cell: NotebookCell, markdown: MarkdownRenderer, outputs: OutputRenderer, open: boolean): string {
  if (cell.cell_type !== "code")
    return `<section>${cell.cell_type === "markdown" ? markdown.cell(cell) : `<pre class="plain">${escapeHtml(cell.source)}</pre>`}</section>`;
  const hidden = tagsOf(cell).some((tag) => tag === "hide-input" || tag === "remove-input");
  const label = `[${cell.execution_count ?? " "}] ${tagsOf(cell).join(" ")}`.trim();
  const code =
    cell.source.trim() === ""
      ? ""
      : `<details class="code"${open && !hidden ? " open" : ""}><summary>${escapeHtml(label)}</summary><pre><code>${highlight(cell.source)}</code></pre></details>`;
  return `<section>${code}${cell.outputs.map((output) => outputs.render(output)).join("\n")}</section>`;
}

function contentsHtml(headings: readonly Heading[]): string {
  if (headings.length < 2) return "";
  const items = headings.map(({ level, text, anchor }) => `<li class="level-${level}"><a href="#${anchor}">${escapeHtml(text)}</a></li>`);
  return `<nav class="contents" aria-label="Contents"><ul>${items.join("")}</ul></nav>\n`;
}

/** When the notebook was executed, if it says so. */
function executedAt(notebook: Notebook): string {
  const times = notebook.cells
    .map(({ metadata }) => (metadata.execution as Record<string, unknown> | undefined)?.["shell.execute_reply"])
    .filter((time) => typeof time === "string")
    .sort();
  return times.length === 0 ? "" : ` · executed ${escapeHtml(times.at(-1)!.slice(0, 19).replace("T", " "))} UTC`;
}
