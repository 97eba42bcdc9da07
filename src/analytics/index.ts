export { type AverageTrade, averageTrade } from "./average-trade.js";
export { BLOCKS, BlockSums } from "./block-sums.js";
export { type BuyAndHoldOptions, buyAndHold } from "./buy-and-hold.js";
export { cagr } from "./cagr.js";
export { dailyReturns, monthlyReturns } from "./calendar-returns.js";
export { calmar } from "./calmar.js";
export { cancelReplaceLatency } from "./cancel-replace-latency.js";
export { type DeflatedSharpeInput, deflatedSharpe } from "./deflated-sharpe.js";
export { drawdown } from "./drawdown.js";
export { type DrawdownPeriod, drawdownPeriods } from "./drawdown-periods.js";
export { type DrawdownSummary, drawdownSummary } from "./drawdown-summary.js";
export { expectancy } from "./expectancy.js";
export { type ExpectedMaxSharpeInput, expectedMaxSharpe } from "./expected-max-sharpe.js";
export { exposure } from "./exposure.js";
export { fillRate } from "./fill-rate.js";
export { implementationShortfall, type Shortfall } from "./implementation-shortfall.js";
export { type KurtosisOptions, kurtosis } from "./kurtosis.js";
export type { LatencyPercentiles, LatencySample } from "./latency-percentiles.js";
export { maxDrawdown, maxDrawdownOfEquity } from "./max-drawdown.js";
export { type MinTrackRecordLengthInput, minTrackRecordLength } from "./min-track-record-length.js";
export { normalCdf } from "./normal-cdf.js";
export { normalQuantile } from "./normal-quantile.js";
export {
  algorithmQuality,
  type GroupQuality,
  type OrderQuality,
  orderQuality,
  type PricePoint,
  type QualityOptions,
  type QualitySource,
  routeFamily,
} from "./order-quality.js";
export { type OverfittingInput, type OverfittingVerdict, overfitting } from "./overfitting.js";
export { payoffRatio } from "./payoff-ratio.js";
export { type OverfittingProbability, type PboOptions, pbo } from "./pbo.js";
export { type ProbabilisticSharpeInput, probabilisticSharpe } from "./probabilistic-sharpe.js";
export { profitFactor } from "./profit-factor.js";
export { quality } from "./quality.js";
export type { QualityFill } from "./quality-fills.js";
export { type LatencySource, type RequestLatency, requestLatencies } from "./request-latencies.js";
export { priceReturns, returns } from "./returns.js";
export { type SharpeOptions, sharpe } from "./sharpe.js";
export { sharpeOfEquity } from "./sharpe-of-equity.js";
export type { SharpeShape } from "./sharpe-shape.js";
export { type SkewnessOptions, skewness } from "./skewness.js";
export { type SortinoOptions, sortino } from "./sortino.js";
export type { AnnualOptions, ReturnSeries, Returns, TradeSource } from "./source.js";
export { type Streaks, streaks } from "./streaks.js";
export { type Summary, type SummaryOptions, type SummaryRow, type SummaryValues, summary } from "./summary.js";
export { totalReturn } from "./total-return.js";
export { TRADE_COLUMNS, type TradeRow, tradeTable } from "./trade-table.js";
export {
  type AssetSheet,
  type TearSheet,
  TradingSummary,
  type TradingSummaryInput,
  type TradingSummaryRow,
  tradingSummary,
} from "./trading-summary.js";
export { volatility } from "./volatility.js";
export { type VwapSlippage, vwapSlippage } from "./vwap-slippage.js";
export { winRate } from "./win-rate.js";
