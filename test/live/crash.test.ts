import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { startSession } from "../../src/live/index.js";
import { openState } from "../../src/state/index.js";
import { scratch } from "../state/samples.js";

const btc = syntheticCandles({ bars: 3_000, seed: 5, gaps: true });

/** A program that trades the same candles slowly, 100 a second, and says so when it has begun. */
const PROGRAM = `
import { syntheticCandles } from "tesserlab/data";
import { startSession } from "tesserlab/live";
import { paper, replay } from "tesserlab/venues/paper";
const btc = syntheticCandles({ bars: 3_000, seed: 5, gaps: true });
const session = await startSession({ strategy: "SmaCross", venue: paper({ feed: replay(btc, { speed: 6_000 }) }), statePath: process.argv[1], thread: process.argv[2] });
session.on("status", ({ bars }) => console.log(bars));
`;

test("a program killed with the session on a thread of it: what it wrote is sound, and the file is free at once", async () => {
  const statePath = join(scratch(), "state.db");
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, statePath, "worker"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.on("data", (text: Buffer) => {
    if (Number(text.toString().trim().split("\n").at(-1)) >= 60) child.kill("SIGKILL");
  });
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  expect(signal).toBe("SIGKILL");

  const view = openState(statePath);
  if (view.format !== "tesserlab") throw new Error("not ours");
  expect(view.check()).toEqual([]);
  const { status, bars, equity } = view.record;
  expect(status).toBe("interrupted");
  expect(bars).toBeGreaterThanOrEqual(60);
  const run = backtest({ data: btc.slice(0, bars), strategy: "SmaCross" });
  expect(equity).toEqual(run.finalEquity);
  expect(view.equity.value).toEqual(run.equity.value);
  expect(view.trades).toEqual(run.trades);
  await (await startSession({ data: btc, strategy: "SmaCross", statePath })).done;
  expect(view.sessions().map((one) => one.status)).toEqual(["completed", "interrupted"]);
});
