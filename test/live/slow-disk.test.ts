import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { openState } from "../../src/state/index.js";
import { scratch } from "../state/samples.js";
import { Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 220, seed: 5, gaps: true });
const params = { fastPeriod: 3, slowPeriod: 9, minSamples: 9 };

/**
 * Makes a state file's disk slow: another connection holds SQLite's write lock half of the time, so that a commit waits for it. Resolves once it does so for the first time;
 * the function it gives stops it and says how often it held the lock.
 */
async function slow(path: string, heldMs: number): Promise<() => Promise<number>> {
  const flag = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
     const Sqlite = require("better-sqlite3");
     const db = new Sqlite(workerData.path, { timeout: 60000 });
     const [stop, held] = [0, 1];
     while (Atomics.load(workerData.flag, stop) === 0) {
       db.exec("BEGIN IMMEDIATE");
       if (Atomics.add(workerData.flag, held, 1) === 0) parentPort.postMessage("held");
       Atomics.wait(workerData.flag, stop, 0, workerData.heldMs);
       db.exec("COMMIT");
       Atomics.wait(workerData.flag, stop, 0, workerData.heldMs);
     }
     db.close();`,
    { eval: true, workerData: { path, flag, heldMs } },
  );
  const held = once(worker, "message");
  const ended = new Promise<void>((resolve, reject) => {
    worker.once("exit", () => resolve());
    worker.once("error", reject);
  });
  ended.catch(() => {});
  await held;
  return async () => {
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    await ended;
    return Atomics.load(flag, 1);
  };
}

test("a slow disk costs latency, not orders: what is sent is sent after its commit, and the session ends as the backtest does", async () => {
  const path = join(scratch(), "state.db");
  const { session, ended } = await openSession(new Market(btc), path, { params });
  const fast = await slow(path, 30);
  onTestFinished(async () => {
    await fast();
  });
  await session.run();
  expect((await ended).error).toBeUndefined();
  expect(await fast()).toBeGreaterThan(5);

  const run = backtest({ data: btc, strategy: "SmaCross", params });
  expect(run.fills.length).toBeGreaterThan(20);
  const view = openState(path);
  if (view.format !== "tesserlab") throw new Error("not ours");
  const plain = ({ side, quantity, price, fee, time }: (typeof run.fills)[number]) => ({ side, quantity, price, fee, time });
  expect(view.fills().map(plain)).toEqual(run.fills.map(plain));
  expect(view.record.equity).toEqual(run.finalEquity);
  expect(view.intents().every(({ state }) => state === "landed")).toBe(true);
  expect(view.replay()).toEqual([]);
  view.close();
});
