import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { htmlReport, parseNotebook, writeHtmlReport } from "../../src/kernel/index.js";
import { folderWith } from "./run-cells.js";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const md = (source: string): object => ({ cell_type: "markdown", metadata: {}, source });
const show = (data: object, source = "show()"): object => ({
  cell_type: "code",
  metadata: {},
  execution_count: 1,
  source,
  outputs: [{ output_type: "display_data", data, metadata: {} }],
});
const book = (...cells: object[]) => parseNotebook({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });

test("a page without charts is small, has contents, coloured foldable code, and asks nobody for anything", () => {
  const html = htmlReport(
    book(
      md("# Study <1>\n\n## Data\n\ntext\n\n## Data"),
      show({ "text/html": "<table><tr><td>1</td></tr></table>" }, "const a: number = 1 < 2;"),
    ),
  );
  expect(html).toContain("<title>Study &lt;1&gt;</title>");
  expect(html).toContain('<a href="#data">Data</a>');
  expect(html).toContain('<a href="#data-2">Data</a>');
  expect(html).toContain('<h2 id="data-2">');
  expect(html).toMatch(/<details class="code" open>.*<span class="hljs-keyword">const<\/span>/);
  expect(html).toContain("1</span> &lt; ");
  expect(html).toContain("<table><tr><td>1</td></tr></table>");
  expect(html).toContain("Content-Security-Policy");
  expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/(src|href)=["']?https?:/);
  expect(html.length).toBeLessThan(12_000);
});

test("a chart is embedded once as its image and its data, safe inside the script", () => {
  const figure = { data: [{ y: [1, 2], name: "</script><b>" }], layout: { height: 300 } };
  const bundle = { "application/vnd.plotly.v1+json": figure, "image/png": PNG, "text/html": "<div>other</div>", "text/plain": "equity" };
  const html = htmlReport(book(show(bundle), show(bundle)));
  expect(html.match(/id="plotly-gz"/g)).toHaveLength(1);
  expect(html.match(/<figure class="chart"/g)).toHaveLength(2);
  expect(html).toContain(`<img alt="equity" src="data:image/png;base64,${PNG}">`);
  expect(html).not.toContain("</script><b>");
  expect(html).not.toContain("<div>other</div>");
  const json = /data-chart="chart-2">(.*?)<\/script>/s.exec(html)![1]!;
  expect(JSON.parse(json)).toEqual(figure);
  const packed = /id="plotly-gz">([^<]*)</.exec(html)![1]!;
  expect(gunzipSync(Buffer.from(packed, "base64")).toString().slice(0, 400)).toContain("plotly.js");
  expect(html.length).toBeLessThan(3_000_000);
});

test("figures inside other outputs share the page's one library, wherever their notebook had brought it", () => {
  const library = "<script>(function(){if(window.__tesserlabPlotly)return;\nwindow.__tesserlabPlotly=1})();</script>";
  const block = '<div data-tesserlab-figure="f1"><img src="data:,"></div><script>drawLater()</script>';
  const rich = (html: string) => show({ "text/html": html, "text/plain": "run" });
  const html = htmlReport(book(rich(`<b>run</b>${library}${block}`), rich(block)));
  expect(html).not.toContain(library);
  expect(html.match(/data-tesserlab-figure/g)).toHaveLength(2);
  expect(html.match(/<script>drawLater\(\)<\/script>/g)).toHaveLength(2);
  expect(html.match(/id="plotly-gz"/g)).toHaveLength(1);
  expect(html).toContain('dispatchEvent(new Event("tesserlab-plotly"))');
  expect(htmlReport(book(rich("<b>run</b>")))).not.toContain("plotly-gz");
});

test("streams and errors are escaped and stripped of terminal codes; images and JSON are shown", () => {
  const html = htmlReport(
    book(
      {
        ...(show({}) as object),
        outputs: [
          { output_type: "stream", name: "stdout", text: "<b>\u001b[31mred\u001b[0m\n 10 %\r100 %" },
          { output_type: "error", ename: "E", evalue: "x", traceback: ["\u001b[1mE: <x>"] },
        ],
      },
      show({ "image/svg+xml": "<svg/>", "text/plain": "s" }),
      show({ "application/json": { a: "<" } }),
      show({ "text/markdown": "**bold**" }),
    ),
  );
  expect(html).toContain("&lt;b&gt;red\n100 %</pre>");
  expect(html).toContain('<pre class="error">E: &lt;x&gt;</pre>');
  expect(html).toContain(`src="data:image/svg+xml;base64,${Buffer.from("<svg/>").toString("base64")}"`);
  expect(html).toContain("&lt;");
  expect(html).toContain("<strong>bold</strong>");
});

test("local and attached images are put into the page; options are checked", () => {
  const folder = folderWith({ "a.svg": "<svg/>" });
  const attached = { ...md("![x](attachment:i.png) ![y](a.svg) ![z](gone.png)"), attachments: { "i.png": { "image/png": PNG } } };
  const path = join(folder, "r.html");
  const size = writeHtmlReport(book(attached), path, { folder, title: "T & U" });
  expect(existsSync(path) && statSync(path).size).toBe(size);
  const html = htmlReport(book(attached), { folder, title: "T & U" });
  expect(html).toContain(`src="data:image/png;base64,${PNG}"`);
  expect(html).toContain(`src="data:image/svg+xml;base64,${Buffer.from("<svg/>").toString("base64")}"`);
  expect(html).toContain('src="gone.png"');
  expect(html).toContain("<title>T &amp; U</title>");
  expect(() => htmlReport(book(), { titel: "x" } as never)).toThrow("Did you mean title?");
});
