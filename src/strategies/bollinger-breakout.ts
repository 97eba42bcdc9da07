import { type Decimal, type DecimalInput, ratio } from "../core/index.js";
import { exactDistance } from "../indicators/index.js";
import { defineStrategy, type StrategyDefinition } from "./define.js";
import { type Param, param } from "./params.js";

interface BollingerBreakoutParams {
  readonly [name: string]: Param<unknown, unknown>;
  readonly symbol: Param<string>;
  readonly period: Param<number>;
  readonly stdMultiplier: Param<Decimal, DecimalInput>;
  readonly lookback: Param<number>;
}

/**
 * Tesser's BollingerBreakout: long above the upper band, short below the lower, out near the mean. Near is within a quarter of `stdMultiplier` in price, not in
 * deviations: half a dollar at the default, which a market of large prices rarely meets.
 */
export const BollingerBreakout: StrategyDefinition<BollingerBreakoutParams> = defineStrategy<BollingerBreakoutParams>({
  name: "BollingerBreakout",
  doc: "Enters long above the upper Bollinger band and short below the lower; leaves near the mean.",
  params: {
    symbol: param.text({ default: "BTCUSDT", doc: "Symbol whose candles it trades." }),
    period: param.integer({ default: 20, min: 1, max: 1_000_000, doc: "Bars of mean and deviation." }),
    stdMultiplier: param.decimal({ default: "2", min: 0, doc: "Population standard deviations from the mean to a band." }),
    lookback: param.integer({ default: 200, min: 0, doc: "Bars before the first signal." }),
  },
  create({ params, indicators }) {
    const bands = indicators.bollinger(params.period, params.stdMultiplier);
    const neutral = exactDistance(ratio(params.stdMultiplier.div(4)));
    const first = Math.max(params.lookback, params.period) - 1;
    const entry = { confidence: 0.7 };
    const exit = { confidence: 0.6 };
    return {
      onCandle(bar, desk) {
        if (bar.index < first) return;
        if (bands.compareUpper() > 0) desk.enterLong(entry);
        else if (bands.compareLower() < 0) desk.enterShort(entry);
        else if (bands.compareMean(neutral) <= 0) desk.flatten(exit);
      },
    };
  },
});
