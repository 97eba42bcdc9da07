import { LabError, unknownName } from "../../errors/index.js";
import type { BarHistory } from "./history.js";

/** How much a price moves in a bar, as a fraction of it, from the last bars. */
export interface VolatilityEstimator {
  /** `atr:14`: what reports and exported files carry. */
  readonly text: string;
  /** Bars it needs, this one included. */
  readonly bars: number;
  /**
   * @throws LabError `SIZE_VOLATILITY` before that many bars have passed, or where the price has not moved at all.
   */
  estimate(history: BarHistory | undefined): number;
}

const LONGEST = 10_000;

function estimator(name: string, period: number, least: number, compute: (history: BarHistory) => number): VolatilityEstimator {
  if (!Number.isInteger(period) || period < least || period > LONGEST)
    throw new LabError("SIZER_INVALID", `${name} needs a whole period from ${least} to ${LONGEST}, got ${String(period)}.`, {
      details: { period },
    });
  const text = `${name}:${period}`;
  return Object.freeze<VolatilityEstimator>({
    text,
    bars: period + 1,
    estimate(history) {
      const there = (history?.index ?? -1) + 1;
      if (history === undefined || there <= period)
        throw new LabError("SIZE_VOLATILITY", `${text} needs ${period + 1} bars, ${there} have closed.`, {
          details: { needed: period + 1, there },
        });
      const value = compute(history);
      if (value > 0 && Number.isFinite(value)) return value;
      throw new LabError("SIZE_VOLATILITY", `${text} is ${value}: the price has not moved, and no size follows from that.`, {
        details: { value },
      });
    },
  });
}

/**
 * Average true range of the last `period` bars over this close: the mean of max(high, previous close) - min(low, previous close). A plain mean, not Wilder's
 * endless one, so that it depends on the last `period` + 1 bars only, wherever a history begins.
 */
export function atr(period = 14): VolatilityEstimator {
  return estimator("atr", period, 1, (history) => {
    let sum = 0;
    for (let ago = 0; ago < period; ago++) {
      const before = history.closeAgo(ago + 1)!;
      sum += Math.max(history.highAgo(ago)!, before) - Math.min(history.lowAgo(ago)!, before);
    }
    return sum / period / history.closeAgo(0)!;
  });
}

/** Realised volatility per bar: the sample standard deviation (n - 1) of the last `period` returns, close / previous close - 1. */
export function realised(period = 20): VolatilityEstimator {
  return estimator("realised", period, 2, (history) => {
    let mean = 0;
    const of = (ago: number): number => history.closeAgo(ago)! / history.closeAgo(ago + 1)! - 1;
    for (let ago = 0; ago < period; ago++) mean += of(ago);
    mean /= period;
    let squares = 0;
    for (let ago = 0; ago < period; ago++) squares += (of(ago) - mean) ** 2;
    return Math.sqrt(squares / (period - 1));
  });
}

/** Estimators by the name of the notation. */
const BY_NAME: Readonly<Record<string, (period: number) => VolatilityEstimator>> = { atr, realised };

/** An estimator from its notation, `atr:14`, or itself. @throws LabError `SIZER_INVALID`. */
export function parseVolatility(input: string | VolatilityEstimator): VolatilityEstimator {
  if (typeof input !== "string") return input;
  const [name = "", period, ...rest] = input.trim().toLowerCase().split(":");
  if (!Object.hasOwn(BY_NAME, name)) throw unknownName("SIZER_INVALID", "volatility estimator", name, Object.keys(BY_NAME));
  if (period === undefined || !/^\d+$/.test(period) || rest.length > 0)
    throw new LabError("SIZER_INVALID", `A volatility estimator reads as atr:14 or realised:20, got '${input}'.`);
  return BY_NAME[name]!(Number(period));
}
