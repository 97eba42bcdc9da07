import { plainText, type Table, table } from "../display/index.js";
import { BUILT_IN, resolveStrategy, type StrategyDefinition } from "../strategies/index.js";

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
    { limit: 60 },
  );
}

/** A built-in strategy by its name; what `defineStrategy` returned is given back. @throws LabError `STRATEGY_UNKNOWN` with the nearest name. */
function get(name: string | StrategyDefinition): StrategyDefinition {
  return resolveStrategy(name);
}

/** The strategies that come with the lab: `strategies.list()`, `strategies.get("SmaCross")`. */
export const strategies: { readonly list: typeof list; readonly get: typeof get } = Object.freeze({ list, get });
