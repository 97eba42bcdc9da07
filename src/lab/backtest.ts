import { type BacktestOptions, type BacktestRun, backtest as run, type StrategyChoice } from "../backtest/index.js";

/**
 * Runs a strategy over candles through sizer, risk, the venue's filters and the paper venue. Asynchronous like the other helpers, so that a cell reads the same
 * wherever the work is done.
 * @example const run = await backtest({ data: btc, strategy: "SmaCross", params: { fastPeriod: 12, slowPeriod: 30 }, sizer: "percent:0.10" })
 * @throws LabError for options and parameters that are misspelt, of the wrong type or out of range.
 */
export async function backtest<S extends StrategyChoice>(options: BacktestOptions<S>): Promise<BacktestRun> {
  return run(options);
}
