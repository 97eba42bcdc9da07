import type { EpochMs, EquityPoints, PerformanceSource, Trade } from "../core/index.js";
import { wrongInput } from "../errors/index.js";
import { checkOptions } from "./checks.js";
import { type Summary, type SummaryRow, summary } from "./summary.js";

/** Settings of {@link tradingSummary}. */
export interface TradingSummaryOptions {
  /** Balance curves by asset, in units of the asset; the equity under `currency` unless given. */
  readonly assets?: Readonly<Record<string, EquityPoints>>;
  /** Name of the settlement currency; the run's own unless given. */
  readonly currency?: string;
  /** Whose trade it is; all belong to one unless given. */
  readonly strategyOf?: (trade: Trade) => string;
  /** Risk-free return a year, as a fraction; 0 unless given. */
  readonly riskFreeReturn?: number;
}

/** What a trading summary is made from: equity at regular moments and round trips, settings beside them or apart; a run and a stored session are such. */
export interface TradingSummaryInput extends PerformanceSource, TradingSummaryOptions {}

/** The statistics of one instrument, one strategy or everything; `null` where undefined, and `reasons` says why. */
export type TearSheet = Pick<
  Summary,
  | "totalReturn"
  | "sharpe"
  | "sortino"
  | "calmar"
  | "maxDrawdown"
  | "meanDrawdown"
  | "currentDrawdown"
  | "trades"
  | "netProfit"
  | "fees"
  | "winRate"
  | "profitFactor"
  | "reasons"
>;

/** The balance of one asset: its end, and its falls from peaks as fractions. */
export interface AssetSheet {
  readonly balanceEnd: number | null;
  readonly maxDrawdown: number | null;
  readonly meanDrawdown: number | null;
  readonly currentDrawdown: number | null;
}

/** A session in figures. */
export class TradingSummary {
  readonly start: EpochMs | null;
  readonly end: EpochMs | null;
  /** A year, as a fraction. */
  readonly riskFreeReturn: number;
  readonly total: TearSheet;
  readonly instruments: Readonly<Record<string, TearSheet>>;
  readonly strategies: Readonly<Record<string, TearSheet>>;
  readonly assets: Readonly<Record<string, AssetSheet>>;
  readonly #rows: readonly TradingSummaryRow[];

  /** Use {@link tradingSummary}. */
  constructor(parts: Omit<TradingSummary, "toRows" | "toString">, rows: readonly TradingSummaryRow[]) {
    this.start = parts.start;
    this.end = parts.end;
    this.riskFreeReturn = parts.riskFreeReturn;
    this.total = parts.total;
    this.instruments = parts.instruments;
    this.strategies = parts.strategies;
    this.assets = parts.assets;
    this.#rows = Object.freeze(rows);
    Object.freeze(this);
  }

  /** One row a sheet and statistic, for a table. */
  toRows(): readonly TradingSummaryRow[] {
    return this.#rows;
  }

  toString(): string {
    return this.#rows.map(({ sheet, label, text }) => `${sheet}: ${label} ${text}`).join("\n");
  }
}

/** One figure of a trading summary for display. */
export interface TradingSummaryRow {
  readonly sheet: string;
  readonly label: string;
  readonly text: string;
}

const FIELDS = [
  "totalReturn",
  "sharpe",
  "sortino",
  "calmar",
  "maxDrawdown",
  "meanDrawdown",
  "currentDrawdown",
  "trades",
  "netProfit",
  "fees",
  "winRate",
  "profitFactor",
] as const;

/** The account's equity as it would be with these trades alone: initial equity and their net P&L, each booked at its exit. */
function curveOfTrades(equity: EquityPoints, trades: readonly Trade[]): EquityPoints {
  const sorted = [...trades].sort((a, b) => a.exitTime - b.exitTime);
  const value = new Float64Array(equity.value.length);
  let at = 0;
  let pnl = 0;
  for (let i = 0; i < value.length; i++) {
    const last = i === value.length - 1;
    while (at < sorted.length && (last || sorted[at]!.exitTime <= equity.time[i]!)) pnl += sorted[at++]!.netPnl.toNumber();
    value[i] = equity.initial + pnl;
  }
  return { ...equity, value };
}

function sheetOf(of: Summary): TearSheet {
  const values = Object.fromEntries(FIELDS.map((field) => [field, of[field]]));
  const reasons = Object.fromEntries(Object.entries(of.reasons).filter(([field]) => (FIELDS as readonly string[]).includes(field)));
  return Object.freeze({ ...values, reasons: Object.freeze(reasons) }) as TearSheet;
}

/** The currency that a run's settings or a stored session's record name. */
function currencyOf(input: object): string | undefined {
  const { settings, record } = input as Record<"settings" | "record", { readonly currency?: string } | undefined>;
  return settings?.currency ?? record?.currency;
}

/**
 * A session in figures, in all and by instrument, strategy and asset: return, Sharpe, Sortino and Calmar from equity at regular moments, drawdowns of equity, win rate
 * and profit factor from net P&L of trades. What is undefined is `null` with its reason. The same input gives the same summary, however often it is asked for. Sheets of
 * instruments and strategies book each trade at its exit; the total also sees positions while they are open.
 * @example tradingSummary(run, { riskFreeReturn: 0.03 }).instruments.BTCUSDT.winRate
 * @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`, `TRADES_SOURCE`, and those of bad equity.
 */
export function tradingSummary(input: TradingSummaryInput, options: TradingSummaryOptions = {}): TradingSummary {
  checkOptions("tradingSummary", options, ["assets", "currency", "strategyOf", "riskFreeReturn"]);
  const { equity, trades } = input ?? {};
  if (typeof equity !== "object" || equity === null || !Array.isArray(trades))
    throw wrongInput("TRADES_SOURCE", "tradingSummary", "what has { equity, trades }, such as a run or a stored session", input);
  const riskFreeReturn = options.riskFreeReturn ?? input.riskFreeReturn ?? 0;
  const strategyOf = options.strategyOf ?? input.strategyOf ?? (() => "main");
  const currency = options.currency ?? input.currency ?? currencyOf(input) ?? "equity";
  const rows: TradingSummaryRow[] = [];
  const show = (sheet: string, from: readonly SummaryRow[]): void => {
    for (const { name, label, text } of from)
      if ((FIELDS as readonly string[]).includes(name)) rows.push(Object.freeze({ sheet, label, text }));
  };
  const make = (sheet: string, source: PerformanceSource): TearSheet => {
    const all = summary(source, { riskFreeReturn, targetReturn: riskFreeReturn });
    show(sheet, all.toRows());
    return sheetOf(all);
  };
  const sheets = (what: string, keyOf: (trade: Trade) => string): Readonly<Record<string, TearSheet>> => {
    const keys = [...new Set(trades.map(keyOf))].sort();
    return Object.freeze(
      Object.fromEntries(
        keys.map((key) => {
          const own = trades.filter((trade) => keyOf(trade) === key);
          return [key, make(`${what} ${key}`, { equity: curveOfTrades(equity, own), trades: own })];
        }),
      ),
    );
  };
  const overall = summary({ equity, trades }, { riskFreeReturn, targetReturn: riskFreeReturn });
  show("total", overall.toRows());
  const assets = Object.entries(options.assets ?? input.assets ?? { [currency]: equity }).map(([asset, points]): [string, AssetSheet] => {
    const of = summary(points);
    show(
      `asset ${asset}`,
      of.toRows().filter(({ name }) => name.endsWith("Drawdown")),
    );
    const { maxDrawdown, meanDrawdown, currentDrawdown, finalEquity } = of;
    return [asset, Object.freeze({ balanceEnd: finalEquity, maxDrawdown, meanDrawdown, currentDrawdown })];
  });
  const instruments = sheets("instrument", ({ symbol }) => symbol);
  const strategies = sheets("strategy", strategyOf);
  const { start, end } = overall;
  const parts = { start, end, riskFreeReturn, total: sheetOf(overall), instruments, strategies };
  return new TradingSummary({ ...parts, assets: Object.freeze(Object.fromEntries(assets)) }, rows);
}
