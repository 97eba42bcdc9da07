import { BlockSums } from "../analytics/index.js";
import type { Objective } from "./objectives.js";

/** What is kept of every trial, whatever the objective. */
export interface TrialMetrics {
  /** Exact, in cash units of the run. */
  readonly finalUnits: number | bigint;
  /** Fraction of the initial cash. */
  readonly totalReturn: number;
  /** Annualised; `null` where it is undefined. */
  readonly sharpe: number | null;
  /** Fraction of the peak. */
  readonly maxDrawdown: number;
  readonly roundTrips: number;
}

/** A finished trial as it enters the columns. */
export interface Finding extends TrialMetrics {
  readonly combination: number;
  readonly score: number | null;
  /** Not annualised. */
  readonly sharpePerPeriod: number | null;
  /** Why there is no score. */
  readonly reason?: string;
}

/** A combination whose trial threw. */
export interface Failure {
  readonly combination: number;
  readonly error: unknown;
}

/** What a search has found so far: a column a field, one entry a finished trial in the order tried. Undefined numbers are NaN inside. */
export class Findings {
  readonly combination: number[];
  readonly score: number[];
  readonly sharpe: number[];
  readonly sharpePerPeriod: number[];
  readonly totalReturn: number[];
  readonly maxDrawdown: number[];
  readonly roundTrips: number[];
  readonly finalUnits: (number | bigint)[];
  /** Why a trial has no score, by its index. */
  readonly reasons: Map<number, string>;
  /** The returns of each trial as sums by block. */
  readonly blocks: BlockSums;
  readonly failures: Failure[];
  /** Combinations drawn, the skipped ones included: where a resumed search goes on. */
  drawn: number;
  /** Combinations that `where` turned down. */
  skippedByWhere: number;
  /** Combinations that the strategy's own rule turned down, and what it said first. */
  skippedByStrategy: number;
  strategyRule: string | undefined;
  /** The leading trial so far; -1 without a score. */
  best: number;
  /** Time spent searching, in milliseconds. */
  elapsedMs: number;

  /**
   * @param periods - bars of every trial.
   * @param from - what an interrupted search had found; it is copied.
   */
  constructor(periods: number, from?: Findings) {
    this.blocks = new BlockSums(periods, from?.blocks);
    this.combination = from?.combination.slice() ?? [];
    this.score = from?.score.slice() ?? [];
    this.sharpe = from?.sharpe.slice() ?? [];
    this.sharpePerPeriod = from?.sharpePerPeriod.slice() ?? [];
    this.totalReturn = from?.totalReturn.slice() ?? [];
    this.maxDrawdown = from?.maxDrawdown.slice() ?? [];
    this.roundTrips = from?.roundTrips.slice() ?? [];
    this.finalUnits = from?.finalUnits.slice() ?? [];
    this.reasons = new Map(from?.reasons);
    this.failures = from?.failures.slice() ?? [];
    this.drawn = from?.drawn ?? 0;
    this.skippedByWhere = from?.skippedByWhere ?? 0;
    this.skippedByStrategy = from?.skippedByStrategy ?? 0;
    this.strategyRule = from?.strategyRule;
    this.best = from?.best ?? -1;
    this.elapsedMs = from?.elapsedMs ?? 0;
  }

  /** Finished trials. */
  get length(): number {
    return this.combination.length;
  }

  /** @param sums - what `sharpeOfEquity` left of the trial's returns; they are copied. */
  add(finding: Finding, sums: Float64Array, objective: Objective): void {
    const index = this.length;
    this.combination.push(finding.combination);
    this.score.push(finding.score ?? Number.NaN);
    this.sharpe.push(finding.sharpe ?? Number.NaN);
    this.sharpePerPeriod.push(finding.sharpePerPeriod ?? Number.NaN);
    this.totalReturn.push(finding.totalReturn);
    this.maxDrawdown.push(finding.maxDrawdown);
    this.roundTrips.push(finding.roundTrips);
    this.finalUnits.push(finding.finalUnits);
    this.blocks.add(sums);
    if (finding.reason !== undefined) this.reasons.set(index, finding.reason);
    if (finding.score !== null && (this.best < 0 || this.compare(index, this.best, objective) < 0)) this.best = index;
  }

  /** Orders two trials, the better one first: by score, money ties by exact equity, then the one tried first. No score ranks last. */
  compare(a: number, b: number, { direction, money }: Objective): number {
    const x = this.score[a]!;
    const y = this.score[b]!;
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
    if (x !== y) return x > y === (direction === "maximize") ? -1 : 1;
    if (!money || this.finalUnits[a] === this.finalUnits[b]) return a - b;
    return this.finalUnits[a]! > this.finalUnits[b]! ? -1 : 1;
  }
}
