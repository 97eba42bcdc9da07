import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { decimal } from "../../src/core/index.js";
import { type LoadedStrategy, loadStrategy } from "../../src/handoff/index.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handoff-"));
});

let count = 0;
async function load(text: string): Promise<LoadedStrategy> {
  const path = join(folder, `${count++}.toml`);
  await writeFile(path, text);
  return loadStrategy(path);
}

const SMA = 'strategy_name = "SmaCross"\n[params]\nsymbol = "BTCUSDT"\n';
const RSI = 'strategy_name = "RsiReversion"\n[params]\nsymbol = "BTCUSDT"\n';

describe("loadStrategy", () => {
  test("checks parameters, fills in defaults, and keeps numbers exact", async () => {
    const loaded = await load(`${RSI}oversold = 28.0000000000000000000001\noverbought = "71.5"\nperiod = 7\n`);
    expect(loaded.params).toMatchObject({ symbol: "BTCUSDT", period: 7, lookback: 200, overbought: decimal("71.5") });
    expect(String(loaded.params.oversold)).toBe("28.0000000000000000000001");
  });

  test("finds a strategy whatever the case of its name", async () => {
    expect((await load('strategy_name = " smacross "\n')).strategy.name).toBe("SmaCross");
  });

  test("says which symbol it assumes where the file names none", async () => {
    const loaded = await load('strategy_name = "SmaCross"\n');
    expect(loaded.symbol).toBe("BTCUSDT");
    expect(loaded.warnings.map((warning) => warning.code)).toContain("SYMBOL_ASSUMED");
  });

  test("a sizer's largest leverage stands in the file as in its text", async () => {
    const { settings } = await load(`${SMA}[execution]\nsizer = "risk-adjusted:0.01:atr:14:0.95"\n`);
    expect(settings).toMatchObject({ sizer: "risk-adjusted:0.01:atr:14:0.95" });
  });

  test("reads settings, and only those the file says", async () => {
    const loaded = await load(
      `${SMA}[execution]\nsizer = "risk-adjusted:0.01"\nmaker_fee = 0.0002\ntaker_fee = "0.00055"\nslippage_bps = 1\nreverse = false\n[risk_management]\nmax_order_quantity = 1.0\nmax_order_notional = 0\n`,
    );
    expect(loaded.settings).toEqual({
      sizer: "risk-adjusted:0.01",
      fees: { maker: "0.0002", taker: "0.00055" },
      slippageBps: decimal(1),
      reverse: false,
      risk: { maxOrderQuantity: "1" },
    });
  });

  test("leaves another tool's table alone and says so", async () => {
    const loaded = await load(`${SMA}[my_tool]\nanything = inf\n`);
    expect(loaded.warnings).toContainEqual(
      expect.objectContaining({ code: "STRATEGY_FILE_TABLE", message: expect.stringContaining("[my_tool]") }),
    );
  });

  test.each<[string, string, string, string]>([
    ["no strategy_name", "[params]\n", "STRATEGY_FILE_NAME", "strategy_name"],
    ["a strategy_name that is no text", "strategy_name = 5\n", "STRATEGY_FILE_NAME", ":1:1"],
    ["an unknown strategy", 'strategy_name = "SmaCros"\n', "STRATEGY_UNKNOWN", "Did you mean SmaCross?"],
    ["a misspelt parameter", `${SMA}fast_perod = 5\n`, "STRATEGY_FILE_KEY", "Did you mean fast_period?"],
    ["a parameter in camelCase", `${SMA}fastPeriod = 5\n`, "STRATEGY_FILE_KEY", "Did you mean fast_period?"],
    ["a parameter of another strategy", `${SMA}oversold = 5\n`, "STRATEGY_FILE_KEY", ":4:1"],
    ["a parameter out of range", `${SMA}fast_period = 0\n`, "PARAM_INVALID", "from 1 to 1000000, got 0"],
    ["a negative count", `${SMA}min_samples = -3\n`, "PARAM_INVALID", ":4:1"],
    ["a decimal for a whole number", `${SMA}fast_period = 5.0\n`, "PARAM_INVALID", "the decimal 5"],
    ["text for a whole number", `${SMA}fast_period = "5"\n`, "PARAM_INVALID", 'the text "5"'],
    ["a whole number beyond 2^53", `${SMA}fast_period = 9007199254740993\n`, "PARAM_INVALID", "9007199254740993"],
    ["a number for a text", 'strategy_name = "SmaCross"\n[params]\nsymbol = 5\n', "PARAM_INVALID", ":3:1"],
    ["a boolean for a number", `${RSI}oversold = true\n`, "PARAM_INVALID", "got true"],
    ["a date for a number", `${RSI}oversold = 2024-05-01\n`, "PARAM_INVALID", "a date"],
    ["a table for a number", `${RSI}[params.oversold]\n`, "PARAM_INVALID", "a table"],
    ["not a number", `${RSI}oversold = nan\n`, "PARAM_INVALID", "NaN"],
    ["params that are no table", 'strategy_name = "SmaCross"\nparams = 5\n', "STRATEGY_FILE_TABLE", "[params]"],
    ["an empty symbol", 'strategy_name = "SmaCross"\n[params]\nsymbol = "bybit_linear:"\n', "SYMBOL_INVALID", "venue:code"],
    ["an unknown key at the top", `strategy_nam = "x"\n${SMA}`, "STRATEGY_FILE_KEY", "Did you mean strategy_name?"],
    ["a misspelt table of ours", `${SMA}[risk_managment]\nmax_order_quantity = 1\n`, "STRATEGY_FILE_KEY", "Did you mean risk_management?"],
    ["a misspelt limit", `${SMA}[risk_management]\nmax_order_quantty = 1\n`, "STRATEGY_FILE_KEY", "Did you mean max_order_quantity?"],
    ["a limit Tesserlab does not enforce", `${SMA}[risk_management]\nmax_drawup = 0.05\n`, "STRATEGY_FILE_KEY", "max_drawup"],
    ["a negative limit", `${SMA}[risk_management]\nmax_order_quantity = -1\n`, "PARAM_INVALID", "at least 0"],
    ["a sizer that is none", `${SMA}[execution]\nsizer = "precent:0.1"\n`, "SIZER_INVALID", "Did you mean percent?"],
    ["an interval that is none", `${SMA}[execution]\ninterval = "5"\n`, "INTERVAL_UNKNOWN", "'5'"],
    ["an unknown category", `${SMA}[execution]\ncategory = "liner"\n`, "PARAM_INVALID", "Did you mean linear?"],
    ["one fee without the other", `${SMA}[execution]\nmaker_fee = 0.0002\n`, "FEES_INVALID", "give both"],
    ["a schedule and rates", `${SMA}[execution]\nfees = "bybit-linear"\nmaker_fee = 0\ntaker_fee = 0\n`, "FEES_INVALID", "keep one"],
    ["leverage below one", `${SMA}[execution]\nleverage = 0\n`, "PARAM_INVALID", "from 1 to 200"],
    [
      "a venue against the category",
      'strategy_name = "SmaCross"\n[params]\nsymbol = "bybit_spot:BTCUSDT"\n[execution]\ncategory = "linear"\n',
      "CATEGORY_CONFLICT",
      ":5:1",
    ],
    ["broken TOML", `${SMA}fast_period = \n`, "TOML_SYNTAX", ":4:"],
  ])("refuses %s", async (_, text, code, words) => {
    await expect(load(text)).rejects.toMatchObject({ name: "LabError", code, message: expect.stringContaining(words) });
  });

  test("suggests a file that is there", async () => {
    await writeFile(join(folder, "sma_cross.toml"), SMA);
    await expect(loadStrategy(join(folder, "sma_cros.toml"))).rejects.toMatchObject({
      code: "STRATEGY_FILE_NOT_FOUND",
      message: expect.stringContaining("Did you mean sma_cross.toml?"),
    });
  });

  test("refuses an unknown option", async () => {
    await expect(loadStrategy("x.toml", { loadModul: 1 } as object)).rejects.toMatchObject({
      code: "OPTION_UNKNOWN",
      message: expect.stringContaining("loadModule"),
    });
  });
});
