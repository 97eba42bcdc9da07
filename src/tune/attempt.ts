import { sharpeOfEquity } from "../analytics/index.js";
import type { BacktestRun } from "../backtest/index.js";
import { pow10 } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Finding, Findings } from "./findings.js";
import { type Plan, paramsOf } from "./plan.js";

/** The Sharpe ratio per period of a run: the number that `sharpe(run)` annualises, from one buffer that all trials share; its sums stay in the plan's. */
function sharpePerPeriodOf({ equity, sums }: Plan, run: BacktestRun): number | null {
  const units = run.equityUnits;
  const scale = pow10(run.cashDp);
  for (let i = 0; i < units.length; i++) equity[i] = units[i]! / scale;
  return sharpeOfEquity(equity, run.initialCash.toNumber(), equity.length, sums);
}

function assess(plan: Plan, combination: number, run: BacktestRun): Finding {
  const { objective, minRoundTrips } = plan;
  const { roundTrips, maxDrawdown, totalReturn, finalEquityUnits } = run;
  const sharpePerPeriod = sharpePerPeriodOf(plan, run);
  const sharpe = sharpePerPeriod === null ? null : sharpePerPeriod * Math.sqrt(run.periodsPerYear);
  const metrics = { finalUnits: finalEquityUnits, totalReturn, sharpe, maxDrawdown, roundTrips };
  const found = { ...metrics, combination, sharpePerPeriod };
  if (roundTrips < minRoundTrips)
    return { ...found, score: null, reason: `${roundTrips} round trips, fewer than minRoundTrips ${minRoundTrips}` };
  const score = objective.score(run, metrics);
  if (score !== null && Number.isFinite(score)) return { ...found, score };
  return { ...found, score: null, reason: score === null ? objective.reason(run) : `${objective.name} is ${score}` };
}

/** The checked parameters of a combination, or what the strategy's own rule says against it. */
function allowed(plan: Plan, combination: number): { params: Readonly<Record<string, unknown>> } | { rule: string } {
  try {
    return { params: paramsOf(plan, combination) };
  } catch (error) {
    if (error instanceof LabError && error.code === "PARAM_INVALID") return { rule: error.message };
    throw error;
  }
}

function isWanted({ where }: Plan, params: Readonly<Record<string, unknown>>): boolean {
  if (where === undefined) return true;
  const wanted: unknown = where(params);
  if (typeof wanted === "boolean") return wanted;
  throw new LabError(
    "OPTION_INVALID",
    `where must return true or false, got ${wanted === undefined ? "undefined (is a return missing?)" : String(wanted)}.`,
  );
}

/**
 * Tries one combination and files what came of it: a trial, a skip, or a failure. User code that throws (the strategy, the objective,
 * `where`) costs its own trial only.
 */
export function attempt(plan: Plan, findings: Findings, combination: number): void {
  try {
    const checked = allowed(plan, combination);
    if ("rule" in checked) {
      findings.skippedByStrategy++;
      findings.strategyRule ??= checked.rule;
    } else if (isWanted(plan, checked.params)) {
      findings.add(assess(plan, combination, plan.prepared.run(checked.params, { reuse: true })), plan.sums, plan.objective);
    } else findings.skippedByWhere++;
  } catch (error) {
    findings.failures.push({ combination, error });
  }
}
