import type { DecimalInput } from "../../core/index.js";
import { type Named, named } from "../named.js";
import { percent } from "./equity-share.js";
import { fixed } from "./fixed.js";
import { DEFAULT_VOLATILITY, type RiskAdjustedOptions, riskAdjusted } from "./risk-adjusted.js";
import type { Sizer } from "./sizer.js";

/** A sizer under its source's class name: `new PortfolioPercentSizer("0.05")`, or without `new`. */
export type NamedSizer<A extends readonly unknown[]> = Named<Sizer, A>;

/** Tesser's name of `sizers.fixed`. */
export const FixedOrderSizer: NamedSizer<[quantity: DecimalInput]> = named(fixed);
/** Tesser's name of `sizers.percent`. */
export const PortfolioPercentSizer: NamedSizer<[percent: DecimalInput]> = named(percent);
/** Tesser's sizer of that name, with its constant volatility of 0.02 unless another or an estimator is given: `sizers.riskAdjusted` estimates. */
export const RiskAdjustedSizer: NamedSizer<[riskFraction: DecimalInput, options?: RiskAdjustedOptions]> = named(
  (riskFraction: DecimalInput, options: RiskAdjustedOptions = {}) =>
    riskAdjusted(riskFraction, { volatility: DEFAULT_VOLATILITY, ...options }),
);
