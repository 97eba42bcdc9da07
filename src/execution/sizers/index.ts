import { percent } from "./equity-share.js";
import { fixed } from "./fixed.js";
import { kelly } from "./kelly.js";
import { positionSizing } from "./position-sizing.js";
import { riskAdjusted } from "./risk-adjusted.js";
import { atr, realised } from "./volatility.js";
import { volatilityTarget } from "./volatility-target.js";

export { defineSizer, type SizeFunction } from "./custom.js";
export { percent } from "./equity-share.js";
export { fixed } from "./fixed.js";
export { SIZER_FORMS, type SizerInput } from "./forms.js";
export type { BarHistory } from "./history.js";
export { type KellyOptions, kelly } from "./kelly.js";
export { FixedOrderSizer, type NamedSizer, PortfolioPercentSizer, RiskAdjustedSizer } from "./named.js";
export { parseSizer } from "./parse.js";
export { type PositionSizingOptions, positionSizing } from "./position-sizing.js";
export { DEFAULT_VOLATILITY, type RiskAdjustedOptions, riskAdjusted } from "./risk-adjusted.js";
export type { BoundSizer, Sizer, SizingInput, SizingState } from "./sizer.js";
export { atr, realised, type VolatilityEstimator } from "./volatility.js";
export { type VolatilityTargetOptions, volatilityTarget } from "./volatility-target.js";

/** The sizers in scope of cells: a new one is a file and a line here. `atr` and `realised` estimate the volatility that some of them ask for. */
export const sizers: {
  fixed: typeof fixed;
  percent: typeof percent;
  riskAdjusted: typeof riskAdjusted;
  volatilityTarget: typeof volatilityTarget;
  kelly: typeof kelly;
  positionSizing: typeof positionSizing;
  atr: typeof atr;
  realised: typeof realised;
} = Object.freeze({ fixed, percent, riskAdjusted, volatilityTarget, kelly, positionSizing, atr, realised });
