import { Decimal, type DecimalInput, decimal, fraction, ratio } from "../../core/index.js";
import { assertKeys, LabError } from "../../errors/index.js";
import { shareSizer } from "./equity-share.js";
import type { Sizer } from "./sizer.js";

/** What {@link kelly} is told of a strategy, from its past trades. */
export interface KellyOptions {
  /** Share of trades that win, 0 to 1. */
  winRate: DecimalInput;
  /** Average win over average loss. */
  payoff: DecimalInput;
  /** Part of the full Kelly share to take; 0.5 unless given: estimates are optimistic, and full Kelly is ruinous where they are. */
  fraction?: DecimalInput;
  /** Largest share of equity; 0.4 unless given. */
  cap?: DecimalInput;
}

const CAP_DP = 12;

/**
 * Fractional Kelly: equity x min(fraction x (winRate - (1 - winRate) / payoff), cap) / price; nothing where the edge is not positive (Kelly 1956, for a bet that loses
 * what is staked).
 * @example sizers.kelly({ winRate: "0.55", payoff: "1.5" })   // half of 25 %: 12.5 % of equity
 * @throws LabError `SIZER_INVALID` for a share outside 0 to 1 or a payoff that is not positive.
 */
export function kelly(options: KellyOptions): Sizer {
  if (typeof options !== "object" || options === null)
    throw new LabError("SIZER_INVALID", 'kelly takes { winRate, payoff }, such as { winRate: "0.55", payoff: "1.5" }.');
  assertKeys("sizers.kelly", options, ["winRate", "payoff", "fraction", "cap"]);
  const share = (input: DecimalInput, name: string): Decimal => {
    const value = decimal(input, name);
    if (value.lt(0) || value.gt(1))
      throw new LabError("SIZER_INVALID", `${name} must lie between 0 and 1, got ${value.toFixed()}.`, { details: { name } });
    return value;
  };
  const winRate = share(options.winRate, "winRate");
  const part = share(options.fraction ?? "0.5", "fraction");
  const cap = share(options.cap ?? "0.4", "cap");
  const payoff = decimal(options.payoff, "payoff");
  if (payoff.lte(0)) throw new LabError("SIZER_INVALID", `payoff must be greater than zero, got ${payoff.toFixed()}.`);
  const edge = winRate.minus(new Decimal(1).minus(winRate).div(payoff));
  const taken = Decimal.max(0, Decimal.min(edge.times(part), cap)).toDecimalPlaces(CAP_DP, Decimal.ROUND_DOWN);
  const { num, den } = ratio(taken, "Kelly share");
  const text = ["kelly", winRate, payoff, part, cap].map((one) => (typeof one === "string" ? one : one.toFixed())).join(":");
  return shareSizer("kelly", text, fraction(BigInt(num), BigInt(den), "Kelly share"));
}
