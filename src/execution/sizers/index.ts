import { LabError, suggest } from "../../errors/index.js";
import { percent, riskAdjusted } from "./equity-share.js";
import { fixed } from "./fixed.js";
import type { Sizer } from "./sizer.js";

export { defineSizer, type SizeFunction } from "./custom.js";
export { DEFAULT_VOLATILITY, percent, riskAdjusted } from "./equity-share.js";
export { fixed } from "./fixed.js";
export type { BoundSizer, Sizer, SizingInput, SizingState } from "./sizer.js";

/** The sizers in scope of cells: a new one is a file and a line here. */
export const sizers: { fixed: typeof fixed; percent: typeof percent; riskAdjusted: typeof riskAdjusted } = Object.freeze({
  fixed,
  percent,
  riskAdjusted,
});

/** Makers by the name Tesser's notation uses. */
const BY_NAME: Readonly<Record<string, (value: string, extra?: string) => Sizer>> = {
  fixed: (value) => fixed(value),
  percent: (value) => percent(value),
  "risk-adjusted": (value, volatility) => riskAdjusted(value, volatility === undefined ? {} : { volatility }),
};

/**
 * A sizer from Tesser's notation: `fixed:0.01`, `percent:0.05`, `risk-adjusted:0.01` (with our `:volatility` after it, if it is not 0.02).
 * @throws LabError `SIZER_INVALID`.
 */
export function parseSizer(input: string | Sizer): Sizer {
  if (typeof input !== "string") {
    if (typeof input?.bind === "function") return input;
    throw new LabError("SIZER_INVALID", "A sizer is text such as percent:0.05 or what sizers.fixed, sizers.percent or defineSizer return.");
  }
  const [name = "", value, extra, ...rest] = input.trim().split(":");
  const make = Object.hasOwn(BY_NAME, name.toLowerCase()) ? BY_NAME[name.toLowerCase()] : undefined;
  if (make === undefined || value === undefined || rest.length > 0 || (extra !== undefined && name.toLowerCase() !== "risk-adjusted")) {
    const near = suggest(name, Object.keys(BY_NAME));
    throw new LabError(
      "SIZER_INVALID",
      `Invalid sizer '${input}': expected fixed:value, percent:value or risk-adjusted:value.${near === undefined || near === name ? "" : ` Did you mean ${near}?`}`,
      { details: { input } },
    );
  }
  return make(value, extra);
}
