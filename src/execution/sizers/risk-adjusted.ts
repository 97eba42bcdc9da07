import { Decimal, type DecimalInput, decimal, fraction, ratio } from "../../core/index.js";
import { assertKeys, LabError } from "../../errors/index.js";
import { nonNegative, shareSizer } from "./equity-share.js";
import { estimatedSizer } from "./estimated.js";
import type { Sizer } from "./sizer.js";
import { atr, parseVolatility, type VolatilityEstimator } from "./volatility.js";

/** Tesser's stand-in for volatility: 2 % of price, which `risk-adjusted:0.01` means in its notation. */
export const DEFAULT_VOLATILITY = "0.02";

/** How {@link riskAdjusted} knows volatility: a constant fraction of price, or an estimate from the last bars. */
export interface RiskAdjustedOptions {
  /** `"0.02"`, `"atr:14"`, or what `sizers.atr(14)` and `sizers.realised(20)` return; `sizers.atr(14)` unless given. */
  volatility?: DecimalInput | VolatilityEstimator;
  /** Largest position as a multiple of equity; as large as the formula says unless given. On short bars, whose moves are small, that is more than cash pays for. */
  maxLeverage?: DecimalInput;
}

/** Whether it names or is an estimator, and no number. */
function isEstimator(input: unknown): input is string | VolatilityEstimator {
  return typeof input === "string" ? input.includes(":") : typeof input === "object" && input !== null && "estimate" in input;
}

/**
 * Risks a share of equity on the move of a bar: equity x riskFraction / (price x volatility), where volatility is the average true range of the last 14 bars over
 * the price unless another estimator or a constant is given; with `maxLeverage` at most that multiple of equity / price. Without enough bars there is no size, and an entry is refused with `NO_VOLATILITY`.
 * @example sizers.riskAdjusted("0.01")  // or { volatility: "0.02" }, the constant that Tesser's RiskAdjustedSizer puts in its place
 * @example sizers.riskAdjusted("0.01", { maxLeverage: "0.95" })  // as text: "risk-adjusted:0.01:atr:14:0.95"
 * @throws LabError `SIZER_INVALID` for a volatility or maxLeverage that is not positive.
 */
export function riskAdjusted(riskFraction: DecimalInput, options: RiskAdjustedOptions = {}): Sizer {
  assertKeys("sizers.riskAdjusted", options, ["volatility", "maxLeverage"]);
  const risked = nonNegative(riskFraction, "riskFraction");
  const most = options.maxLeverage === undefined ? undefined : decimal(options.maxLeverage, "maxLeverage");
  if (most?.lte(0)) throw new LabError("SIZER_INVALID", `maxLeverage must be greater than zero, got ${most.toFixed()}.`);
  const cap = most === undefined ? "" : `:${most.toFixed()}`;
  const given = options.volatility ?? atr();
  if (isEstimator(given)) {
    const estimator = parseVolatility(given);
    const text = `risk-adjusted:${risked.toFixed()}:${estimator.text}${cap}`;
    return estimatedSizer("risk-adjusted", text, (equity, price, history) => {
      const quantity = equity.times(risked).div(price.times(String(estimator.estimate(history))));
      return most === undefined ? quantity : Decimal.min(quantity, equity.times(most).div(price));
    });
  }
  const volatility = decimal(given, "volatility");
  if (volatility.lte(0)) throw new LabError("SIZER_INVALID", `volatility must be greater than zero, got ${volatility.toFixed()}.`);
  const f = ratio(risked, "riskFraction");
  const v = ratio(volatility, "volatility");
  const text = `risk-adjusted:${risked.toFixed()}${cap === "" && volatility.eq(DEFAULT_VOLATILITY) ? "" : `:${volatility.toFixed()}`}${cap}`;
  if (most !== undefined && risked.gt(most.times(volatility))) return shareSizer("risk-adjusted", text, ratio(most, "maxLeverage"));
  const share = fraction(BigInt(f.num) * BigInt(v.den), BigInt(f.den) * BigInt(v.num), "riskFraction / volatility");
  return shareSizer("risk-adjusted", text, share);
}
