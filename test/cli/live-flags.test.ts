import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { syntheticCandles, writeBook, writeCandlesCsv } from "../../src/data/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { market } from "../live/record-replay.js";
import { scratch } from "../state/samples.js";
import { type LiveDesk, liveDesk } from "./live-desk.js";
import { tesserlab } from "./tesserlab.js";

/** Flags of Tesser's `live run`, as its own help lists them. */
const OF_TESSER = [
  ...["strategy-config", "exchange", "exchanges", "category", "interval", "quantity", "exec", "live-exec", "state-path", "persistence"],
  ...["metrics-addr", "log-path", "record-data", "control-addr", "initial-equity", "markets-file", "slippage-bps", "fee-bps", "latency-ms"],
  ...["history", "reconciliation-interval-secs", "reconciliation-threshold", "webhook-url", "alert-max-data-gap-secs"],
  ...["alert-max-order-failures", "alert-max-drawdown", "risk-max-order-qty", "risk-max-order-notional", "risk-max-position-qty"],
  ...["risk-max-drawdown", "orderbook-depth", "sizer", "panic-mode", "panic-limit-offset-bps", "plugins-dir", "verbose", "env"],
];

const MARKET = [
  "[[markets]]",
  'symbol = "BTCUSDT"',
  'base = "BTC"',
  'quote = "USDT"',
  'settlement_currency = "USDT"',
  'kind = "linear_perpetual"',
  "tick_size = 0.5",
  "lot_size = 0.02",
  "",
].join("\n");

/** A working folder with strategy files, candles in `candles/` and order books. */
async function desk(limits = ""): Promise<LiveDesk & { refused(...given: Parameters<LiveDesk["run"]>): Promise<string> }> {
  const folder = scratch();
  const params = "[params]\nfast_period = 3\nslow_period = 8\nmin_samples = 10\n";
  writeFileSync(join(folder, "sma.toml"), `strategy_name = "SmaCross"\n${params}${limits}`);
  writeFileSync(join(folder, "book.toml"), 'strategy_name = "OrderBookImbalance"\n[params]\ndepth = 3\nlong_threshold = 0.1\n');
  mkdirSync(join(folder, "candles"));
  await writeCandlesCsv(syntheticCandles({ bars: 60, seed: 5 }), join(folder, "candles", "btc.csv"));
  await writeBook(join(folder, "book.jsonl"), market(40));
  const one = liveDesk(folder, ["--state-path", "state.db", "--log-path", "log.json"]);
  return {
    ...one,
    refused: async (...given) => {
      const { code, stdout, stderr } = await one.run(...given);
      expect([code, stdout]).toEqual([2, ""]);
      return stderr;
    },
  };
}

const SMA = ["--strategy-config", "sma.toml", "--data", "candles/btc.csv", "--symbol", "BTCUSDT"];
const BOOK = ["--strategy-config", "book.toml", "--book", "book.jsonl", "--symbol", "BTCUSDT", "--quantity", "0.02"];

describe("tesserlab live run", { timeout: 240_000 }, () => {
  test("every flag of Tesser's is in the help, or is refused by name with what to use instead", async () => {
    const help = (await tesserlab(["live", "--help"])).stdout;
    const absent = OF_TESSER.filter((flag) => !help.includes(`--${flag} `));
    expect(absent).toEqual(["exchanges", "persistence", "control-addr", "plugins-dir", "verbose"]);
    const said = await Promise.all(absent.map((flag) => tesserlab(["live", "run", `--${flag}`, "x"])));
    for (const [index, { code, stderr }] of said.entries()) {
      expect(code).toBe(2);
      expect(stderr).toMatch(new RegExp(`^LabError \\[CLI_ELSEWHERE\\]: --${absent[index]!} is no option of tesserlab live\\. .{30,}`));
    }
    const commands = await Promise.all(["backtest", "analyze", "monitor"].map((name) => tesserlab([name, "run"])));
    for (const { code, stderr } of commands) expect([code, stderr]).toEqual([2, expect.stringMatching(/CLI_ELSEWHERE.*in a cell/)]);
    const actions = ["download-trades", "validate", "resample", "normalize", "inspect-parquet"];
    const data = await Promise.all(actions.map((name) => tesserlab(["data", name])));
    for (const { code, stderr } of data) expect([code, stderr]).toEqual([2, expect.stringMatching(/CLI_ELSEWHERE.*data/)]);
    expect((await tesserlab(["data", "download", "--repair-missing"])).stderr).toContain("Missing candles are never made up");
  });

  test("--markets-file: what is traded has the tick and the lot that stand there; the configuration may name the file", async () => {
    const { folder, run, settings } = await desk();
    writeFileSync(join(folder, "markets.toml"), MARKET);
    const { code, stdout, stderr } = await run([...SMA, "--quantity", "0.05", "--markets-file", "markets.toml"]);
    expect([code, stderr]).toEqual([0, ""]);
    // 0.05 floors to the lot of 0.02.
    const fills = [...stdout.matchAll(/^(?:buy|sell) (\S+) BTCUSDT at (\S+)$/gm)];
    expect(fills.length).toBeGreaterThan(0);
    expect(new Set(fills.map(([, quantity]) => quantity))).toEqual(new Set(["0.04"]));
    expect(settings()).toMatchObject({ instruments: [{ symbol: "BTCUSDT", kind: "linear", tickSize: "0.5", lotSize: "0.02" }] });
    const configured = await run([...SMA, "--quantity", "0.05"], { TESSERLAB__backtest__markets_file: "markets.toml" });
    expect(configured.stdout).toMatch(/^(buy|sell) 0\.04 BTCUSDT/m);
  });

  test("--markets-file: an instrument that does not stand there, a wrong file and a wrong entry are refused before anything starts", async () => {
    const { folder, refused } = await desk();
    const file = (text: string): void => writeFileSync(join(folder, "markets.toml"), text);
    file(MARKET.replace("BTCUSDT", "BTCUSDC"));
    const args = [...SMA, "--markets-file", "markets.toml"];
    expect(await refused(args)).toMatch(/MARKET_MISSING.*Unknown market of markets\.toml 'BTCUSDT'\. Did you mean BTCUSDC\?/);
    file(MARKET.replace("linear_perpetual", "spot"));
    expect(await refused([...args, "--category", "linear"])).toMatch(
      /MARKET_MISSING.*BTCUSDT is spot \(markets\.toml:1:1\), but linear is to be traded/,
    );
    file(MARKET.replace("tick_size", "tik_size"));
    expect(await refused(args)).toMatch(/MARKET_INVALID.*markets\.toml:7:1.*'tik_size'\. Did you mean tick_size\?/);
    expect(await refused([...SMA, "--markets-file", "market.toml"])).toMatch(/MARKETS_FILE.*market\.toml cannot be read/);
  });

  test("--orderbook-depth: fewer levels than the strategy looks at are refused; where it has no book, that is said", async () => {
    const { run, refused, settings } = await desk();
    const { code, stdout, stderr } = await run([...BOOK, "--orderbook-depth", "4"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^(buy|sell) 0\.02 BTCUSDT/m);
    expect(settings()).toMatchObject({ trade: { bookDepth: 4 } });
    expect(await refused([...BOOK, "--orderbook-depth", "2"])).toMatch(
      /BOOK_DEPTH.*OrderBookImbalance looks at 3 levels of a side \(depth\), but the order book is to have 2/,
    );
    expect(await refused([...BOOK, "--orderbook-depth", "0"])).toContain("--orderbook-depth must be a whole number of at least 1, got '0'");
    const unread = await run([...SMA, "--orderbook-depth", "50"]);
    expect(unread.stdout).toContain("SmaCross is not fed with order books");
  });

  test("limits: the strategy file's hold where nobody has configured any, the tighter of the two where somebody has, a flag's in any case", async () => {
    const { run, settings } = await desk("[risk_management]\nmax_order_quantity = 0.05\nmax_position_quantity = 3\nmax_heat = 2\n");
    const risk = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<unknown> => {
      expect((await run([...SMA, ...args], env)).code).toBe(0);
      return settings().risk;
    };
    expect(await risk([], {})).toEqual({ maxOrderQuantity: "0.05", maxPositionQuantity: "3", maxHeat: "2" });
    const env = { TESSERLAB__risk_management__max_order_quantity: "0.5", TESSERLAB__risk_management__max_position_quantity: "0.25" };
    expect(await risk(["--risk-max-order-notional", "900"], env)).toEqual({
      maxOrderQuantity: "0.05",
      maxPositionQuantity: "0.25",
      maxOrderNotional: "900",
      maxHeat: "2",
    });
    expect(await risk(["--risk-max-order-qty", "0.75", "--risk-max-position-qty", "0"], env)).toEqual({
      maxOrderQuantity: "0.75",
      maxHeat: "2",
    });
  });

  test("of the drawdown the tighter of strategy file and configuration trips, and a flag holds for the check, too", async () => {
    const { folder, run, settings } = await desk("\n[risk_management]\nmax_drawdown = 0.00001\n");
    const drawdown = async (args: readonly string[], configured: string): Promise<unknown[]> => {
      rmSync(join(folder, "state.db"), { force: true });
      rmSync(join(folder, "log.json"), { force: true });
      const env = { TESSERLAB__risk_management__max_drawdown: configured };
      const { code, stderr } = await run([...SMA, "--fee-bps", "50", ...args], env);
      const told = /has fallen from its peak \S+ by (\S+) or more/;
      const [, tripped] = told.exec(readFileSync(join(folder, "log.json"), "utf8")) ?? [];
      // What is alerted is shown where the session was started, too.
      expect([code, told.exec(stderr)?.[1]]).toEqual([0, tripped]);
      return [tripped, (settings().risk as Record<string, unknown>).maxDrawdown];
    };
    expect(await drawdown([], "0.11")).toEqual(["0.00001", "0.00001"]);
    expect(await drawdown([], "0")).toEqual(["0.00001", "0.00001"]);
    expect(await drawdown([], "0.000001")).toEqual(["0.000001", "0.00001"]);
    expect(await drawdown(["--risk-max-drawdown", "0.4"], "0.11")).toEqual([undefined, "0.4"]);
  });

  test("--panic-mode, log_level and data_path have an effect; what has none in paper or without the other is refused", async () => {
    const { folder, run, refused, settings } = await desk();
    const args = ["--strategy-config", "sma.toml", "--data", "btc.csv", "--symbol", "BTCUSDT", "--panic-mode", "aggressive-limit"];
    const { code, stderr } = await run(args, { TESSERLAB__data_path: "candles", TESSERLAB__log_level: "error" });
    expect([code, stderr]).toEqual([0, ""]);
    expect(settings()).toMatchObject({ groupExit: { offsetBps: 50 } });
    // There was no error to write down, and so no log.
    expect(existsSync(join(folder, "log.json"))).toBe(false);
    expect(await refused([...SMA, "--panic-limit-offset-bps", "5"])).toContain("belongs to --panic-mode aggressive-limit");
    expect(await refused([...SMA, "--panic-mode", "agressive-limit"])).toContain("Did you mean aggressive-limit?");
    expect(await refused([...SMA, "--exchange", "desk"])).toContain("--exchange is for --exec live: paper trades on a recorded market");
    expect(await refused([...SMA, "--speed", "fast"])).toContain("--speed must be max or a number above 0, got 'fast'");
    expect(await refused(["sma.toml"])).toContain("is --strategy-config sma.toml meant?");
    expect(await refused([...SMA, "--close-positions"])).toContain("tesserlab live run has no option --close-positions");
  });

  test("a reporting currency that is not what the session settles in is told, whatever it is; where nobody set any, nothing is", async () => {
    const { folder, run } = await desk();
    await writeCandlesCsv(syntheticCandles({ bars: 40, seed: 5, symbol: "BTCUSDC" }), join(folder, "candles", "usdc.csv"));
    writeFileSync(join(folder, "usdc.toml"), 'strategy_name = "SmaCross"\n[params]\nsymbol = "BTCUSDC"\n');
    const usdc = ["--strategy-config", "usdc.toml", "--data", "candles/usdc.csv"];
    const told = async (args: readonly string[], currency?: string): Promise<string> => {
      const env = currency === undefined ? undefined : { TESSERLAB__backtest__reporting_currency: currency };
      const { code, stderr } = await run(args, env);
      expect(code).toBe(0);
      return stderr;
    };
    expect(await told(usdc, "USDT")).toMatch(/^variable TESSERLAB__backtest__reporting_currency: reporting_currency USDT .* here USDC\.$/m);
    expect(await told(SMA, "EUR")).toMatch(/reporting_currency EUR does not convert anything: .* here USDT\.$/m);
    expect(await told(usdc)).toBe("");
    expect(await told(SMA, "usdt")).toBe("");
  });

  test("a --symbol that contradicts what the strategy declares is refused", async () => {
    const { folder, refused } = await desk();
    await writeCandlesCsv(syntheticCandles({ bars: 40, seed: 5, symbol: "BTCUSDC" }), join(folder, "candles", "usdc.csv"));
    expect(await refused(["--strategy-config", "sma.toml", "--data", "candles/usdc.csv", "--symbol", "BTCUSDC"])).toMatch(
      /SYMBOL_MISMATCH.*SmaCross trades BTCUSDT, but told to be traded is BTCUSDC/,
    );
  });

  test("from a folder with nothing but a strategy file it trades on made-up candles and says so; one that needs a book asks for it", async () => {
    const folder = scratch();
    writeFileSync(
      join(folder, "x.toml"),
      'strategy_name = "SmaCross"\n[params]\nsymbol = "bybit_linear:ETHUSDT"\n[execution]\ninterval = "1h"\n',
    );
    writeFileSync(join(folder, "y.toml"), 'strategy_name = "OrderBookScalper"\n');
    const options = {
      cwd: folder,
      env: { TESSERLAB__SESSIONS_DIR: join(folder, "sessions"), TESSERLAB__live__metrics_addr: "127.0.0.1:0" },
    };
    const { code, stdout, stderr } = await tesserlab(["live", "run", "--strategy-config", "x.toml", "--exec", "paper"], options);
    expect(stderr).toMatch(/^SYNTHETIC MARKET: no --data was given, .* 2000 made-up candles of 1h of ETHUSDT/);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^completed: equity \d/m);
    const view = openState(join(folder, "reports", "live_state.db")) as SessionView;
    expect(view.record.data).toMatchObject([{ symbol: "ETHUSDT", interval: "1h", synthetic: true }]);
    view.close();
    const needs = await tesserlab(["live", "run", "--strategy-config", "y.toml"], options);
    expect(needs.stderr).toContain("OrderBookScalper is fed with trades and book: paper needs a recording of them, --book FILE.");
  });
});
