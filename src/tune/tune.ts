import type { StrategyChoice } from "../backtest/index.js";
import { unknownName } from "../errors/index.js";
import { Findings } from "./findings.js";
import type { SearchControls, TuneOptions } from "./options.js";
import { makePlan, type Plan } from "./plan.js";
import { search } from "./search.js";
import { Study } from "./study.js";

async function carryOut(plan: Plan, findings: Findings, controls: SearchControls): Promise<Study> {
  const end = await search(plan, findings, controls);
  const resume = (next: SearchControls): Promise<Study> => {
    checkControls(next);
    return carryOut(plan, new Findings(plan.equity.length, findings), next);
  };
  return new Study({ plan, findings, end, resume });
}

function checkControls(controls: SearchControls): void {
  for (const key of Object.keys(controls))
    if (key !== "signal" && key !== "onProgress") throw unknownName("OPTION_UNKNOWN", "option of resume", key, ["signal", "onProgress"]);
}

/**
 * Searches a strategy's parameters: one backtest a combination, through the same engine as `backtest()`, so that a trial's numbers equal
 * those of its backtest to the last unit. The event loop turns about every 15 ms; an aborted search keeps what it has.
 * @example
 * const study = await tune({ data, strategy: "SmaCross", space: { fastPeriod: range(5, 60, 5), slowPeriod: range(20, 240, 10) },
 *                            where: (p) => p.fastPeriod < p.slowPeriod, objective: "sharpe" });
 * study.best.params; study.overfitting.verdict; study.grid("fastPeriod", "slowPeriod");
 * @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`, `OBJECTIVE_UNKNOWN`, `OBJECTIVE_INVALID`, `SEARCH_UNKNOWN`, `SPACE_INVALID`,
 *   `SPACE_TOO_LARGE`, `PARAM_UNKNOWN`, `PARAM_INVALID`, `TUNE_FAILED` when every trial throws, and those of `backtest`.
 */
export async function tune<S extends StrategyChoice>(options: TuneOptions<S>): Promise<Study> {
  const plan = makePlan(options);
  const { signal, onProgress } = options;
  return carryOut(plan, new Findings(plan.equity.length), { ...(signal && { signal }), ...(onProgress && { onProgress }) });
}
