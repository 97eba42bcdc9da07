import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { loadCandles } from "../../src/data/index.js";
import {
  assertTradable,
  diffStrategy,
  editToml,
  exportStrategy,
  loadStrategy,
  reproduce,
  snakeCase,
  TomlDocument,
  type TomlValue,
  tomlValue,
} from "../../src/handoff/index.js";
import { resolveStrategy, STRATEGY_NAMES } from "../../src/strategies/index.js";

const folder = join(process.env.TESSERLAB__DATA_DIR ?? "../shared/data", "tesser", "strategies");
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".toml")) : [];
const missing = files.length === 0;
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const strategyOf = (name: string): string => parse(read(name)).strategy_name as string;
const isKnown = (name: string): boolean => STRATEGY_NAMES.some((known) => known.toLowerCase() === strategyOf(name).toLowerCase());

/** The text with a comment on every line, as a user might have added them. */
const commented = (text: string): string => text.replaceAll(/^(.+)$/gm, "$1 # mine").replace("[params]", "\n# about parameters\n[params]");

describe.skipIf(missing)(`Tesser's strategy files (skipped where ${folder} is missing)`, () => {
  test("all seven are there", () => {
    expect(files).toHaveLength(7);
  });

  test.each(files)("%s: parsing and writing it again gives the same text, comments kept", (name) => {
    for (const text of [read(name), commented(read(name)), read(name).replaceAll("\n", "\r\n")]) {
      const document = new TomlDocument(text, name);
      const params = document.at(["params"]);
      const entries = [...(params?.type === "table" ? params.items : [])].map(([key, item]) => {
        const value: TomlValue = item.type === "leaf" ? tomlValue(item.value) : "";
        return [key, { value, text: "never written" }] as const;
      });
      expect(entries.length).toBeGreaterThan(3);
      expect(editToml(document, [{ path: ["params"], entries, remove: "others" }])).toBe(text);
    }
  });

  test.each(files.filter(isKnown))("%s loads: every key reaches the strategy, exactly", async (name) => {
    const loaded = await loadStrategy(join(folder, name));
    const written = parse(read(name)).params as Record<string, unknown>;
    expect(loaded.strategy).toBe(resolveStrategy(strategyOf(name)));
    const params = Object.fromEntries(Object.entries(loaded.params).map(([key, value]) => [snakeCase(key), String(value)]));
    for (const [key, value] of Object.entries(written)) expect(params[key]).toBe(String(value));
    expect(loaded.trust).toBe("missing");
    expect(loaded.toml()).toBe(read(name));
    expect(loaded.venue).toBeUndefined();
  });

  test.each(files.filter(isKnown))("%s: exported over itself keeps every line and comment", async (name) => {
    const path = join(await mkdtemp(join(tmpdir(), "handoff-")), name);
    const text = commented(read(name));
    await writeFile(path, text);
    await exportStrategy(await loadStrategy(path), path);
    const after = readFileSync(path, "utf8");
    expect(after.startsWith(text.trimEnd())).toBe(true);
    const accepted = Object.keys(resolveStrategy(strategyOf(name)).params).map(snakeCase);
    expect(accepted).toEqual(expect.arrayContaining(Object.keys(parse(after).params as object)));
  });

  test.each(files.filter((name) => !isKnown(name)))("%s: its strategy is not built in yet, and the error says so", async (name) => {
    await expect(loadStrategy(join(folder, name))).rejects.toMatchObject({
      code: "STRATEGY_UNKNOWN",
      message: expect.stringContaining(`${name}:1:1`),
    });
  });

  test.each(files.filter(isKnown))("%s with a venue-qualified symbol loads alike", async (name) => {
    const path = join(await mkdtemp(join(tmpdir(), "handoff-")), name);
    await writeFile(path, read(name).replaceAll(/"([A-Z]+USDT)"/g, '"bybit_linear:$1"'));
    const loaded = await loadStrategy(path);
    expect(loaded.venue).toBe("bybit_linear");
    expect(loaded.category).toBe("linear");
    expect(loaded.params).toEqual((await loadStrategy(join(folder, name))).params);
  });
});

const candles = join(process.env.TESSERLAB__DATA_DIR ?? "../shared/data", "bybit_linear_BTCUSDT_5m_20240501-20240809.csv");

test.skipIf(!existsSync(candles))(
  `a run on recorded candles is exported and found again (skipped where ${candles} is missing)`,
  async () => {
    const path = join(await mkdtemp(join(tmpdir(), "handoff-")), "sma.toml");
    const btc = await loadCandles(candles);
    const sample = await loadStrategy("strategies/sma_cross.toml");
    const run = backtest(sample.backtestOptions(btc));
    const loaded = await exportStrategy(run, path);
    const report = reproduce(await loadStrategy(path), await loadCandles(candles));
    expect(report.checks.filter((check) => !check.same)).toEqual([]);
    expect(report.checks.map((check) => check.what)).toContain("BTCUSDT file");
    expect(assertTradable(loaded, { venue: "live" })).toEqual([]);
    expect(diffStrategy(sample, loaded).map((row) => row.name)).toEqual(["fees", "maker_fee", "taker_fee", "pyramiding", "reverse"]);
  },
);

describe("our own samples", () => {
  test.each(["sma_cross", "rsi_reversion"])("strategies/%s.toml loads without a doubt but its missing record", async (name) => {
    const loaded = await loadStrategy(`strategies/${name}.toml`);
    expect(snakeCase(loaded.strategy.name)).toBe(`_${name}`);
    expect(loaded.warnings.map((warning) => warning.code)).toEqual(["STRATEGY_UNPROVEN"]);
    expect(loaded.settings).toMatchObject({ fees: "bybit-linear", interval: "5m", category: "linear" });
    expect(parse(loaded.toml())).toHaveProperty("params.symbol", "BTCUSDT");
  });
});
