import { checkNumber, checkOptions } from "./checks.js";
import { normalQuantile } from "./normal-quantile.js";

/** Input of {@link expectedMaxSharpe}. */
export interface ExpectedMaxSharpeInput {
  /** Independent trials; a fraction is accepted as an effective number. */
  readonly trials: number;
  /** Variance of the trials' Sharpe ratios, in the period of the result. */
  readonly variance: number;
}

const EULER_MASCHERONI = 0.5772156649015329;

/**
 * The Sharpe ratio that the best of many trials without any skill is expected to show:
 * sqrt(variance) ((1 - g) Phi^-1(1 - 1/N) + g Phi^-1(1 - 1/(N e))), g being Euler's constant; 0 for one trial. The approximation is
 * meant for many trials: at N = 2 it gives 0.52 standard deviations where 0.56 is exact, from 5 on it is within 3 %.
 * Source: Bailey and Lopez de Prado, "The Deflated Sharpe Ratio", J. of Portfolio Management 40(5), 2014, equation 1.
 * @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN`.
 */
export function expectedMaxSharpe(input: ExpectedMaxSharpeInput): number {
  checkOptions("expectedMaxSharpe", input, ["trials", "variance"]);
  const trials = checkNumber("trials", input.trials, { min: 1 });
  const variance = checkNumber("variance", input.variance, { min: 0 });
  if (trials === 1) return 0;
  // Phi^-1(1 - q) = -Phi^-1(q), which keeps its digits when q is small.
  const maximum = -(1 - EULER_MASCHERONI) * normalQuantile(1 / trials) - EULER_MASCHERONI * normalQuantile(1 / (trials * Math.E));
  return Math.sqrt(variance) * Math.max(0, maximum);
}
