import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { assertTradable, exportStrategy, loadStrategy, type NotebookHost, reproduce } from "../../src/handoff/index.js";
import { loadModule } from "../../src/modules/index.js";
import { defineStrategy, param, type StrategyDefinition } from "../../src/strategies/index.js";
import { randomWalk } from "./candles.js";

// Modules import `tesserlab/strategies`, so their folder is inside the package, where its own name resolves.
let root = "";
beforeAll(async () => {
  await mkdir("reports", { recursive: true });
  root = await mkdtemp(join("reports", "handoff-"));
});
afterAll(async () => rm(root, { recursive: true, force: true }));
let count = 0;
async function folder(): Promise<string> {
  const path = join(root, String(count++));
  await mkdir(join(path, "lib"), { recursive: true });
  return path;
}

const CELL = `const UP = 3;
const Dip = defineStrategy({
  name: "Dip",
  params: { period: param.integer({ default: 4, min: 1 }) },
  create({ params }) {
    let bars: number = 0;
    return { onCandle(bar, desk) { if (++bars % params.period === 0) desk.isFlat ? desk.enterLong() : desk.exitLong(); else if (bars < UP) return; } };
  },
});`;
const MODULE = `import { defineStrategy, param } from "tesserlab/strategies";\n${CELL.replace("const Dip", "export const Dip")}\n`;
/** The same strategy as this process has it, such as a cell does. */
const Dip = defineStrategy({
  name: "Dip",
  params: { period: param.integer({ default: 4, min: 1 }) },
  create({ params }) {
    let bars = 0;
    return {
      onCandle(_, desk) {
        if (++bars % (params.period as number) !== 0) return;
        if (desk.isFlat) desk.enterLong();
        else desk.exitLong();
      },
    };
  },
}) as StrategyDefinition;

const data = randomWalk(500);
const run = backtest({ data, strategy: Dip, params: { period: 6 } });

describe("a strategy of one's own", () => {
  test("needs to be told its module", async () => {
    const path = join(await folder(), "dip.toml");
    await expect(exportStrategy(run, path)).rejects.toMatchObject({
      code: "STRATEGY_NEEDS_MODULE",
      message: expect.stringContaining('module: "strategies/dip.ts"'),
    });
    expect(existsSync(path)).toBe(false);
  });

  test("is named by its module and hash, loads back, trades alike", async () => {
    const at = await folder();
    await writeFile(join(at, "lib", "dip.ts"), MODULE);
    const loaded = await exportStrategy(run, join(at, "dip.toml"), { module: join(at, "lib", "dip.ts") });
    expect(loaded).toMatchObject({ module: "./lib/dip.ts", trust: "ok", params: { period: 6, symbol: "BTCUSDT" } });
    expect(loaded.moduleSha256).toBe((await loadModule(join(at, "lib", "dip.ts"))).sha256);
    expect(reproduce(loaded, data)).toMatchObject({ ok: true });
    expect(run.roundTrips).toBeGreaterThan(30);
  });

  test("a file loaded can be exported again, also to another folder", async () => {
    const at = await folder();
    await writeFile(join(at, "lib", "dip.ts"), MODULE);
    const loaded = await exportStrategy(run, join(at, "dip.toml"), { module: join(at, "lib", "dip.ts") });
    const copy = await exportStrategy(loaded, join(at, "copies", "dip.toml"));
    expect(copy).toMatchObject({ module: "../lib/dip.ts", trust: "ok", provenance: loaded.provenance });
  });

  test("an edit of the module or of a file behind it is seen", async () => {
    const at = await folder();
    await writeFile(join(at, "lib", "up.ts"), "export const UP: number = 3;\n");
    await writeFile(join(at, "lib", "dip.ts"), `import { UP } from "./up.ts";\n${MODULE.replace("const UP = 3;", "")}`);
    const path = join(at, "dip.toml");
    await exportStrategy(run, path, { module: join(at, "lib", "dip.ts") });
    await writeFile(join(at, "lib", "up.ts"), "export const UP: number = 4;\n");
    const loaded = await loadStrategy(path);
    expect(loaded.verify()).toMatchObject({ status: "edited", message: expect.stringContaining("module") });
    expect(() => assertTradable(loaded, { venue: "paper" })).toThrow(expect.objectContaining({ code: "STRATEGY_EDITED" }));
  });

  test("a module that trades otherwise than what was tested is refused", async () => {
    const at = await folder();
    await writeFile(join(at, "dip.ts"), MODULE.replace("++bars % params.period", "++bars % (params.period + 1)"));
    await expect(exportStrategy(run, join(at, "dip.toml"), { module: join(at, "dip.ts") })).rejects.toMatchObject({
      code: "STRATEGY_DIFFERS",
      message: expect.stringContaining(run.finalEquity.toFixed()),
    });
    expect(existsSync(join(at, "dip.toml"))).toBe(false);
  });

  test("a module without it, a missing one and a broken one are refused", async () => {
    const at = await folder();
    const path = join(at, "dip.toml");
    await writeFile(join(at, "dip.ts"), MODULE.replace('"Dip"', '"Dipp"'));
    await expect(exportStrategy(run, path, { module: join(at, "dip.ts") })).rejects.toMatchObject({
      code: "STRATEGY_NOT_EXPORTED",
      message: expect.stringContaining("Did you mean Dipp?"),
    });
    await expect(exportStrategy(run, path, { module: join(at, "dop.ts") })).rejects.toMatchObject({ code: "MODULE_NOT_FOUND" });
    await writeFile(path, 'strategy_name = "Dip"\nstrategy_module = "./broken.ts"\n');
    await writeFile(join(at, "broken.ts"), "export const = 5;\n");
    await expect(loadStrategy(path)).rejects.toMatchObject({ code: "MODULE_SYNTAX" });
  });

  test("with several symbols takes them from one venue only", async () => {
    const at = await folder();
    const pair =
      'import { defineStrategy, param } from "tesserlab/strategies";\nexport const Pair = defineStrategy({ name: "Pair", params: { symbols: param.texts({ default: ["A", "B"] }) }, create: () => ({ onCandle() {} }) });\n';
    await writeFile(join(at, "pair.ts"), pair);
    const file = async (symbols: string): Promise<string> => {
      await writeFile(join(at, "pair.toml"), `strategy_name = "Pair"\nstrategy_module = "./pair.ts"\n[params]\nsymbols = ${symbols}\n`);
      return join(at, "pair.toml");
    };
    const loaded = await loadStrategy(await file('["bybit_linear:BTCUSDT", "bybit_linear:ETHUSDT"]'));
    expect(loaded).toMatchObject({ symbols: ["BTCUSDT", "ETHUSDT"], symbol: "BTCUSDT", venue: "bybit_linear", category: "linear" });
    await exportStrategy(loaded, loaded.path);
    expect(await readFile(loaded.path, "utf8")).toContain('symbols = ["bybit_linear:BTCUSDT", "bybit_linear:ETHUSDT"]');
    for (const mixed of ['["bybit_linear:BTCUSDT", "okx:BTCUSDT"]', '["BTCUSDT", "bybit_linear:ETHUSDT"]'])
      await expect(loadStrategy(await file(mixed))).rejects.toMatchObject({ code: "SYMBOL_VENUES" });
  });

  test("must not borrow a built-in name", async () => {
    const fake = defineStrategy({ name: "smacross", params: {}, create: () => ({ onCandle() {} }) }) as StrategyDefinition;
    await expect(exportStrategy({ strategy: fake }, join(await folder(), "x.toml"))).rejects.toMatchObject({ code: "STRATEGY_NAME_TAKEN" });
  });
});

describe("a strategy written in a cell", () => {
  /** A notebook of these cells; names as the kernel reports them. */
  const notebook = (source: string, uses: readonly string[], imports: readonly string[] = [], cellFolder = root): NotebookHost => ({
    declarations: new Map([
      ["one", { declares: ["x"], uses: [], imports: [] }],
      ["two", { declares: ["UP", "Dip"], uses, imports: imports.map((specifier) => ({ specifier })) }],
    ]),
    sourceOf: (id) => (id === "two" ? source : "const x = 1"),
    cellFolder,
  });

  test("goes to a module beside the file, its helpers imported", async () => {
    const at = await folder();
    const loaded = await exportStrategy(run, join(at, "dip.toml"), { host: notebook(CELL, ["defineStrategy", "param"]) });
    expect(loaded).toMatchObject({ module: "./dip.ts", trust: "ok" });
    expect(reproduce(loaded, data).ok).toBe(true);
    const text = await readFile(join(at, "dip.ts"), "utf8");
    expect(text).toContain('import { defineStrategy, param } from "tesserlab/strategies";');
    expect(text).toContain(CELL);
  });

  test("relative imports lead to the same files from the new place", async () => {
    const at = await folder();
    await writeFile(join(at, "lib", "up.ts"), "export const UP: number = 3;\n");
    const cell = `import { UP } from "./lib/up.ts";\n${CELL.replace("const UP = 3;\n", "")}`;
    const host = {
      ...notebook(cell, ["defineStrategy", "param"], ["./lib/up.ts"], at),
      declarations: new Map([["two", { declares: ["Dip"], uses: ["defineStrategy", "param"], imports: [{ specifier: "./lib/up.ts" }] }]]),
    };
    await exportStrategy(run, join(at, "strategies", "dip.toml"), { host });
    expect(await readFile(join(at, "strategies", "dip.ts"), "utf8")).toContain('from "../lib/up.ts"');
  });

  test("that uses another cell's variable is not portable, and the error names it", async () => {
    const at = await folder();
    await expect(
      exportStrategy(run, join(at, "dip.toml"), { host: notebook(CELL, ["defineStrategy", "param", "threshold"]) }),
    ).rejects.toMatchObject({
      code: "STRATEGY_NOT_PORTABLE",
      details: { strategy: "Dip", variable: "threshold" },
    });
    expect(existsSync(join(at, "dip.ts"))).toBe(false);
  });

  test("that was edited after the test is refused by trading both", async () => {
    const at = await folder();
    const host = notebook(CELL.replace("++bars % params.period", "++bars % (params.period + 1)"), ["defineStrategy", "param"]);
    await expect(exportStrategy(run, join(at, "dip.toml"), { host })).rejects.toMatchObject({ code: "STRATEGY_DIFFERS" });
    expect(await readdir(at)).toEqual(["lib"]);
  });

  test("does not overwrite a module of the user's own", async () => {
    const at = await folder();
    await writeFile(join(at, "dip.ts"), "// mine\n");
    const host = notebook(CELL, ["defineStrategy", "param"]);
    await expect(exportStrategy(run, join(at, "dip.toml"), { host })).rejects.toMatchObject({ code: "STRATEGY_FILE_EXISTS" });
    expect(await readFile(join(at, "dip.ts"), "utf8")).toBe("// mine\n");
    await exportStrategy(run, join(at, "dip.toml"), { host, overwrite: true });
    await exportStrategy(run, join(at, "dip.toml"), { host });
  });

  test("that no cell defines needs a module", async () => {
    await expect(exportStrategy(run, join(await folder(), "dip.toml"), { host: notebook("const Dip = 5", []) })).rejects.toMatchObject({
      code: "STRATEGY_NEEDS_MODULE",
    });
  });
});
