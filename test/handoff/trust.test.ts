import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { decimal } from "../../src/core/index.js";
import {
  assertTradable,
  candlesSha256,
  checkProvenance,
  diffStrategy,
  exportStrategy,
  type LoadedStrategy,
  loadStrategy,
  paramsSha256,
  reproduce,
} from "../../src/handoff/index.js";
import { RsiReversion, resolveStrategy } from "../../src/strategies/index.js";
import { randomWalk } from "./candles.js";

const data = randomWalk(2_000);
const tested = data.slice(100, 1_900);
const run = backtest({
  data: tested,
  strategy: "RsiReversion",
  params: { oversold: "35.5", lookback: 20 },
  cash: "25000",
  sizer: "percent:0.2",
  leverage: 2,
});

let path = "";
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), "handoff-")), "rsi.toml");
  await exportStrategy(run, path);
});
async function edited(from: string | RegExp, to: string): Promise<LoadedStrategy> {
  const text = await readFile(path, "utf8");
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  await writeFile(path, changed);
  return loadStrategy(path);
}
const codes = (list: readonly { code: string }[]): string[] => list.map((one) => one.code);

describe("checkProvenance", () => {
  test("is ok as exported, whatever is changed that means nothing", async () => {
    expect((await loadStrategy(path)).verify()).toMatchObject({ status: "ok", settings: "ok" });
    expect((await edited("oversold = 35.5", 'oversold = "35.50" # text')).trust).toBe("ok");
    expect((await edited('symbol = "BTCUSDT"', 'symbol = "bybit_linear:btcusdt"')).trust).toBe("ok");
    expect((await edited("period = 14\n", "")).trust).toBe("ok");
    expect((await edited("percent:0.2", "percent:0.200")).verify().settings).toBe("ok");
  });

  test.each([
    ["a parameter", /oversold = 35\.5/, "oversold = 35.6"],
    ["a digit a double does not see", /oversold = 35\.5/, 'oversold = "35.5000000000000000000001"'],
    ["the symbol", /symbol = "BTCUSDT"/, 'symbol = "ETHUSDT"'],
    ["a parameter taken out", /lookback = 20\n/, ""],
    ["the recorded hash", /params_sha256 = "[0-9a-f]{8}/, 'params_sha256 = "00000000'],
  ])("sees that %s was edited", async (_, from, to) => {
    const loaded = await edited(from, to);
    expect(loaded.verify()).toMatchObject({ status: "edited", settings: "ok" });
    expect(codes(loaded.warnings)).toContain("STRATEGY_EDITED");
  });

  test("warns of edited settings without distrusting the parameters", async () => {
    const loaded = await edited("leverage = 2", "leverage = 20");
    expect(loaded.verify()).toMatchObject({ status: "ok", settings: "edited" });
    expect(codes(loaded.warnings)).toEqual(["SETTINGS_EDITED"]);
  });

  test("misses a record that is not there, or says nothing", async () => {
    expect((await edited(/params_sha256 = .*\n/, "")).trust).toBe("missing");
    expect((await edited(/\n\[provenance\][\s\S]*/, "")).verify()).toMatchObject({ status: "missing", recorded: undefined });
  });

  test("depends on what is meant, not on how it is written", () => {
    const params = RsiReversion.parse({ oversold: "30" });
    const hash = paramsSha256(resolveStrategy("RsiReversion"), params);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(paramsSha256(resolveStrategy("RsiReversion"), { ...params, oversold: decimal("30.00") })).toBe(hash);
    expect(paramsSha256(resolveStrategy("RsiReversion"), Object.fromEntries(Object.entries(params).reverse()))).toBe(hash);
    expect(paramsSha256(resolveStrategy("RsiReversion"), params, "ab")).not.toBe(hash);
    expect(paramsSha256(resolveStrategy("SmaCross"), params)).not.toBe(hash);
    expect(checkProvenance({ strategy: resolveStrategy("RsiReversion"), params, settings: {}, provenance: undefined }).found).toBe(hash);
  });

  test("candles hash by their values: finer units alike, another price not", () => {
    expect(candlesSha256(data.withPriceDp(3))).toBe(candlesSha256(data));
    expect(candlesSha256(data.slice(1))).not.toBe(candlesSha256(data));
    const other = randomWalk(2_000);
    other.close[1_500]! += 1;
    expect(candlesSha256(other)).not.toBe(candlesSha256(data));
  });
});

describe("assertTradable", () => {
  test("lets a tested file pass, and says that its data were made up", async () => {
    const loaded = await loadStrategy(path);
    expect(codes(assertTradable(loaded, { venue: "live" }))).toEqual(["SYNTHETIC_DATA"]);
  });

  test("refuses an edited file everywhere, unless told to take it", async () => {
    const loaded = await edited("period = 14", "period = 15");
    for (const venue of ["paper", "live"] as const) {
      expect(() => assertTradable(loaded, { venue })).toThrow(expect.objectContaining({ code: "STRATEGY_EDITED" }));
      expect(codes(assertTradable(loaded, { venue, allowEdited: true }))).toContain("STRATEGY_EDITED");
    }
  });

  test("takes a file without a record on paper with a warning, on a real venue only when told to", async () => {
    const loaded = await edited(/\n\[provenance\][\s\S]*/, "");
    expect(codes(assertTradable(loaded, { venue: "paper" }))).toEqual(["STRATEGY_UNPROVEN"]);
    expect(() => assertTradable(loaded, { venue: "live" })).toThrow(expect.objectContaining({ code: "STRATEGY_UNPROVEN" }));
    expect(codes(assertTradable(loaded, { venue: "live", allowUnproven: true }))).toEqual(["STRATEGY_UNPROVEN"]);
  });

  test("warns of a result the number of trials explains, and of edited settings", async () => {
    await exportStrategy(run, path, { deflatedSharpe: 0.31 });
    const loaded = await edited("leverage = 2", "leverage = 20");
    expect(codes(assertTradable(loaded, { venue: "live" }))).toEqual(["SETTINGS_EDITED", "OVERFITTING", "SYNTHETIC_DATA"]);
  });

  test("refuses a venue that is neither", async () => {
    const loaded = await loadStrategy(path);
    expect(() => assertTradable(loaded, { venue: "bybit" as "live" })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});

describe("reproduce", () => {
  test("finds the recorded result again, to the last digit, in longer data", async () => {
    const report = reproduce(await loadStrategy(path), data);
    expect(report.checks.filter((check) => !check.same)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.run.finalEquity.toFixed()).toBe(run.finalEquity.toFixed());
    expect(report.checks.map((check) => check.what)).toEqual(
      expect.arrayContaining(["final equity", "round trips", "BTCUSDT candles", "cash", "settings"]),
    );
  });

  test("takes what loadStrategy returns, and says so", () => {
    expect(() => reproduce(path as never, data)).toThrow(expect.objectContaining({ code: "STRATEGY_FILE" }));
    expect(() => reproduce(path as never, data)).toThrow(/await loadStrategy\(path\)/);
  });

  const wrong = (report: ReturnType<typeof reproduce>): string[] => report.checks.filter((check) => !check.same).map((check) => check.what);

  test("names what differs: an edited parameter and the result", async () => {
    const report = reproduce(await edited("oversold = 35.5", "oversold = 45.5"), data);
    expect(report.ok).toBe(false);
    expect(wrong(report)).toEqual(expect.arrayContaining(["strategy and parameters", "final equity"]));
  });

  test("names what differs: one candle", async () => {
    const other = randomWalk(2_000);
    other.close[1_500]! += 1;
    expect(wrong(reproduce(await loadStrategy(path), other))).toContain("BTCUSDT candles");
  });

  test("names what differs: data that end early", async () => {
    expect(wrong(reproduce(await loadStrategy(path), data.slice(0, 1_000)))).toEqual(
      expect.arrayContaining(["BTCUSDT bars", "BTCUSDT candles"]),
    );
  });

  test("names what differs: settings and cash", async () => {
    expect(wrong(reproduce(await edited("leverage = 2", "leverage = 3"), data))).toEqual(["settings"]);
    expect(wrong(reproduce(await edited('cash = "25000"', 'cash = "20000"'), data))).toContain("final equity");
  });

  test("carries an instrument that was described by hand", async () => {
    const instrument = { symbol: "BTCUSDT", tickSize: "0.5", lotSize: "0.01", minNotional: "5" };
    const own = backtest({ data: tested, strategy: "RsiReversion", instrument });
    const loaded = await exportStrategy(own, path);
    expect(reproduce(loaded, data)).toMatchObject({
      ok: true,
      run: { settings: { instruments: [{ tickSize: "0.5", lotSize: "0.01", source: "given" }] } },
    });
  });

  test("needs a record and its symbol", async () => {
    const loaded = await loadStrategy(path);
    expect(() => reproduce(loaded, randomWalk(100, 1, "ETHUSDT"))).toThrow(expect.objectContaining({ code: "DATA_MISSING" }));
    const unproven = await edited(/\n\[provenance\][\s\S]*/, "");
    expect(() => reproduce(unproven, data)).toThrow(expect.objectContaining({ code: "PROVENANCE_MISSING" }));
  });
});

describe("backtestOptions", () => {
  test("refuses candles of another length than the file is made for, unless told to", async () => {
    const loaded = await edited('interval = "5m"', 'interval = "1h"');
    expect(() => loaded.backtestOptions(data)).toThrow(expect.objectContaining({ code: "INTERVAL_MISMATCH" }));
    expect(backtest(loaded.backtestOptions(data, { anyInterval: true, cash: 500 })).settings).toMatchObject({
      interval: "5m",
      cash: "500",
      leverage: 2,
    });
  });
});

describe("diffStrategy", () => {
  test("names differing parameters and settings, defaults filled in", async () => {
    const loaded = await loadStrategy(path);
    expect(diffStrategy(run, loaded)).toEqual([]);
    expect(diffStrategy(run, { strategy: "rsireversion", params: { oversold: "35.50", lookback: 20, period: 21 } })).toEqual([
      { table: "params", name: "period", a: "14", b: "21" },
    ]);
    const other = await edited("leverage = 2", "leverage = 3");
    expect(diffStrategy(loaded, other)).toEqual([{ table: "execution", name: "leverage", a: "2", b: "3" }]);
  });

  test("names what only one strategy has", () => {
    const rows = diffStrategy({ strategy: "SmaCross" }, { strategy: "RsiReversion" });
    expect(rows).toContainEqual({ table: "strategy", name: "name", a: "SmaCross", b: "RsiReversion" });
    expect(rows).toContainEqual({ table: "params", name: "oversold", a: undefined, b: "30" });
  });
});
