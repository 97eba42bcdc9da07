import type { Strategy } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { IndicatorSet } from "../indicators/index.js";
import { type ParamInputs, type ParamSchema, type ParamValues, param, parseParams } from "./params.js";

/** What a strategy is set up with: its checked parameters and the indicators of its symbol. */
export interface StrategySetup<S extends ParamSchema = ParamSchema> {
  readonly params: ParamValues<S>;
  readonly symbol: string;
  readonly indicators: IndicatorSet;
  /** Indicators of another symbol of the run. @throws LabError `SYMBOL_UNKNOWN`. */
  indicatorsOf(symbol: string): IndicatorSet;
}

/** What {@link defineStrategy} is given. */
export interface StrategyInput<S extends ParamSchema> {
  name: string;
  aliases?: readonly string[];
  /** One sentence: when it enters and when it leaves. */
  doc?: string;
  params: S;
  /** A rule between parameters: returns what is wrong, or nothing. */
  check?(params: ParamValues<S>): string | undefined;
  /** Makes one running strategy; called once a run, so its variables are the run's own. */
  create(setup: StrategySetup<S>): Strategy;
}

/** A strategy as the registry, the backtest, the tuner and the exporter know it. Immutable. */
export interface StrategyDefinition<S extends ParamSchema = ParamSchema> {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc: string;
  readonly params: S;
  /** Checks and completes parameters. @throws LabError `PARAM_UNKNOWN`, `PARAM_INVALID`. */
  parse(input?: ParamInputs<S> | Readonly<Record<string, unknown>>): ParamValues<S>;
  create(setup: StrategySetup<S>): Strategy;
}

const symbolParam = param.text({ default: "BTCUSDT", doc: "Symbol whose candles it trades." });

/**
 * Defines a strategy. A `symbol` parameter is added where the schema has neither `symbol` nor `symbols`.
 * @example
 * const Dip = defineStrategy({
 *   name: "Dip",
 *   params: { period: param.integer({ default: 14, min: 2 }), level: param.decimal({ default: 30, min: 0, max: 100 }) },
 *   create({ params, indicators }) {
 *     const rsi = indicators.rsi(params.period);
 *     const level = ratio(params.level);
 *     return { onCandle(bar, desk) { if (rsi.ready && rsi.compare(level) < 0) desk.enterLong({ stopLoss: bar.exact.low.times("0.98") }); } };
 *   },
 * });
 * @throws LabError `STRATEGY_INVALID` for a name that is not letters, digits and underscores, or a missing `create`.
 */
export function defineStrategy<S extends ParamSchema>(input: StrategyInput<S>): StrategyDefinition<S> {
  if (typeof input.name !== "string" || !/^[A-Za-z][A-Za-z0-9_]*$/.test(input.name))
    throw new LabError(
      "STRATEGY_INVALID",
      `A strategy's name is letters, digits and underscores, such as MyCross, got '${String(input.name)}'.`,
    );
  if (typeof input.create !== "function")
    throw new LabError("STRATEGY_INVALID", `${input.name} needs a create function that returns its handlers.`);
  const own = input.params ?? {};
  const schema = ("symbol" in own || "symbols" in own ? own : { symbol: symbolParam, ...own }) as S;
  for (const [key, spec] of Object.entries(schema)) {
    if (!/^[a-z][A-Za-z0-9]*$/.test(key))
      throw new LabError("STRATEGY_INVALID", `${input.name}: parameter names are camelCase, got '${key}'.`);
    if (typeof spec?.parse !== "function")
      throw new LabError(
        "STRATEGY_INVALID",
        `${input.name}.${key} is declared by its type, as in param.integer({ default: 5 }), got ${String(spec)}.`,
      );
  }
  return Object.freeze({
    name: input.name,
    aliases: Object.freeze([...(input.aliases ?? [])]),
    doc: input.doc ?? "",
    params: Object.freeze(schema),
    parse(raw: Readonly<Record<string, unknown>> = {}) {
      const values = parseParams(input.name, schema, raw);
      const wrong = input.check?.(values);
      if (wrong !== undefined)
        throw new LabError("PARAM_INVALID", `${input.name}: ${wrong}.`, { details: { strategy: input.name, params: values } });
      return values;
    },
    create: (setup: StrategySetup<S>) => input.create(setup),
  });
}
