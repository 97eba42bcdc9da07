import { checkOptions } from "./checks.js";
import { expectedMaxSharpe } from "./expected-max-sharpe.js";
import { probabilityAbove } from "./probabilistic-sharpe.js";
import type { SharpeShape } from "./sharpe-shape.js";

/** Input of {@link deflatedSharpe}: the best trial, and how many were tried. */
export interface DeflatedSharpeInput extends SharpeShape {
  /** Number of returns of the best trial. */
  readonly observations: number;
  /** All trials that were looked at, the discarded ones too. */
  readonly trials: number;
  /** Variance of the trials' Sharpe ratios per period. */
  readonly trialSharpeVariance: number;
}

/**
 * Deflated Sharpe ratio, 0 to 1: the probability that the best trial's true Sharpe ratio exceeds what the best of so many trials
 * without skill would show, that is the probabilistic Sharpe ratio against {@link expectedMaxSharpe}. Below 0.95 the find is not
 * distinguishable from luck at the usual level. `null` where the estimate's variance is 0.
 * Source: Bailey and Lopez de Prado, "The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting, and
 * Non-Normality", J. of Portfolio Management 40(5), 2014, equation 2.
 * @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN`, `MOMENTS_IMPOSSIBLE`.
 */
export function deflatedSharpe(input: DeflatedSharpeInput): number | null {
  checkOptions("deflatedSharpe", input, ["sharpe", "skewness", "kurtosis", "observations", "trials", "trialSharpeVariance"]);
  const benchmark = expectedMaxSharpe({ trials: input.trials, variance: input.trialSharpeVariance });
  return probabilityAbove(benchmark, input.observations, input);
}
