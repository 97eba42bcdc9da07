import { LabError } from "../errors/index.js";
import { checkNumber } from "./checks.js";

/** A Sharpe ratio with the shape of the returns it was measured on, everything per period: nothing annualised. */
export interface SharpeShape {
  /** Sharpe ratio per period, not annualised. */
  readonly sharpe: number;
  /** Skewness of the returns, 0 for normal ones. */
  readonly skewness: number;
  /** Kurtosis of the returns, 3 for normal ones: not the excess. */
  readonly kurtosis: number;
}

/**
 * Variance of the estimated Sharpe ratio x (observations - 1): 1 - skewness SR + (kurtosis - 1) / 4 SR^2, never negative.
 * Source: Mertens, "Comments on Variance of the IID estimator in Lo (2002)", 2002.
 * @throws LabError `OPTION_INVALID` for numbers that are not finite, `MOMENTS_IMPOSSIBLE` for a kurtosis below 1 + skewness^2,
 *   which no returns have.
 */
export function sharpeVarianceFactor({ sharpe, skewness, kurtosis }: SharpeShape): number {
  checkNumber("sharpe", sharpe);
  checkNumber("skewness", skewness);
  checkNumber("kurtosis", kurtosis);
  const least = 1 + skewness * skewness;
  if (kurtosis < least * (1 - 1e-9))
    throw new LabError(
      "MOMENTS_IMPOSSIBLE",
      `No returns have kurtosis ${kurtosis} at skewness ${skewness}: it is at least ${least}. An excess kurtosis lacks 3.`,
      { details: { skewness, kurtosis, least } },
    );
  return Math.max(0, 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe);
}
