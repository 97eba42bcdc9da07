import type { Sizer } from "./sizer.js";

/** One of each form that the notation of sizers has, ready to run: what an editor offers between the quotes, and what values to change are. */
export const SIZER_FORMS = [
  "fixed:0.01",
  "percent:0.10",
  "risk-adjusted:0.01",
  "risk-adjusted:0.01:0.03",
  "risk-adjusted:0.01:atr:14",
  "risk-adjusted:0.01:realised:20",
  "risk-adjusted:0.01:atr:14:1",
  "volatility-target:0.2",
  "volatility-target:0.2:realised:20",
  "volatility-target:0.2:realised:20:1",
  "kelly:0.55:1.5",
  "kelly:0.55:1.5:0.5",
  "kelly:0.55:1.5:0.5:0.4",
] as const;

/** How a sizer is said: by text such as `percent:0.10`, or by what `sizers.percent` or `defineSizer` returned. */
export type SizerInput = (typeof SIZER_FORMS)[number] | (string & {}) | Sizer;
