import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { RunWarning } from "../backtest/index.js";
import { CandleSeries, timeText } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { exportStrategy, type LoadedStrategy } from "../handoff/index.js";
import { type ClassifierScores, type LinearModel, modelText, parseModel, type TrainedModel, trainLinear } from "../strategies/index.js";

/** Options of {@link trainClassifier}. */
export interface TrainOptions {
  /** The candles to learn from, and to judge by. */
  data: CandleSeries;
  /** Where to write the model: `strategies/models/x.toml`. */
  path: string;
  /** Where to write the strategy file; beside the model, as `x.strategy.toml`, unless given. */
  strategyPath?: string;
  /** Returns the model looks at; 20 unless given. */
  lookback?: number;
  /** Penalty on the weights of standardised returns, as 1 / C elsewhere; 1 unless given. */
  l2?: number;
  /** Share of the candles, the latest, that only judge; 0.25 unless given. */
  testShare?: number;
  /** Score at or above which the strategy enters long; 0.1 unless given. */
  thresholdLong?: number;
  /** Score at or below which it enters short; -0.1 unless given. */
  thresholdShort?: number;
}

const KEYS: readonly (keyof TrainOptions)[] = [
  "data",
  "path",
  "strategyPath",
  "lookback",
  "l2",
  "testShare",
  "thresholdLong",
  "thresholdShort",
];

/** What training found: the model, how it did on candles it never saw, and the files it lies in. */
export class TrainedClassifier {
  readonly symbol: string;
  readonly model: LinearModel;
  readonly inSample: ClassifierScores;
  readonly outOfSample: ClassifierScores;
  /** Newton steps of the fit. */
  readonly iterations: number;
  readonly modelPath: string;
  readonly modelSha256: string;
  /** The strategy file, loaded back: goes into `backtest`, `exportStrategy` and `live.start`. */
  readonly strategy: LoadedStrategy;
  /** Why the model may be worth nothing. */
  readonly warnings: readonly RunWarning[];

  constructor(parts: {
    readonly data: CandleSeries;
    readonly trained: TrainedModel;
    readonly modelPath: string;
    readonly modelSha256: string;
    readonly strategy: LoadedStrategy;
  }) {
    this.symbol = parts.data.symbol;
    this.model = parts.trained.model;
    this.inSample = parts.trained.inSample;
    this.outOfSample = parts.trained.outOfSample;
    this.iterations = parts.trained.iterations;
    this.modelPath = parts.modelPath;
    this.modelSha256 = parts.modelSha256;
    this.strategy = parts.strategy;
    this.warnings = Object.freeze(doubts(parts.data, parts.trained.outOfSample));
  }
}

function doubts(data: CandleSeries, { auc, aucError }: ClassifierScores): RunWarning[] {
  const warnings: RunWarning[] = [];
  if (!(auc > 0.5 + 2 * aucError))
    warnings.push({
      code: "NOTHING_LEARNT",
      message: `Out of sample its AUC is ${auc.toFixed(3)}, within two standard errors (${aucError.toFixed(3)}) of guessing.`,
    });
  if (data.source.synthetic) warnings.push({ code: "SYNTHETIC_DATA", message: `It was trained on made-up data: ${data.source.name}.` });
  return warnings;
}

/**
 * Trains the linear model of MlClassifier by logistic regression: will the next candle close higher? Learns from the earlier candles, judges by the later ones, and
 * writes the model and a strategy file that Tesser loads as well. An existing model is replaced.
 * @example await trainClassifier({ data: btc, lookback: 20, path: "strategies/models/btc_5m.toml" })
 * @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`, `DATA_INVALID`, `TRAIN_DATA`, `TRAIN_ONE_CLASS`, `TRAIN_DIVERGED`, `MODEL_PATH` for a file that is no
 *   model, and what `exportStrategy` throws.
 */
export async function trainClassifier(options: TrainOptions): Promise<TrainedClassifier> {
  const { data, path, lookback, l2, testShare, thresholdLong, thresholdShort } = checked(options);
  await checkTarget(path);
  const trained = trainLinear(data, { lookback, l2, testShare });
  const text = comment(data, trained, lookback) + modelText(trained.model);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  const params = { symbol: data.symbol, modelPath: path, lookback, thresholdLong, thresholdShort };
  const strategyPath = options.strategyPath ?? path.replace(/\.toml$/, ".strategy.toml");
  const strategy = await exportStrategy({ strategy: "MlClassifier", params }, strategyPath);
  const modelSha256 = createHash("sha256").update(text).digest("hex");
  return new TrainedClassifier({ data, trained, modelPath: path, modelSha256, strategy });
}

function comment(data: CandleSeries, { outOfSample }: TrainedModel, lookback: number): string {
  const span = `${timeText(data.time[0]!)} to ${timeText(data.time[data.length - 1]!)}`;
  const { auc, aucError, samples } = outOfSample;
  return [
    `# Linear model of the last ${lookback} returns, the oldest first: will the next candle close higher? Written by tesserlab.`,
    `# Trained on ${data.symbol} ${data.interval}, ${span} (${data.source.name.replaceAll(/\s+/g, " ")}).`,
    `# Out of sample: AUC ${auc.toFixed(3)} (${aucError.toFixed(3)} is its standard error by chance) of ${samples} candles.`,
    "",
  ].join("\n");
}

function checked(options: TrainOptions): Required<Omit<TrainOptions, "strategyPath">> {
  if (typeof options !== "object" || options === null)
    throw new LabError("OPTION_INVALID", "trainClassifier takes an object of options with data and path.");
  for (const key of Object.keys(options))
    if (!(KEYS as readonly string[]).includes(key)) throw unknownName("OPTION_UNKNOWN", "option of trainClassifier", key, KEYS);
  const { data, path, lookback = 20, l2 = 1, testShare = 0.25, thresholdLong = 0.1, thresholdShort = -0.1 } = options;
  if (!(data instanceof CandleSeries))
    throw new LabError("DATA_INVALID", "data is a candle series, what data.load returns; did you forget to await data.load?");
  if (typeof path !== "string" || !/[^/\\]\.toml$/.test(path))
    throw new LabError("OPTION_INVALID", `path names the model to write, such as strategies/models/x.toml, got '${String(path)}'.`);
  const number = (name: string, value: number, min: number, max: number, range: string): void => {
    if (!(typeof value === "number" && value >= min && value <= max))
      throw new LabError("OPTION_INVALID", `${name} must be ${range}, got ${String(value)}.`, { details: { name, value } });
  };
  number("lookback", Number.isInteger(lookback) ? lookback : Number.NaN, 1, 1000, "a whole number from 1 to 1000");
  number("l2", l2, 1e-9, 1e9, "a number above zero");
  number("testShare", testShare, 0.01, 0.9, "a share from 0.01 to 0.9");
  number("thresholdLong", thresholdLong, -1e9, 1e9, "a finite number");
  number("thresholdShort", thresholdShort, -1e9, thresholdLong, `a finite number of at most thresholdLong, ${thresholdLong}`);
  return { data, path, lookback, l2, testShare, thresholdLong, thresholdShort };
}

/** Only a model is replaced. */
async function checkTarget(path: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return;
  }
  try {
    parseModel(text, path);
  } catch (cause) {
    throw new LabError("MODEL_PATH", `${path} is there already and is no model: choose another path.`, { details: { path }, cause });
  }
}
