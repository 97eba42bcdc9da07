import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { expect } from "vitest";
import { freePorts } from "../kernel/kernel-client.js";
import { type InstalledKernel, PYTHON, ROOT } from "./kernel.js";

export type App = "lab" | "notebook";

/** Why no browser can be driven here; `undefined` when one can. */
export function missingChromium(): string | undefined {
  return chromiumPath() === undefined ? "no Chromium: set TESSERLAB__CHROMIUM or install one" : undefined;
}

function chromiumPath(): string | undefined {
  if (process.env.TESSERLAB__CHROMIUM !== undefined) return process.env.TESSERLAB__CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome"])
    try {
      return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      // Not installed under this name.
    }
  return undefined;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath()!, args: ["--no-sandbox", "--disable-gpu"] });
}

interface SavedCell {
  source: string | string[];
  outputs: { output_type: string; text?: string | string[]; data?: Record<string, unknown>; ename?: string; evalue?: string }[];
}

/** A Jupyter server on loopback, of one of Jupyter's Python modules. */
export class JupyterServer {
  readonly base: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, base: string) {
    this.#process = process;
    this.base = base;
  }

  static async start(module: string, folder: string, kernel: InstalledKernel, options: readonly string[] = []): Promise<JupyterServer> {
    const [port] = await freePorts(1);
    const base = `http://127.0.0.1:${port}`;
    const server = spawn(
      PYTHON,
      [
        "-m",
        module,
        "--no-browser",
        "--allow-root",
        `--ServerApp.port=${port}`,
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        `--ServerApp.root_dir=${folder}`,
        ...options,
      ],
      { env: kernel.env, stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "";
    server.stderr!.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    const end = Date.now() + 60_000;
    while (
      !(await fetch(`${base}/api`).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (Date.now() > end || server.exitCode !== null) throw new Error(`The server of ${module} did not start:\n${log.slice(-4000)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return new JupyterServer(server, base);
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    const force = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(force);
  }
}

/** A Jupyter server with one of its front ends, and a browser on it. */
export class FrontEnd {
  readonly app: App;
  readonly folder: string;
  readonly #server: JupyterServer;
  readonly #browser: Browser;

  private constructor(app: App, folder: string, server: JupyterServer, browser: Browser) {
    this.app = app;
    this.folder = folder;
    this.#server = server;
    this.#browser = browser;
  }

  static async start(app: App, kernel: InstalledKernel): Promise<FrontEnd> {
    const folder = join(kernel.folder, `${app}-files`);
    mkdirSync(folder, { recursive: true });
    const quiet = ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"];
    const server = await JupyterServer.start(app === "lab" ? "jupyterlab" : "notebook", folder, kernel, app === "lab" ? quiet : []);
    return new FrontEnd(app, folder, server, await launchChromium());
  }

  /** Opens a new notebook with these cells, once its page has heard from its kernel. */
  async open(name: string, cells: readonly string[]): Promise<NotebookPage> {
    const opened = await this.create(name, cells);
    await opened.load();
    return opened;
  }

  /** Makes a notebook and a page for it that shows nothing yet. */
  async create(name: string, cells: readonly string[], kernel = "tesserlab"): Promise<NotebookPage> {
    writeFileSync(
      join(this.folder, `${name}.ipynb`),
      JSON.stringify({
        nbformat: 4,
        nbformat_minor: 5,
        metadata: {
          kernelspec: { name: kernel, display_name: kernel, language: kernel === "tesserlab" ? "typescript" : "python" },
        },
        cells: cells.map((source, i) => ({ cell_type: "code", id: `c${i}`, metadata: {}, source, outputs: [], execution_count: null })),
      }),
    );
    // What a test that failed left open.
    for (const context of this.#browser.contexts()) await context.close();
    const page = await this.#browser.newPage({ viewport: { width: 1100, height: 1400 } });
    page.setDefaultTimeout(20_000);
    return new NotebookPage(this, page, name, `${this.#server.base}/${this.app === "lab" ? "lab/tree" : "notebooks"}/${name}.ipynb`);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
  }
}

/** One notebook in the browser, used as a person uses it: mouse and keys. */
export class NotebookPage {
  readonly page: Page;
  readonly #front: FrontEnd;
  readonly #name: string;
  readonly #url: string;

  constructor(front: FrontEnd, page: Page, name: string, url: string) {
    this.page = page;
    this.#front = front;
    this.#name = name;
    this.#url = url;
  }

  async load(): Promise<void> {
    const connected = this.connected();
    await this.goto();
    await connected;
    await this.settle();
  }

  /** Waits until the page, which has heard from its kernel, has put its focus where it wants it, and answers the question which kernel it should take. */
  async settle(): Promise<void> {
    await this.page.waitForTimeout(1_500);
    const dialog = this.page.locator(".jp-Dialog");
    if ((await dialog.count()) > 0) {
      await this.page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    }
    await this.idle();
  }

  /** Goes there. The indicator says idle before the page is ready to run cells. */
  async goto(): Promise<void> {
    await this.page.goto(this.#front.app === "lab" ? `${this.#url}?reset` : this.#url);
    await this.idle(60_000);
  }

  /** Settles once the page has heard from its kernel: a cell run earlier may silently not be run, of any kernel (a test shows it). */
  connected(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFrame("framereceived", (payload) => {
        if (payload.includes("kernel_info_reply")) resolve();
      });
    });
  }

  /** Counts the cells that the page asks its kernel to execute. */
  countRequests(): () => number {
    let count = 0;
    this.#onFrame("framesent", (payload) => {
      if (payload.includes('"execute_request"')) count++;
    });
    return () => count;
  }

  #onFrame(event: "framesent" | "framereceived", see: (payload: string | Buffer) => void): void {
    this.page.on("websocket", (socket) => {
      if (!socket.url().includes("/channels")) return;
      if (event === "framesent") socket.on("framesent", ({ payload }) => see(payload));
      else socket.on("framereceived", ({ payload }) => see(payload));
    });
  }

  /** Waits for the kernel's indicator to say idle. */
  async idle(timeout = 20_000): Promise<void> {
    await this.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first().waitFor({ timeout });
  }

  cell(index: number): Locator {
    return this.page.locator(".jp-Notebook .jp-CodeCell").nth(index);
  }

  /** What stands before a cell: its number, or that it waits, or nothing. */
  async prompt(index: number): Promise<string | null> {
    return await this.cell(index).locator(".jp-InputPrompt").textContent();
  }

  /** Outputs of a cell as a person sees them. */
  outputs(index: number): Locator {
    return this.cell(index).locator(".jp-OutputArea-output");
  }

  async focus(index: number): Promise<void> {
    await this.cell(index).locator(".cm-content").click();
  }

  /** Presses Tab until this is among what may stand at the cursor: the front end ignores an answer that takes more than a second. */
  async completes(text: string): Promise<void> {
    const item = this.page.locator(".jp-Completer .jp-Completer-item").filter({ hasText: text });
    for (let attempt = 0; attempt < 20; attempt++) {
      await this.page.keyboard.press("Tab");
      const isThere = await item.waitFor({ timeout: 3_000 }).then(
        () => true,
        () => false,
      );
      if (isThere) return;
    }
    throw new Error(`The completer never offered ${text}.`);
  }

  /** Selects a cell and runs it with Ctrl+Enter. */
  async run(index: number): Promise<void> {
    await this.focus(index);
    await this.page.keyboard.press("Control+Enter");
  }

  async sees(index: number, text: string | RegExp, timeout = 20_000): Promise<void> {
    try {
      await this.outputs(index).filter({ hasText: text }).first().waitFor({ timeout });
    } catch (error) {
      await this.shot("failure");
      const shown = (await this.outputs(index).allInnerTexts()).join("\n").slice(-1500);
      throw new Error(`Cell ${index} never showed ${text}; it shows:\n${shown}`, { cause: error });
    }
  }

  async interrupt(): Promise<void> {
    await this.page.locator('[data-command="notebook:interrupt-kernel"]').first().click();
  }

  async restart(): Promise<void> {
    await this.page.locator('[data-command="notebook:restart-kernel"]').first().click();
    await this.page.locator(".jp-Dialog .jp-mod-accept").click();
    await this.page.locator(".jp-Dialog").waitFor({ state: "detached" });
    await this.idle();
  }

  /** Saves with Ctrl+S and reads the file. */
  async saved(): Promise<SavedCell[]> {
    const response = this.page.waitForResponse((one) => one.request().method() === "PUT" && one.url().includes("/api/contents/"));
    await this.page.keyboard.press("Control+s");
    expect((await response).status()).toBe(200);
    const text = readFileSync(join(this.#front.folder, `${this.#name}.ipynb`), "utf8");
    return (JSON.parse(text) as { cells: SavedCell[] }).cells;
  }

  /** A picture in reports/screenshots, to be looked at. */
  async shot(what: string): Promise<void> {
    const folder = join(ROOT, "reports/screenshots");
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${this.#front.app}-${this.#name}-${what}.png`) });
  }
}
