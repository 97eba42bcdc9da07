import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, inflateSync } from "node:zlib";
import { Decimal } from "decimal.js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { chartLibrary, type Figure, type FigureInput, figure } from "../../src/display/index.js";

const line = (input: Partial<FigureInput> = {}): Figure =>
  figure({
    data: [{ x: [1, 2, 3], y: [1, 3, 2] }],
    layout: { title: { text: "Net <b>P&amp;L</b><br>sub" }, width: 640, height: 360 },
    ...input,
  });

/** Width and height a PNG states. */
const sizeOf = (png: Buffer): [number, number] => {
  expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
};

describe("still pictures in plain Node", () => {
  test("svg holds the line, ticks and title, and no NaN", async () => {
    const svg = await line().toSvg();
    expect(svg).toMatch(/^<svg[^>]* width="640" height="360"/);
    expect(svg).toMatch(/class="js-line"[^>]* d="M[\d.,]+L/);
    expect(svg).toContain(">2.5</text>");
    expect(svg).toContain("sub</tspan>");
    expect(svg).not.toContain("NaN");
  });

  test("png has the size asked for, times the scale", async () => {
    expect(sizeOf(await line().toPng())).toEqual([1280, 720]);
    expect(sizeOf(await line().toPng({ width: 300, height: 200, scale: 1 }))).toEqual([300, 200]);
  });

  test("text is drawn: a picture with labels differs from one with none", async () => {
    const axis = { showticklabels: false };
    const mute = { layout: { width: 640, height: 360, xaxis: axis, yaxis: axis } };
    expect((await line().toPng()).length).toBeGreaterThan((await line(mute).toPng()).length + 2000);
  });

  test("labels are measured: what fits stays level, what does not is turned", async () => {
    const bars = (names: string[]): Figure =>
      figure({ data: [{ type: "bar", x: names, y: names.map((_, i) => i) }], layout: { width: 600, height: 300 } });
    const angles = async (names: string[]): Promise<number> => (await bars(names).toSvg()).match(/rotate\(\d/g)?.length ?? 0;
    expect(await angles(["momentum", "reversal", "breakout", "carry", "trend"])).toBe(0);
    expect(await angles(Array.from({ length: 12 }, (_, i) => `a rather long strategy name ${i}`))).toBe(12);
  });

  test("a heatmap becomes an image of its cells", async () => {
    const svg = await figure({
      data: [
        {
          type: "heatmap",
          z: [
            [0, 1],
            [1, null],
          ],
          xgap: 2,
          ygap: 2,
          colorscale: [
            [0, "#ff0000"],
            [1, "#0000ff"],
          ],
        },
      ],
    }).toSvg();
    const png = Buffer.from(/<image[^>]*href="data:image\/png;base64,([^"]+)"/.exec(svg)![1]!, "base64");
    const [width, height] = sizeOf(png);
    const length = png.readUInt32BE(33);
    const pixels = inflateSync(png.subarray(41, 41 + length));
    const at = (x: number, y: number): number[] => [...pixels.subarray(y * (width * 4 + 1) + 1 + x * 4, y * (width * 4 + 1) + 5 + x * 4)];
    const [left, right, top, bottom] = [width >> 2, (width * 3) >> 2, height >> 2, (height * 3) >> 2];
    expect([at(left, bottom), at(right, bottom), at(left, top), at(right, top)]).toEqual([
      [255, 0, 0, 255],
      [0, 0, 255, 255],
      [0, 0, 255, 255],
      [0, 0, 0, 0],
    ]);
  });

  test("subplots, shapes, annotations, histograms and 20,000 points", async () => {
    const n = 20_000;
    const x = Float64Array.from({ length: n }, (_, i) => i);
    const svg = await figure({
      data: [
        { x, y: x.map((v) => Math.sin(v / 500)), mode: "lines" },
        { x, y: x.map((v) => Math.cos(v / 500)), mode: "lines", yaxis: "y2" },
        { type: "histogram", x: x.map((v) => v % 100), xaxis: "x2", yaxis: "y3", nbinsx: 10 },
      ],
      layout: {
        showlegend: false,
        yaxis: { domain: [0.7, 1] },
        yaxis2: { domain: [0.35, 0.65] },
        yaxis3: { domain: [0, 0.25], anchor: "x2" },
        xaxis2: { anchor: "y3" },
        xaxis: { anchor: "y2" },
        shapes: [{ type: "rect", x0: 100, x1: 200, y0: -1, y1: 1 }],
        annotations: [{ x: 150, y: 0, text: "here <b>now</b>" }],
      },
    }).toSvg();
    expect(svg.match(/class="js-line"/g)).toHaveLength(2);
    expect(svg.match(/class="point"/g)).toHaveLength(10);
    expect(svg).toContain('class="shapelayer"');
    expect(svg).toContain(">now</tspan>");
    expect(svg).not.toContain("NaN");
  });

  test("hundreds of thin bars are drawn as one line a colour, of the same heights", async () => {
    const x = Array.from({ length: 900 }, (_, i) => i);
    const color = x.map((i) => (i % 2 === 0 ? "#009e73" : "#d55e00"));
    const layout = { width: 900, height: 300, yaxis: { range: [0, 10] }, xaxis: { range: [-1, 900] } };
    const bars = figure({ data: [{ type: "bar", x, y: x.map((i) => 1 + (i % 9)), marker: { color } }], layout });
    const svg = await bars.toSvg();
    expect(svg.match(/class="js-line"/g)).toHaveLength(2);
    expect(svg).not.toContain('class="point"');
    const tops = (text: string): number => Math.min(...[...text.matchAll(/[MLV](?:[\d.]+,)?([\d.]+)/g)].map((m) => Number(m[1])));
    const few = figure({ data: [{ type: "bar", x: x.slice(0, 100), y: x.slice(0, 100).map((i) => 1 + (i % 9)) }], layout });
    const drawnTop = (text: string): number =>
      tops([...text.matchAll(/<path class="js-line"[^>]* d="([^"]+)"/g)].map((m) => m[1]).join(""));
    const barTop = tops([...(await few.toSvg()).matchAll(/<g class="point"><path [^>]*d="([^"]+)"/g)].map((m) => m[1]).join(""));
    expect(drawnTop(svg)).toBeCloseTo(barTop, 0);
  });

  test("drawings asked for at once do not mix", async () => {
    const svgs = await Promise.all(
      ["one", "two", "three"].map((text) => figure({ data: [{ y: [1, 2] }], layout: { title: { text } } }).toSvg()),
    );
    expect(svgs.map((svg) => ["one", "two", "three"].filter((text) => svg.includes(`>${text}</text>`)))).toEqual([
      ["one"],
      ["two"],
      ["three"],
    ]);
  });

  test("WebGL lines are drawn without WebGL; scenes have no picture but still show", async () => {
    expect(await figure({ data: [{ type: "scattergl", y: [1, 2, 3], mode: "lines" }] }).toSvg()).toContain("js-line");
    const scene = figure({ data: [{ type: "surface", z: [[1, 2]] }] });
    await expect(scene.toPng()).rejects.toMatchObject({ code: "FIGURE_STATIC" });
    const bundle = await scene.toBundle();
    expect(bundle["text/plain"]).toContain("no still picture");
    expect(bundle).toHaveProperty(["application/vnd.plotly.v1+json"]);
    expect(bundle).not.toHaveProperty(["image/png"]);
  });
});

describe("bundle", () => {
  test("auto has every form; the library goes out once per process", async () => {
    const first = await line().toBundle();
    const second = await line().toBundle();
    expect(Object.keys(second)).toEqual(["application/vnd.plotly.v1+json", "text/html", "image/png", "text/plain"]);
    expect(sizeOf(Buffer.from(second["image/png"] as string, "base64"))).toEqual([1280, 720]);
    expect(second["text/plain"]).toBe('Figure "Net P&amp;L" (scatter; 3 points)');
    expect(String(second["text/html"]).length).toBeLessThan(200_000);
    expect([first, second].filter((bundle) => String(bundle["text/html"]).includes("DecompressionStream")).length).toBeLessThanOrEqual(1);
    expect(second["text/html"]).toContain('<img alt="Net P&amp;amp;L" width="640" height="360"');
  });

  test("the library unpacks to plotly.js and can be shown again", async () => {
    const { toBundle } = await import("../../src/display/index.js");
    const html = String((await toBundle(chartLibrary()))["text/html"]);
    const source = gunzipSync(Buffer.from(/atob\("([^"]+)"\)/.exec(html)![1]!, "base64")).toString();
    expect(source).toContain("plotly.js v4");
    expect(source).not.toContain("</script");
    expect(String((await line().toBundle())["text/html"])).not.toContain("DecompressionStream");
  });

  test("static has no script and no plotly MIME, interactive no picture", async () => {
    const still = await line({ displayMode: "static" }).toBundle();
    expect(Object.keys(still)).toEqual(["text/html", "image/png", "text/plain"]);
    expect(still["text/html"]).not.toContain("<script");
    const live = await line({ displayMode: "interactive" }).toBundle();
    expect(Object.keys(live)).toEqual(["application/vnd.plotly.v1+json", "text/html", "text/plain"]);
    expect(live["text/html"]).not.toContain("<img");
  });

  test("text from data cannot leave the script", async () => {
    const evil = figure({ data: [{ y: [1], name: "</script><b>" }], displayMode: "interactive" });
    const html = String((await evil.toBundle())["text/html"]);
    expect(html).not.toContain("</script><b>");
    expect(html.match(/<\/script>/g)).toHaveLength(1);
  });

  test("the script upgrades a figure whether the library comes before or after it", async () => {
    const { Window } = await import("happy-dom");
    const html = String((await line().toBundle())["text/html"]);
    const block = html.slice(html.indexOf('<div class="tesserlab-figure"'));
    for (const libraryFirst of [true, false]) {
      const window = new Window({ settings: { enableJavaScriptEvaluation: true, suppressInsecureJavaScriptEnvironmentWarning: true } });
      const drawn: unknown[][] = [];
      const page = window as unknown as Record<string, unknown> & { eval(code: string): void };
      const arrive = (): void => {
        page.__tesserlabPlotly = Promise.resolve({ newPlot: (...args: unknown[]) => drawn.push(args) });
        window.document.dispatchEvent(new window.Event("tesserlab-plotly"));
      };
      if (libraryFirst) arrive();
      window.document.body.innerHTML = block.slice(0, block.indexOf("<script>"));
      page.eval(block.slice(block.indexOf("<script>") + 8, block.lastIndexOf("</script>")));
      expect(window.document.querySelectorAll("img")).toHaveLength(1);
      if (!libraryFirst) arrive();
      await vi.waitFor(() => expect(drawn).toHaveLength(1));
      expect(window.document.querySelectorAll("img")).toHaveLength(0);
      const [, data, layout] = drawn[0]!;
      expect(data).toMatchObject([{ y: [1, 3, 2] }]);
      expect(layout).toMatchObject({ height: 360, autosize: true });
      expect(layout).not.toHaveProperty("width");
      await window.happyDOM.close();
    }
  });

  test("TESSERLAB__CHARTS sets the mode", () => {
    vi.stubEnv("TESSERLAB__CHARTS", "static");
    expect(line().displayMode).toBe("static");
    vi.stubEnv("TESSERLAB__CHARTS", "statik");
    expect(() => line()).toThrow(/Did you mean static\?/);
    vi.unstubAllEnvs();
  });
});

describe("values", () => {
  test("become plain JSON: typed arrays, dates, decimals, gaps", () => {
    const { data } = figure({
      data: [{ x: [new Date(0)], y: new Float64Array([1, Number.NaN]), z: [new Decimal("0.1"), 3n], name: undefined }],
    });
    expect(data).toEqual([{ x: ["1970-01-01T00:00:00.000Z"], y: [1, null], z: [0.1, 3] }]);
  });

  test.each([
    ["FIGURE_INVALID", () => figure({ data: "x" as never })],
    ["FIGURE_INVALID", () => figure({ data: [{ y: [() => 1] }] })],
    ["FIGURE_INVALID", () => figure({ data: [1 as never] })],
    ["OPTION_UNKNOWN", () => figure({ data: [], layuot: {} } as never)],
    ["CHARTS_MODE", () => figure({ data: [], displayMode: "live" as never })],
  ])("misuse: %s", (code, run) => {
    expect(run).toThrow(expect.objectContaining({ code }) as Error);
  });

  test("a figure that refers to itself is refused", () => {
    const layout: Record<string, unknown> = {};
    layout.meta = layout;
    expect(() => figure({ data: [], layout })).toThrow(/refers to itself/);
  });

  test("impossible sizes are refused", async () => {
    await expect(line().toPng({ scale: 0 })).rejects.toMatchObject({ code: "FIGURE_SIZE" });
    await expect(line().toSvg({ width: 5 })).rejects.toMatchObject({ code: "FIGURE_SIZE" });
  });
});

describe("save", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "figure-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("writes each format by the ending, and makes the folder", async () => {
    const path = (name: string): string => join(folder, "deep", name);
    await line().save(path("a.png"), { scale: 1 });
    expect(sizeOf(await readFile(path("a.png")))).toEqual([640, 360]);
    await line().save(path("a.svg"));
    expect(await readFile(path("a.svg"), "utf8")).toMatch(/^<svg/);
    await line().save(path("a.json"));
    expect(JSON.parse(await readFile(path("a.json"), "utf8")).data).toEqual([{ x: [1, 2, 3], y: [1, 3, 2] }]);
    await line().save(path("a.html"));
    const page = await readFile(path("a.html"), "utf8");
    expect(page).toContain("DecompressionStream");
    expect(page).not.toMatch(/(src|href)="https?:/);
  });

  test("an unknown ending names the known ones", async () => {
    await expect(line().save(join(folder, "a.pgn"))).rejects.toThrow(/Did you mean \.png\?/);
  });
});
