import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { launchChromium } from "./front-end.js";
import { ROOT } from "./kernel.js";
import { VsCodeServer } from "./vscode-server.js";

/** For a page of VS Code on a busy machine. */
export const PATIENCE_MS = 60_000;

/** VS Code, the real one, as the web workbench in a browser, with the notebooks of one folder. */
export class VsCode {
  readonly #server: VsCodeServer;
  readonly #browser: Browser;
  #context: BrowserContext | undefined;

  private constructor(server: VsCodeServer, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  /** With `jupyter`, the address of a Jupyter server, cells can be run with its kernel. */
  static async start(folder: string, jupyter?: string): Promise<VsCode> {
    return new VsCode(await VsCodeServer.start(folder, jupyter), await launchChromium());
  }

  /** Opens a notebook in a new window and says that its authors are trusted, without which VS Code shows no notebook. */
  async open(file: string, { height = 1400, settings = {} }: { height?: number; settings?: object } = {}): Promise<VsCodeNotebook> {
    await this.#context?.close(); // what a test that failed left open
    this.#context = await this.#browser.newContext({ viewport: { width: 1100, height } });
    const page = await this.#context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const notebook = new VsCodeNotebook(page, file);
    await page.goto(this.#server.url(file, { "workbench.sideBar.location": "right", ...settings }));
    await page.getByRole("button", { name: "Open Notebook" }).click();
    await page.locator(".notebook-editor .code-cell-row").first().waitFor();
    return notebook;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
  }
}

/** A notebook in VS Code's notebook editor. All outputs of a notebook lie in one page of their own, a frame in a frame. */
export class VsCodeNotebook {
  readonly page: Page;
  /** Where outputs are shown. */
  readonly outputs: FrameLocator;
  /** What was asked for that is not on this machine, and errors of the page that shows outputs. */
  readonly problems: string[] = [];
  readonly #file: string;

  constructor(page: Page, file: string) {
    this.page = page;
    this.#file = file;
    this.outputs = page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
    page.context().on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol.startsWith("http") && !hostname.endsWith("localhost") && hostname !== "127.0.0.1")
        this.problems.push(`asked for ${request.url()}`);
    });
    page.on("console", (message) => {
      if (message.type() === "error" && message.location().url.includes("/webview/")) this.problems.push(message.text());
    });
    page.on("pageerror", (error) => this.problems.push(error.message));
  }

  /** A figure drawn by plotly, by a text in it, such as its title. */
  figure(text: string): Locator {
    return this.outputs.locator(".js-plotly-plot").filter({ hasText: text });
  }

  /** Waits until a figure, of several alike the `nth`, is drawn where it can be seen: its traces have a size on the screen. */
  async draws(text: string, nth = 0): Promise<void> {
    const trace = this.figure(text).nth(nth).locator(".cartesianlayer .trace").first();
    await trace.waitFor();
    const box = (await trace.boundingBox())!;
    const { height } = this.page.viewportSize()!;
    if (box.width < 100 || box.height < 10 || box.y + box.height < 0 || box.y > height)
      throw new Error(`The figure ${text} is not seen: its trace is ${JSON.stringify(box)}.`);
  }

  /** Waits for an output that reads so: what a person sees of it, spaces and tabs as one blank. */
  async shows(text: string | RegExp): Promise<void> {
    const reads = async (): Promise<string[]> => {
      const all = await this.outputs.locator(".output_container .output").allInnerTexts();
      return all.map((one) => one.replaceAll(/[ \t\u00a0]+/g, " ").trim());
    };
    const expected = typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text);
    await expect.poll(reads, { timeout: PATIENCE_MS }).toContainEqual(expected);
  }

  /** Runs a command by its name in the palette. */
  async command(name: string): Promise<void> {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input").first();
    await input.fill(`>${name}`);
    await this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: name }).first().click();
  }

  /** A picture in reports/screenshots, to be looked at. */
  async shot(what: string): Promise<void> {
    const folder = join(ROOT, "reports/screenshots");
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `vscode-${this.#file.replace(".ipynb", "")}-${what}.png`) });
  }
}
