export { ColumnCache, IndicatorSet } from "../indicators/index.js";
export { defineStrategy, type StrategyDefinition, type StrategyInput, type StrategySetup } from "./define.js";
export { assertFeeds, checkHandlers, onlyOwnSymbols } from "./handlers.js";
export { type Param, type ParamInputs, type ParamSchema, type ParamValues, param, parseParams } from "./params.js";
export { BUILT_IN, resolveStrategy, STRATEGY_NAMES, type StrategyName } from "./registry.js";
export { RsiReversion } from "./rsi-reversion.js";
export { SmaCross } from "./sma-cross.js";
export { isSymbolParam } from "./symbols.js";
