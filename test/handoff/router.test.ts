import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { LabError } from "../../src/errors/index.js";
import { diffStrategy, exportStrategy, loadStrategy, reproduce } from "../../src/handoff/index.js";
import { randomWalk } from "./candles.js";

const data = randomWalk(1_500);
const base = { data, strategy: "SmaCross", params: { fastPeriod: 5, slowPeriod: 20, minSamples: 20 } } as const;
const run = backtest({
  ...base,
  router: {
    style: "maker_both",
    entryTtlS: 12.5,
    entryMiss: "retry",
    entryRetries: 3,
    restingReasons: ["TAKE_PROFIT", "MAX_HOLD"],
    tickOverrides: { BTCUSDT: "0.5" },
  },
});

let path = "";
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), "router-")), "maker.toml");
});

test("a maker run's router travels in the file, and the file gives the same run again", async () => {
  const loaded = await exportStrategy(run, path);
  expect(await readFile(path, "utf8")).toContain('[router]\nstyle = "maker_both"\nentry_ttl_s = 12.5\n');
  expect(loaded.settings.router).toEqual(run.settings.router);
  expect(diffStrategy(run, loaded)).toEqual([]);
  expect(reproduce(loaded, data)).toMatchObject({ ok: true });
  expect(run.router.counters.makerEntries).toBeGreaterThan(5);
});

test("a taker run has no such table, and takes one away from the file it replaces", async () => {
  const taker = backtest(base);
  await exportStrategy(run, path);
  expect(diffStrategy(run, taker).map(({ table }) => table)).toContain("router");
  await exportStrategy(taker, path, { overwrite: true });
  expect(await readFile(path, "utf8")).not.toContain("router");
});

test.each([
  ["style", '[router]\nstyle = "makr_both"', "PARAM_INVALID", "style"],
  ["a key", "[router]\nentry_ttl = 5", "STRATEGY_FILE_KEY", "Did you mean entry_ttl_s?"],
  ["a tick", '[router]\nticks = ["BTCUSDT=0"]', "ROUTER_INVALID", "The tick of BTCUSDT must be greater than zero"],
  ["a table", 'router = "maker_both"', "STRATEGY_FILE_TABLE", "[router]"],
])("%s that is none is refused with its place", async (_what, lines, code, message) => {
  const name = 'strategy_name = "SmaCross"\n';
  await writeFile(path, lines.startsWith("[") ? `${name}[params]\n${lines}\n` : `${name}${lines}\n[params]\n`);
  const error: unknown = await loadStrategy(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LabError);
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  expect((error as LabError).message).toContain("maker.toml:");
});
