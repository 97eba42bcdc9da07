import type { OverfittingProbability, OverfittingVerdict } from "../analytics/index.js";
import type { AnyStrategy, BacktestRun, RunSettings } from "../backtest/index.js";
import type { CandleSeries, Decimal } from "../core/index.js";

/** How a trial was found: what an exported file says about its origin. */
export interface SearchProvenance {
  readonly method: "grid" | "random";
  /** `null` for a grid. */
  readonly seed: number | null;
  /** Finished trials, all of them looked at. */
  readonly trials: number;
  /** Trials that threw. */
  readonly failed: number;
  /** Combinations of the space. */
  readonly combinations: number;
  /** Combinations that `where` or the strategy's own rule turned down. */
  readonly skipped: number;
  readonly objective: string;
  readonly direction: "maximize" | "minimize";
  /** The values tried, by parameter, as text. */
  readonly space: Readonly<Record<string, readonly string[]>>;
  readonly minRoundTrips: number;
  /** True when the search was stopped early. */
  readonly aborted: boolean;
}

/** What the number of trials does to a result. */
export interface Overfitting extends OverfittingVerdict {
  /** `survives` from 0.95 on, `likely noise` below 0.8, `uncertain` between them or where it cannot be computed. */
  readonly verdict: "likely noise" | "uncertain" | "survives";
  /** Probability of backtest overfitting: how often what the search would choose by its Sharpe ratio on one half of the bars disappoints on the other half. */
  readonly pbo: OverfittingProbability;
  /** The verdict and the probability in a sentence each, with their numbers. */
  readonly text: string;
}

/** The numbers of a trial. */
export interface TrialRecord {
  /** Position among the trials in the order tried, from 0. */
  readonly index: number;
  /** All parameters, defaults included, checked: Decimals inside. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Those that were searched. */
  readonly searched: Readonly<Record<string, unknown>>;
  /** `null` where the objective is undefined; `reason` says why. */
  readonly score: number | null;
  readonly reason: string | undefined;
  /** Exact, in the settlement currency. */
  readonly finalEquity: Decimal;
  /** Fraction of the initial cash. */
  readonly totalReturn: number;
  /** Annualised. */
  readonly sharpe: number | null;
  /** Fraction of the peak. */
  readonly maxDrawdown: number;
  readonly roundTrips: number;
}

/** What a trial takes from its study. */
export interface TrialContext {
  readonly strategy: AnyStrategy;
  readonly settings: RunSettings;
  readonly series: readonly CandleSeries[];
  readonly search: SearchProvenance;
  backtest(trial: Trial): BacktestRun;
  overfitting(trial: Trial): Overfitting;
}

/** One parameter set of a study with its result and where it comes from: all that an export needs. */
export class Trial implements TrialRecord {
  readonly kind = "trial";
  /** Position among the trials in the order tried, from 0. */
  readonly index: number;
  /** All parameters, defaults included, checked: Decimals inside. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The parameters that were searched. */
  readonly searched: Readonly<Record<string, unknown>>;
  /** What the objective gave; `null` where it is undefined, and `reason` says why. */
  readonly score: number | null;
  /** Why there is no score. */
  readonly reason: string | undefined;
  /** Exact, in the settlement currency. */
  readonly finalEquity: Decimal;
  /** As a fraction of the initial cash. */
  readonly totalReturn: number;
  /** Sharpe ratio, annualised. */
  readonly sharpe: number | null;
  /** Largest fall from a peak, as a fraction of it. */
  readonly maxDrawdown: number;
  /** Times the position came back to flat. */
  readonly roundTrips: number;
  readonly #context: TrialContext;
  #overfitting: Overfitting | undefined;

  constructor(record: TrialRecord, context: TrialContext) {
    this.index = record.index;
    this.params = record.params;
    this.searched = record.searched;
    this.score = record.score;
    this.reason = record.reason;
    this.finalEquity = record.finalEquity;
    this.totalReturn = record.totalReturn;
    this.sharpe = record.sharpe;
    this.maxDrawdown = record.maxDrawdown;
    this.roundTrips = record.roundTrips;
    this.#context = context;
  }

  get strategy(): AnyStrategy {
    return this.#context.strategy;
  }
  /** The settings of the backtest. */
  get settings(): RunSettings {
    return this.#context.settings;
  }
  /** The data it was found on. */
  get series(): readonly CandleSeries[] {
    return this.#context.series;
  }
  get search(): SearchProvenance {
    return this.#context.search;
  }
  /** What the number of trials does to this trial's Sharpe ratio; computed when first read, from a full run. */
  get overfitting(): Overfitting {
    this.#overfitting ??= this.#context.overfitting(this);
    return this.#overfitting;
  }
  /** Runs this parameter set again, in full: its numbers are those of the trial, to the last unit. */
  backtest(): BacktestRun {
    return this.#context.backtest(this);
  }
}
