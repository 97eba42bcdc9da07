import { plainText, type Table, table } from "../display/index.js";
import { BUILT_IN, type BuiltInStrategies, resolveStrategy, type StrategyDefinition, type StrategyName } from "../strategies/index.js";

/** Every built-in strategy with its parameters, defaults and ranges as a table. */
function list(): Table {
  return table(
    BUILT_IN.flatMap((strategy) =>
      Object.entries(strategy.params).map(([name, spec]) => ({
        strategy: strategy.name,
        parameter: name,
        default: spec.default === undefined ? "" : plainText(spec.default),
        range: spec.range,
        meaning: spec.doc,
      })),
    ),
    { limit: 200 },
  );
}

/** Every built-in strategy in a line: its other names, what it must be fed with, the symbols it takes unless told, and when it trades. */
function overview(): Table {
  return table(
    BUILT_IN.map((strategy) => ({
      strategy: strategy.name,
      aliases: strategy.aliases.join(", "),
      feeds: strategy.feeds.join(", "),
      symbols: strategy.symbolsOf(strategy.parse({})).join(", "),
      when: strategy.doc,
    })),
    { limit: 200 },
  );
}

/** A built-in strategy by its name; what `defineStrategy` returned is given back. @throws LabError `STRATEGY_UNKNOWN` with the nearest name. */
function get<N extends StrategyName>(name: N): BuiltInStrategies[N];
function get<D extends StrategyDefinition>(definition: D): D;
function get(name: string): StrategyDefinition;
function get(strategy: string | StrategyDefinition): StrategyDefinition {
  return resolveStrategy(strategy);
}

/** The strategies that come with the lab: `strategies.overview()`, `strategies.list()` with every parameter, `strategies.get("SmaCross")`. */
export const strategies: { readonly list: typeof list; readonly overview: typeof overview; readonly get: typeof get } = Object.freeze({
  list,
  overview,
  get,
});
