import { LabError } from "../errors/index.js";
import { defineStrategy, type StrategyDefinition } from "./define.js";
import { readModel, returnOf, scoreOf } from "./linear-model.js";
import { type Param, param } from "./params.js";

interface MlClassifierParams {
  readonly [name: string]: Param<unknown, unknown>;
  readonly symbol: Param<string>;
  readonly modelPath: Param<string>;
  readonly lookback: Param<number>;
  readonly thresholdLong: Param<number, number | string>;
  readonly thresholdShort: Param<number, number | string>;
}

/**
 * Tesser's MlClassifier: a linear model of the last `lookback` returns; long where its raw score reaches `thresholdLong`, short where it falls to
 * `thresholdShort`. A model of another number of weights is an error here, where Tesser leaves out what has no partner.
 */
export const MlClassifier: StrategyDefinition<MlClassifierParams> = defineStrategy<MlClassifierParams>({
  name: "MlClassifier",
  doc: "Enters long or short where a linear model of the last returns scores beyond a threshold.",
  params: {
    symbol: param.text({ default: "BTCUSDT", doc: "Symbol whose candles it trades." }),
    modelPath: param.file({ default: "./model.toml", doc: "The model, as trainClassifier writes it: bias and weights." }),
    lookback: param.integer({ default: 20, min: 1, max: 1_000_000, doc: "Returns the model looks at, one weight each." }),
    thresholdLong: param.number({ default: 0.25, doc: "Score at or above which it enters long." }),
    thresholdShort: param.number({ default: -0.25, doc: "Score at or below which it enters short." }),
  },
  create({ params }) {
    const { lookback, thresholdLong, thresholdShort, modelPath } = params;
    const model = readModel(modelPath);
    if (model.weights.length !== lookback)
      throw new LabError(
        "MODEL_MISMATCH",
        `The model '${modelPath}' has ${model.weights.length} weights, lookback is ${lookback}: set lookback to ${model.weights.length}.`,
        { details: { path: modelPath, weights: model.weights.length, lookback } },
      );
    const returns = new Float64Array(lookback);
    const options = { confidence: 0.85 };
    return {
      onCandle(bar, desk) {
        if (bar.index < lookback) return;
        let last = bar.closeAgo(lookback)!;
        for (let i = 0; i < lookback; i++) {
          const close = bar.closeAgo(lookback - 1 - i)!;
          returns[i] = returnOf(last, close);
          last = close;
        }
        const score = scoreOf(model, returns);
        if (score >= thresholdLong) desk.enterLong(options);
        else if (score <= thresholdShort) desk.enterShort(options);
      },
    };
  },
});
