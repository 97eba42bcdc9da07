export { EquityCurve } from "./equity-curve.js";
export type { Explanation } from "./explain.js";
export { backtest, PreparedBacktest, prepareBacktest } from "./prepared.js";
export { ReplayReader } from "./reader.js";
export type { RefusedOrder, SignalRecord } from "./records.js";
export { Replay, type ReplayObserver } from "./replay.js";
export { BacktestRun, type RunCounts } from "./run.js";
export type { AnyStrategy, BacktestOptions, FundingRate, RunSettings, RunWarning } from "./settings.js";
