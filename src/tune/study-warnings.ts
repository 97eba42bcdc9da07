import type { RunWarning } from "../backtest/index.js";
import type { Findings } from "./findings.js";
import type { SearchEnd } from "./search.js";
import { axisValue, valueText } from "./space.js";
import type { Study } from "./study.js";

/** Fewer round trips say little about a strategy. */
const FEW_ROUND_TRIPS = 30;

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What to doubt about how the search went. */
function searchWarnings(study: Study, findings: Findings, end: SearchEnd): RunWarning[] {
  const warnings: RunWarning[] = [];
  const add = (code: string, text: string): unknown => warnings.push({ code, message: text });
  const { search, length } = study;
  if (end.aborted) add("ABORTED", `The search was stopped after ${length} trials; study.resume() goes on.`);
  if (end.exhausted) add("SPACE_EXHAUSTED", `where turned down 100000 draws in a row: the search ended after ${length} trials.`);
  if (end.progressError !== undefined) add("PROGRESS_FAILED", `onProgress threw and was not called again: ${message(end.progressError)}`);
  const first = findings.failures[0];
  if (first !== undefined)
    add("TRIALS_FAILED", `${findings.failures.length} trials threw; study.failures lists them. The first: ${message(first.error)}`);
  if (findings.strategyRule !== undefined)
    add(
      "SKIPPED_BY_STRATEGY",
      `${findings.skippedByStrategy} combinations break the strategy's own rule and were not tried: ${findings.strategyRule}`,
    );
  const unscored = findings.score.filter(Number.isNaN).length;
  if (unscored > 0)
    add(
      "NO_SCORE",
      `${unscored} of ${length} trials have no ${search.objective}; the first because ${findings.reasons.values().next().value}.`,
    );
  return warnings;
}

/** What to doubt about the best trial. */
function bestWarnings(study: Study, findings: Findings): RunWarning[] {
  const warnings: RunWarning[] = [];
  const add = (code: string, text: string): unknown => warnings.push({ code, message: text });
  const { best, overfitting } = study;
  const ties = findings.score.filter((score) => score === best.score).length - 1;
  if (ties > 0) add("TIED_BEST", `${ties} other trials have the best score ${best.score} too; the first one tried is taken as the best.`);
  if (best.roundTrips < FEW_ROUND_TRIPS)
    add(
      "FEW_ROUND_TRIPS",
      `The best trial has ${best.roundTrips} round trips; fewer than ${FEW_ROUND_TRIPS} say little. Set minRoundTrips or use more data.`,
    );
  for (const [name, values] of Object.entries(study.space)) {
    const at = values.findIndex((value) => valueText(value) === valueText(best.searched[name]));
    if (values.length > 2 && typeof axisValue(values[at]) === "number" && (at === 0 || at === values.length - 1))
      add("BEST_AT_EDGE", `The best ${name}, ${valueText(values[at])}, is at the edge of what was tried: the optimum may lie beyond it.`);
  }
  if (overfitting.verdict !== "survives") add("OVERFITTING", overfitting.text);
  return [...warnings, ...best.backtest().warnings];
}

/** All warnings of a study: about the search, then about its best trial, then those of that trial's run. */
export function studyWarnings(study: Study, findings: Findings, end: SearchEnd): RunWarning[] {
  return [...searchWarnings(study, findings, end), ...(study.hasBest ? bestWarnings(study, findings) : [])];
}
