import { describe, expect, test } from "vitest";
import { backtest, type StrategyChoice } from "../../src/backtest/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { BUILT_IN, defineStrategy, type ParamsOf, param, SmaCross, type SpaceOf, type StrategyName } from "../../src/strategies/index.js";
import { choice, range, tune } from "../../src/tune/index.js";

// Half of what is tested here is tested by the compiler: each `@ts-expect-error` fails the type check where there is no error.

const data = syntheticCandles({ bars: 200, seed: 1 });
const Dip = defineStrategy({
  name: "Dip",
  params: { period: param.integer({ default: 14 }), level: param.decimal({ default: "30" }) },
  create: ({ params: { period } }) => ({
    onCandle({ index }, desk) {
      if (index % (2 * period) === 0) desk.enterLong();
      else if (index % period === 0) desk.exitLong();
    },
  }),
});

describe("a strategy's type says which parameters it has, and the run agrees", () => {
  test("by name", () => {
    // @ts-expect-error no such parameter
    expect(() => backtest({ data, strategy: "SmaCross", params: { fastPeriods: 5 } })).toThrow(/Did you mean fastPeriod\?/);
    // @ts-expect-error no such value
    expect(() => backtest({ data, strategy: "SmaCross", params: { fastPeriod: true } })).toThrow(/got true/);
    expect(backtest({ data, strategy: "SmaCross", params: { fastPeriod: "6" } }).params.fastPeriod).toBe(6);
  });

  test("by definition, with the symbol that every strategy has", () => {
    // @ts-expect-error no such parameter
    expect(() => backtest({ data, strategy: Dip, params: { periods: 5 } })).toThrow(/Did you mean period\?/);
    // @ts-expect-error no such parameter
    expect(() => backtest({ data, strategy: SmaCross, params: { slow: 5 } })).toThrow(/slowPeriod/);
    expect(backtest({ data, strategy: Dip, params: { symbol: "BTCUSDT", level: 25 } }).params).toMatchObject({ period: 14 });
  });

  test("in a search's space", async () => {
    // @ts-expect-error no such parameter
    await expect(tune({ data, strategy: Dip, space: { perod: [5] } })).rejects.toThrow(/Did you mean period\?/);
    const study = await tune({ data, strategy: Dip, space: { period: range(5, 10, 5), level: choice("25", "30") } });
    expect(study.trials).toHaveLength(4);
    // What a result holds goes back in, though its type tells no names.
    const best: Readonly<Record<string, unknown>> = study.best.params;
    expect(backtest({ data, strategy: Dip, params: best }).params).toEqual(study.best.params);
    expect(backtest({ data, strategy: Dip, params: { ...best, period: 7 } }).params.period).toBe(7);
  });

  test("where the type tells nothing, anything may be written, and the run checks it", () => {
    const name: string = "SmaCross";
    const any: StrategyChoice = Dip;
    expect(() => backtest({ data, strategy: name, params: { fastPeriods: 5 } })).toThrow(/Did you mean fastPeriod\?/);
    expect(() => backtest({ data, strategy: any, params: { periods: 5 } })).toThrow(/Did you mean period\?/);
    expect(backtest({ data, strategy: "smacross", params: { fastPeriod: 6 } }).params.fastPeriod).toBe(6);
  });

  test("every built-in strategy has the parameters its type names, and no others", () => {
    const named: { readonly [N in StrategyName]: Record<keyof ParamsOf<N> & keyof SpaceOf<N>, true> } = {
      BollingerBreakout: { symbol: true, period: true, stdMultiplier: true, lookback: true },
      CrossExchangeArb: {
        symbolA: true,
        symbolB: true,
        spreadBps: true,
        exitBps: true,
        ichimokuConversion: true,
        ichimokuBase: true,
        ichimokuSpanB: true,
        trendGate: true,
        trendGateBps: true,
      },
      MlClassifier: { symbol: true, modelPath: true, lookback: true, thresholdLong: true, thresholdShort: true },
      OrderBookImbalance: { symbol: true, depth: true, longThreshold: true, shortThreshold: true, neutralZone: true },
      OrderBookScalper: {
        symbol: true,
        depth: true,
        imbalanceThreshold: true,
        neutralZone: true,
        pegOffsetBps: true,
        clipSize: true,
        refreshSecs: true,
        macdFast: true,
        macdSlow: true,
        macdSignal: true,
        minTickSize: true,
      },
      PairsTradingArbitrage: { symbols: true, lookback: true, entryZ: true, exitZ: true },
      RsiReversion: { symbol: true, period: true, oversold: true, overbought: true, lookback: true },
      SmaCross: { symbol: true, fastPeriod: true, slowPeriod: true, minSamples: true, vwapDurationSecs: true, vwapParticipation: true },
      VolatilitySkew: {
        underlying: true,
        volSymbol: true,
        atrPeriod: true,
        impliedPremium: true,
        realizedMultiplier: true,
        sniperTimeoutSecs: true,
      },
    };
    for (const { name, params } of BUILT_IN)
      expect(Object.keys(named[name as StrategyName]).sort(), name).toEqual(Object.keys(params).sort());
  });
});
