import { type OverfittingProbability, pbo } from "../analytics/index.js";
import type { AnyStrategy, BacktestRun, RunSettings, RunWarning } from "../backtest/index.js";
import { type CandleSeries, fromUnits } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { Findings } from "./findings.js";
import { judge } from "./judgement.js";
import type { SearchControls } from "./options.js";
import { type Plan, paramsOf } from "./plan.js";
import type { SearchEnd } from "./search.js";
import { axisValue, valueText } from "./space.js";
import { studyWarnings } from "./study-warnings.js";
import { type Aggregate, gridOf, type Marginal, marginalOf, type ScoreGrid, type Slice, sliceOf } from "./surface.js";
import { type Overfitting, type SearchProvenance, Trial, type TrialContext } from "./trial.js";

/** A trial as a row of a table: rank, number, the searched parameters, the score and the numbers kept of every trial; exact values as text. */
export type TrialRow = Readonly<Record<string, string | number | boolean | null>>;

/** A combination whose trial threw. */
export interface FailedTrial {
  readonly params: Readonly<Record<string, unknown>>;
  readonly error: unknown;
}

/** What {@link Study} is made of. */
export interface StudyParts {
  readonly plan: Plan;
  readonly findings: Findings;
  readonly end: SearchEnd;
  readonly resume: (controls: SearchControls) => Promise<Study>;
}

/**
 * The result of a search. Trials are kept as columns; objects are made when read. Ranking: the better score first, equal money settled by
 * the exact final equity, other ties by which was tried first; trials without a score come last, with the reason.
 */
export class Study {
  readonly kind = "study";
  /** How the search was made: what provenance records. */
  readonly search: SearchProvenance;
  /** Combinations that were not tried: turned down by `where`, or by the strategy's own rule. */
  readonly skipped: { readonly where: number; readonly strategy: number };
  /** Time the search took, milliseconds. */
  readonly elapsedMs: number;
  readonly #plan: Plan;
  readonly #findings: Findings;
  readonly #end: SearchEnd;
  readonly #resume: StudyParts["resume"];
  readonly #context: TrialContext;
  readonly #made: Map<number, Trial> = new Map();
  #ranking: readonly number[] | undefined;
  #warnings: readonly RunWarning[] | undefined;
  #probability: OverfittingProbability | undefined;

  constructor({ plan, findings, end, resume }: StudyParts) {
    this.#plan = plan;
    this.#findings = findings;
    this.#end = end;
    this.#resume = resume;
    this.elapsedMs = findings.elapsedMs;
    this.skipped = Object.freeze({ where: findings.skippedByWhere, strategy: findings.skippedByStrategy });
    this.search = provenance(plan, findings, end);
    this.#context = {
      strategy: plan.strategy,
      settings: plan.prepared.settings,
      series: plan.prepared.series,
      search: this.search,
      backtest: (trial) => plan.prepared.run(trial.params),
      overfitting: (trial) => judge(trial.backtest(), findings.sharpePerPeriod, this.#pbo()),
    };
  }

  /** The strategy whose parameters were searched. */
  get strategy(): AnyStrategy {
    return this.#plan.strategy;
  }
  /** The settings of every trial's backtest. */
  get settings(): RunSettings {
    return this.#plan.prepared.settings;
  }
  /** The candles every trial ran on, a series a symbol. */
  get series(): readonly CandleSeries[] {
    return this.#plan.prepared.series;
  }
  /** Name of what the trials were ranked by. */
  get objective(): string {
    return this.#plan.objective.name;
  }
  /** Whether a larger or a smaller score is better. */
  get direction(): "maximize" | "minimize" {
    return this.#plan.objective.direction;
  }
  /** The searched parameters with their values in the order given. */
  get space(): Readonly<Record<string, readonly unknown[]>> {
    return Object.fromEntries(this.#plan.space.dimensions.map(({ name, values }) => [name, values]));
  }
  /** Number of finished trials. */
  get length(): number {
    return this.#findings.length;
  }
  /** True when the search was stopped before its end; `resume` goes on. */
  get aborted(): boolean {
    return this.#end.aborted;
  }
  /** Trials that threw, with what they threw. */
  get failures(): readonly FailedTrial[] {
    return this.#findings.failures.map(({ combination, error }) => ({ params: this.#plan.space.params(combination), error }));
  }
  /** All trials in the order tried. */
  get trials(): readonly Trial[] {
    return Array.from({ length: this.length }, (_, index) => this.trial(index));
  }
  /** The scores in the order tried; null where undefined. */
  get scores(): readonly (number | null)[] {
    return this.#findings.score.map((score) => (Number.isNaN(score) ? null : score));
  }

  /** The value a searched parameter has in each trial, in the order tried. @throws LabError `PARAM_NOT_SEARCHED`. */
  column(param: string): readonly (number | string)[] {
    const { space } = this.#plan;
    const axis = space.indexOf(param);
    return this.#findings.combination.map((combination) => axisValue(space.dimensions[axis]!.values[space.digit(combination, axis)]));
  }

  /** One trial by its index, in the order tried. @throws LabError `TRIAL_UNKNOWN`. */
  trial(index: number): Trial {
    if (!(Number.isInteger(index) && index >= 0 && index < this.length))
      throw new LabError("TRIAL_UNKNOWN", `There is no trial ${String(index)}: the study has ${this.length}, numbered from 0.`);
    let trial = this.#made.get(index);
    if (trial === undefined) {
      trial = this.#make(index);
      this.#made.set(index, trial);
    }
    return trial;
  }

  #make(index: number): Trial {
    const { combination, score, sharpe, totalReturn, maxDrawdown, roundTrips, finalUnits, reasons } = this.#findings;
    const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
    return new Trial(
      {
        index,
        params: paramsOf(this.#plan, combination[index]!),
        searched: Object.freeze(this.#plan.space.params(combination[index]!)),
        score: orNull(score[index]!),
        reason: reasons.get(index),
        finalEquity: fromUnits(finalUnits[index]!, this.#plan.prepared.instruments[0]!.cashDp),
        totalReturn: totalReturn[index]!,
        sharpe: orNull(sharpe[index]!),
        maxDrawdown: maxDrawdown[index]!,
        roundTrips: roundTrips[index]!,
      },
      this.#context,
    );
  }

  /** Trial indices, the best first. */
  get #ranked(): readonly number[] {
    const { objective } = this.#plan;
    this.#ranking ??= this.#findings.combination.map((_, index) => index).sort((a, b) => this.#findings.compare(a, b, objective));
    return this.#ranking;
  }

  /** Whether any trial has a score, so that {@link best} exists. */
  get hasBest(): boolean {
    return this.#findings.best >= 0;
  }

  /** The best trial, ready for an export. @throws LabError `STUDY_NO_BEST` when no trial has a score; the message says why. */
  get best(): Trial {
    const { best, reasons, length } = this.#findings;
    if (best >= 0) return this.trial(best);
    const why = length === 0 ? "it was stopped before the first one" : `the first because ${reasons.get(0) ?? "it is undefined"}`;
    throw new LabError("STUDY_NO_BEST", `None of the study's ${length} trials has a score: ${why}.`);
  }

  /** The n best trials, 10 unless given; those without a score come last. @throws LabError `OPTION_INVALID`. */
  top(n = 10): readonly Trial[] {
    if (!(Number.isInteger(n) && n >= 1)) throw new LabError("OPTION_INVALID", `top takes a whole number of at least 1, got ${String(n)}.`);
    return this.#ranked.slice(0, n).map((index) => this.trial(index));
  }

  /** All trials as plain rows, the best first. */
  table(): readonly TrialRow[] {
    return this.#ranked.map((index, rank) => {
      const trial = this.trial(index);
      const params = Object.entries(trial.searched).map(([name, value]) => [name, rowValue(value)]);
      return Object.freeze({
        rank: rank + 1,
        trial: index,
        ...Object.fromEntries(params),
        score: trial.score,
        finalEquity: trial.finalEquity.toFixed(),
        totalReturn: trial.totalReturn,
        sharpe: trial.sharpe,
        maxDrawdown: trial.maxDrawdown,
        roundTrips: trial.roundTrips,
        ...(trial.reason === undefined ? {} : { reason: trial.reason }),
      });
    });
  }

  /**
   * The score against one parameter, the others held at the best trial's values, or at those given in `fixed`.
   * @throws LabError `PARAM_NOT_SEARCHED`, `PARAM_INVALID`, `OPTION_INVALID`, `STUDY_NO_BEST`.
   */
  slice(param: string, fixed: Readonly<Record<string, unknown>> = {}): Slice {
    const { space, objective } = this.#plan;
    space.indexOf(param);
    const open = space.dimensions.map(({ name }) => name).filter((name) => name !== param && !Object.hasOwn(fixed, name));
    const rest = open.length === 0 ? {} : Object.fromEntries(open.map((name) => [name, this.best.searched[name]]));
    return sliceOf(space, this.#findings, objective, param, { ...rest, ...fixed });
  }

  /** Best, mean and worst score by value of one parameter, over everything else: what a random search can show. @throws LabError `PARAM_NOT_SEARCHED`. */
  marginal(param: string): Marginal {
    return marginalOf(this.#plan.space, this.#findings, this.#plan.objective, param);
  }

  /**
   * Scores over two parameters for a heatmap. Where further parameters were searched, trials that share a cell become their `best` (the
   * default), `mean` or `worst`; `fixed` holds further parameters at a value instead.
   * @throws LabError `PARAM_NOT_SEARCHED`, `PARAM_INVALID`, `OPTION_INVALID`, `OPTION_UNKNOWN`.
   */
  grid(x: string, y: string, options: { aggregate?: Aggregate; fixed?: Readonly<Record<string, unknown>> } = {}): ScoreGrid {
    for (const key of Object.keys(options))
      if (key !== "aggregate" && key !== "fixed") throw unknownName("OPTION_UNKNOWN", "option of grid", key, ["aggregate", "fixed"]);
    const { aggregate = "best", fixed = {} } = options;
    if (!["best", "mean", "worst"].includes(aggregate))
      throw unknownName("OPTION_INVALID", "aggregate", String(aggregate), ["best", "mean", "worst"]);
    return gridOf(this.#plan.space, this.#findings, this.#plan.objective, [x, y], aggregate, fixed);
  }

  /** What the number of trials does to the best one: deflated Sharpe ratio, and the probability of backtest overfitting. @throws LabError `STUDY_NO_BEST`. */
  get overfitting(): Overfitting {
    return this.best.overfitting;
  }

  #pbo(): OverfittingProbability {
    this.#probability ??= pbo(this.#findings.blocks);
    return this.#probability;
  }

  /** Doubts about the search and about the best trial's run. */
  get warnings(): readonly RunWarning[] {
    this.#warnings ??= Object.freeze(studyWarnings(this, this.#findings, this.#end));
    return this.#warnings;
  }

  /** Runs a trial again in full: the best unless given. Its numbers are those of the trial, to the last unit. */
  backtest(trial: Trial | number = this.best): BacktestRun {
    return (typeof trial === "number" ? this.trial(trial) : trial).backtest();
  }

  /** Goes on where an aborted search stopped: a new study that holds these trials and the rest. This one stays as it is. */
  resume(controls: SearchControls = {}): Promise<Study> {
    return this.#resume(controls);
  }
}

function rowValue(value: unknown): string | number | boolean | null {
  if (value === undefined) return null;
  return typeof value === "number" || typeof value === "boolean" ? value : valueText(value);
}

function provenance({ method, space, objective, minRoundTrips }: Plan, findings: Findings, end: SearchEnd): SearchProvenance {
  return Object.freeze({
    method: method.method,
    seed: method.seed,
    trials: findings.length,
    failed: findings.failures.length,
    combinations: space.size,
    skipped: findings.skippedByWhere + findings.skippedByStrategy,
    objective: objective.name,
    direction: objective.direction,
    space: Object.freeze(Object.fromEntries(space.dimensions.map(({ name, texts }) => [name, texts]))),
    minRoundTrips,
    aborted: end.aborted,
  });
}
