import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { startLive } from "../../src/live/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { folderWith, PACKAGES, runCells } from "../kernel/run-cells.js";
import { btc } from "./samples.js";

const LAB = fileURLToPath(new URL("../../dist/lab/index.js", import.meta.url));

/** A folder in which modules find the package, as in any checkout. */
function project(): string {
  const folder = folderWith({});
  mkdirSync(join(folder, "reports"));
  symlinkSync(PACKAGES, join(folder, "node_modules"), "dir");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const strategy = (inside: string): string => `
const Every = defineStrategy({
  name: "Every",
  params: { bars: param.integer({ default: 7, min: 1 }) },
  create({ params }) {
    let seen = 0;
    return {
      onCandle(bar, desk) {
        if (++seen % ${inside} !== 0) return;
        if (desk.isFlat) desk.enterLong(); else desk.exitLong();
      },
    };
  },
});`;

test("a strategy of a cell trades in a session's own process, written down beside its state, as it does in the notebook", {
  timeout: 120_000,
}, async () => {
  const folder = project();
  const run = await runCells(
    [
      `process.env.TESSERLAB__SESSIONS_DIR = ${JSON.stringify(join(folder, "sessions"))}; const candles = data.synthetic({ bars: 120, seed: 5 }); const cycle = 7;`,
      strategy("params.bars"),
      `const session = await live.start({ strategy: Every, params: { bars: 5 }, venue: paper({ feed: replay(candles) }), statePath: ${JSON.stringify(join(folder, "reports", "state.db"))}, trade: {} });
       const summary = await session.done;
       const run = await backtest({ strategy: Every, params: { bars: 5 }, data: candles });
       [summary.fills, run.fills.length > 10, summary.equity.eq(run.finalEquity), (await session.compare()).equal].join()`,
      strategy("cycle"),
      `await live.start({ strategy: Every, venue: paper({ feed: replay(candles) }), statePath: ${JSON.stringify(join(folder, "reports", "other.db"))}, trade: {} })`,
    ],
    { folder, lab: LAB },
  );
  expect(run.error(3)).toBeUndefined();
  expect(run.result(3)).toMatch(/^'?\d+,true,true,true'?$/);
  const written = readdirSync(join(folder, "reports")).filter((name) => name.endsWith(".ts"));
  expect(written).toEqual([expect.stringMatching(/^every\.[0-9a-f]{8}\.ts$/)]);
  expect(readFileSync(join(folder, "reports", written[0]!), "utf8")).toContain("export { Every };");
  // One that uses a variable of another cell cannot go there, and that is said with its name.
  expect(run.error(5)).toContain("Every uses 'cycle', which its cell neither imports nor declares");
});

test("outside a notebook a definition is asked for as a module", async () => {
  const Own = defineStrategy({ name: "Own", params: {}, create: () => ({ onCandle() {} }) });
  const started = startLive({ strategy: Own, venue: paper({ feed: replay(btc.slice(0, 50)) }), trade: {} });
  await expect(started).rejects.toMatchObject({
    code: "NOT_PORTABLE",
    message: expect.stringContaining('strategy: { module: "strategies/x.ts" }'),
  });
});
