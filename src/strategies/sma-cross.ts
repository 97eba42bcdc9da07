import { type ExecutionHint, ratio } from "../core/index.js";
import { defineStrategy, type StrategyDefinition } from "./define.js";
import { type Param, param } from "./params.js";

interface SmaCrossParams {
  readonly [name: string]: Param<unknown, unknown>;
  readonly symbol: Param<string>;
  readonly fastPeriod: Param<number>;
  readonly slowPeriod: Param<number>;
  readonly minSamples: Param<number>;
  readonly vwapDurationSecs: Param<number | undefined, number | undefined>;
  readonly vwapParticipation: Param<number | undefined, number | string | undefined>;
}

const STOP = ratio("0.98");

/** Tesser's hint: an entry spread over a time by VWAP, at most a share of the volume. */
function vwapHint(durationSecs: number | undefined, participation: number | undefined): ExecutionHint | undefined {
  if (durationSecs === undefined || durationSecs === 0) return undefined;
  const durationMs = durationSecs * 1000;
  if (participation === undefined) return { algorithm: "vwap", durationMs };
  return { algorithm: "vwap", durationMs, participationRate: Math.min(1, Math.max(0, participation)) };
}

/** Tesser's SmaCross: long when the fast average crosses above the slow one, with a stop at 98 % of the bar's low; out when it crosses below. */
export const SmaCross: StrategyDefinition<SmaCrossParams> = defineStrategy<SmaCrossParams>({
  name: "SmaCross",
  doc: "Enters long when the fast average crosses above the slow, stop at 98 % of the low; exits when it crosses below.",
  params: {
    symbol: param.text({ default: "BTCUSDT", doc: "Symbol whose candles it trades." }),
    fastPeriod: param.integer({ default: 5, min: 1, max: 1_000_000, doc: "Bars of the fast average." }),
    slowPeriod: param.integer({ default: 20, min: 1, max: 1_000_000, doc: "Bars of the slow average." }),
    minSamples: param.integer({ default: 25, min: 0, doc: "Bars before the first signal." }),
    vwapDurationSecs: param.optional(param.integer({ default: 0, min: 0, doc: "Seconds to spread an entry over by VWAP; 0 for none." })),
    vwapParticipation: param.optional(param.number({ default: 0, doc: "Share of the volume that VWAP may take, 0 to 1." })),
  },
  create({ params, indicators }) {
    const crossing = indicators.crossing(indicators.sma(params.fastPeriod), indicators.sma(params.slowPeriod));
    const first = params.minSamples - 1;
    const exit = { confidence: 0.75 };
    const hint = vwapHint(params.vwapDurationSecs, params.vwapParticipation);
    return {
      onCandle(bar, desk) {
        if (bar.index < first) return;
        const direction = crossing.value;
        if (direction > 0) {
          const stopLoss = bar.exact.low.times(STOP);
          desk.enterLong(hint === undefined ? { stopLoss, confidence: 0.75 } : { stopLoss, confidence: 0.75, hint });
        } else if (direction < 0) desk.exitLong(exit);
      },
    };
  },
});
