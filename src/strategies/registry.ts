import { LabError, unknownName } from "../errors/index.js";
import { BollingerBreakout } from "./bollinger-breakout.js";
import { CrossExchangeArb } from "./cross-exchange-arb.js";
import type { StrategyDefinition } from "./define.js";
import { MlClassifier } from "./ml-classifier.js";
import { OrderBookImbalance } from "./order-book-imbalance.js";
import { OrderBookScalper } from "./order-book-scalper.js";
import { PairsTradingArbitrage } from "./pairs-trading.js";
import { RsiReversion } from "./rsi-reversion.js";
import { SmaCross } from "./sma-cross.js";
import { VolatilitySkew } from "./volatility-skew.js";

/** The built-in strategies by name, for types: a new one is a file, a line here and one below. */
export interface BuiltInStrategies {
  readonly BollingerBreakout: typeof BollingerBreakout;
  readonly CrossExchangeArb: typeof CrossExchangeArb;
  readonly MlClassifier: typeof MlClassifier;
  readonly OrderBookImbalance: typeof OrderBookImbalance;
  readonly OrderBookScalper: typeof OrderBookScalper;
  readonly PairsTradingArbitrage: typeof PairsTradingArbitrage;
  readonly RsiReversion: typeof RsiReversion;
  readonly SmaCross: typeof SmaCross;
  readonly VolatilitySkew: typeof VolatilitySkew;
}

/** Name of a built-in strategy, for completion: aliases and other spellings are accepted as well. */
export type StrategyName = keyof BuiltInStrategies;

const BY_NAME: BuiltInStrategies = {
  BollingerBreakout,
  CrossExchangeArb,
  MlClassifier,
  OrderBookImbalance,
  OrderBookScalper,
  PairsTradingArbitrage,
  RsiReversion,
  SmaCross,
  VolatilitySkew,
};

/** The built-in strategies. */
export const BUILT_IN: readonly StrategyDefinition[] = Object.values(BY_NAME) as readonly unknown[] as readonly StrategyDefinition[];

/** Names and aliases of the built-in strategies, in Tesser's spelling. */
export const STRATEGY_NAMES: readonly string[] = BUILT_IN.flatMap((s) => [s.name, ...s.aliases]);

/**
 * The strategy of a name or an alias (case does not count), or the definition itself.
 * @throws LabError `STRATEGY_UNKNOWN` with the nearest name, `STRATEGY_INVALID` for something that is no definition.
 */
export function resolveStrategy(strategy: string | StrategyDefinition): StrategyDefinition {
  if (typeof strategy === "string") {
    const wanted = strategy.trim().toLowerCase();
    const found = BUILT_IN.find((s) => [s.name, ...s.aliases].some((name) => name.toLowerCase() === wanted));
    if (found === undefined) throw unknownName("STRATEGY_UNKNOWN", "strategy", strategy, STRATEGY_NAMES);
    return found;
  }
  if (typeof strategy?.create !== "function" || typeof strategy.parse !== "function")
    throw new LabError("STRATEGY_INVALID", "A strategy is a name or what defineStrategy returns.", { details: { strategy } });
  return strategy;
}
