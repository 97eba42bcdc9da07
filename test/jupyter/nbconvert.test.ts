import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, missingChromium } from "./front-end.js";
import { InstalledKernel, missingPython, PYTHON, ROOT, titled } from "./kernel.js";
import { FIGURES, type Notebook, READS, SHOWN } from "./shown.js";

const missing = missingPython("nbconvert");

describe("nbconvert", () => {
  let kernel: InstalledKernel;
  let browser: Browser | undefined;

  beforeAll(async () => {
    if (missing !== undefined) return;
    kernel = await InstalledKernel.install();
    write("source.ipynb", SHOWN);
    await run(process.execPath, [join(ROOT, "dist/cli/main.js"), "run", "source.ipynb", "--out", "saved.ipynb"]);
    if (missingChromium() === undefined) browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    kernel?.remove();
  });

  const at = (name: string): string => join(kernel.folder, name);
  const read = (name: string): string => readFileSync(at(name), "utf8");
  const write = (name: string, notebook: Notebook): void => writeFileSync(at(name), JSON.stringify(notebook));
  const run = (program: string, args: string[]) => promisify(execFile)(program, args, { cwd: kernel.folder, env: kernel.env });
  const convert = (...args: string[]) => run(PYTHON, ["-m", "nbconvert", "--log-level=ERROR", ...args]);

  /** A page that nbconvert wrote, in a browser without a network. */
  async function open(name: string): Promise<Page> {
    const page = await browser!.newPage({ viewport: { width: 1000, height: 1400 } });
    page.setDefaultTimeout(60_000);
    await page.route(/^https?:/, (route) => route.abort());
    await page.goto(pathToFileURL(at(name)).href);
    return page;
  }

  async function draws(page: Page, titles: readonly string[]): Promise<void> {
    for (const title of titles) {
      const trace = page.locator(".js-plotly-plot").filter({ hasText: title }).locator(".cartesianlayer .trace").first();
      await trace.waitFor();
      const { width, height } = (await trace.boundingBox())!;
      expect([title, width > 100, height > 10]).toEqual([title, true, true]);
    }
  }

  async function texts(page: Page): Promise<string[]> {
    const all = await page.locator(".jp-OutputArea-output").allInnerTexts();
    return all.map((one) => one.replaceAll(/[ \t\u00a0]+/g, " ").trim());
  }

  async function shot(page: Page, name: string): Promise<void> {
    const folder = join(ROOT, "reports/screenshots");
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `nbconvert-${name}.png`), fullPage: true });
  }

  const noBrowser = missing ?? missingChromium();

  test.skipIf(noBrowser !== undefined)(
    titled("runs a notebook with our kernel into a page that shows every output without a network", noBrowser),
    async () => {
      await convert("--to", "html", "--execute", "source.ipynb", "--output", "executed.html");
      const page = await open("executed.html");
      await draws(page, FIGURES);
      const seen = await texts(page);
      for (const text of READS) expect(seen).toContainEqual(typeof text === "string" ? text : expect.stringMatching(text));
      expect(seen.join("\n")).not.toContain("feed: connecting");
      const still = page.locator('img[alt="Still by eye"]');
      expect(await still.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1800);
      expect(await page.getByText("green", { exact: true }).getAttribute("class")).toBe("ansi-green-fg");
      await shot(page, "executed");
    },
  );

  test.skipIf(noBrowser !== undefined)(
    titled("shows a saved notebook's figures, and text for those saved as JSON alone", noBrowser),
    async () => {
      const saved = JSON.parse(read("saved.ipynb")) as Notebook;
      // As our extension of JupyterLab saves a figure.
      const json = structuredClone(saved.cells[2]!);
      for (const { data } of json.outputs!) {
        delete data!["text/html"];
        delete data!["image/png"];
      }
      write("json.ipynb", { ...saved, cells: [...saved.cells, json] });
      await convert("--to", "html", "json.ipynb");
      const page = await open("json.html");
      await draws(page, FIGURES);
      expect((await texts(page)).at(-1)).toBe('Figure "Second by eye" (bar; 2 points)');
      await shot(page, "saved");
    },
  );

  test.skipIf(missing !== undefined)(titled("writes Markdown with figures as files, and a script of the cells", missing), async () => {
    await convert("--to", "markdown", "saved.ipynb", '--NbConvertBase.display_data_priority=["image/png", "text/html", "text/plain"]');
    const markdown = read("saved.md");
    expect(markdown).toContain("# What a notebook shows");
    expect(markdown).toContain("```typescript\nconst fills = table([");
    const pictures = [...markdown.matchAll(/!\[png\]\((.+?\.png)\)/g)].map(([, path]) => path!);
    expect(pictures.length).toBe(3);
    for (const path of pictures) expect(readFileSync(at(path)).subarray(1, 4).toString()).toBe("PNG");
    expect(markdown).toContain("<caption>Fills</caption>");
    expect(markdown).toContain("RangeError: a price must be positive, got -1");
    expect(markdown).not.toContain("DecompressionStream");

    await convert("--to", "script", "saved.ipynb");
    expect(existsSync(at("saved.ts"))).toBe(true);
    const script = read("saved.ts");
    for (const { cell_type, source } of SHOWN.cells) if (cell_type === "code") expect(script).toContain(source);
  });
});
