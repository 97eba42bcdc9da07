import { indicatorValues } from "../indicators/index.js";

/** Indicators outside of a strategy: `indicators.values(series, (set) => set.rsi(14))` is one double a bar. */
export const indicators: {
  readonly values: typeof indicatorValues;
} = Object.freeze({ values: indicatorValues });
