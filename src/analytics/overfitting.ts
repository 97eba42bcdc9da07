import { LabError } from "../errors/index.js";
import { checkNumber, checkOptions } from "./checks.js";
import { deflatedSharpe } from "./deflated-sharpe.js";
import { expectedMaxSharpe } from "./expected-max-sharpe.js";
import { minTrackRecordLength } from "./min-track-record-length.js";
import { momentsOf, sampleDeviation, varyingMoments } from "./moments.js";
import { probabilisticSharpe } from "./probabilistic-sharpe.js";
import { curveOf, type Returns } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";

/** Input of {@link overfitting}. */
export interface OverfittingInput {
  /** The returns of the trial that was chosen. */
  readonly best: Returns;
  /** Sharpe ratio per period (not annualised) of every trial, the best and the discarded ones; `null` where it is undefined. */
  readonly trialSharpes: ArrayLike<number | null>;
  /** Deflated Sharpe ratio that passes, 0.95 unless given. */
  readonly confidence?: number;
}

/** What the search does to the best trial's Sharpe ratio. Ratios are per period. */
export interface OverfittingVerdict {
  readonly sharpe: number | null;
  /** What the best of as many trials without skill is expected to show. */
  readonly expectedMaxSharpe: number | null;
  /** Probability that the true ratio is above 0, as if there had been one trial. */
  readonly probabilisticSharpe: number | null;
  /** Probability that the true ratio is above {@link expectedMaxSharpe}. */
  readonly deflatedSharpe: number | null;
  /** Returns needed to pass against {@link expectedMaxSharpe}; `null` when no number suffices. */
  readonly minTrackRecordLength: number | null;
  readonly observations: number;
  readonly trials: number;
  readonly trialSharpeVariance: number | null;
  readonly skewness: number | null;
  readonly kurtosis: number | null;
  readonly confidence: number;
  /** Whether the deflated ratio reaches the confidence; what cannot be computed does not pass. */
  readonly passes: boolean;
  /** Why the deflated ratio is undefined. */
  readonly reason?: string;
}

const UNKNOWN = {
  sharpe: null,
  skewness: null,
  kurtosis: null,
  probabilisticSharpe: null,
  deflatedSharpe: null,
  minTrackRecordLength: null,
  passes: false,
} as const;

/** The ratios that are defined. All trials count, also those without a ratio, since they were looked at. */
function definedRatios(trialSharpes: ArrayLike<number | null>): Float64Array {
  const ratios: number[] = [];
  for (let i = 0; i < trialSharpes.length; i++) {
    const ratio = trialSharpes[i]!;
    if (ratio !== null) ratios.push(checkNumber(`trialSharpes[${i}]`, ratio));
  }
  return Float64Array.from(ratios);
}

function varianceOf(ratios: Float64Array, trials: number): Stat {
  if (trials === 1) return defined(0);
  return ratios.length < 2 ? undefinedBecause("fewer than 2 trials have a Sharpe ratio") : defined(sampleDeviation(momentsOf(ratios)) ** 2);
}

function checkBestIsTrial(sharpe: number, ratios: Float64Array): void {
  if (ratios.some((ratio) => Math.abs(ratio - sharpe) <= 1e-6 * Math.abs(sharpe) + 1e-12)) return;
  throw new LabError(
    "BEST_NOT_A_TRIAL",
    `The best trial's Sharpe ratio per period, ${sharpe}, is not among trialSharpes: give every trial's ratio per period (sharpeOfEquity), not annualised, on the same data.`,
    { details: { sharpe, trials: ratios.length } },
  );
}

/**
 * The overfitting warning of a search: deflates the best trial's Sharpe ratio by the number of trials and the variance of theirs.
 * Correlated trials (neighbours in a grid) count as independent ones, which errs toward failing.
 *
 *     overfitting({ best: run, trialSharpes })   // { deflatedSharpe: 0.41, passes: false, ... }
 * @throws LabError `OPTION_INVALID` (no trials, or a ratio that is not finite), `OPTION_UNKNOWN`, `BEST_NOT_A_TRIAL` when the ratios do
 *   not hold the best trial's own (annualised by mistake, or other data), and those of a bad source.
 */
export function overfitting(input: OverfittingInput): OverfittingVerdict {
  checkOptions("overfitting", input, ["best", "trialSharpes", "confidence"]);
  const confidence = checkNumber("confidence", input.confidence ?? 0.95, { min: 0.5, below: 1 });
  const trials = checkNumber("number of trials", input.trialSharpes.length, { min: 1 });
  const ratios = definedRatios(input.trialSharpes);
  const variance = varianceOf(ratios, trials);
  const benchmark = variance.value === null ? null : expectedMaxSharpe({ trials, variance: variance.value });
  const curve = curveOf(input.best);
  const observations = curve.length;
  const facts = { observations, trials, trialSharpeVariance: variance.value, expectedMaxSharpe: benchmark, confidence, ...UNKNOWN };

  const moments = varyingMoments(curve);
  if (moments.value === null) return Object.freeze({ ...facts, reason: moments.reason });
  const { mean, m2, m3, m4 } = moments.value;
  const shape = { sharpe: mean / sampleDeviation(moments.value), skewness: m3 / m2 ** 1.5, kurtosis: m4 / m2 ** 2 };
  checkBestIsTrial(shape.sharpe, ratios);
  const known = { ...facts, ...shape, probabilisticSharpe: probabilisticSharpe({ ...shape, observations }) };
  if (variance.value === null || benchmark === null) return Object.freeze({ ...known, reason: variance.reason ?? "" });

  const deflated = deflatedSharpe({ ...shape, observations, trials, trialSharpeVariance: variance.value });
  if (deflated === null) return Object.freeze({ ...known, reason: "the estimated Sharpe ratio has no variance" });
  return Object.freeze({
    ...known,
    deflatedSharpe: deflated,
    minTrackRecordLength: minTrackRecordLength({ ...shape, benchmark, confidence }),
    passes: deflated >= confidence,
  });
}
