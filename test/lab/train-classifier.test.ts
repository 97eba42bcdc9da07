import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { inspect } from "node:util";
import { parse } from "smol-toml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { toBundle } from "../../src/display/index.js";
import { LabError } from "../../src/errors/index.js";
import { assertTradable } from "../../src/handoff/index.js";
import { data, exportStrategy, loadStrategy, reproduce, trainClassifier } from "../../src/lab/index.js";
import { expectMisuse } from "../misuse.js";

const home = process.cwd();
const folder = realpathSync(mkdtempSync(join(tmpdir(), "training-")));
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const candles = data.synthetic({ bars: 3000, seed: 4 });

async function misuse(act: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LabError);
  expect([(error as LabError).code, (error as LabError).message]).toEqual([code, expect.stringMatching(message)]);
}

test("writes a model and a strategy file that trade, and that an independent reader reads", async () => {
  const trained = await trainClassifier({
    data: candles,
    lookback: 5,
    path: "strategies/models/a.toml",
    thresholdLong: 0.01,
    thresholdShort: -0.01,
  });
  expect(parse(readFileSync("strategies/models/a.toml", "utf8"))).toEqual({
    bias: trained.model.bias,
    weights: [...trained.model.weights],
  });
  expect(trained.model.weights.length).toBe(5);
  expect(trained.strategy.path).toBe("strategies/models/a.strategy.toml");
  expect(parse(readFileSync(trained.strategy.path, "utf8"))).toEqual({
    strategy_name: "MlClassifier",
    params: { symbol: "BTCUSDT", model_path: "strategies/models/a.toml", lookback: 5, threshold_long: 0.01, threshold_short: -0.01 },
  });
  const run = backtest(trained.strategy.backtestOptions(candles));
  expect(run.counts.fills).toBeGreaterThan(10);
  expect(trained.warnings.map(({ code }) => code)).toContain("SYNTHETIC_DATA");
  // A second training replaces both.
  const again = await trainClassifier({ data: candles, lookback: 6, path: "strategies/models/a.toml" });
  expect(again.strategy.params).toMatchObject({ lookback: 6, thresholdLong: 0.1 });
});

test("a trained model says how it did, and that it learnt nothing", async () => {
  const trained = await trainClassifier({ data: candles, lookback: 3, path: "b.toml" });
  const text = inspect(trained);
  expect(text).toMatch(/linear model of 3 returns of BTCUSDT: b.toml, strategy file b.strategy.toml/);
  expect(text).toMatch(/in sample[\s\S]*out of sample/);
  expect(text).toMatch(/within two standard errors/);
  expect(String((await toBundle(trained))["text/html"])).toContain("out of sample");
});

test("a model is looked for beside the strategy file, then in the working folder", async () => {
  mkdirSync("deep/models", { recursive: true });
  const { model } = await trainClassifier({ data: candles, lookback: 4, path: "deep/models/m.toml" });
  const file = (modelPath: string): string =>
    `strategy_name = "MlClassifier"\n[params]\nsymbol = "BTCUSDT"\nmodel_path = "${modelPath}"\nlookback = 4\n`;
  writeFileSync("deep/beside.toml", file("models/m.toml"));
  writeFileSync("deep/working.toml", file("deep/models/m.toml"));
  writeFileSync("deep/nowhere.toml", file("models/none.toml"));
  expect(model.weights.length).toBe(4);
  for (const name of ["beside", "working"]) {
    const loaded = await loadStrategy(`deep/${name}.toml`);
    expect(loaded.params.modelPath, name).toBe(relative(folder, join(folder, "deep/models/m.toml")));
    expect(loaded.warnings.map(({ code }) => code)).not.toContain("PARAM_FILE_MISSING");
    expect(backtest(loaded.backtestOptions(candles)).counts.bars).toBe(3000);
  }
  const nowhere = await loadStrategy("deep/nowhere.toml");
  expect(nowhere.warnings.find(({ code }) => code === "PARAM_FILE_MISSING")?.message).toMatch(
    /models\/none.toml, which is neither beside it nor in/,
  );
  expectMisuse(() => backtest(nowhere.backtestOptions(candles)), "MODEL_NOT_FOUND", /models\/none.toml/);
});

test("the record carries the model's hash: a model that was changed is not what was tested", async () => {
  await trainClassifier({
    data: candles,
    lookback: 4,
    path: "models/tested.toml",
    strategyPath: "tested.toml",
    thresholdLong: 0.001,
    thresholdShort: -0.001,
  });
  const run = backtest((await loadStrategy("tested.toml")).backtestOptions(candles));
  const exported = await exportStrategy(run, "tested.toml");
  const [file] = exported.provenance!.files!;
  expect(file).toEqual({ param: "model_path", file: "models/tested.toml", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(readFileSync("tested.toml", "utf8")).toContain('model_path = "models/tested.toml"');
  expect(exported.trust).toBe("ok");
  expect(assertTradable(exported, { venue: "paper" }).map(({ code }) => code)).not.toContain("STRATEGY_EDITED");
  expect(reproduce(exported, candles).ok).toBe(true);

  const before = readFileSync("models/tested.toml", "utf8");
  writeFileSync("models/tested.toml", before.replace(/bias = /, "bias = 1"));
  const changed = await loadStrategy("tested.toml");
  expect(changed.trust).toBe("edited");
  expectMisuse(
    () => assertTradable(changed, { venue: "live" }),
    "STRATEGY_EDITED",
    /The file that model_path names is not the one MlClassifier was tested with: models\/tested.toml/,
  );
  writeFileSync("models/tested.toml", before);
  expect((await loadStrategy("tested.toml")).trust).toBe("ok");
});

test("a file that moves with its strategy file is still what was tested", async () => {
  mkdirSync("moved/models", { recursive: true });
  writeFileSync("moved/models/tested.toml", readFileSync("models/tested.toml"));
  writeFileSync("moved/tested.toml", readFileSync("tested.toml", "utf8"));
  const loaded = await loadStrategy("moved/tested.toml");
  expect([loaded.params.modelPath, loaded.trust]).toEqual(["moved/models/tested.toml", "ok"]);
  // Exported again, it says its model as it did.
  await exportStrategy(loaded, "moved/tested.toml");
  expect(readFileSync("moved/tested.toml", "utf8")).toContain('model_path = "models/tested.toml"');
});

test("misuse", async () => {
  writeFileSync("notes.toml", "a = 1\n");
  await misuse(trainClassifier({ data: candles, path: "notes.toml" }), "MODEL_PATH", /notes.toml is there already and is no model/);
  await misuse(trainClassifier({ data: candles } as never), "OPTION_INVALID", /path names the model to write/);
  await misuse(trainClassifier({ data: [candles] as never, path: "x.toml" }), "DATA_INVALID", /forget to await/);
  await misuse(trainClassifier({ data: candles, path: "x.toml", lookBack: 3 } as never), "OPTION_UNKNOWN", /Did you mean lookback/);
  await misuse(trainClassifier({ data: candles, path: "x.toml", lookback: 1.5 }), "OPTION_INVALID", /lookback must be a whole number/);
  await misuse(
    trainClassifier({ data: candles, path: "x.toml", thresholdShort: 1 }),
    "OPTION_INVALID",
    /at most thresholdLong, 0.1, got 1/,
  );
  await misuse(trainClassifier({ data: candles.slice(0, 50), path: "x.toml" }), "TRAIN_DATA", /50 candles/);
});
