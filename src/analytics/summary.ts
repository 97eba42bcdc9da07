import { Decimal, type EpochMs, type EquityPoints, timeText } from "../core/index.js";
import { checkOptions } from "./checks.js";
import { METRICS, summaryInput, type Unit } from "./metrics.js";
import { type AnnualOptions, curveOf, type Returns, tradesOf } from "./source.js";

/** Options of {@link summary}. Rates are annual, as fractions; 0 unless given. */
export interface SummaryOptions extends AnnualOptions {
  /** Of the Sharpe ratio. */
  readonly riskFreeReturn?: number;
  /** Of the Sortino ratio. */
  readonly targetReturn?: number;
  /** Compared with, usually `buyAndHold(candles)`. */
  readonly benchmark?: EquityPoints;
}

/** One statistic of a summary for display. */
export interface SummaryRow {
  readonly name: keyof SummaryValues;
  readonly label: string;
  /** For people: rounded, with its unit; the reason when undefined. */
  readonly text: string;
  /** For code: a number, exact decimal text for money of trades, or `null`. */
  readonly value: number | string | null;
  /** Unit of `value`. */
  readonly unit: string;
  /** Why `value` is `null`. */
  readonly reason?: string;
}

/** The statistics of a summary; `null` where undefined, and `reasons` says why. Each is documented at its function. */
export interface SummaryValues {
  readonly start: EpochMs | null;
  readonly end: EpochMs | null;
  readonly points: number;
  /** Years of 365 days, or periods for plain returns without `periodsPerYear`. */
  readonly years: number;
  readonly initialEquity: number | null;
  readonly finalEquity: number | null;
  readonly totalReturn: number | null;
  readonly buyAndHoldReturn: number | null;
  readonly cagr: number | null;
  readonly volatility: number | null;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  readonly calmar: number | null;
  readonly maxDrawdown: number | null;
  readonly meanDrawdown: number | null;
  readonly currentDrawdown: number | null;
  /** Days. */
  readonly longestDrawdown: number | null;
  readonly skewness: number | null;
  readonly kurtosis: number | null;
  readonly exposure: number | null;
  readonly trades: number | null;
  /** Trades that end only because the data ends. */
  readonly openTrades: number | null;
  readonly netProfit: Decimal | null;
  readonly fees: Decimal | null;
  readonly winRate: number | null;
  readonly profitFactor: number | null;
  readonly payoffRatio: number | null;
  readonly expectancy: number | null;
  /** Mean net P&L of a trade. */
  readonly averageTrade: Decimal | null;
  readonly longestWinStreak: number | null;
  readonly longestLossStreak: number | null;
}

/** All statistics of a run, a session, a curve or a return series. Frozen. */
export interface Summary extends SummaryValues {
  /** Why each `null` is undefined, by name. */
  readonly reasons: Readonly<Partial<Record<keyof SummaryValues, string>>>;
  /** The statistics as rows of a table, in their order. */
  toRows(): readonly SummaryRow[];
}

function unitName(unit: Unit, isAnnual: boolean): string {
  if (unit === "annual fraction") return isAnnual ? "fraction per year" : "fraction per period";
  if (unit === "annual ratio") return isAnnual ? "ratio, annualised" : "ratio per period";
  return unit === "years" && !isAnnual ? "periods" : unit;
}

function valueText(value: number | Decimal, unit: string): string {
  if (unit === "money" || Decimal.isDecimal(value)) return new Decimal(value).toDecimalPlaces(8).toFixed();
  if (unit === "time") return timeText(value);
  if (unit.startsWith("fraction")) return `${(value * 100).toFixed(2)} %`;
  if (unit === "years" || unit === "days" || unit === "R") return `${value.toFixed(2)} ${unit}`;
  if (unit.startsWith("ratio")) return value.toFixed(4);
  return String(value);
}

/**
 * Every statistic of a source at once, frozen: `summary(run).sharpe`, `summary(run).reasons`, `summary(run).toRows()`.
 * @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`, and those of a bad source.
 */
export function summary(source: Returns, options: SummaryOptions = {}): Summary {
  checkOptions("summary", options, ["periodsPerYear", "riskFreeReturn", "targetReturn", "benchmark"]);
  const { benchmark, riskFreeReturn = 0, targetReturn = 0 } = options;
  const curve = curveOf(source, options);
  const trades = "trades" in source ? tradesOf(source) : undefined;
  const input = summaryInput(curve, trades, { benchmark, riskFreeReturn, targetReturn });

  const values: Record<string, number | Decimal | null> = {};
  const reasons: Record<string, string> = {};
  const rows: SummaryRow[] = [];
  for (const metric of METRICS) {
    const name = metric.name as keyof SummaryValues;
    const unit = unitName(metric.unit, curve.isAnnual);
    const { value, reason } = metric.of(input);
    values[name] = value;
    if (value === null) reasons[name] = reason;
    const shown =
      value === null ? { text: `n/a: ${reason}`, value, unit, reason } : { text: valueText(value, unit), value: plain(value), unit };
    rows.push(Object.freeze({ name, label: metric.label, ...shown }));
  }
  Object.freeze(rows);
  return Object.freeze({ ...(values as unknown as SummaryValues), reasons: Object.freeze(reasons), toRows: () => rows });
}

function plain(value: number | Decimal): number | string {
  return Decimal.isDecimal(value) ? value.toFixed() : value;
}
