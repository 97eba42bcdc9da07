import { type Decimal, type DecimalInput, ratio } from "../core/index.js";
import { defineStrategy, type StrategyDefinition } from "./define.js";
import { type Param, param } from "./params.js";

interface RsiReversionParams {
  readonly [name: string]: Param<unknown, unknown>;
  readonly symbol: Param<string>;
  readonly period: Param<number>;
  readonly oversold: Param<Decimal, DecimalInput>;
  readonly overbought: Param<Decimal, DecimalInput>;
  readonly lookback: Param<number>;
}

/** Tesser's RsiReversion: long while Wilder's RSI is at or below `oversold`, out at or above `overbought`, after `lookback` bars. */
export const RsiReversion: StrategyDefinition<RsiReversionParams> = defineStrategy<RsiReversionParams>({
  name: "RsiReversion",
  doc: "Enters long while Wilder's RSI is at or below oversold; exits at or above overbought.",
  params: {
    symbol: param.text({ default: "BTCUSDT", doc: "Symbol whose candles it trades." }),
    period: param.integer({ default: 14, min: 1, max: 1_000_000, doc: "Changes that Wilder's averages span." }),
    oversold: param.decimal({ default: "30", min: 0, max: 100, doc: "RSI at or below which it enters." }),
    overbought: param.decimal({ default: "70", min: 0, max: 100, doc: "RSI at or above which it exits." }),
    lookback: param.integer({ default: 200, min: 0, doc: "Bars before the first signal." }),
  },
  create({ params, indicators }) {
    const rsi = indicators.rsi(params.period);
    const oversold = ratio(params.oversold);
    const overbought = ratio(params.overbought);
    const first = Math.max(params.lookback - 1, params.period);
    const options = { confidence: 0.8 };
    return {
      onCandle(bar, desk) {
        if (bar.index < first) return;
        if (rsi.compare(oversold) <= 0) desk.enterLong(options);
        else if (rsi.compare(overbought) >= 0) desk.exitLong(options);
      },
    };
  },
});
