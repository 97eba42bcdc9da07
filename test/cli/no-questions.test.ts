import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { scratch } from "../state/samples.js";
import { ROOT } from "./tesserlab.js";

/** Cells that would ask somebody, and the code of what refuses each. */
const ASKS: readonly (readonly [source: string, refusal: string])[] = [
  ['prompt("How many?")', "KERNEL_NO_STDIN"],
  ['prompt("Key?", { password: true, default: "none" })', "KERNEL_NO_STDIN"],
  ['confirm("Trade for real?")', "KERNEL_NO_STDIN"],
  ['const limits = { maxOrderQuantity: "0.01", maxPositionQuantity: "0.02" }', ""],
  [
    'await live.start({ strategy: "SmaCross", venue: bybit({ env: "testnet" }), risk: limits, trade: { symbols: "BTCUSDT" } })',
    "CONFIRM_MISSING",
  ],
  [
    'await live.start({ strategy: "SmaCross", venue: bybit({ env: "mainnet" }), risk: limits, trade: { symbols: "BTCUSDT" } })',
    "CONFIRM_MISSING",
  ],
  ['await live.start({ strategy: "SmaCross", venue: bybit({ env: "demo" }), trade: { symbols: "BTCUSDT" } })', "CONFIRM_LIMITS"],
  [
    'await live.start({ strategy: "SmaCross", venue: bybit({ env: "mainnet" }), risk: limits, trade: { symbols: "BTCUSDT" }, confirm: { ...limits, venue: "bybit-mainnet", env: "testnet" } })',
    "CONFIRM_WRONG",
  ],
  [
    'await live.start({ config: "x.toml", venue: bybit({ env: "mainnet" }), risk: limits, trade: { symbols: "BTCUSDT" } })',
    "STRATEGY_UNPROVEN",
  ],
  ['"went on"', ""],
];

const STDIN = [
  ["a pipe that stays open and silent", { stdio: ["pipe", "pipe", "pipe"], detached: false }],
  ["closed", { stdio: ["ignore", "pipe", "pipe"], detached: false }],
  ["a pipe, and no terminal to be found", { stdio: ["pipe", "pipe", "pipe"], detached: true }],
] as const;

test.each(STDIN)(
  "nothing asks under tesserlab run where stdin is %s: every question is refused by its code, and the notebook goes on",
  {
    timeout: 240_000,
  },
  async (_, options) => {
    const folder = scratch();
    const cells = ASKS.map(([source], index) => ({
      cell_type: "code",
      id: `c${index}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    }));
    writeFileSync(join(folder, "n.ipynb"), JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    writeFileSync(join(folder, "x.toml"), 'strategy_name = "SmaCross"\n');
    const child = spawn(process.execPath, [join(ROOT, "dist", "cli", "main.js"), "run", "n.ipynb", "--in-place", "--allow-errors"], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", TESSERLAB__SESSIONS_DIR: join(folder, "sessions") },
      stdio: [...options.stdio],
      detached: options.detached,
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
    // 1: cells failed, as was allowed. Its stdin was never written to, nor ended.
    expect(await ended).toBe(1);
    expect(stdout + stderr).not.toMatch(/\[y\/N\]/);
    const { cells: executed } = JSON.parse(readFileSync(join(folder, "n.ipynb"), "utf8")) as {
      readonly cells: readonly {
        readonly outputs: readonly {
          readonly output_type: string;
          readonly ename?: string;
          readonly evalue?: string;
          readonly traceback?: string[];
        }[];
      }[];
    };
    const said = executed
      .map(({ outputs }) => outputs.find((one) => one.output_type === "error"))
      .map((error) => (error === undefined ? "" : `${error.ename} ${error.traceback?.join(" ")}`));
    for (const [index, [source, refusal]] of ASKS.entries()) {
      if (refusal === "") expect(said[index], source).toBe("");
      else expect(said[index], source).toMatch(new RegExp(`^LabError[^]*${refusal}`));
    }
  },
);
