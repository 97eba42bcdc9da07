import type { DecimalInput } from "../../core/index.js";
import { percent } from "./equity-share.js";
import { fixed } from "./fixed.js";
import { DEFAULT_VOLATILITY, type RiskAdjustedOptions, riskAdjusted } from "./risk-adjusted.js";
import type { Sizer } from "./sizer.js";

/** A sizer under its source's class name: `new PortfolioPercentSizer("0.05")`, or without `new`. */
export interface NamedSizer<A extends readonly unknown[]> {
  new (...options: A): Sizer;
  (...options: A): Sizer;
}

function named<A extends readonly unknown[]>(make: (...options: A) => Sizer): NamedSizer<A> {
  // biome-ignore lint/complexity/useArrowFunction: an arrow function cannot be called with new
  return function (...options: A): Sizer {
    return make(...options);
  } as unknown as NamedSizer<A>;
}

/** Tesser's name of `sizers.fixed`. */
export const FixedOrderSizer: NamedSizer<[quantity: DecimalInput]> = named(fixed);
/** Tesser's name of `sizers.percent`. */
export const PortfolioPercentSizer: NamedSizer<[percent: DecimalInput]> = named(percent);
/** Tesser's sizer of that name, with its constant volatility of 0.02 unless another or an estimator is given: `sizers.riskAdjusted` estimates. */
export const RiskAdjustedSizer: NamedSizer<[riskFraction: DecimalInput, options?: RiskAdjustedOptions]> = named(
  (riskFraction: DecimalInput, options: RiskAdjustedOptions = {}) =>
    riskAdjusted(riskFraction, { volatility: DEFAULT_VOLATILITY, ...options }),
);
