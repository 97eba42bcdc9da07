import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JupyterServer, missingChromium } from "./front-end.js";
import { InstalledKernel, missingPython, ROOT, titled } from "./kernel.js";
import { FIGURES, type Notebook, READS, SHOWN } from "./shown.js";
import { PATIENCE_MS, VsCode } from "./vscode.js";
import { missingVsCode } from "./vscode-server.js";

const missing = missingVsCode() ?? missingChromium();
const it = (name: string, work: () => Promise<void>): void =>
  void test.skipIf(missing !== undefined)(titled(name, missing), work, 4 * PATIENCE_MS);

/** Outputs with their lines joined: programs differ in whether they split text. */
function outputs({ cells }: Notebook): unknown {
  const join = (key: string, value: unknown): unknown =>
    key !== "traceback" && Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === "string")
      ? value.join("")
      : value;
  return JSON.parse(
    JSON.stringify(
      cells.map((cell) => cell.outputs),
      join,
    ),
  );
}

describe("VS Code", () => {
  const folder = mkdtempSync(join(tmpdir(), "tesserlab-vscode-"));
  let vscode: VsCode;
  let executed: Notebook;

  const write = (name: string, notebook: Notebook): void => writeFileSync(join(folder, name), JSON.stringify(notebook));
  const read = (name: string): Notebook => JSON.parse(readFileSync(join(folder, name), "utf8")) as Notebook;

  beforeAll(async () => {
    if (missing !== undefined) return;
    write("source.ipynb", SHOWN);
    const run = [join(ROOT, "dist/cli/main.js"), "run", "source.ipynb", "--out", "shown.ipynb"];
    await promisify(execFile)(process.execPath, run, { cwd: folder });
    executed = read("shown.ipynb");
    vscode = await VsCode.start(folder);
  });
  afterAll(async () => {
    await vscode?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows every kind of output of a saved notebook, keeps it when it saves, and asks for nothing outside", async () => {
    const notebook = await vscode.open("shown.ipynb", { height: 6600 });
    for (const title of FIGURES) await notebook.draws(title);
    for (const text of READS) await notebook.shows(text);
    expect(await notebook.outputs.getByText("feed: connecting").count()).toBe(0);
    const still = notebook.outputs.locator('img[alt="Still by eye"]');
    expect(await still.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1800);
    expect((await still.boundingBox())!.height).toBeGreaterThan(300);
    const colour = await notebook.outputs.getByText("green", { exact: true }).evaluate((text) => getComputedStyle(text).color);
    expect(colour).not.toBe(
      await notebook.outputs
        .getByText("printed")
        .first()
        .evaluate((text) => getComputedStyle(text).color),
    );
    await notebook.shot("all");

    // Edited and saved there, it still holds every output in every form.
    await notebook.page.locator(".notebook-editor .code-cell-row .monaco-editor").first().click();
    await notebook.page.keyboard.press("Control+Home");
    await notebook.page.keyboard.insertText("// seen\n");
    await notebook.page.keyboard.press("Control+s");
    await expect.poll(() => [read("shown.ipynb").cells[1]!.source].flat().join(""), { timeout: PATIENCE_MS }).toMatch(/^\/\/ seen\n/);
    expect(outputs(read("shown.ipynb"))).toEqual(outputs(executed));
    expect(notebook.problems).toEqual([]);
  });

  it("draws figures seen before the one that brought the library, and again after their outputs were collapsed, in the dark", async () => {
    // The library last, and twice.
    const [title, first, second, ...others] = executed.cells;
    // The second as our extension of JupyterLab saves a figure: VS Code's own renderers know no plotly.
    const json = structuredClone(second!);
    for (const { data } of json.outputs!) {
      delete data!["text/html"];
      delete data!["image/png"];
    }
    write("order.ipynb", { ...executed, cells: [title!, second!, json, ...others, first!, first!] });
    const notebook = await vscode.open("order.ipynb", { settings: { "workbench.colorTheme": "Dark 2026" } });
    await notebook.shows('Figure "Second by eye" (bar; 2 points)');
    await notebook.shot("before");
    await notebook.page.locator(".notebook-editor .code-cell-row").first().click();
    await notebook.page.keyboard.press("Escape");
    await notebook.page.keyboard.press("Control+End");
    await notebook.draws("First by eye", 1);
    await notebook.shot("end");
    await notebook.page.keyboard.press("Control+Home");
    await notebook.draws("Second by eye");
    await notebook.shot("after");
    await notebook.command("Notebook: Collapse All Cell Outputs");
    await notebook.figure("Second by eye").waitFor({ state: "hidden" });
    await notebook.shot("collapsed");
    await notebook.command("Notebook: Expand All Cell Outputs");
    await notebook.draws("Second by eye");
    await notebook.shot("expanded");
    expect(notebook.problems).toEqual([]);
  });
});

describe("VS Code with our kernel, through a Jupyter server", () => {
  const absent = missing ?? missingPython("jupyter_server");
  let kernel: InstalledKernel | undefined;
  let jupyter: JupyterServer;
  let vscode: VsCode;

  beforeAll(async () => {
    if (absent !== undefined) return;
    kernel = await InstalledKernel.install();
    jupyter = await JupyterServer.start("jupyter_server", kernel.folder, kernel, [
      "--ServerApp.allow_origin=*",
      "--ServerApp.disable_check_xsrf=True",
    ]);
    vscode = await VsCode.start(kernel.folder, jupyter.base);
  });
  afterAll(async () => {
    await vscode?.stop();
    await jupyter?.stop();
    kernel?.remove();
  });

  test.skipIf(absent !== undefined)(
    titled("shows every kind of output as it comes, and keeps the chart library when the cell that brought it is run again", absent),
    async () => {
      // Those of its cells that are about how outputs come, not about tables.
      const cells = SHOWN.cells.filter(({ source }) => !/table|toDanfo|candles|static|interactive/.test(String(source)));
      writeFileSync(join(kernel!.folder, "live.ipynb"), JSON.stringify({ ...SHOWN, cells }));
      const notebook = await vscode.open("live.ipynb", { height: 3200 });
      await notebook.page.getByRole("button", { name: "Run All" }).click();
      for (const text of READS) if (!/symbol|candles|equity/.test(String(text))) await notebook.shows(text);
      for (const title of ["First by eye", "Second by eye"]) await notebook.draws(title);
      expect(await notebook.outputs.getByText("feed: connecting").count()).toBe(0);
      await notebook.shot("run");

      // The first cell, changed and run again, is drawn by the library that the page has, and the notebook keeps it for the next page.
      const again = String(cells[1]!.source).replace("First by eye", "First once more");
      await notebook.page
        .locator(".notebook-editor .code-cell-row")
        .filter({ hasText: "lines+markers" })
        .locator(".monaco-editor")
        .first()
        .click();
      await notebook.page.keyboard.press("Control+a");
      await notebook.page.keyboard.insertText(again);
      await notebook.page.keyboard.press("Shift+Enter");
      await notebook.draws("First once more");
      await notebook.page.keyboard.press("Control+s");
      // What it saves by itself, while the cell runs, holds no outputs yet.
      const bringing = (): string[] => {
        const { cells: saved } = JSON.parse(readFileSync(join(kernel!.folder, "live.ipynb"), "utf8")) as Notebook;
        return saved
          .filter(({ outputs }) => JSON.stringify(outputs ?? []).includes("DecompressionStream"))
          .map(({ source }) => [source].flat().join(""));
      };
      await expect.poll(bringing, { timeout: PATIENCE_MS }).toEqual([again]);
      expect(notebook.problems).toEqual([]);
    },
    4 * PATIENCE_MS,
  );
});
