import type { StrategyChoice } from "../backtest/index.js";
import { type Study, tune as search, type TuneOptions } from "../tune/index.js";
import { lastStudy, watchedStudy } from "./watched.js";

/** The helper `tune`: a function that remembers its newest study. */
export interface Tune {
  <S extends StrategyChoice>(options: TuneOptions<S>): Promise<Study>;
  /** The newest study, also one whose cell was interrupted and so has no value; `undefined` before the first. */
  readonly last: Study | undefined;
}

async function tuneAndKeep<S extends StrategyChoice>(options: TuneOptions<S>): Promise<Study> {
  // What is no object is for the search to refuse.
  if (typeof options !== "object" || options === null) return search(options);
  return watchedStudy(options, (controls) => search({ ...options, ...controls }));
}

/**
 * Searches parameters, with a progress bar. Interrupting the cell ends the search; what it found is in `tune.last`, and `tune.last.resume()` goes on.
 * Otherwise as `tune` of `tesserlab/tune`.
 * @example const study = await tune({ data: btc, strategy: "SmaCross", space: { fastPeriod: range(5, 60, 5), slowPeriod: range(20, 240, 10) }, objective: "sharpe" })
 */
export const tune: Tune = Object.defineProperty(tuneAndKeep, "last", { enumerable: true, get: lastStudy }) as Tune;
