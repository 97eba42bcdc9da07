import { type BacktestOptions, type StrategyChoice, wholeOption } from "../backtest/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { SpaceOf } from "../strategies/index.js";
import type { ObjectiveInput } from "./objectives.js";

/** How far a search is. */
export interface TuneProgress {
  /** Combinations dealt with, the skipped ones included in a grid; trials in a random search. */
  readonly done: number;
  readonly total: number;
  /** The leading trial: the searched parameters and the score. */
  readonly best: { readonly params: Readonly<Record<string, unknown>>; readonly score: number } | undefined;
  readonly elapsedMs: number;
  /** Milliseconds still to go at the speed so far; `null` before the first trial. */
  readonly etaMs: number | null;
}

/** What a search may be told while it runs: both may differ when it is resumed. */
export interface SearchControls {
  /** Stops the search; the study then holds what was finished and says `aborted`. */
  signal?: AbortSignal;
  /** Called at the start, about every 50 ms and at the end. */
  onProgress?: (progress: TuneProgress) => void;
}

/** What `tune` takes: a backtest's options (`params` are the fixed parameters) and how to search. */
export interface TuneOptions<S extends StrategyChoice = StrategyChoice> extends BacktestOptions<S>, SearchControls {
  /** The values to try, by parameter. */
  space: SpaceOf<S>;
  /** `sharpe` unless given. */
  objective?: ObjectiveInput;
  /** Every combination (`grid`, the default) or `trials` random ones without repeats. */
  search?: "grid" | "random";
  /** Number of trials of a random search, 100 unless given. */
  trials?: number;
  /** Whole number that fixes the order of a random search; 0 unless given. A grid needs none. */
  seed?: number;
  /** Keeps only combinations for which it returns true, as in `(p) => p.fastPeriod < p.slowPeriod`; it sees all parameters, checked. */
  // biome-ignore lint/suspicious/noExplicitAny: the parameters' types are those of the strategy, which may be given by name
  where?: (params: any) => boolean;
  /** Trials with fewer round trips get no score; 0 unless given. */
  minRoundTrips?: number;
}

/** The options that are the search's own; all others go to the backtest. */
export const SEARCH_OPTIONS = ["space", "objective", "search", "trials", "seed", "where", "minRoundTrips", "signal", "onProgress"] as const;

/** How combinations are drawn, checked. */
export interface SearchMethod {
  readonly method: "grid" | "random";
  /** `null` for a grid, whose order is that of the space. */
  readonly seed: number | null;
  /** Most trials that are made. */
  readonly trials: number;
}

/** Most combinations a grid may have. */
const MOST = 1_000_000;

/** @throws LabError `OPTION_INVALID`. */
export function minRoundTripsOf(options: TuneOptions): number {
  return wholeOption(options.minRoundTrips ?? 0, "minRoundTrips", 0, Number.MAX_SAFE_INTEGER);
}

/**
 * Checks how to search a space of `size` combinations.
 * @throws LabError `SEARCH_UNKNOWN`, `OPTION_INVALID`, `SPACE_TOO_LARGE`.
 */
export function searchMethod({ search = "grid", trials, seed }: TuneOptions, size: number): SearchMethod {
  if (search !== "grid" && search !== "random") throw unknownName("SEARCH_UNKNOWN", "search", String(search), ["grid", "random"]);
  const checkedSeed = wholeOption(seed ?? 0, "seed", 0, 2 ** 32 - 1);
  if (search === "random")
    return Object.freeze({ method: search, seed: checkedSeed, trials: Math.min(size, wholeOption(trials ?? 100, "trials", 1, MOST)) });
  if (trials !== undefined)
    throw new LabError(
      "OPTION_INVALID",
      `trials is for a random search; a grid tries all ${size} combinations. Did you mean search: "random"?`,
    );
  if (size > MOST)
    throw new LabError(
      "SPACE_TOO_LARGE",
      `A grid of ${size} combinations exceeds ${MOST}: use search: "random" with trials, or coarser ranges.`,
    );
  return Object.freeze({ method: search, seed: null, trials: size });
}
