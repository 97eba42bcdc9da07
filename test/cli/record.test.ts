import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadRecording, syntheticCandles, writeCandlesCsv } from "../../src/data/index.js";
import { toBundle } from "../../src/display/index.js";
import { data, live } from "../../src/lab/index.js";
import { ownSessions } from "../live/own-sessions.js";
import { scratch } from "../state/samples.js";
import { tesserlab } from "./tesserlab.js";

const btc = syntheticCandles({ bars: 60, seed: 5 });
const SMA = { fastPeriod: 3, slowPeriod: 8, minSamples: 10 };

test("--record keeps a session's recording, by Tesser's name for it too, and data inspect tells what it holds", {
  timeout: 240_000,
}, async () => {
  const folder = scratch();
  writeFileSync(join(folder, "sma.toml"), 'strategy_name = "SmaCross"\n\n[params]\nfast_period = 3\nslow_period = 8\nmin_samples = 10\n');
  await writeCandlesCsv(btc, join(folder, "btc.csv"));
  const options = { cwd: folder, env: { TESSERLAB__SESSIONS_DIR: join(folder, "sessions") } };
  const run = (...args: string[]) =>
    tesserlab(
      [
        "live",
        "run",
        "--config",
        "sma.toml",
        "--data",
        "btc.csv",
        "--symbol",
        "BTCUSDT",
        "--metrics-addr",
        "127.0.0.1:0",
        "--log-path",
        "log.json",
        ...args,
      ],
      options,
    );
  expect(await run("--state-path", "a.db", "--record", "kept/a")).toMatchObject({ code: 0, stderr: "" });
  expect(await run("--state-path", "b.db", "--record-data", "kept/b")).toMatchObject({ code: 0, stderr: "" });
  const [a, b] = await Promise.all(["kept/a", "kept/b"].map((name) => loadRecording(join(folder, name))));
  expect(a!.candles[0]!.length).toBe(60);
  expect(a!.fills.length).toBeGreaterThan(0);
  expect(b!.fills.map((fill) => [fill.time, fill.price.toFixed()])).toEqual(a!.fills.map((fill) => [fill.time, fill.price.toFixed()]));
  const shown = await tesserlab(["data", "inspect", "kept/a"], options);
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/60 candles, \d+ signals, \d+ orders, \d+ fills/);
  expect(shown.stdout).toContain("nothing is known to be missing");
});

test("in a cell: record: true keeps it beside the state, and what is read of it shows itself", { timeout: 240_000 }, async () => {
  ownSessions();
  const folder = scratch();
  const session = await live.start({
    strategy: "SmaCross",
    params: SMA,
    data: btc,
    statePath: join(folder, "live_state.db"),
    record: true,
  });
  await session.done;
  const recording = await data.recording(join(folder, "live_state.recording"));
  const bundle = await toBundle(recording);
  expect(String(bundle["text/plain"])).toMatch(/^SYNTHETIC DATA/);
  expect(String(bundle["text/plain"])).toContain(`session ${session.id}: SmaCross on paper`);
  expect(String(bundle["text/html"])).toContain("order_books");
  expect((await data.load(join(folder, "live_state.recording"))).length).toBe(60);
});
