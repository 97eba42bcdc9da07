import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Checkout, HAS_REAL_DATA, LESSONS, REAL_DATA } from "./checkout.js";

/** What a cell did in stock tslab. */
interface TslabCell {
  readonly id: string;
  readonly ok: boolean;
  readonly logs: readonly string[];
  readonly errors: readonly string[];
  /** What it wrote to the console itself. */
  readonly printed: readonly string[];
}

async function runInTslab(checkout: Checkout, name: string, dataDir: string): Promise<TslabCell[]> {
  const driver = fileURLToPath(new URL("tslab-driver.cjs", import.meta.url));
  const child = spawn(process.execPath, [driver, checkout.path("notebooks", name)], {
    cwd: checkout.path("notebooks"),
    env: { ...process.env, TESSERLAB__DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const printed: string[] = [];
  const cells: TslabCell[] = [];
  for (const line of (await text(child.stdout)).split("\n")) {
    if (line.startsWith("\u0001")) cells.push({ ...(JSON.parse(line.slice(1)) as TslabCell), printed: printed.splice(0) });
    else printed.push(line);
  }
  return cells;
}

const LESSON = "01-research-loop.ipynb";

const WHERE = [
  ["the synthetic sample", false],
  ["real candles (skipped without them in TESSERLAB__DATA_DIR)", true],
] as const;

describe.each(WHERE)("in stock tslab 1.0 with TypeScript 5.0, on %s", (_title, real) => {
  describe.skipIf(real && !HAS_REAL_DATA).each(LESSONS)("%s", (name) => {
    let checkout: Checkout;
    let cells: TslabCell[];
    beforeAll(async () => {
      checkout = new Checkout();
      cells = await runInTslab(checkout, name, real ? REAL_DATA : checkout.noData);
    }, 600_000);
    afterAll(() => checkout.remove());

    test("every cell passes its type checks and runs", () => {
      expect(cells.filter(({ ok, errors }) => !ok || errors.length > 0)).toEqual([]);
      const notebook = JSON.parse(readFileSync(checkout.path("notebooks", name), "utf8")) as { cells: { id: string; cell_type: string }[] };
      expect(cells.map(({ id }) => id)).toEqual(notebook.cells.filter((cell) => cell.cell_type === "code").map(({ id }) => id));
    });

    test("shows no result with a hole in it", () => {
      for (const { id, logs } of cells) expect(logs.join("\n"), id).not.toMatch(/\[object |\bNaN\b/);
    });

    // What follows is the first lesson's own.
    if (name !== LESSON) return;

    test("shows every result as text", () => {
      const logged = (id: string): string => cells.find((cell) => cell.id === id)?.logs.join("\n") ?? `no cell ${id}`;
      expect(logged("load-candles")).toMatch(/candles of BTCUSDT/);
      expect(logged("test-run")).toMatch(/SmaCross on BTCUSDT 5m[\s\S]*Final equity +[\d.]+ USDT/);
      expect(logged("tune-study")).toMatch(/trials by grid search[\s\S]*Best trials/);
      expect(logged("doubt-verdict")).toMatch(/^Deflated Sharpe ratio/);
      expect(logged("reload-file")).toMatch(/^Reproduced exactly/);
      expect(logged("trade-compare")).toMatch(/final equity/);
      expect(cells.at(-1)?.printed.join("\n")).toMatch(/^\d+ trades[\s\S]*Sharpe -?\d/m);
    });
  });
});

test("what TypeScript 5.0 refuses is seen", async () => {
  const checkout = new Checkout();
  try {
    const cell = (id: string, source: string) => ({ cell_type: "code", id, metadata: {}, outputs: [], execution_count: null, source });
    const sources = [
      cell("import", 'import { state } from "tesserlab/lab";'),
      cell("typed", 'const equity: number = state.open("nothing.db").equity.initial;\nequity.toUpperCase()'),
    ];
    writeFileSync(checkout.path("notebooks", "wrong.ipynb"), JSON.stringify({ cells: sources }));
    const [first, second] = await runInTslab(checkout, "wrong.ipynb", checkout.noData);
    expect(first).toMatchObject({ ok: true, errors: [] });
    expect(second).toMatchObject({ ok: false, errors: [expect.stringContaining("'toUpperCase' does not exist on type 'number'")] });
  } finally {
    checkout.remove();
  }
});
