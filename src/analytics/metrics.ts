import type { Decimal, EquityPoints, Trade } from "../core/index.js";
import { averageTradeStat } from "./average-trade.js";
import { cagrStat } from "./cagr.js";
import { calmarStat } from "./calmar.js";
import type { Curve } from "./curve.js";
import { type DrawdownSummary, drawdownSummaryStat } from "./drawdown-summary.js";
import { expectancyStat } from "./expectancy.js";
import { exposureStat } from "./exposure.js";
import { kurtosisStat } from "./kurtosis.js";
import { maxDrawdownStat } from "./max-drawdown.js";
import { payoffRatioStat } from "./payoff-ratio.js";
import { profitFactorStat } from "./profit-factor.js";
import { sharpeStat } from "./sharpe.js";
import { skewnessStat } from "./skewness.js";
import { sortinoStat } from "./sortino.js";
import { curveOf } from "./source.js";
import { defined, type Stat, undefinedBecause } from "./stat.js";
import { streaks } from "./streaks.js";
import { totalReturnStat } from "./total-return.js";
import { type TradeTotals, tradeTotals } from "./trade-totals.js";
import { volatilityStat } from "./volatility.js";
import { winRateStat } from "./win-rate.js";

/** Unit of a statistic. `fraction`: 0.1 is 10 %; `R`: average losses; `annual` ones are per period when the source has no year. */
export type Unit = "time" | "years" | "days" | "fraction" | "annual fraction" | "ratio" | "annual ratio" | "money" | "count" | "R";

/** What the statistics of a summary look at; the parts that several need are computed once. */
export interface SummaryInput {
  readonly curve: Curve;
  readonly drawdowns: Stat<DrawdownSummary>;
  readonly trades: Stat<readonly Trade[]>;
  readonly totals: Stat<TradeTotals>;
  readonly benchmark: EquityPoints | undefined;
  readonly riskFreeReturn: number;
  readonly targetReturn: number;
}

/** One line of a summary. */
export interface Metric {
  readonly name: string;
  readonly label: string;
  readonly unit: Unit;
  readonly of: (input: SummaryInput) => Stat<number | Decimal>;
}

const DAY_MS = 86_400_000;

function map<A, B>(stat: Stat<A>, then: (value: A) => Stat<B>): Stat<B> {
  return stat.reason === undefined ? then(stat.value) : stat;
}

function timeOf({ curve }: SummaryInput, index: number): Stat {
  if (curve.length === 0) return undefinedBecause("there are no points");
  const time = curve.timeAt(index);
  return time === null ? undefinedBecause("the returns carry no times") : defined(time);
}

function equityOf({ curve }: SummaryInput, pick: (equity: Float64Array) => number): Stat {
  return curve.kind === "returns" ? undefinedBecause("a return series has no money") : map(curve.equity, (equity) => defined(pick(equity)));
}

function longestDays({ longest }: DrawdownSummary): Stat {
  if (longest === null) return defined(0);
  return longest.duration === null ? undefinedBecause("the returns carry no times") : defined(longest.duration / DAY_MS);
}

function buyAndHoldReturn({ benchmark }: SummaryInput): Stat {
  return benchmark === undefined ? undefinedBecause("no benchmark was given") : totalReturnStat(curveOf(benchmark));
}

/** Every statistic of a summary, in its order: a new one is its own file and one line here (and its field in `Summary`). */
export const METRICS: readonly Metric[] = [
  { name: "start", label: "Start", unit: "time", of: (s) => timeOf(s, 0) },
  { name: "end", label: "End", unit: "time", of: (s) => timeOf(s, s.curve.length - 1) },
  { name: "points", label: "Points", unit: "count", of: (s) => defined(s.curve.length) },
  { name: "years", label: "Span", unit: "years", of: (s) => defined(s.curve.years) },
  { name: "initialEquity", label: "Initial equity", unit: "money", of: (s) => equityOf(s, () => s.curve.initial) },
  { name: "finalEquity", label: "Final equity", unit: "money", of: (s) => equityOf(s, (equity) => equity.at(-1)!) },
  { name: "totalReturn", label: "Total return", unit: "fraction", of: (s) => totalReturnStat(s.curve) },
  { name: "buyAndHoldReturn", label: "Buy and hold return", unit: "fraction", of: buyAndHoldReturn },
  { name: "cagr", label: "Growth (CAGR)", unit: "annual fraction", of: (s) => cagrStat(s.curve) },
  { name: "volatility", label: "Volatility", unit: "annual fraction", of: (s) => volatilityStat(s.curve) },
  { name: "sharpe", label: "Sharpe ratio", unit: "annual ratio", of: (s) => sharpeStat(s.curve, s.riskFreeReturn) },
  { name: "sortino", label: "Sortino ratio", unit: "annual ratio", of: (s) => sortinoStat(s.curve, s.targetReturn) },
  { name: "calmar", label: "Calmar ratio", unit: "annual ratio", of: (s) => calmarStat(s.curve) },
  { name: "maxDrawdown", label: "Maximum drawdown", unit: "fraction", of: (s) => maxDrawdownStat(s.curve) },
  { name: "meanDrawdown", label: "Mean drawdown", unit: "fraction", of: (s) => map(s.drawdowns, (d) => defined(d.mean)) },
  { name: "currentDrawdown", label: "Current drawdown", unit: "fraction", of: (s) => map(s.drawdowns, (d) => defined(d.current)) },
  { name: "longestDrawdown", label: "Longest drawdown", unit: "days", of: (s) => map(s.drawdowns, longestDays) },
  { name: "skewness", label: "Skewness", unit: "ratio", of: (s) => skewnessStat(s.curve) },
  { name: "kurtosis", label: "Kurtosis (normal 3)", unit: "ratio", of: (s) => kurtosisStat(s.curve) },
  { name: "exposure", label: "Exposure", unit: "fraction", of: (s) => map(s.trades, (trades) => exposureStat(s.curve, trades)) },
  { name: "trades", label: "Trades", unit: "count", of: (s) => map(s.totals, (t) => defined(t.count)) },
  {
    name: "openTrades",
    label: "Still open at the end",
    unit: "count",
    of: (s) => map(s.trades, (trades) => defined(trades.filter((trade) => trade.exitReason === "end").length)),
  },
  { name: "netProfit", label: "Net profit of trades", unit: "money", of: (s) => map(s.totals, (t) => defined<Decimal>(t.net)) },
  { name: "fees", label: "Fees of trades", unit: "money", of: (s) => map(s.totals, (t) => defined<Decimal>(t.fees)) },
  { name: "winRate", label: "Win rate", unit: "fraction", of: (s) => map(s.totals, winRateStat) },
  { name: "profitFactor", label: "Profit factor", unit: "ratio", of: (s) => map(s.totals, profitFactorStat) },
  { name: "payoffRatio", label: "Payoff ratio", unit: "ratio", of: (s) => map(s.totals, payoffRatioStat) },
  { name: "expectancy", label: "Expectancy", unit: "R", of: (s) => map(s.totals, expectancyStat) },
  {
    name: "averageTrade",
    label: "Average trade",
    unit: "money",
    of: (s) => map(map(s.trades, averageTradeStat), (average) => defined<Decimal>(average.netPnl)),
  },
  {
    name: "longestWinStreak",
    label: "Longest winning streak",
    unit: "count",
    of: (s) => map(s.trades, (t) => defined(streaks(t).longestWin)),
  },
  {
    name: "longestLossStreak",
    label: "Longest losing streak",
    unit: "count",
    of: (s) => map(s.trades, (t) => defined(streaks(t).longestLoss)),
  },
];

/** Brings a source's parts together for {@link METRICS}. */
export function summaryInput(
  curve: Curve,
  trades: readonly Trade[] | undefined,
  options: Pick<SummaryInput, "benchmark" | "riskFreeReturn" | "targetReturn">,
): SummaryInput {
  const known: Stat<readonly Trade[]> = trades === undefined ? undefinedBecause("the source has no trades") : defined(trades);
  return {
    curve,
    drawdowns: drawdownSummaryStat(curve),
    trades: known,
    totals: map(known, (list) => defined(tradeTotals(list))),
    ...options,
  };
}
