import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runCells } from "../kernel/run-cells.js";
import { expectWhole, scratch } from "./samples.js";

const LAB = fileURLToPath(new URL("../../dist/lab/index.js", import.meta.url));

/** Notes everything shown under a display id, and waits for what it is to say. */
const WATCH = `
// A kernel has its sockets to live for; here a timer stands in.
const alive = setInterval(() => {}, 1_000);
const shown: { id: string; update: boolean; text: string; cell: string }[] = [];
let told = () => {};
const host = (globalThis as any)[Symbol.for("tesserlab.host")];
const real = host.display;
host.display = (bundle, options = {}) => {
  if (options.id) shown.push({ id: options.id, update: options.update === true, text: String(bundle["text/plain"]), cell: host.currentCellId() });
  real(bundle, options);
  told();
};
const until = (done: () => boolean) => new Promise<void>((resolve) => { told = () => { if (done()) resolve(); }; told(); });
`;

const start = (path: string, more: string): string => `
const candles = data.synthetic({ bars: 400, seed: 5, gaps: true });
const session = await live.start({ strategy: "SmaCross", statePath: ${JSON.stringify(path)}, ${more} });
const seen = (bars: number) => new Promise<void>((resolve) => session.on("status", (report) => report.bars >= bars && resolve()));
`;

const REPLAY = 'venue: paper({ feed: replay(candles, { speed: 600 }) }), thread: "caller"';

describe("a running session in a cell", () => {
  test("is painted again while it goes on, under its own cell, until it ends", { timeout: 120_000 }, async () => {
    const path = join(scratch(), "state.db");
    const run = await runCells(
      [
        WATCH,
        start(path, REPLAY),
        { source: "session", id: "panel" },
        "await until(() => shown.some(({ update }) => update)); await session.stop(); await until(() => shown.some(({ text }) => /^stopped/m.test(text)));",
        "[new Set(shown.map(({ id }) => id)).size, [...new Set(shown.map(({ cell }) => cell))].join()]",
        "session",
      ],
      { lab: LAB },
    );
    expect(run.results.map(({ error }) => error?.evalue)).toEqual(run.results.map(() => undefined));
    const panel = run.outputs.filter(({ cell }) => cell === "panel");
    expect(panel.map(({ type }) => type).slice(0, 2)).toEqual(["display_data", "update_display_data"]);
    expect(panel.some(({ type }) => type === "execute_result")).toBe(false);
    // One panel, one id, all of it from its own cell.
    expect(run.result(5)).toBe("[ 1, 'panel' ]");
    for (const output of panel)
      if ("data" in output) expectWhole({ console: "", text: String(output.data["text/plain"]), html: String(output.data["text/html"]) });
    const last = panel.at(-1)!;
    const text = "data" in last ? String(last.data["text/plain"]) : "";
    expect(text).toMatch(/^Session \w{10}: SmaCross on paper\nstopped, \d+ of 400 bars, market time 20\d\d-/);
    expect(text).toMatch(/P&L [+-]\d+\.\d{8} USDT \(-?\d+\.\d\d %\), open /);
    expect(text).toMatch(/Last audits|No positions\./);
    // One that has ended is a picture.
    const ended = run.outputs.filter(({ cell }) => cell === run.results[5]!.id);
    expect(ended.map(({ type }) => type)).toEqual(["execute_result"]);
  });

  test("run again, the cell's first panel is painted no more; another cell's is", { timeout: 120_000 }, async () => {
    const path = join(scratch(), "state.db");
    const run = await runCells(
      [
        WATCH,
        start(path, REPLAY),
        { source: "session", id: "first" },
        { source: "session", id: "second" },
        { source: "'something else'", id: "first" },
        "const [one, two] = [...new Set(shown.map(({ id }) => id))]; const count = (id) => shown.filter((entry) => entry.id === id).length; const was = count(one); const goal = count(two) + 3;",
        "await until(() => count(two) >= goal); [count(one) - was, one === two]",
        "await session.stop()",
      ],
      { lab: LAB },
    );
    expect(run.results.map(({ error }) => error?.evalue)).toEqual(run.results.map(() => undefined));
    expect(run.result(7)).toBe("[ 0, false ]");
  });

  test("attached to, a session in a process of its own shows its links, switches, orders and last audits", {
    timeout: 120_000,
  }, async () => {
    const folder = scratch();
    const venue = "venue: paper({ feed: replay(candles, { speed: 600 }) }), trade: {}";
    const run = await runCells(
      [
        `process.env.TESSERLAB__SESSIONS_DIR = ${JSON.stringify(folder)};`,
        WATCH,
        start(join(folder, "state.db"), venue),
        'await seen(5); const filled = new Promise<void>((resolve) => session.on("fill", () => resolve())); await session.place({ symbol: "BTCUSDT", side: "buy", quantity: "0.02" }); await filled;',
        { source: "const again = await live.attach(session.id); again", id: "panel" },
        "await until(() => shown.some(({ update }) => update)); await again.disable(); await until(() => shown.at(-1)!.text.includes('Trading is disabled'));",
        "await again.stop({ closePositions: true }); await until(() => shown.some(({ text }) => /^stopped/m.test(text)));",
      ],
      { lab: LAB },
    );
    expect(run.results.map(({ error }) => error?.evalue)).toEqual(run.results.map(() => undefined));
    const texts = run.outputs.flatMap((output) => (output.cell === "panel" && "data" in output ? [String(output.data["text/plain"])] : []));
    expect(texts[0]).toMatch(/account link healthy, market link healthy, breaker closed, trading/);
    expect(texts[0]).toMatch(/Positions\n[\s\S]*BTCUSDT +0\.0\d/);
    expect(texts[0]).toMatch(/Last fills\n[\s\S]*BTCUSDT +buy +entry/);
    expect(texts.join("\n")).toMatch(/command open, quantity 0\.02, side buy, symbol BTCUSDT/);
    expect(texts.join("\n")).toMatch(/trading disabled/);
    expect(texts.at(-1)).toMatch(/No positions\./);
  });

  test("is one picture where nobody paints updates", async () => {
    const { toBundle } = await import("../../src/display/index.js");
    const { data, live, paper, replay } = await import("../../src/lab/index.js");
    const feed = replay(data.synthetic({ bars: 100, seed: 5 }), { speed: 60 });
    const session = await live.start({
      strategy: "SmaCross",
      venue: paper({ feed }),
      statePath: join(scratch(), "s.db"),
      thread: "caller",
    });
    const bundle = await toBundle(session);
    expect(String(bundle["text/plain"])).toMatch(/running, \d+ of 100 bars/);
    expect(String(bundle["text/html"])).toContain("SmaCross on paper");
    await session.stop();
  });
});
