import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "smol-toml";
import { beforeEach, describe, expect, test } from "vitest";
import { type BacktestOptions, type BacktestRun, backtest } from "../../src/backtest/index.js";
import { decimal } from "../../src/core/index.js";
import { defineSizer, risk, sizers } from "../../src/execution/index.js";
import { candlesSha256, diffStrategy, exportStrategy, loadStrategy } from "../../src/handoff/index.js";
import { range, tune } from "../../src/tune/index.js";
import { randomWalk } from "./candles.js";

const data = randomWalk(2_000);
const OPTIONS: BacktestOptions = {
  data,
  strategy: "SmaCross",
  params: { fastPeriod: 5, slowPeriod: 20, minSamples: 20 },
  sizer: sizers.percent("0.25"),
  risk: { maxOrderQuantity: "1.5" },
  slippageBps: "0.5",
};
const run: BacktestRun = backtest(OPTIONS);
const clock = { now: (): number => Date.UTC(2026, 0, 2, 3, 4, 5) };

let path = "";
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), "handoff-")), "deep", "er", "sma_cross_tuned.toml");
});
const text = (): Promise<string> => readFile(path, "utf8");
const table = async (): Promise<Record<string, Record<string, unknown>>> => parse(await text()) as never;

describe("exporting a run", () => {
  test("writes what Tesser reads, and what it ignores in tables of its own", async () => {
    await exportStrategy(run, path, { clock });
    const { strategy_name, params, execution, risk_management, ...rest } = await table();
    expect(strategy_name).toBe("SmaCross");
    expect(params).toEqual({ symbol: "BTCUSDT", fast_period: 5, slow_period: 20, min_samples: 20 });
    expect(execution).toEqual({
      sizer: "percent:0.25",
      category: "linear",
      interval: "5m",
      maker_fee: 0.0002,
      taker_fee: 0.00055,
      slippage_bps: 0.5,
      latency_bars: 1,
      leverage: 1,
      brackets: "strategy",
      pyramiding: 0,
      reverse: true,
    });
    expect(risk_management).toEqual({ max_order_quantity: 1.5 });
    expect(Object.keys(rest)).toEqual(["provenance"]);
    expect(readdirSync(join(path, ".."))).toEqual(["sma_cross_tuned.toml"]);
  });

  test("records where the result comes from", async () => {
    const { provenance } = await exportStrategy(run, path, { clock, outOfSample: { finalEquity: "10001.5", sharpe: 0.3 }, pbo: 0.25 });
    expect(provenance).toMatchObject({
      engine: "tesserlab",
      engineVersion: JSON.parse(await readFile("package.json", "utf8")).version,
      created: "2026-01-02T03:04:05Z",
      pbo: 0.25,
      data: [
        {
          symbol: "BTCUSDT",
          interval: "5m",
          file: "walk.csv",
          sha256: "ab".repeat(32),
          candlesSha256: candlesSha256(data),
          synthetic: true,
          from: "2024-05-01T00:00:00Z",
          to: "2024-05-07T22:35:00Z",
          bars: 2_000,
        },
      ],
      assumed: { makerFee: "0.0002", takerFee: "0.00055", slippageBps: "0.5", cash: "10000", currency: "USDT", funding: 0 },
      inSample: {
        finalEquity: run.finalEquity.toFixed(),
        roundTrips: run.roundTrips,
        maxDrawdown: run.maxDrawdown,
        totalReturn: run.totalReturn,
      },
      outOfSample: { finalEquity: "10001.5", sharpe: 0.3 },
    });
    expect(run.roundTrips).toBeGreaterThan(10);
    const { provenance: written } = await table();
    expect((written!.created as Date).getTime()).toBe(clock.now());
    expect(written!.in_sample).toMatchObject({ final_equity: run.finalEquity.toFixed() });
  });

  test("a study's best brings its search and its deflated Sharpe ratio along", async () => {
    const study = await tune({
      ...OPTIONS,
      params: { minSamples: 0 },
      space: { fastPeriod: range(3, 9, 3), slowPeriod: range(20, 40, 10) },
      objective: "totalReturn",
    });
    const best = study.best!;
    const loaded = await exportStrategy(best, path);
    expect(loaded.provenance).toMatchObject({
      search: { method: "grid", trials: 9, combinations: 9, failed: 0, aborted: false, objective: "totalReturn", score: best.score },
      inSample: { finalEquity: best.finalEquity.toFixed(), roundTrips: best.roundTrips },
    });
    expect(loaded.provenance?.deflatedSharpe).toBeCloseTo(best.overfitting.deflatedSharpe!, 12);
    expect(diffStrategy(best, loaded)).toEqual([]);
  });

  test("a file says the same as its source: a backtest of it is the same backtest", async () => {
    const loaded = await exportStrategy(run, path);
    const again = backtest(loaded.backtestOptions(data));
    expect(again.finalEquity.toFixed()).toBe(run.finalEquity.toFixed());
    expect(again.settings).toEqual({ ...run.settings, fees: again.settings.fees });
    expect(again.settings.fees).toMatchObject({ maker: "0.0002", taker: "0.00055" });
  });

  test("parameters written by hand get no record, so they never look proven", async () => {
    const loaded = await exportStrategy({ strategy: "RsiReversion", params: { oversold: "28.5" } }, path);
    expect(loaded.trust).toBe("missing");
    expect(Object.keys(await table())).toEqual(["strategy_name", "params"]);
  });

  test("a sizer or risk check that is code is refused, settings that are not win over it", async () => {
    const own = backtest({ ...OPTIONS, sizer: defineSizer({ name: "half", size: ({ equity, price }) => equity.div(price).div(2) }) });
    await expect(exportStrategy(own, path)).rejects.toMatchObject({
      code: "SETTINGS_NOT_PORTABLE",
      message: expect.stringContaining("'half'"),
    });
    expect(existsSync(path)).toBe(false);
    const loaded = await exportStrategy(own, path, { settings: { sizer: "percent:0.5" } });
    expect(loaded.settings.sizer).toBe("percent:0.5");
    expect(loaded.verify()).toMatchObject({ status: "ok", settings: "edited" });
  });

  test("what is composed of built-in checks is written as limits, and is the same run again", async () => {
    const checks = risk.all(
      risk.drawdown("0.02"),
      risk.heat({ warn: "0.1", refuse: "1.5", reduce: "2", step: "0.1", measure: "net", weights: { BTCUSDT: "0.5" } }),
      risk.rate({ maxOrders: 2, perMs: 60_000 }),
      risk.balance({ leverage: 2, feeRate: "0.001" }),
      risk.collar("0.05"),
    );
    const own = backtest({ ...OPTIONS, risk: checks });
    const loaded = await exportStrategy(own, path);
    expect(loaded.settings.risk).toEqual(checks.limits);
    const again = backtest(loaded.backtestOptions(data));
    expect(again.finalEquity.toFixed()).toBe(own.finalEquity.toFixed());
    expect([again.counts, again.alerts]).toEqual([own.counts, own.alerts]);
    expect(loaded.verify()).toMatchObject({ status: "ok" });
  });

  test("a router's hooks are code too", async () => {
    const hooked = backtest({ ...OPTIONS, hooks: { prePlan: () => undefined } });
    await expect(exportStrategy(hooked, path)).rejects.toMatchObject({
      code: "SETTINGS_NOT_PORTABLE",
      message: expect.stringContaining("prePlan"),
    });
    const loaded = await exportStrategy(hooked, path, { settings: { router: { style: "taker" } } });
    // The figures beside it were found with hooks.
    expect(loaded.verify()).toMatchObject({ status: "ok", settings: "edited" });
  });

  test("what is done about failed orders and legs is written where it is not the default", async () => {
    const own = backtest({ ...OPTIONS, retries: 5, unprotected: "keep", groupExit: { offsetBps: 25 } });
    const loaded = await exportStrategy(own, path);
    expect((await table()).execution).toMatchObject({ retries: 5, unprotected: "keep", group_exit_offset_bps: 25 });
    expect(loaded.settings).toMatchObject({ retries: 5, unprotected: "keep", groupExit: { offsetBps: 25 } });
    expect(backtest(loaded.backtestOptions(data)).settings).toMatchObject({
      retries: 5,
      unprotected: "keep",
      groupExit: { offsetBps: 25 },
    });
  });
});

describe("numbers", () => {
  test("come back exactly, through text where a double would lose digits", async () => {
    const inRange = fc
      .tuple(fc.bigInt({ min: 0n, max: 99n }), fc.stringMatching(/^\d{1,24}$/))
      .map(([whole, fraction]) => `${whole}.${fraction}`);
    await fc.assert(
      fc.asyncProperty(inRange, async (oversold) => {
        const loaded = await exportStrategy({ strategy: "RsiReversion", params: { oversold } }, path);
        expect(loaded.params.oversold).toEqual(decimal(oversold));
        const written = (await table()).params!.oversold;
        expect(decimal(written as string | number).eq(oversold)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test("whole decimals keep a point, long ones become text", async () => {
    await exportStrategy({ strategy: "RsiReversion", params: { oversold: 28, overbought: "70.0000000000000000001" } }, path);
    expect(await text()).toContain("oversold = 28.0\n");
    expect(await text()).toContain('overbought = "70.0000000000000000001"\n');
  });
});

describe("symbols", () => {
  test("are plain unless asked for with their venue", async () => {
    await exportStrategy(run, path, { symbolStyle: "venue" });
    expect(await text()).toContain('symbol = "bybit_linear:BTCUSDT"');
    const loaded = await loadStrategy(path);
    expect(loaded).toMatchObject({ venue: "bybit_linear", symbol: "BTCUSDT", trust: "ok" });
  });

  test("keep the style of the file that is edited", async () => {
    await exportStrategy(run, path, { symbolStyle: "venue", venue: "binance_perp" });
    await exportStrategy(run, path);
    expect(await text()).toContain('symbol = "binance_perp:BTCUSDT"');
    await exportStrategy(run, path, { symbolStyle: "plain" });
    expect(await text()).toContain('symbol = "BTCUSDT"');
  });

  test("an unknown style is refused", async () => {
    await expect(exportStrategy(run, path, { symbolStyle: "plane" as "plain" })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});

describe("over an existing file", () => {
  const MINE =
    '# mine\nstrategy_name = "smacross" # alias\n\n[params] # tuned in May\nslow_period = 20 # slow\nfast_period = 9   # fast\nsymbol = "BTCUSDT"\nmin_samples = 20\n\n# theirs\n[other]\nkeep = true\n';
  beforeEach(async () => {
    path = join(path, "..", "..", "..", "mine.toml");
    await writeFile(path, MINE);
  });

  test("keeps comments, order and other tables, and changes what differs", async () => {
    await exportStrategy(run, path);
    expect((await text()).startsWith(MINE.replace("fast_period = 9 ", "fast_period = 5 "))).toBe(true);
    expect((await loadStrategy(path)).trust).toBe("ok");
  });

  test("exporting the same again changes nothing; a later result replaces the record", async () => {
    await exportStrategy(run, path, { clock });
    const first = await text();
    await exportStrategy(run, path, { clock });
    expect(await text()).toBe(first);
    const both = { outOfSample: { sharpe: 1 } };
    await exportStrategy(backtest({ ...OPTIONS, risk: {} }), path, { clock, ...both });
    expect(parse(await text())).not.toHaveProperty("risk_management");
    expect(parse(await text())).toHaveProperty("provenance.out_of_sample.sharpe", 1);
    await exportStrategy(run, path, { clock });
    expect(parse(await text())).not.toHaveProperty("provenance.out_of_sample");
    expect(parse(await text())).toEqual(parse(first));
    expect((await text()).startsWith(MINE.replace("fast_period = 9 ", "fast_period = 5 "))).toBe(true);
  });

  test("parameters by hand leave the old record standing, which then no longer holds", async () => {
    await exportStrategy(run, path);
    const loaded = await exportStrategy({ strategy: "SmaCross", params: { fastPeriod: 6, slowPeriod: 20, minSamples: 20 } }, path);
    expect(loaded.trust).toBe("edited");
  });

  test.each([
    ["a file of another strategy", 'strategy_name = "RsiReversion"\n', "RsiReversion"],
    ["no strategy file", "bias = 0.5\n", "no strategy file"],
    ["no TOML", "hello", "no strategy file"],
  ])("does not overwrite %s unless told to", async (_, content, words) => {
    await writeFile(path, content);
    await expect(exportStrategy(run, path)).rejects.toMatchObject({
      code: "STRATEGY_FILE_EXISTS",
      message: expect.stringContaining(words),
    });
    expect(await text()).toBe(content);
    await exportStrategy(run, path, { overwrite: true });
    expect((await loadStrategy(path)).trust).toBe("ok");
  });

  test("a fault elsewhere in the file stops the export and leaves the file as it was", async () => {
    const faulty = `${MINE}[risk_managment]\nmax_order_quantity = 1\n`;
    await writeFile(path, faulty);
    await expect(exportStrategy(run, path)).rejects.toMatchObject({ code: "STRATEGY_FILE_KEY" });
    expect(await text()).toBe(faulty);
  });

  test("writes through a symbolic link, leaving no temporary file", async () => {
    const link = `${path}-link.toml`;
    await symlink(path, link);
    await exportStrategy(run, link);
    expect((await loadStrategy(path)).trust).toBe("ok");
    expect(readdirSync(join(path, "..")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("misuse", () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ["an unknown option", () => exportStrategy(run, path, { overwite: true } as object), "OPTION_UNKNOWN"],
    ["a path that is no .toml", () => exportStrategy(run, "strategies/x.json"), "PATH_INVALID"],
    ["no path", () => exportStrategy(run, undefined as unknown as string), "PATH_INVALID"],
    ["an unknown strategy", () => exportStrategy({ strategy: "SmaCros" }, path), "STRATEGY_UNKNOWN"],
    ["an unknown parameter", () => exportStrategy({ strategy: "SmaCross", params: { fast: 1 } }, path), "PARAM_UNKNOWN"],
    ["settings out of range", () => exportStrategy(run, path, { settings: { leverage: 0 } }), "PARAM_INVALID"],
  ])("%s is refused before anything is written", async (_, act, code) => {
    await expect(act()).rejects.toMatchObject({ name: "LabError", code });
    expect(existsSync(path)).toBe(false);
  });
});
