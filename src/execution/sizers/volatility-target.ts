import { Decimal, type DecimalInput, decimal, YEAR_MS } from "../../core/index.js";
import { assertKeys, LabError } from "../../errors/index.js";
import { nonNegative } from "./equity-share.js";
import { estimatedSizer } from "./estimated.js";
import type { Sizer } from "./sizer.js";
import { parseVolatility, realised, type VolatilityEstimator } from "./volatility.js";

/** Settings of {@link volatilityTarget}. */
export interface VolatilityTargetOptions {
  /** `"realised:20"` unless given. */
  volatility?: string | VolatilityEstimator;
  /** Largest position as a multiple of equity; 1 unless given. */
  maxLeverage?: DecimalInput;
}

/**
 * Sizes a position so that it would make equity vary by `target` a year (`"0.20"` is 20 %): equity x min(target / volatility a year, maxLeverage) / price. The estimate
 * per bar is annualised by the square root of the bars in 365 days, which assumes returns without autocorrelation.
 * @example sizers.volatilityTarget("0.20", { maxLeverage: 2 })
 * @throws LabError `SIZER_INVALID`, `DECIMAL_INVALID`.
 */
export function volatilityTarget(target: DecimalInput, options: VolatilityTargetOptions = {}): Sizer {
  assertKeys("sizers.volatilityTarget", options, ["volatility", "maxLeverage"]);
  const goal = nonNegative(target, "target");
  const estimator = parseVolatility(options.volatility ?? realised());
  const most = decimal(options.maxLeverage ?? 1, "maxLeverage");
  if (most.lte(0)) throw new LabError("SIZER_INVALID", `maxLeverage must be greater than zero, got ${most.toFixed()}.`);
  const text = `volatility-target:${goal.toFixed()}:${estimator.text}:${most.toFixed()}`;
  return estimatedSizer("volatility-target", text, (equity, price, history) => {
    const perBar = estimator.estimate(history);
    const perYear = perBar * Math.sqrt(YEAR_MS / history!.intervalMs);
    return equity.times(Decimal.min(goal.div(String(perYear)), most)).div(price);
  });
}
