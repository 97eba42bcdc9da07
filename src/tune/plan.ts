import { BLOCKS } from "../analytics/index.js";
import { type AnyStrategy, type BacktestOptions, type PreparedBacktest, prepareBacktest } from "../backtest/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { type Objective, resolveObjective } from "./objectives.js";
import { minRoundTripsOf, SEARCH_OPTIONS, type SearchMethod, searchMethod, type TuneOptions } from "./options.js";
import { gridOrder, randomOrder } from "./order.js";
import { type SearchSpace, searchSpace } from "./space.js";

/** A search as it was asked for, checked: the same plan gives the same trials in the same order. */
export interface Plan {
  readonly strategy: AnyStrategy;
  /** The backtest's options; `params` holds the fixed parameters. */
  readonly options: BacktestOptions;
  readonly space: SearchSpace;
  readonly objective: Objective;
  readonly method: SearchMethod;
  readonly where: ((params: Readonly<Record<string, unknown>>) => boolean) | undefined;
  readonly minRoundTrips: number;
  /** Data, instruments and indicator columns, shared by all trials. */
  readonly prepared: PreparedBacktest;
  /** One trial's equity in the settlement currency, overwritten by the next. */
  readonly equity: Float64Array;
  /** Sums of one trial's returns by block, overwritten by the next. */
  readonly sums: Float64Array;
}

/** The options of the backtest among those of the search. */
function backtestOptions(options: TuneOptions): BacktestOptions {
  const own = Object.entries(options).filter(([key]) => !(SEARCH_OPTIONS as readonly string[]).includes(key));
  return Object.fromEntries(own) as unknown as BacktestOptions;
}

/** Prepares the data; a misspelt option is compared with those of the search too. */
function prepare(options: Omit<BacktestOptions, "params">): PreparedBacktest {
  try {
    return prepareBacktest(options);
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== "OPTION_UNKNOWN") throw error;
    const { name, known } = error.details as { name: string; known: readonly string[] };
    throw unknownName("OPTION_UNKNOWN", "tune option", name, [...SEARCH_OPTIONS, ...known]);
  }
}

/** Checks the options of a search and prepares its data. @throws LabError, see `tune`. */
export function makePlan(options: TuneOptions): Plan {
  if (typeof options !== "object" || options === null)
    throw new LabError("OPTION_INVALID", "tune takes an object of options with data, strategy and space.");
  const own = backtestOptions(options);
  const { params: fixed = {}, ...rest } = own;
  const prepared = prepare(rest);
  const { strategy } = prepared;
  for (const name of Object.keys(fixed))
    if (!Object.hasOwn(strategy.params, name))
      throw unknownName("PARAM_UNKNOWN", `parameter of ${strategy.name}`, name, Object.keys(strategy.params));
  const space = searchSpace(strategy.name, strategy.params, options.space, Object.keys(fixed));
  if (options.where !== undefined && typeof options.where !== "function")
    throw new LabError("OPTION_INVALID", "where is a function of the parameters, as in (p) => p.fastPeriod < p.slowPeriod.");
  return Object.freeze<Plan>({
    strategy,
    options: own,
    space,
    objective: resolveObjective(options.objective),
    method: searchMethod(options, space.size),
    where: options.where,
    minRoundTrips: minRoundTripsOf(options),
    prepared,
    equity: new Float64Array(prepared.times.length),
    sums: new Float64Array(2 * BLOCKS),
  });
}

/** The combinations of a plan in the order they are tried. */
export function drawsOf({ method, space }: Plan): Generator<number, void, undefined> {
  return method.seed === null ? gridOrder(space.size) : randomOrder(space.size, method.seed);
}

/** All parameters of a combination, fixed ones and defaults included, checked. @throws LabError `PARAM_INVALID` where the strategy's own rule says no. */
export function paramsOf({ prepared, options, space }: Plan, combination: number): Readonly<Record<string, unknown>> {
  return prepared.parse({ ...options.params, ...space.params(combination) });
}
