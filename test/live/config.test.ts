import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { CONFIG_KEYS, configTable, loadConfig } from "../../src/live/index.js";

function folder(files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "tesserlab-config-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  mkdirSync(join(path, "config"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, "config", `${name}.toml`), text);
  return path;
}

const none = {};

describe("layers", () => {
  test("no file is needed: defaults are built in", () => {
    const config = loadConfig({ cwd: folder(), variables: none });
    expect(config.text("live.metrics_addr")).toBe("127.0.0.1:9100");
    expect(config.decimal("risk_management.max_drawdown").toFixed()).toBe("0.05");
    expect(config.whole("live.reconciliation_interval_secs")).toBe(60);
    expect([...config.balances()].map(([currency, cash]) => [currency, cash.toFixed()])).toEqual([["USDT", "10000"]]);
    expect(config.problems).toEqual([]);
    expect(config.where("live.metrics_addr")).toBe("built in");
  });

  test("each layer goes over the one before, key by key", () => {
    const cwd = folder({
      default: 'log_level = "debug"\n[live]\nstate_path = "a.db"\nlog_path = "a.json"\nmetrics_addr = ":1"\n',
      paper: '[live]\nstate_path = "b.db"\nlog_path = "b.json"\n',
      local: '[live]\nstate_path = "c.db"\n',
    });
    const config = loadConfig({ cwd, environment: "paper", variables: { TESSERLAB__LIVE__METRICS_ADDR: ":2" } });
    expect(
      ["log_level", "live.state_path", "live.log_path", "live.metrics_addr"].map((key) => [config.text(key), config.where(key)]),
    ).toEqual([
      ["debug", "config/default.toml:1:1"],
      ["c.db", "config/local.toml:2:1"],
      ["b.json", "config/paper.toml:3:1"],
      [":2", "variable TESSERLAB__LIVE__METRICS_ADDR"],
    ]);
    expect(() => loadConfig({ cwd, environment: "papr", variables: none })).toThrow("The environment papr has no file");
  });

  test("Tesser's own default.toml reads: upper-case currencies, decimals exact, [[exchanges]]", () => {
    const cwd = folder({
      default: [
        'data_path = "./data"',
        "[backtest.initial_balances]",
        "USDT = 10000.10",
        "[risk_management]",
        "max_order_quantity = 0.1",
        "[[exchanges]]",
        'name = "Bybit_Testnet"',
        'rest_url = "https://api-testnet.bybit.com"',
        "recv_window = 5000",
      ].join("\n"),
    });
    const config = loadConfig({ cwd, variables: { tesser__exchange__bybit_testnet__api_key: "k", TESSER__log_level: "" } });
    expect(config.balances().get("USDT")!.toFixed()).toBe("10000.1");
    expect(config.decimal("risk_management.max_order_quantity").toFixed()).toBe("0.1");
    expect(config.exchange("bybit_testnet")).toEqual({
      driver: "bybit",
      rest_url: "https://api-testnet.bybit.com",
      recv_window: "5000",
      api_key: "k",
    });
    expect(config.problems).toEqual([]);
    expect(() => config.exchange("bybit_testne")).toThrow("Did you mean bybit_testnet?");
  });
});

describe("what is wrong is said", () => {
  test("variables and keys that match nothing are reported with the nearest one", () => {
    const cwd = folder({ local: '[live]\nstate_pth = "x"\n' });
    const variables = {
      TESSER_exchange__bybit__api_key: "x",
      TESSERLAB__live__metrics_adr: ":1",
      TESSERLAB__DATA_DIR: "/data",
      TESSERLAB__CRASH_POINTS: "50",
      TESSERLAB__BYBIT__API_KEY: "x",
      TESSERLAB__BYBIT__DESK__API_SECRET: "x",
      PATH: "/bin",
    };
    expect(loadConfig({ cwd, variables }).problems).toEqual([
      "config/local.toml:2:1: live.state_pth is no key of the configuration. Did you mean live.state_path?",
      "The variable TESSER_exchange__bybit__api_key has no effect: two underscores follow TESSER, TESSER__exchange__bybit__api_key.",
      "The variable TESSERLAB__live__metrics_adr matches no key of the configuration. Did you mean TESSERLAB__live__metrics_addr?",
    ]);
  });

  test("values are checked where they stand, and a secret is never shown", () => {
    const at = (text: string) => (): unknown => loadConfig({ cwd: folder({ local: text }), variables: none });
    expect(at('[risk_management]\nmax_drawdown = "much"')).toThrow(
      "config/local.toml:2:1: risk_management.max_drawdown is a number of at least 0, got 'much'.",
    );
    expect(at("[live]\nreconciliation_interval_secs = 1.5")).toThrow("a whole number of at least 0, got '1.5'");
    expect(at('log_level = "inof"')).toThrow("Did you mean info?");
    expect(at("log_level = ")).toThrow("config/local.toml:1:");
    const variables = { TESSERLAB__EXCHANGE__MAIN__API_SECRET: "hush", TESSERLAB__LIVE__ALERTING__WEBHOOK_URL: "https://h/token" };
    const config = loadConfig({ cwd: folder(), variables });
    expect(config.exchange("main").api_secret).toBe("hush");
    expect(`${JSON.stringify(config)}${JSON.stringify(config.describe())}`).not.toMatch(/hush|token/);
  });

  test("every key is in the table, with its variable", () => {
    const table = configTable();
    for (const { path } of CONFIG_KEYS) expect(table).toContain(`| ${path} |`);
    expect(table).toContain("TESSERLAB__live__alerting__webhook_url");
  });
});
