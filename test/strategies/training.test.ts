import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { classifierScores, fitLogistic, trainLinear } from "../../src/strategies/index.js";
import { candles, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";

const logit = (p: number): number => Math.log(p / (1 - p));

describe("logistic regression", () => {
  test("of one yes-or-no feature are the log odds of its two groups", () => {
    // 30 of 100 without the feature, 80 of 100 with it.
    const features = Float64Array.from({ length: 200 }, (_, i) => (i < 100 ? 0 : 1));
    const labels = Uint8Array.from({ length: 200 }, (_, i) => (i < 100 ? (i < 30 ? 1 : 0) : i < 180 ? 1 : 0));
    const { bias, weights, iterations } = fitLogistic({ features, width: 1, labels }, 1e-9);
    expect(bias).toBeCloseTo(logit(0.3), 6);
    expect(weights[0]).toBeCloseTo(logit(0.8) - logit(0.3), 6);
    expect(iterations).toBeLessThan(15);
  });

  test("stands where the penalised loss is lowest: any step away raises it", () => {
    const random = seededRandom(3);
    const width = 3;
    const features = Float64Array.from({ length: 300 * width }, () => random() - 0.5);
    const labels = Uint8Array.from({ length: 300 }, (_, i) => (features[i * width]! + 0.4 * (random() - 0.5) > 0 ? 1 : 0));
    const l2 = 2;
    const fit = fitLogistic({ features, width, labels }, l2);
    // Features in standard deviations, as the penalty sees them: weights times the deviation, bias plus weights times the mean.
    const column = (k: number): number[] => Array.from({ length: 300 }, (_, i) => features[i * width + k]!);
    const mean = [0, 1, 2].map((k) => column(k).reduce((a, b) => a + b) / 300);
    const sd = [0, 1, 2].map((k) => Math.sqrt(column(k).reduce((sum, x) => sum + (x - mean[k]!) ** 2, 0) / 300));
    const loss = (bias: number, weights: readonly number[]): number => {
      let sum = 0;
      for (let i = 0; i < 300; i++) {
        const score = weights.reduce((s, w, k) => s + w * features[i * width + k]!, bias);
        sum += Math.log(1 + Math.exp(labels[i] === 1 ? -score : score));
      }
      return sum + (l2 / 2) * weights.reduce((s, w, k) => s + (w * sd[k]!) ** 2, 0);
    };
    const lowest = loss(fit.bias, fit.weights);
    for (const step of [1e-3, -1e-3]) {
      expect(loss(fit.bias + step, fit.weights)).toBeGreaterThan(lowest);
      for (const k of [0, 1, 2])
        expect(
          loss(
            fit.bias,
            fit.weights.map((w, i) => (i === k ? w + step / sd[k]! : w)),
          ),
        ).toBeGreaterThan(lowest);
    }
  });

  test("a penalty that grows pulls weights to nothing, but not the bias; a feature that never varies has none", () => {
    const features = Float64Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? (i % 3) - 1 : 7));
    const labels = Uint8Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 0 : 1));
    const strong = fitLogistic({ features, width: 2, labels }, 1e6);
    expect(strong.weights[1]).toBe(0);
    expect(Math.abs(strong.weights[0]!)).toBeLessThan(1e-3);
    expect(strong.bias).toBeCloseTo(logit(0.75), 3);
  });

  test("outcomes that a feature tells apart wholly are held by the penalty", () => {
    const features = Float64Array.from([-3, -2, -1, 1, 2, 3]);
    const { weights } = fitLogistic({ features, width: 1, labels: Uint8Array.from([0, 0, 0, 1, 1, 1]) }, 1);
    expect(weights[0]).toBeGreaterThan(0);
    expect(Number.isFinite(weights[0])).toBe(true);
  });

  test("one outcome alone cannot be learnt", () => {
    expectMisuse(
      () => fitLogistic({ features: new Float64Array(3), width: 1, labels: new Uint8Array(3) }, 1),
      "TRAIN_ONE_CLASS",
      /All 3 samples/,
    );
  });
});

test("accuracy, AUC and log loss are what counting every pair gives", () => {
  const sample = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(sample, { minLength: 2, maxLength: 40 }), (samples) => {
      const labels = Uint8Array.from(samples, ([, up]) => (up ? 1 : 0));
      const ones = samples.filter(([, up]) => up);
      const zeros = samples.filter(([, up]) => !up);
      fc.pre(ones.length > 0 && zeros.length > 0);
      const found = classifierScores(
        Float64Array.from(samples, ([score]) => score),
        labels,
      );
      let pairs = 0;
      for (const [a] of ones) for (const [b] of zeros) pairs += a > b ? 1 : a === b ? 0.5 : 0;
      expect(found.auc).toBeCloseTo(pairs / (ones.length * zeros.length), 12);
      expect(found.accuracy).toBeCloseTo(samples.filter(([score, up]) => score > 0 === up).length / samples.length, 12);
      const loss = samples.reduce((sum, [score, up]) => sum - Math.log(1 / (1 + Math.exp(up ? -score : score))), 0);
      expect(found.logLoss).toBeCloseTo(loss / samples.length, 10);
      expect(found.baseRate).toBe(ones.length / samples.length);
    }),
  );
});

describe("training for MlClassifier", () => {
  /** Prices whose every move has the sign of the move `lag` bars before. */
  function repeating(lag: number): ReturnType<typeof candles> {
    const random = seededRandom(17);
    const signs: number[] = Array.from({ length: lag }, () => (random() < 0.5 ? 1 : -1));
    let price = 500_000;
    const prices = [price];
    for (let i = 0; i < 1500; i++) {
      // One move in twenty is turned round, or a short period would repeat for ever.
      const sign = (signs.at(-lag) ?? 1) * (random() < 0.05 ? -1 : 1);
      signs.push(sign);
      price += sign * (50 + Math.round(random() * 50));
      prices.push(price);
    }
    return candles(prices.map((units) => still(units / 10)));
  }

  test.each([1, 2, 5])("features and outcome are aligned: what repeats after %i bars is found at that very return", (lag) => {
    const { model, outOfSample } = trainLinear(repeating(lag), { lookback: 5, l2: 1, testShare: 0.25 });
    // The outcome is the move after the last feature, so the move `lag` bars before it is the feature `lag` from the end.
    const strongest = model.weights.indexOf(Math.max(...model.weights));
    expect(strongest).toBe(5 - lag);
    expect(outOfSample.auc).toBeGreaterThan(0.9);
    expect(outOfSample.accuracy).toBeGreaterThan(0.9);
    expect(outOfSample.samples).toBe(Math.round((1501 - 1 - 5) * 0.25));
  });

  test("noise is not learnt out of sample, and training twice is the same to the bit", () => {
    const data = syntheticCandles({ bars: 4000, seed: 2 });
    const options = { lookback: 10, l2: 1, testShare: 0.3 };
    const once = trainLinear(data, options);
    expect(Math.abs(once.outOfSample.auc - 0.5)).toBeLessThan(4 * once.outOfSample.aucError);
    expect(trainLinear(data, options)).toEqual(once);
  });

  test("later candles do not reach what is trained on the earlier", () => {
    const data = syntheticCandles({ bars: 2000, seed: 2 });
    const whole = trainLinear(data, { lookback: 4, l2: 1, testShare: 0.5 });
    // The same training part, from a series that ends elsewhere: 995 or so of 1,495 samples and a share that leaves as many.
    const total = 2000 - 1 - 4;
    const trained = total - Math.round(total * 0.5);
    const shorter = data.slice(0, trained + 200 + 5);
    const again = trainLinear(shorter, { lookback: 4, l2: 1, testShare: 200 / (trained + 200) });
    expect(again.model).toEqual(whole.model);
  });

  test("too few candles are an error", () => {
    expectMisuse(
      () => trainLinear(syntheticCandles({ bars: 100, seed: 1 }), { lookback: 20, l2: 1, testShare: 0.25 }),
      "TRAIN_DATA",
      /has 100 candles, too few to train and to judge 20 weights: both parts need 105 samples/,
    );
  });
});
