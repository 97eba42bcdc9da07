import { FEEDS, type Feed, type Strategy } from "../core/index.js";
import { assertKeys, LabError, unknownName, wrongInput } from "../errors/index.js";
import type { IndicatorSet } from "../indicators/index.js";
import { type ParamInputs, type ParamSchema, type ParamValues, param, parseParams } from "./params.js";
import { symbolParams } from "./symbols.js";

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
  /** What it must be fed with, for each of its symbols; `["candles"]` unless given. A live session subscribes to exactly these, and data without them is an error. */
  feeds?: readonly Feed[];
  /** The symbols it needs; those in the parameters named `symbol`, `symbols`, `symbolA`, `volSymbol`, `underlying` and the like unless given. */
  symbols?: readonly string[] | ((params: ParamValues<S>) => readonly string[]);
  /** Milliseconds between calls of `onTimer`, in the run's time; never unless given. */
  timerMs?: number;
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
  /** What it must be fed with, for each of its symbols. */
  readonly feeds: readonly Feed[];
  /** Milliseconds between calls of `onTimer`; `undefined` for never. */
  readonly timerMs: number | undefined;
  /** The symbols it needs with these checked parameters, as they are written there, the one it is set up for first. */
  symbolsOf(params: ParamValues<S> | Readonly<Record<string, unknown>>): readonly string[];
  /** Checks and completes parameters. @throws LabError `PARAM_UNKNOWN`, `PARAM_INVALID`. */
  parse(input?: ParamInputs<S> | Readonly<Record<string, unknown>>): ParamValues<S>;
  create(setup: StrategySetup<S>): Strategy;
}

const symbolParam = param.text({ default: "BTCUSDT", doc: "Symbol whose candles it trades." });

/**
 * Defines a strategy. A `symbol` parameter is added where no parameter holds a symbol and `symbols` is not given. `create` may return any of the handlers of
 * `Strategy`; what it reacts to it must be fed with, see `feeds`.
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
 * @throws LabError `STRATEGY_INVALID` for a name that is not letters, digits and underscores, a missing `create`, or a timer that is no whole number of
 *   milliseconds; `FEED_UNKNOWN`.
 */
export function defineStrategy<S extends ParamSchema>(input: StrategyInput<S>): StrategyDefinition<S> {
  assertKeys("defineStrategy", input, ["name", "aliases", "doc", "params", "feeds", "symbols", "timerMs", "check", "create"]);
  if (typeof input.name !== "string" || !/^[A-Za-z][A-Za-z0-9_]*$/.test(input.name))
    throw new LabError(
      "STRATEGY_INVALID",
      `A strategy's name is letters, digits and underscores, such as MyCross, got '${String(input.name)}'.`,
    );
  if (typeof input.create !== "function")
    throw new LabError("STRATEGY_INVALID", `${input.name} needs a create function that returns its handlers.`);
  const { symbols } = input;
  if (symbols !== undefined && typeof symbols !== "function" && !Array.isArray(symbols))
    throw wrongInput(
      "STRATEGY_INVALID",
      `symbols of ${input.name}`,
      "a list of symbols or a function of the parameters that gives one",
      symbols,
    );
  const own = input.params ?? {};
  const schema = (symbols !== undefined || symbolParams(own).length > 0 ? own : { symbol: symbolParam, ...own }) as S;
  for (const [key, spec] of Object.entries(schema)) {
    if (!/^[a-z][A-Za-z0-9]*$/.test(key))
      throw new LabError("STRATEGY_INVALID", `${input.name}: parameter names are camelCase, got '${key}'.`);
    if (typeof spec?.parse !== "function")
      throw new LabError(
        "STRATEGY_INVALID",
        `${input.name}.${key} is declared by its type, as in param.integer({ default: 5 }), got ${String(spec)}.`,
      );
  }
  const held = symbolParams(schema);
  return Object.freeze({
    name: input.name,
    aliases: Object.freeze([...(input.aliases ?? [])]),
    doc: input.doc ?? "",
    params: Object.freeze(schema),
    feeds: checkFeeds(input.name, input.feeds ?? ["candles"]),
    timerMs: checkTimer(input.name, input.timerMs),
    symbolsOf: (params: ParamValues<S>) =>
      (typeof symbols === "function" ? symbols(params) : symbols) ?? held.flatMap((key) => params[key] as string | readonly string[]),
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

function checkFeeds(name: string, feeds: readonly Feed[]): readonly Feed[] {
  for (const feed of feeds) if (!FEEDS.includes(feed)) throw unknownName("FEED_UNKNOWN", `feed of ${name}`, String(feed), FEEDS);
  return Object.freeze(FEEDS.filter((feed) => feeds.includes(feed)));
}

function checkTimer(name: string, timerMs: number | undefined): number | undefined {
  if (timerMs === undefined || (Number.isSafeInteger(timerMs) && timerMs > 0)) return timerMs;
  throw new LabError("STRATEGY_INVALID", `${name}: timerMs must be a whole number of milliseconds above zero, got ${String(timerMs)}.`);
}
