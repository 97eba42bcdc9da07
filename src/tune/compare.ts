import { profitFactor, sharpe, winRate } from "../analytics/index.js";
import { BacktestRun } from "../backtest/index.js";
import { Decimal, timeText } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { valueText } from "./space.js";
import { Study } from "./study.js";
import { Trial } from "./trial.js";

/** What can be compared: runs, trials, and studies by their best trial. */
export type Comparable = BacktestRun | Trial | Study;

/** One setting or metric of every item compared, in their order. Exact values are text; `null` where undefined. */
export interface ComparisonRow {
  readonly kind: "setting" | "metric";
  readonly name: string;
  readonly values: readonly (string | number | null)[];
}

/** Settings that differ and all metrics, side by side. */
export interface Comparison {
  /** Names of the items, each once. */
  readonly labels: readonly string[];
  /** Settings, parameters and data that are not the same in all items. */
  readonly differences: readonly ComparisonRow[];
  readonly metrics: readonly ComparisonRow[];
  /** Both as plain rows, a column an item. */
  table(): readonly Readonly<Record<string, string | number | null>>[];
}

type Facts = Readonly<Record<string, string | number | null>>;

/** The settings of a run as flat names and plain values: `fees.taker`, `params.fastPeriod`, `data.BTCUSDT.from`. */
function settingsOf(run: BacktestRun): Facts {
  const facts: Record<string, string | number | null> = { strategy: run.strategy.name };
  const add = (name: string, value: unknown): void => {
    if (typeof value === "object" && value !== null && !Decimal.isDecimal(value))
      for (const [key, inner] of Object.entries(value)) add(`${name}.${key}`, inner);
    else facts[name] = typeof value === "number" ? value : value === undefined ? null : valueText(value);
  };
  for (const [name, value] of Object.entries(run.params)) add(`params.${name}`, value);
  for (const [name, value] of Object.entries(run.settings)) if (name !== "instruments") add(name, value);
  for (const { symbol, ...filters } of run.settings.instruments) add(`instrument.${symbol}`, filters);
  for (const { symbol, source, time, length } of run.series)
    add(`data.${symbol}`, {
      source: source.name,
      sha256: source.sha256,
      from: timeText(time[0]!),
      to: timeText(time[length - 1]!),
      candles: length,
    });
  return facts;
}

function metricsOf(run: BacktestRun): Facts {
  return {
    finalEquity: run.finalEquity.toFixed(),
    totalReturn: run.totalReturn,
    buyAndHold: run.buyAndHold,
    sharpe: sharpe(run),
    maxDrawdown: run.maxDrawdown,
    roundTrips: run.roundTrips,
    winRate: winRate(run),
    profitFactor: profitFactor(run),
    fees: run.fees.toFixed(),
    funding: run.funding.toFixed(),
  };
}

function runOf(item: unknown): BacktestRun {
  if (item instanceof BacktestRun) return item;
  if (item instanceof Trial || item instanceof Study) return item.backtest();
  throw new LabError(
    "COMPARE_INVALID",
    "compare takes runs, trials and studies, or one object that names them: compare({ before: run, after: study.best }).",
  );
}

const isItem = (value: unknown): boolean => value instanceof BacktestRun || value instanceof Trial || value instanceof Study;

/** The items with a name each: those given, or the strategy with its number. */
function labelled(items: readonly unknown[]): [string, BacktestRun][] {
  const [only] = items;
  if (items.length === 1 && Array.isArray(only)) return labelled(only);
  if (items.length === 1 && typeof only === "object" && only !== null && !isItem(only))
    return Object.entries(only).map(([label, item]) => [label, runOf(item)]);
  return items.map((item, i) => {
    const run = runOf(item);
    return [`${i + 1} ${run.strategy.name}`, run];
  });
}

function rows(kind: ComparisonRow["kind"], facts: readonly Facts[]): ComparisonRow[] {
  const names = new Set(facts.flatMap((each) => Object.keys(each)));
  return [...names].map((name) => Object.freeze({ kind, name, values: facts.map((each) => each[name] ?? null) }));
}

/**
 * Runs, trials and studies (by their best trial) side by side: the settings that differ, then the metrics. Trials are run again in full.
 * @example compare(run, study).table(); compare([run, study]); compare({ before: run, after: study.best })
 * @throws LabError `COMPARE_INVALID` for fewer than two items, or something else.
 */
export function compare(...items: readonly Comparable[]): Comparison;
export function compare(items: readonly Comparable[]): Comparison;
export function compare(items: Readonly<Record<string, Comparable>>): Comparison;
export function compare(...items: readonly unknown[]): Comparison {
  const runs = labelled(items);
  if (runs.length < 2) throw new LabError("COMPARE_INVALID", `compare needs at least two items, got ${runs.length}.`);
  const labels = Object.freeze(runs.map(([label]) => label));
  const settings = rows(
    "setting",
    runs.map(([, run]) => settingsOf(run)),
  );
  const differences = Object.freeze(settings.filter(({ values }) => values.some((value) => value !== values[0])));
  const metrics = Object.freeze(
    rows(
      "metric",
      runs.map(([, run]) => metricsOf(run)),
    ),
  );
  return Object.freeze<Comparison>({
    labels,
    differences,
    metrics,
    table: () =>
      [...differences, ...metrics].map(({ kind, name, values }) => ({
        kind,
        name,
        ...Object.fromEntries(labels.map((label, i) => [label, values[i]!])),
      })),
  });
}
