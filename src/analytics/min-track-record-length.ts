import { checkNumber, checkOptions } from "./checks.js";
import { normalQuantile } from "./normal-quantile.js";
import { type SharpeShape, sharpeVarianceFactor } from "./sharpe-shape.js";

/** Input of {@link minTrackRecordLength}. */
export interface MinTrackRecordLengthInput extends SharpeShape {
  /** Sharpe ratio per period to exceed; 0 unless given. */
  readonly benchmark?: number;
  /** Wanted probability, 0.95 unless given. */
  readonly confidence?: number;
}

/**
 * Minimum track record length in observations, not rounded: how many returns of this shape it takes for the probabilistic Sharpe ratio
 * to reach `confidence`: 1 + (1 - skewness SR + (kurtosis - 1) / 4 SR^2) (Phi^-1(confidence) / (SR - SR*))^2. `null` when the ratio
 * does not exceed the benchmark: no length suffices.
 * Source: Bailey and Lopez de Prado, "The Sharpe Ratio Efficient Frontier", J. of Risk 15(2), 2012.
 * @throws LabError `OPTION_INVALID` (confidence must be in [0.5, 1)), `OPTION_UNKNOWN`, `MOMENTS_IMPOSSIBLE`.
 */
export function minTrackRecordLength(input: MinTrackRecordLengthInput): number | null {
  checkOptions("minTrackRecordLength", input, ["sharpe", "skewness", "kurtosis", "benchmark", "confidence"]);
  const factor = sharpeVarianceFactor(input);
  const benchmark = checkNumber("benchmark", input.benchmark ?? 0);
  const confidence = checkNumber("confidence", input.confidence ?? 0.95, { min: 0.5, below: 1 });
  if (input.sharpe <= benchmark) return null;
  const length = 1 + factor * (normalQuantile(confidence) / (input.sharpe - benchmark)) ** 2;
  return Number.isFinite(length) ? length : null;
}
