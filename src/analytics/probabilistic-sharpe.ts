import { checkNumber, checkOptions } from "./checks.js";
import { normalCdf } from "./normal-cdf.js";
import { type SharpeShape, sharpeVarianceFactor } from "./sharpe-shape.js";

/** Input of {@link probabilisticSharpe}. */
export interface ProbabilisticSharpeInput extends SharpeShape {
  /** Number of returns. */
  readonly observations: number;
  /** Sharpe ratio per period to exceed; 0 unless given. */
  readonly benchmark?: number;
}

/** The probability that the true Sharpe ratio exceeds a benchmark; checked input. */
export function probabilityAbove(benchmark: number, observations: number, shape: SharpeShape): number | null {
  const factor = sharpeVarianceFactor(shape);
  checkNumber("observations", observations, { min: 2 });
  if (factor === 0) return null;
  return normalCdf(((shape.sharpe - benchmark) * Math.sqrt(observations - 1)) / Math.sqrt(factor));
}

/**
 * Probabilistic Sharpe ratio, 0 to 1: the probability that the true Sharpe ratio exceeds `benchmark`,
 * Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - skewness SR + (kurtosis - 1) / 4 SR^2)). `null` where that variance is 0.
 * Source: Bailey and Lopez de Prado, "The Sharpe Ratio Efficient Frontier", J. of Risk 15(2), 2012.
 * @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN`, `MOMENTS_IMPOSSIBLE`.
 */
export function probabilisticSharpe(input: ProbabilisticSharpeInput): number | null {
  checkOptions("probabilisticSharpe", input, ["sharpe", "skewness", "kurtosis", "observations", "benchmark"]);
  return probabilityAbove(checkNumber("benchmark", input.benchmark ?? 0), input.observations, input);
}
