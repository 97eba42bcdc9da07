import { LabError } from "../../errors/index.js";

/** Rows of features one after the other, and what is to be told from each: 1 or 0. */
export interface Samples {
  readonly features: Float64Array;
  readonly width: number;
  readonly labels: Uint8Array;
}

/** A fitted logistic regression; `weights` act on the features as they were given. */
export interface LogisticFit {
  readonly bias: number;
  readonly weights: readonly number[];
  /** Newton steps taken. */
  readonly iterations: number;
}

/** The logistic function, without overflow. */
function logistic(score: number): number {
  if (score >= 0) return 1 / (1 + Math.exp(-score));
  const e = Math.exp(score);
  return e / (1 + e);
}

/** Softplus ln(1 + e^x), without overflow. */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

const MAX_STEPS = 100;
/** The fit ends where no part of the mean gradient is larger. */
const TOLERANCE = 1e-10;

/**
 * Logistic regression with an L2 penalty by Newton's method: minimises sum ln(1 + e^(-y score)) + l2 / 2 x |weights|^2 over the standardised features; the
 * bias is not penalised. Standardising makes the penalty fair to features of any size: returns of a minute are a thousandth of those of a week. Deterministic.
 * @throws LabError `TRAIN_ONE_CLASS` where all labels are one, `TRAIN_DIVERGED`.
 */
export function fitLogistic(samples: Samples, l2: number): LogisticFit {
  const { width, labels } = samples;
  const ones = labels.reduce((sum, label) => sum + label, 0);
  if (ones === 0 || ones === labels.length)
    throw new LabError("TRAIN_ONE_CLASS", `All ${labels.length} samples to train on have one outcome; there is nothing to tell apart.`);
  const { features, mean, scale } = standardised(samples);
  let at: Float64Array = new Float64Array(width + 1);
  at[width] = Math.log(ones / (labels.length - ones));
  let loss = lossAt(features, samples, at, l2);
  for (let iterations = 0; iterations < MAX_STEPS; iterations++) {
    const { gradient, hessian } = slopeAt(features, samples, at, l2);
    if (gradient.every((slope) => Math.abs(slope) <= TOLERANCE * labels.length)) return unstandardised(at, mean, scale, iterations);
    const step = solve(hessian, gradient);
    let share = 1;
    let next = moved(at, step, share);
    let lower = lossAt(features, samples, next, l2);
    while (!(lower <= loss) && share > 1e-9) {
      share /= 2;
      next = moved(at, step, share);
      lower = lossAt(features, samples, next, l2);
    }
    if (!(lower < loss)) return unstandardised(at, mean, scale, iterations);
    at = next;
    loss = lower;
  }
  throw new LabError("TRAIN_DIVERGED", `The fit did not settle in ${MAX_STEPS} steps; a larger l2 than ${l2} holds it.`, {
    details: { l2 },
  });
}

function moved(from: Float64Array, step: Float64Array, share: number): Float64Array {
  return from.map((value, i) => value - share * step[i]!);
}

interface Standardised {
  readonly features: Float64Array;
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/** Features less their mean, in standard deviations; one that never varies is nothing. */
function standardised({ features, width, labels }: Samples): Standardised {
  const mean = new Float64Array(width);
  const scale = new Float64Array(width);
  for (let i = 0; i < features.length; i++) mean[i % width]! += features[i]!;
  for (let k = 0; k < width; k++) mean[k]! /= labels.length;
  for (let i = 0; i < features.length; i++) scale[i % width]! += (features[i]! - mean[i % width]!) ** 2;
  for (let k = 0; k < width; k++) scale[k] = Math.sqrt(scale[k]! / labels.length);
  const out = features.map((value, i) => (scale[i % width]! > 0 ? (value - mean[i % width]!) / scale[i % width]! : 0));
  return { features: out, mean, scale };
}

function unstandardised(at: Float64Array, mean: Float64Array, scale: Float64Array, iterations: number): LogisticFit {
  const width = mean.length;
  const weights = Array.from({ length: width }, (_, k) => (scale[k]! > 0 ? at[k]! / scale[k]! : 0));
  const bias = at[width]! - weights.reduce((sum, weight, k) => sum + weight * mean[k]!, 0);
  return { bias, weights, iterations };
}

function scoreAt(features: Float64Array, row: number, at: Float64Array): number {
  const width = at.length - 1;
  let score = at[width]!;
  for (let k = 0; k < width; k++) score += features[row * width + k]! * at[k]!;
  return score;
}

function lossAt(features: Float64Array, { labels, width }: Samples, at: Float64Array, l2: number): number {
  let loss = 0;
  for (let row = 0; row < labels.length; row++) {
    const score = scoreAt(features, row, at);
    loss += softplus(labels[row] === 1 ? -score : score);
  }
  for (let k = 0; k < width; k++) loss += (l2 / 2) * at[k]! ** 2;
  return loss;
}

/** First and second derivatives of the loss; the bias comes last. */
function slopeAt(
  features: Float64Array,
  { labels, width }: Samples,
  at: Float64Array,
  l2: number,
): { readonly gradient: Float64Array; readonly hessian: Float64Array[] } {
  const size = width + 1;
  const gradient = new Float64Array(size);
  const hessian = Array.from({ length: size }, () => new Float64Array(size));
  const x = new Float64Array(size);
  x[width] = 1;
  for (let row = 0; row < labels.length; row++) {
    for (let k = 0; k < width; k++) x[k] = features[row * width + k]!;
    const p = logistic(scoreAt(features, row, at));
    const error = p - labels[row]!;
    const curve = p * (1 - p);
    for (let i = 0; i < size; i++) {
      gradient[i]! += error * x[i]!;
      const line = hessian[i]!;
      const weighted = curve * x[i]!;
      for (let j = 0; j <= i; j++) line[j]! += weighted * x[j]!;
    }
  }
  for (let k = 0; k < width; k++) {
    gradient[k]! += l2 * at[k]!;
    hessian[k]![k]! += l2;
  }
  return { gradient, hessian };
}

/** Solves a symmetric positive system given by its lower half, by Cholesky's decomposition. A direction without curvature is not moved along. */
function solve(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const root = lower.map((line) => line.slice());
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = root[i]![j]!;
      for (let k = 0; k < j; k++) sum -= root[i]![k]! * root[j]![k]!;
      root[i]![j] = i === j ? Math.sqrt(Math.max(sum, 0)) : root[j]![j]! > 0 ? sum / root[j]![j]! : 0;
    }
  const x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = right[i]!;
    for (let k = 0; k < i; k++) sum -= root[i]![k]! * x[k]!;
    x[i] = root[i]![i]! > 0 ? sum / root[i]![i]! : 0;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < n; k++) sum -= root[k]![i]! * x[k]!;
    x[i] = root[i]![i]! > 0 ? sum / root[i]![i]! : 0;
  }
  return x;
}
