import { Decimal, type DecimalInput } from "../core/index.js";
import { defineStrategy, type StrategyDefinition } from "./define.js";
import { type Param, param } from "./params.js";
import { plainSymbol } from "./symbols.js";
import { TwoSymbols } from "./two-symbols.js";

interface VolatilitySkewParams {
  readonly [name: string]: Param<unknown, unknown>;
  readonly underlying: Param<string>;
  readonly volSymbol: Param<string>;
  readonly atrPeriod: Param<number>;
  readonly impliedPremium: Param<Decimal, DecimalInput>;
  readonly realizedMultiplier: Param<Decimal, DecimalInput>;
  readonly sniperTimeoutSecs: Param<number>;
}

/**
 * Tesser's VolatilitySkew: holds the price of a volatility index against the underlying's own volatility, ATR / price x `realizedMultiplier`; short where the
 * index is dearer by `impliedPremium` percent, long where it is cheaper by that, at the close's price or better for a time. Both candles are of one time.
 */
export const VolatilitySkew: StrategyDefinition<VolatilitySkewParams> = defineStrategy<VolatilitySkewParams>({
  name: "VolatilitySkew",
  doc: "Shorts where a volatility index is dearer than ATR / price by impliedPremium percent; buys where it is cheaper.",
  params: {
    underlying: param.text({ default: "BTCUSDT", doc: "Symbol it trades." }),
    volSymbol: param.text({ default: "BVOLUSDT", doc: "The volatility index; its closes are compared with ATR / price." }),
    atrPeriod: param.integer({ default: 14, min: 1, max: 1_000_000, doc: "Bars of the underlying's average true range." }),
    impliedPremium: param.decimal({ default: "0.15", doc: "Percent above or below the realised volatility at which it enters." }),
    realizedMultiplier: param.decimal({ default: "1", min: 0, doc: "Factor on the realised volatility." }),
    sniperTimeoutSecs: param.integer({ default: 300, min: 1, max: 604_800, doc: "Seconds that an entry waits for the signal's price." }),
  },
  check({ underlying, volSymbol }) {
    return plainSymbol(underlying) === plainSymbol(volSymbol)
      ? `underlying and volSymbol must be different ones, got ${underlying} twice`
      : undefined;
  },
  create({ params, indicatorsOf }) {
    const pair = new TwoSymbols(params.underlying, params.volSymbol);
    const atr = indicatorsOf(params.underlying).atr(params.atrPeriod);
    const factor = (percent: Decimal): Decimal => new Decimal(1).plus(percent.div(100)).times(params.realizedMultiplier);
    const dear = factor(params.impliedPremium);
    const cheap = factor(params.impliedPremium.neg());
    const timeoutMs = params.sniperTimeoutSecs * 1000;
    /** Sign of the realised volatility times a factor, less the implied. */
    const compare = (by: Decimal): number => {
      if (by.lte(0)) return -1;
      const implied = pair.lastB;
      const price = pair.lastA;
      const distance = (implied.close * Math.max(price.close, 1)) / by.toNumber();
      const exactly = (): Decimal => implied.exact!.toDecimal().times(Decimal.max(price.exact!.toDecimal(), 1)).div(by);
      return atr.compareComputed(distance, exactly);
    };
    return {
      onCandle(bar, desk) {
        if (!pair.see(bar) || !atr.ready) return;
        const short = compare(dear) <= 0;
        if (!short && compare(cheap) < 0) return;
        const hint = { algorithm: "sniper", triggerPrice: pair.lastA.exact!, timeoutMs } as const;
        const leg = desk.of(pair.a);
        if (short) leg.enterShort({ confidence: 0.8, hint });
        else leg.enterLong({ confidence: 0.8, hint });
      },
    };
  },
});
