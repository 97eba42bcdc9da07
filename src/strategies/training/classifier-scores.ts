import { softplus } from "./logistic.js";

/** How well scores tell outcomes apart. */
export interface ClassifierScores {
  readonly samples: number;
  /** Share of outcomes that are 1. */
  readonly baseRate: number;
  /** Share told right by the sign of the score; what always saying the more frequent outcome reaches is max(baseRate, 1 - baseRate). */
  readonly accuracy: number;
  /** Area under the ROC curve: probability that an outcome of 1 scores above one of 0, ties half. NaN where all outcomes are one. */
  readonly auc: number;
  /** Standard error of the AUC of scores that tell nothing: sqrt((n1 + n0 + 1) / (12 n1 n0)), as of Mann and Whitney's statistic. */
  readonly aucError: number;
  /** Mean of -ln(probability given to the outcome). */
  readonly logLoss: number;
}

/** Judges scores, raw logits, by their outcomes. */
export function classifierScores(scores: Float64Array, labels: Uint8Array): ClassifierScores {
  const samples = labels.length;
  let ones = 0;
  let right = 0;
  let loss = 0;
  for (let i = 0; i < samples; i++) {
    const label = labels[i]!;
    ones += label;
    if (scores[i]! > 0 === (label === 1)) right++;
    loss += softplus(label === 1 ? -scores[i]! : scores[i]!);
  }
  const zeros = samples - ones;
  return Object.freeze({
    samples,
    baseRate: ones / samples,
    accuracy: right / samples,
    auc: rankSum(scores, labels, ones, zeros),
    aucError: Math.sqrt((samples + 1) / (12 * ones * zeros)),
    logLoss: loss / samples,
  });
}

/** The AUC from the ranks of the scores of outcome 1; equal scores share the mean of their ranks. */
function rankSum(scores: Float64Array, labels: Uint8Array, ones: number, zeros: number): number {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let sum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++;
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) if (labels[order[i]!] === 1) sum += rank;
    from = to;
  }
  return (sum - (ones * (ones + 1)) / 2) / (ones * zeros);
}
