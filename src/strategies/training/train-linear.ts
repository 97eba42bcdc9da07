import type { CandleSeries } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { type LinearModel, returnOf, scoreOf } from "../linear-model.js";
import { type ClassifierScores, classifierScores } from "./classifier-scores.js";
import { fitLogistic, type Samples } from "./logistic.js";

/** How a model is trained. */
export interface LinearTraining {
  readonly lookback: number;
  readonly l2: number;
  /** Share of the samples, the latest, that the model never sees. */
  readonly testShare: number;
}

/** A trained model and how it did, on what it saw and on what it did not. */
export interface TrainedModel {
  readonly model: LinearModel;
  readonly iterations: number;
  readonly inSample: ClassifierScores;
  readonly outOfSample: ClassifierScores;
}

/** Fewest samples a part may have for each weight. */
const PER_WEIGHT = 5;

/**
 * Trains the model that MlClassifier runs. The sample of bar t has the very features the strategy sees at that bar's close, the last `lookback` returns up to t,
 * and for its outcome whether the next bar closes higher: no bar lies between. The earlier samples are trained on, the later ones judged.
 * @throws LabError `TRAIN_DATA` for too few candles, and what `fitLogistic` throws.
 */
export function trainLinear(series: CandleSeries, { lookback, l2, testShare }: LinearTraining): TrainedModel {
  const total = series.length - 1 - lookback;
  const held = Math.round(total * testShare);
  const least = PER_WEIGHT * (lookback + 1);
  if (total - held < least || held < least)
    throw new LabError(
      "TRAIN_DATA",
      `${series.symbol} has ${series.length} candles, too few to train and to judge ${lookback} weights: both parts need ${least} samples.`,
      { details: { candles: series.length, lookback, least } },
    );
  const train = samplesOf(series, lookback, lookback, lookback + total - held);
  const test = samplesOf(series, lookback, lookback + total - held, lookback + total);
  const { iterations, ...model } = fitLogistic(train, l2);
  const judge = (samples: Samples): ClassifierScores => classifierScores(scoresOf(model, samples), samples.labels);
  return { model, iterations, inSample: judge(train), outOfSample: judge(test) };
}

/** The samples of bars [from, to). */
function samplesOf(series: CandleSeries, width: number, from: number, to: number): Samples {
  const closes = series.prices("close");
  const features = new Float64Array((to - from) * width);
  const labels = new Uint8Array(to - from);
  for (let bar = from; bar < to; bar++) {
    for (let k = 0; k < width; k++) {
      const at = bar - width + 1 + k;
      features[(bar - from) * width + k] = returnOf(closes[at - 1]!, closes[at]!);
    }
    labels[bar - from] = closes[bar + 1]! > closes[bar]! ? 1 : 0;
  }
  return { features, width, labels };
}

function scoresOf(model: LinearModel, { features, width, labels }: Samples): Float64Array {
  return Float64Array.from(labels, (_, row) => scoreOf(model, features.subarray(row * width, (row + 1) * width)));
}
