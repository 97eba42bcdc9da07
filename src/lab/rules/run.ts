import { buyAndHold, type Summary, summary, tradeTable } from "../../analytics/index.js";
import type { BacktestRun } from "../../backtest/index.js";
import { equityChart } from "../../charts/index.js";
import { timeText } from "../../core/index.js";
import { type Figure, type MimeBundle, plainText, type Table, table } from "../../display/index.js";
import type { StoredRouter } from "../../state/index.js";
import { section, warningText } from "./section.js";

/** `SmaCross on BTCUSDT 5m, 2024-05-01T00:00:00Z to …, 28964 bars`. */
function runTitle(run: BacktestRun): string {
  const { settings, series } = run;
  const first = series[0]!;
  const span = `${timeText(first.time[0]!)} to ${timeText(first.time[first.length - 1]!)}`;
  return `${run.strategy.name} on ${settings.symbols.join(", ")} ${settings.interval}, ${span}, ${run.counts.bars} bars`;
}

/** Parameters as text: `fastPeriod 12, slowPeriod 30`. */
export function paramsText(params: Readonly<Record<string, unknown>>): string {
  return Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${plainText(value)}`)
    .join(", ");
}

/** A schedule's name with its rates; rates given by hand are their own name. */
function feesText({ name, maker, taker }: BacktestRun["settings"]["fees"]): string {
  const rates = `maker ${maker}, taker ${taker}`;
  return name === rates ? `fees ${rates}` : `fees ${name} (${rates})`;
}

/** How orders reached the venue: `router maker_both, entries 8 s then retry x 1 then skip, exits 5 s`. */
function routerText({ style, entryTtlS, entryMiss, entryRetries, retryExhaust, exitTtlS }: BacktestRun["settings"]["router"]): string {
  const miss = entryMiss === "retry" ? `retry x ${entryRetries} then ${retryExhaust}` : entryMiss;
  const entries = style === "maker_exit" ? [] : [`entries ${entryTtlS} s then ${miss}`];
  const exits = style === "maker_entry" ? [] : [`exits ${exitTtlS} s`];
  return [`router ${style}`, ...entries, ...exits].join(", ");
}

/** Quotes, and what became of them; no row where nothing rests. */
export function routerRows({ style, counters }: Pick<StoredRouter, "style" | "counters">): { figure: string; value: string }[] {
  if (style === "taker") return [];
  const { makerEntries, takerEntries, makerExits, takerExits, entryMissSkip, entryMissRetry, entryMissMarket, exitEscalations } = counters;
  return [
    { figure: "Entries resting / at the market", value: `${makerEntries} / ${takerEntries}` },
    { figure: "Missed: skipped / retried / bought", value: `${entryMissSkip} / ${entryMissRetry} / ${entryMissMarket}` },
    { figure: "Exits resting / at the market / escalated", value: `${makerExits} / ${takerExits} / ${exitEscalations}` },
  ];
}

/** The assumptions a result rests on, in one line. */
function settingsText(run: BacktestRun): string {
  const { settings } = run;
  const limits = Object.entries(settings.risk).map(([name, value]) => `${name} ${value}`);
  return [
    `cash ${settings.cash} ${settings.currency}`,
    `${settings.category}, leverage ${settings.leverage}`,
    `sizer ${settings.sizer}`,
    `risk ${settings.riskChecker === "basic" ? limits.join(", ") || "no limits" : settings.riskChecker}`,
    feesText(settings.fees),
    `slippage ${settings.slippageBps} bps`,
    `latency ${settings.latencyBars} bar${settings.latencyBars === 1 ? "" : "s"}`,
    `brackets ${settings.brackets}`,
    ...(settings.router.style === "taker" ? [] : [routerText(settings.router)]),
    `funding ${settings.funding === 0 ? "none" : `${settings.funding} payments`}`,
  ].join("; ");
}

function statistics(run: BacktestRun): Summary {
  return summary(run, { benchmark: buyAndHold(run.series[0]!, { initial: run.equity.initial }) });
}

const HEADLINE = ["totalReturn", "buyAndHoldReturn", "cagr", "volatility", "sharpe", "sortino", "calmar", "maxDrawdown", "exposure"];
const TRADING = ["winRate", "profitFactor", "payoffRatio", "averageTrade"];

/** The figures of a run, exact where they are money. */
function runTable(run: BacktestRun): Table {
  const rows = statistics(run).toRows();
  const pick = (names: readonly string[]): { figure: string; value: string }[] =>
    names.map((name) => rows.find((row) => row.name === name)!).map(({ label, text }) => ({ figure: label, value: text }));
  const { counts, settings } = run;
  return table(
    [
      { figure: "Final equity", value: `${run.finalEquity.toFixed(8)} ${settings.currency}` },
      ...pick(HEADLINE),
      { figure: "Round trips", value: String(run.roundTrips) },
      ...pick(TRADING),
      { figure: "Fees", value: run.fees.toFixed(8) },
      ...(settings.funding > 0 ? [{ figure: "Funding paid", value: run.funding.toFixed(8) }] : []),
      { figure: "Signals / orders / fills", value: `${counts.signals} / ${counts.orders} / ${counts.fills}` },
      { figure: "Stops / targets / exits by signal", value: `${counts.stops} / ${counts.targets} / ${counts.signalExits}` },
      { figure: "Refused / rejected / ignored entries", value: `${counts.refused} / ${counts.rejected} / ${counts.entriesIgnored}` },
      ...routerRows(run.router),
    ],
    { limit: 40, align: { value: "right" } },
  );
}

const NUMBERS = ["quantity", "entryPrice", "exitPrice", "grossPnl", "fees", "netPnl"] as const;

/** Round trips as a table, figures set to the right. */
function tradesTable(run: BacktestRun): Table {
  return table(tradeTable(run), { title: "Trades", limit: 8, align: Object.fromEntries(NUMBERS.map((name) => [name, "right"])) });
}

/** Equity with drawdown, next to buying and holding. */
function runChart(run: BacktestRun): Figure {
  const first = run.series[0]!;
  return equityChart(run.equity, {
    title: `${run.strategy.name} on ${run.settings.symbols.join(", ")} ${run.settings.interval}`,
    note: `fees ${run.settings.fees.name}, slippage ${run.settings.slippageBps} bps`,
    synthetic: run.series.some((series) => series.source.synthetic),
    benchmark: { name: "buy and hold", ...buyAndHold(first, { initial: run.equity.initial }) },
  });
}

export function runText(run: BacktestRun): string {
  return [
    runTitle(run),
    paramsText(run.params),
    settingsText(run),
    runTable(run).toString(),
    warningText(run.warnings.map((warning) => warning.message)),
  ]
    .filter((line) => line !== "")
    .join("\n");
}

/** A run in a notebook: figures, doubts, equity and drawdown, the first and last trades. */
export function runBundle(run: BacktestRun): Promise<MimeBundle> {
  return section(runTitle(run), [
    { lines: [paramsText(run.params), settingsText(run)] },
    { warnings: run.warnings.map((warning) => warning.message) },
    runTable(run),
    runChart(run),
    ...(run.trades.length === 0 ? [] : [tradesTable(run)]),
  ]);
}
