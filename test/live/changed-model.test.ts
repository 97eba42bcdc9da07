import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { exportStrategy, live, loadStrategy, trainClassifier } from "../../src/lab/index.js";
import { listSessions, startSession } from "../../src/live/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const btc = syntheticCandles({ bars: 600, seed: 4 });
const market = () => paper({ feed: replay(btc, { speed: "max" }) });
const limits = { maxOrderQuantity: "1", maxPositionQuantity: "1" };

let files: { readonly config: string; readonly model: string; readonly statePath: string };

/** A classifier that was trained, tested and exported. */
beforeEach(async () => {
  ownSessions();
  const folder = scratch();
  const [config, model] = [join(folder, "tested.toml"), join(folder, "model.toml")];
  await trainClassifier({ data: btc, lookback: 4, path: model, strategyPath: config, thresholdLong: 0.001, thresholdShort: -0.001 });
  await exportStrategy(backtest((await loadStrategy(config)).backtestOptions(btc)), config);
  files = { config, model, statePath: join(folder, "state.db") };
});

function change(): void {
  const text = readFileSync(files.model, "utf8");
  const changed = text.replace("bias = ", "bias = 1");
  expect(changed).not.toBe(text);
  writeFileSync(files.model, changed);
}

/** That a session is refused for its model, and that nothing of it has begun. */
async function refused(start: () => Promise<unknown>): Promise<void> {
  await expect(start()).rejects.toMatchObject({
    code: "STRATEGY_EDITED",
    message: expect.stringMatching(/The file that model_path names is not the one MlClassifier was tested with: .*model\.toml/),
    details: { path: files.config, status: "edited" },
  });
  expect([listSessions(), existsSync(files.statePath)]).toEqual([[], false]);
}

test("a file whose model is as it was tested trades; once the model has changed, on paper it does not", async () => {
  const { config, statePath } = files;
  const tested = await startSession({ config, venue: market(), statePath: join(scratch(), "state.db"), thread: "caller" });
  expect((await tested.done).status).toBe("completed");
  change();
  await refused(() => startSession({ config, venue: market(), statePath, thread: "caller" }));
  await refused(() => live.start({ config, venue: market(), statePath }));
  await refused(() => live.start({ config, venue: market(), statePath, trade: {} }));
  // Who says that it is meant has it, with a warning.
  const meant = await live.start({ config, venue: market(), statePath, allowEdited: true, thread: "caller" });
  expect(meant.warnings.map(({ code }) => code)).toContain("STRATEGY_EDITED");
  expect((await meant.done).status).toBe("completed");
});

test("one that was loaded while its model was as tested is looked at again when it is to trade", async () => {
  const loaded = await loadStrategy(files.config);
  expect(loaded.trust).toBe("ok");
  change();
  const { statePath } = files;
  await refused(() => live.start({ config: loaded, venue: market(), statePath }));
  await refused(() => live.start({ config: loaded, venue: market(), statePath, trade: {} }));
});

test("on bybit it is refused before anything is connected to, confirmed or not", async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  change();
  const { config, statePath } = files;
  const { port } = server.address() as { port: number };
  const local = bybit({ env: "local", urls: `http://127.0.0.1:${port}` });
  await refused(() => live.start({ config, venue: local, statePath }));
  await refused(() => live.start({ config, venue: local, statePath, trade: { symbols: "BTCUSDT" } }));
  expect(connections).toBe(0);
  for (const env of ["testnet", "mainnet"] as const) {
    const venue = bybit({ env });
    const confirm = { venue: venue.name, env, ...limits };
    await refused(() => live.start({ config, venue, statePath, risk: limits, confirm, trade: { symbols: "BTCUSDT" } }));
    await refused(() => live.start({ config, venue, statePath, allowUnproven: true }));
  }
});
