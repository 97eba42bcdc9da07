import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { syntheticCandles, writeCandlesCsv } from "../../src/data/index.js";
import { scratch } from "../state/samples.js";
import { type LiveDesk, liveDesk } from "./live-desk.js";
import { type Ended, ROOT, tesserlab } from "./tesserlab.js";

/** A working folder with a strategy file and a recorded market. */
async function desk(): Promise<LiveDesk> {
  const folder = scratch();
  writeFileSync(join(folder, "sma.toml"), 'strategy_name = "SmaCross"\n\n[params]\nfast_period = 3\nslow_period = 8\nmin_samples = 10\n');
  await writeCandlesCsv(syntheticCandles({ bars: 120, seed: 5 }), join(folder, "btc.csv"));
  return liveDesk(folder, ["--data", "btc.csv", "--symbol", "BTCUSDT"]);
}

const PAPER = ["--strategy-config", "sma.toml", "--state-path", "state.db", "--log-path", "log.json"];

/** The first match in what a stream says. */
function said(stream: Readable, wanted: RegExp): Promise<RegExpExecArray> {
  let text = "";
  return new Promise((resolve, reject) => {
    stream.on("data", (chunk) => {
      text += String(chunk);
      const found = wanted.exec(text);
      if (found !== null) resolve(found);
    });
    stream.once("end", () => reject(new Error(`Never said: ${text}`)));
  });
}

test("tesserlab live run: Ctrl+C lets go of the session and says how it ends; it takes commands until then", {
  timeout: 120_000,
}, async () => {
  const { folder } = await desk();
  const env = { ...process.env, TESSERLAB__SESSIONS_DIR: join(folder, "sessions") };
  const args = ["live", "run", ...PAPER, "--data", "btc.csv", "--symbol", "BTCUSDT", "--speed", "1", "--metrics-addr", "127.0.0.1:0"];
  const child = spawn(process.execPath, [join(ROOT, "dist/cli/main.js"), ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const [, id] = await said(child.stdout, /^Session (\w{10}): [\s\S]*ever tested/m);
  child.kill("SIGINT");
  const [, goesOn] = await said(child.stderr, /^Session (\w{10}) goes on; tesserlab live stop \1 ends it\.$/m);
  expect((await ended)[0]).toBe(130);
  const operate = (...words: string[]): Promise<Ended> =>
    tesserlab(["live", ...words], { cwd: folder, env: { TESSERLAB__SESSIONS_DIR: env.TESSERLAB__SESSIONS_DIR } });
  // It takes an operator's commands by name or as an object.
  const answer = await operate("command", goesOn!, "disable");
  expect([answer.code, JSON.parse(answer.stdout)]).toEqual([0, expect.objectContaining({ ok: true, orders: [] })]);
  const cancel = await operate("command", goesOn!, '{"type":"cancel","orderId":"7"}');
  expect([cancel.code, cancel.stderr]).toEqual([2, expect.stringContaining("ORDER_UNKNOWN")]);
  expect((await operate("command", goesOn!, "clearLiquidate")).stderr).toContain("Did you mean clearLiquidateOnly?");
  expect((await operate("command", goesOn!, "{type}")).stderr).toContain("A command is a name or a JSON object, got '{type}'");
  expect((await operate("command", goesOn!)).stderr).toContain("takes a session's id and a command");
  const stopped = await operate("stop", goesOn!);
  expect([stopped.code, stopped.stdout, goesOn]).toEqual([0, expect.stringMatching(/^stopped: /), id]);
});

describe("tesserlab live run", { timeout: 120_000 }, () => {
  test("Tesser's flags reach the session: size, costs, limits, reconciliation, alerts, history", async () => {
    const { run, settings } = await desk();
    const { code, stdout, stderr } = await run([
      ...PAPER,
      ...["--quantity", "0.02", "--slippage-bps", "2.5", "--fee-bps", "7.5", "--initial-equity", "25000", "--category", "linear"],
      ...[
        "--risk-max-order-qty",
        "0.5",
        "--risk-max-position-qty",
        "0.75",
        "--risk-max-order-notional",
        "9000",
        "--risk-max-drawdown",
        "0.2",
      ],
      ...["--history", "64", "--reconciliation-interval-secs", "7", "--reconciliation-threshold", "0.002"],
      ...["--alert-max-data-gap-secs", "9", "--alert-max-order-failures", "4", "--alert-max-drawdown", "0.1", "--webhook-url", ""],
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Session \w{10}: SmaCross, kept in .*state\.db\n/);
    expect(stdout).toMatch(/^(buy|sell) 0\.02 BTCUSDT at \d/m);
    expect(stdout).toMatch(/^completed: equity \d+\.\d+ USDT, \d+ fills$/m);
    expect(settings()).toMatchObject({
      sizer: "fixed:0.02",
      slippageBps: "2.5",
      fees: { maker: "0.00075", taker: "0.00075" },
      cash: "25000",
      category: "linear",
      risk: { maxOrderQuantity: "0.5", maxPositionQuantity: "0.75", maxOrderNotional: "9000" },
      trade: { history: 64, reconcileSecs: 7, reconcileThreshold: "0.002", maxDrawdown: "0.2", real: false },
    });
  });

  test("--config and --live-exec are the same flags by other names, --sizer another size; --latency-ms delays fills", async () => {
    const { run, settings } = await desk();
    const more = ["--config", "sma.toml", "--live-exec", "paper", "--state-path", "state.db", "--log-path", "log.json"];
    const first = await run([...more, "--sizer", "percent:0.05"]);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(settings()).toMatchObject({ sizer: "percent:0.05" });
    const late = await run([...more, "--sizer", "percent:0.05", "--latency-ms", "120000"]);
    expect(late.code).toBe(0);
    const fills = ({ stdout }: Ended): string[] => stdout.match(/^(buy|sell) .*$/gm) ?? [];
    expect(fills(late).length).toBeGreaterThan(0);
    expect(fills(late)).not.toEqual(fills(first));
  });

  test("layers: built in, config/default.toml, the environment's file, config/local.toml, variables, flags", async () => {
    const { folder, run, settings } = await desk();
    mkdirSync(join(folder, "config"));
    const file = (name: string, text: string): void => writeFileSync(join(folder, "config", `${name}.toml`), text);
    file(
      "default",
      "[risk_management]\nmax_order_quantity = 0.1\nmax_position_quantity = 0.2\nmax_drawdown = 0.11\n[backtest.initial_balances]\nUSDT = 7000\n",
    );
    file("desk", "[risk_management]\nmax_position_quantity = 0.3\n[live]\nreconciliation_interval_secs = 11\n");
    file("local", "[live]\nreconciliation_interval_secs = 12\n");
    const args = [...PAPER, "--env", "desk", "--risk-max-drawdown", "0.4"];
    const { code, stderr } = await run(args, {
      TESSERLAB__live__reconciliation_threshold: "0.03",
      TESSER__live__log_path: "elsewhere.json",
    });
    expect([code, stderr]).toEqual([0, ""]);
    expect(settings()).toMatchObject({
      cash: "7000",
      risk: { maxOrderQuantity: "0.1", maxPositionQuantity: "0.3" },
      trade: { reconcileSecs: 12, reconcileThreshold: "0.03", maxDrawdown: "0.4", history: 512 },
    });
  });

  test("variables and keys that mean nothing are reported, and nothing is needed in config", async () => {
    const { run } = await desk();
    const { code, stderr } = await run(PAPER, { TESSER_live__state_path: "x.db", TESSERLAB__live__stat_path: "y.db" });
    expect(code).toBe(0);
    expect(stderr).toContain("The variable TESSER_live__state_path has no effect: two underscores follow TESSER");
    expect(stderr).toMatch(/The variable TESSERLAB__live__stat_path matches no key.* Did you mean TESSERLAB__live__state_path\?/);
  });

  test("flags that contradict each other, are missing or out of place are refused before anything starts", async () => {
    const { run } = await desk();
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr, stdout } = await run(args);
      expect([code, stdout]).toEqual([2, ""]);
      return stderr;
    };
    expect(await refused(...PAPER, "--quantity", "1", "--sizer", "fixed:1")).toContain(
      "--quantity x means --sizer fixed:x: give one of the two",
    );
    expect(await refused("--state-path", "state.db")).toContain("Which strategy? --strategy-config strategies/x.toml");
    expect(await refused(...PAPER, "--exec", "papr")).toContain("Did you mean paper?");
    expect(await refused(...PAPER, "--exec", "live", "--slippage-bps", "3")).toContain("--slippage-bps acts in paper only");
    expect(await refused(...PAPER, "--slipage-bps", "3")).toContain("Did you mean --slippage-bps?");
    expect(await refused(...PAPER, "--alert-max-drawdown", "x")).toContain("--alert-max-drawdown");
    expect(await refused(...PAPER, "--risk-max-drawdown", "5")).toContain("is a fraction from 0 to 1 (0.05 is 5 %), got '5'");
    expect(await refused(...PAPER, "--reconciliation-interval-secs", "0")).toContain("seconds above 0");
  });

  test("--exec live sends nothing without a confirmation that says venue, environment and limits; it does not ask", async () => {
    const { folder } = await desk();
    const live = (...more: string[]): Promise<Ended> =>
      tesserlab(["live", "run", ...PAPER, "--exec", "live", "--symbol", "BTCUSDT", ...more], {
        cwd: folder,
        env: { TESSERLAB__SESSIONS_DIR: join(folder, "sessions") },
      });
    const limits = ["--risk-max-order-qty", "0.01", "--risk-max-position-qty", "0.02"];
    const asked = await live(...limits, "--confirm", "yes");
    expect(asked.stderr).toContain("--confirm takes the JSON object");
    const missing = await live(...limits);
    // A file that records no test does not trade for real either.
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toMatch(/STRATEGY_UNPROVEN|records no test|provenance/);
  });
});
