import { LabError, suggest } from "../../errors/index.js";
import { percent } from "./equity-share.js";
import { fixed } from "./fixed.js";
import type { SizerInput } from "./forms.js";
import { kelly } from "./kelly.js";
import { DEFAULT_VOLATILITY, riskAdjusted } from "./risk-adjusted.js";
import type { Sizer } from "./sizer.js";
import { volatilityTarget } from "./volatility-target.js";

/** One notation: how many values it takes, what it looks like, and what it makes. */
interface Notation {
  readonly counts: readonly number[];
  readonly shape: string;
  make(values: readonly string[]): Sizer;
}

function isNumber(text: string): boolean {
  return /^[-+.\d]/.test(text);
}

function tooMany(input: string): LabError {
  return new LabError("SIZER_INVALID", `Invalid sizer '${input}': after a constant volatility there is only maxLeverage.`, {
    details: { input },
  });
}

/** Makers by the name the notation uses: a new sizer that files can carry is a line here. */
const BY_NAME: Readonly<Record<string, Notation>> = {
  fixed: { counts: [1], shape: "fixed:value", make: ([quantity]) => fixed(quantity!) },
  percent: { counts: [1], shape: "percent:value", make: ([share]) => percent(share!) },
  "risk-adjusted": {
    counts: [1, 2, 3, 4],
    shape: "risk-adjusted:value[:volatility[:maxLeverage]]",
    make: ([value, volatility = DEFAULT_VOLATILITY, ...more]) => {
      // A constant is one value, an estimator two: its name and its bars.
      const [period, maxLeverage] = isNumber(volatility) ? [undefined, ...more] : more;
      if (isNumber(volatility) && more.length > 1) throw tooMany(`risk-adjusted:${[value, volatility, ...more].join(":")}`);
      return riskAdjusted(value!, {
        volatility: period === undefined ? volatility : `${volatility}:${period}`,
        ...(maxLeverage === undefined ? {} : { maxLeverage }),
      });
    },
  },
  "volatility-target": {
    counts: [1, 3, 4],
    shape: "volatility-target:value[:realised:bars[:maxLeverage]]",
    make: ([target, name, period, maxLeverage]) =>
      volatilityTarget(target!, {
        ...(name === undefined ? {} : { volatility: `${name}:${period}` }),
        ...(maxLeverage === undefined ? {} : { maxLeverage }),
      }),
  },
  kelly: {
    counts: [2, 3, 4],
    shape: "kelly:winRate:payoff[:fraction[:cap]]",
    make: ([winRate, payoff, fraction, cap]) =>
      kelly({
        winRate: winRate!,
        payoff: payoff!,
        ...(fraction === undefined ? {} : { fraction }),
        ...(cap === undefined ? {} : { cap }),
      }),
  },
};

/**
 * A sizer from Tesser's notation, `fixed:0.01`, `percent:0.05`, `risk-adjusted:0.01` (constant volatility 0.02, or our `:0.03` or `:atr:14` after it, and after
 * that the largest multiple of equity), or one of ours:
 * `volatility-target:0.2:realised:20:1`, `kelly:0.55:1.5:0.5:0.4`.
 * @throws LabError `SIZER_INVALID`.
 */
export function parseSizer(input: SizerInput): Sizer {
  if (typeof input !== "string") {
    if (typeof input?.bind === "function") return input;
    throw new LabError("SIZER_INVALID", "A sizer is text such as percent:0.05 or what sizers.fixed, sizers.percent or defineSizer return.");
  }
  const [name = "", ...values] = input.trim().split(":");
  const notation = Object.hasOwn(BY_NAME, name.toLowerCase()) ? BY_NAME[name.toLowerCase()] : undefined;
  if (notation?.counts.includes(values.length)) return notation.make(values);
  const near = suggest(name, Object.keys(BY_NAME));
  const shapes = Object.values(BY_NAME).map(({ shape }) => shape);
  throw new LabError(
    "SIZER_INVALID",
    `Invalid sizer '${input}': expected ${shapes.slice(0, -1).join(", ")} or ${shapes.at(-1)}.${near === undefined || near === name ? "" : ` Did you mean ${near}?`}`,
    { details: { input } },
  );
}
