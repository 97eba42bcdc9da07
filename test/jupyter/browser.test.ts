import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type App, FrontEnd, missingChromium } from "./front-end.js";
import { InstalledKernel, missingPython, titled } from "./kernel.js";

/** A figure by our own helper. The point's text is looked for in the page: it is drawn, not only sent. */
const FIGURE = 'figure({ data: [{ x: [1, 2, 3], y: [3, 1, 2], mode: "lines+markers" }], layout: { title: { text: "Seen by eye" } } })';

describe.each<App>(["lab", "notebook"])("%s in a browser", (app) => {
  const missing = missingPython(app === "lab" ? "jupyterlab" : "notebook", "ipykernel") ?? missingChromium();
  let kernel: InstalledKernel | undefined;
  let front: FrontEnd;
  const it = (name: string, work: () => Promise<void>): void => void test.skipIf(missing !== undefined)(titled(name, missing), work);

  beforeAll(async () => {
    if (missing !== undefined) return;
    kernel = await InstalledKernel.install();
    front = await FrontEnd.start(app, kernel);
  });
  afterAll(async () => {
    await front?.stop();
    kernel?.remove();
  });

  it("runs cells and completes with Tab", async () => {
    const notebook = await front.open("cells", ["const price: number = 6 * 7\nprice", "1"]);
    await notebook.run(0);
    await notebook.sees(0, "42");
    await notebook.focus(1);
    await notebook.page.keyboard.press("Control+a");
    await notebook.page.keyboard.insertText("price.to");
    await notebook.completes("toFixed");
    await notebook.shot("completion");
    await notebook.page.keyboard.press("Escape");
  });

  // A cell that is run the moment the page looks ready may stay unrun, of IPython's kernel as of ours: the front end then never sent it.
  for (const name of ["tesserlab", "python3"])
    it(`runs what the page sends, also in its first second, with the kernel ${name}`, async () => {
      const notebook = await front.create(`early-${name}`, ["6 * 7"], name);
      const sent = notebook.countRequests();
      const connected = notebook.connected();
      await notebook.goto();
      await notebook.run(0); // sent or not
      await connected;
      await notebook.settle();
      await notebook.run(0); // sent
      await expect.poll(async () => sent() > 0 && (await notebook.prompt(0)) === `[${sent()}]:`, { timeout: 60_000 }).toBe(true);
      await notebook.sees(0, "42");
    });

  it("interrupts and restarts", async () => {
    const notebook = await front.open("stops", [
      "let kept = 41",
      'console.log("runs")\nfor (;;);',
      'console.log("waits")\nawait new Promise(() => {})',
      "kept + 1",
      "typeof kept",
    ]);
    await notebook.run(0);
    for (const [cell, text] of [
      [1, "runs"],
      [2, "waits"],
    ] as const) {
      await notebook.run(cell);
      await notebook.sees(cell, text);
      await notebook.interrupt();
      await notebook.sees(cell, "KeyboardInterrupt", 5_000);
    }
    await notebook.run(3);
    await notebook.sees(3, "42");
    await notebook.shot("interrupted");
    await notebook.restart();
    await notebook.run(4);
    await notebook.sees(4, "undefined");
  });

  it("draws a figure live, and again after save and reload", async () => {
    const notebook = await front.open("figure", [FIGURE, "'below'"]);
    await notebook.run(0);
    const drawn = notebook.outputs(0).locator(".main-svg");
    await drawn
      .first()
      .waitFor()
      .catch(async (error: unknown) => {
        await notebook.shot("failure");
        throw error;
      });
    await notebook.outputs(0).getByText("Seen by eye").first().waitFor();
    expect((await drawn.first().boundingBox())!.height).toBeGreaterThan(300);
    await notebook.shot("live");
    // Drawn from its JSON by our extension: neither the library nor the picture is saved with it, once it is drawn to its end.
    await expect
      .poll(async () => Object.keys((await notebook.saved())[0]!.outputs.at(-1)!.data ?? {}).sort(), { timeout: 60_000 })
      .toEqual(["application/vnd.plotly.v1+json", "text/plain"]);
    await notebook.load();
    await drawn.first().waitFor();
    await notebook.outputs(0).getByText("Seen by eye").first().waitFor();
    await notebook.shot("reloaded");
  });

  it("keeps a running session's panel up to date, also while no cell runs, until the session ends", async () => {
    const notebook = await front.open("panel", [
      'const candles = data.synthetic({ bars: 400, seed: 5, gaps: true })\nconst folder = (await import("node:fs")).mkdtempSync((await import("node:os")).tmpdir() + "/panel-")\nprocess.env.TESSERLAB__SESSIONS_DIR = folder',
      'const session = await live.start({ strategy: "SmaCross", venue: paper({ feed: replay(candles, { speed: 600 }) }), statePath: folder + "/state.db", slippageBps: 1, trade: { metricsAddr: "127.0.0.1:0" } })\n"started"',
      "session",
      'await session.place({ symbol: "BTCUSDT", side: "buy", quantity: "0.02", stopLoss: "20000" })',
      "(await session.stop({ closePositions: true })).status",
    ]);
    await notebook.run(0);
    await notebook.run(1);
    await notebook.sees(1, "started", 60_000);
    await notebook.run(2);
    await notebook.sees(2, /running, \d+ bars/, 60_000);
    await notebook.run(3);
    await notebook.sees(2, "a fill of order 1", 60_000);
    await notebook.sees(2, "Open orders", 60_000);
    await notebook.shot("running");
    await notebook.run(4);
    await notebook.sees(4, "stopped", 60_000);
    await notebook.sees(2, "stopped, ", 60_000);
    await notebook.shot("stopped");
  });

  it("shows the error after a flood of text", async () => {
    const notebook = await front.open("flood", [
      'for (let i = 0; i < 100_000; i++) console.log("x".repeat(100))\nthrow new RangeError("after ten megabytes")',
      "'alive'",
    ]);
    await notebook.run(0);
    await notebook.sees(0, "after ten megabytes", 60_000);
    await notebook.run(1);
    await notebook.sees(1, "alive");
    const [cell] = await notebook.saved();
    const errors = cell!.outputs.filter((output) => output.output_type === "error");
    expect(errors.map(({ evalue }) => evalue)).toEqual(["after ten megabytes"]);
    // Something says what was cut, and where the rest is.
    const text = cell!.outputs.flatMap((output) => output.text ?? []).join("");
    expect(text.length).toBeGreaterThan(1_000_000);
    expect(text).toMatch(/More output than a notebook can show: it goes on in .*\.txt/);
    await notebook.cell(0).locator(".jp-OutputArea-output").last().scrollIntoViewIfNeeded();
    await notebook.shot("error");
  });

  it("keeps the result after 5,000 displays", async () => {
    const notebook = await front.open("displays", ["for (let i = 0; i < 5_000; i++) display({ shown: i })\n'the result'", "'alive'"]);
    await notebook.run(0);
    await notebook.run(1);
    await notebook.sees(1, "alive", 60_000);
    const [cell] = await notebook.saved();
    expect(
      cell!.outputs.filter((output) => output.output_type === "execute_result").map(({ data }) => [data!["text/plain"]].flat().join("")),
    ).toEqual(["the result"]);
    await notebook.shot("result");
  });
});

/** For the first still picture of a process, which a busy machine takes its time for. */
const PATIENCE_MS = 90_000;

describe("stock JupyterLab, without our extension", () => {
  const missing = missingPython("jupyterlab") ?? missingChromium();
  let kernel: InstalledKernel | undefined;
  let front: FrontEnd;
  let tries = 0;

  beforeAll(async () => {
    if (missing !== undefined) return;
    kernel = await InstalledKernel.install();
    kernel.removeExtension();
    front = await FrontEnd.start("lab", kernel);
  });
  afterAll(async () => {
    await front?.stop();
    kernel?.remove();
  });

  test.skipIf(missing !== undefined)(
    titled("draws figures from their HTML, the library brought once, live and again after save and reload", missing),
    async () => {
      // A name of its own for each try: a kernel left by another has brought the library to a page that is gone.
      const notebook = await front.open(`stock-${++tries}`, [FIGURE, FIGURE]);
      const drawn = (cell: number) => notebook.outputs(cell).locator(".main-svg").first();
      for (const index of [0, 1]) {
        await notebook.run(index);
        await drawn(index).waitFor({ timeout: PATIENCE_MS });
        await notebook.outputs(index).getByText("Seen by eye").first().waitFor();
      }
      await notebook.shot("live");
      const sizes = (await notebook.saved()).map(({ outputs }) => [outputs.at(-1)!.data!["text/html"]].flat().join("").length);
      expect(sizes[0]).toBeGreaterThan(1_000_000);
      expect(sizes[1]).toBeLessThan(500_000);
      await notebook.load();
      await drawn(1).waitFor({ timeout: PATIENCE_MS });
      await notebook.shot("reloaded");
    },
    3 * PATIENCE_MS,
  );
});
