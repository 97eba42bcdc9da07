import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chartLibrary, figure, type MimeBundle, table, toBundle } from "../../dist/display/index.js";
import { launchChromium, missingChromium } from "./front-end.js";
import { ROOT, titled } from "./kernel.js";

// VS Code cannot be installed here. This is what is known of how it shows outputs, from its source (extensions/notebook-renderers/src/index.ts, and the page of
// backLayerWebView.ts): all HTML of a notebook goes into one page that has nothing else, no requirejs and no jQuery, and may load nothing; each output's scripts
// are run once it lies in the page, each as a new element that is taken out again; and outputs come in the order they are scrolled to.

const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src https: http: data: blob:; connect-src https:; child-src https: data:";

const missing = missingChromium();
const it = (name: string, work: () => Promise<void>): void => void test.skipIf(missing !== undefined)(titled(name, missing), work);

describe("a webview such as VS Code's", () => {
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    if (missing === undefined) browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function open(): Promise<void> {
    problems.length = requests.length = 0;
    page = await browser.newPage({ viewport: { width: 900, height: 1200 } });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("request", ({ url }) => /^(data|blob|about):/.test(url()) || requests.push(url()));
    await page.setContent(
      `<!DOCTYPE html><html><head><meta http-equiv="Content-Security-Policy" content="${POLICY}"></head><body><div id="container"></div></body></html>`,
    );
  }

  /** Shows an output as the renderer of HTML does. */
  function show(id: string, bundle: MimeBundle): Promise<void> {
    const html = String(bundle["text/html"]);
    return page.evaluate(
      ([name, content]) => {
        const container = document.getElementById("container")!.appendChild(document.createElement("div"));
        container.id = name!;
        const element = document.createElement("div");
        element.innerHTML = content!;
        container.appendChild(element);
        for (const found of [...element.getElementsByTagName("script")]) {
          const script = document.createElement("script");
          script.text = found.textContent;
          element.appendChild(script).parentNode!.removeChild(script);
        }
      },
      [id, html],
    );
  }

  const chart = (title: string, displayMode: "auto" | "static" | "interactive" = "auto") =>
    figure({ data: [{ x: [1, 2, 3], y: [3, 1, 2] }], layout: { title: { text: title }, height: 320 }, displayMode }).toBundle();

  async function shot(name: string): Promise<void> {
    const folder = join(ROOT, "reports", "screenshots");
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `webview-${name}.png`) });
  }

  it("draws figures, those that were scrolled to before the library came too, and loads nothing", async () => {
    await open();
    const [first, second, third] = [await chart("One"), await chart("Two"), await chart("Three", "interactive")];
    expect(String(first["text/html"])).toContain("DecompressionStream"); // the first of a process brings the library
    await show("second", second);
    await page.locator("#second img").waitFor(); // its picture, meanwhile
    await show("first", first);
    await show("third", third);
    for (const [id, title] of [
      ["second", "Two"],
      ["first", "One"],
      ["third", "Three"],
    ]) {
      await page.locator(`#${id} .main-svg`).first().waitFor();
      await page.locator(`#${id}`).getByText(title!, { exact: true }).first().waitFor();
      expect((await page.locator(`#${id} .main-svg`).first().boundingBox())!.height).toBe(320);
    }
    await shot("figures");
    // The library once more, and a figure that is shown again: nothing breaks.
    await show("library", await toBundle(chartLibrary()));
    await show("again", second);
    await page.locator("#again .main-svg").first().waitFor();
    expect([problems, requests]).toEqual([[], []]);
  });

  it("without scripts a figure is its picture, and a table is a table", async () => {
    await open();
    const bundle = await chart("Still", "static");
    await show("still", bundle);
    const picture = page.locator("#still img");
    await picture.waitFor();
    expect(
      await picture.evaluate((image) => (image as HTMLImageElement).decode().then(() => (image as HTMLImageElement).naturalHeight)),
    ).toBe(640);
    const rows = table([
      { symbol: "BTCUSDT", net: "1.50" },
      { symbol: "ETHUSDT", net: "-0.25" },
    ]);
    await show("table", rows.toBundle());
    await page.locator("#table").getByText("ETHUSDT").waitFor();
    await shot("still");
    expect([problems, requests]).toEqual([[], []]);
  });
});
