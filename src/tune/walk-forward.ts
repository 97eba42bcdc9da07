import { type BacktestRun, backtest, type StrategyChoice } from "../backtest/index.js";
import type { CandleSeries } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { SearchControls, TuneOptions } from "./options.js";
import { makePlan, type Plan } from "./plan.js";
import type { Study } from "./study.js";
import { tune } from "./tune.js";
import { type Chosen, WalkForward } from "./walk.js";
import { type Turn, walkStrategy } from "./walk-strategy.js";
import { barsOf, type WindowSpan, windowsOf } from "./walk-windows.js";

/** What `walkForward` takes: the options of a search, and how long to train and to test. */
export interface WalkForwardOptions<S extends StrategyChoice = StrategyChoice> extends TuneOptions<S> {
  /** Bars to choose parameters on before each test, or a duration such as `"90d"`. */
  train: number | string;
  /** Bars to trade the parameters that were chosen, or a duration. */
  test: number | string;
  /** Whether every training begins at the first bar, so that it grows; false unless given: it moves along. */
  anchored?: boolean;
}

const OWN = ["train", "test", "anchored"] as const;

/** The candles of some steps, a series a symbol. */
function cut(series: readonly CandleSeries[], times: Float64Array, from: number, to: number): readonly CandleSeries[] {
  const end = times[to] ?? Number.POSITIVE_INFINITY;
  return series.map((one) => one.slice(one.indexAt(times[from]!), one.indexAt(end)));
}

/** Progress of all searches as that of one. */
function partOf(controls: SearchControls, part: number, parts: number, started: number): SearchControls {
  const { signal, onProgress } = controls;
  return {
    ...(signal && { signal }),
    ...(onProgress && {
      onProgress: ({ done, total, best }) => {
        const elapsedMs = performance.now() - started;
        const all = part * total + done;
        onProgress({
          done: all,
          total: parts * total,
          best,
          elapsedMs,
          etaMs: all === 0 ? null : (elapsedMs / all) * (parts * total - all),
        });
      },
    }),
  };
}

function turnsOf(chosen: readonly Chosen[], times: Float64Array): Turn[] {
  return chosen.flatMap(({ span, study }, k) =>
    study.hasBest
      ? [
          {
            params: study.best.params,
            hearFrom: times[span.trainFrom]!,
            actFrom: times[span.testFrom]!,
            closeAt: k === chosen.length - 1 ? undefined : times[span.testTo - 1]!,
          },
        ]
      : [],
  );
}

/** Options of a search, those of the walk itself taken out. @throws LabError `OPTION_UNKNOWN` that knows both. */
function checked<S extends StrategyChoice>(options: WalkForwardOptions<S>): { search: TuneOptions<S>; plan: Plan } {
  if (typeof options !== "object" || options === null)
    throw new LabError("OPTION_INVALID", "walkForward takes an object of options with data, strategy, space, train and test.");
  const { train: _, test: __, anchored, ...rest } = options;
  if (anchored !== undefined && typeof anchored !== "boolean")
    throw new LabError("OPTION_INVALID", `anchored is true or false, got ${String(anchored)}.`);
  const search = rest as unknown as TuneOptions<S>;
  try {
    return { search, plan: makePlan(search) };
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== "OPTION_UNKNOWN") throw error;
    const { name, known } = error.details as { name: string; known: readonly string[] };
    throw unknownName("OPTION_UNKNOWN", "walkForward option", name, [...OWN, ...known]);
  }
}

/**
 * Walk-forward analysis: parameters are searched on a stretch of bars and traded on the bars after it, again and again through the data, so that every bar that counts was
 * traded by parameters chosen without it. All tests are one run of one account through the same engine as `backtest()`: what a person who tunes anew at every window would have
 * had, costs included. The parameters see their training as warm-up; at the end of a window everything is closed at the market, and the next acts from the bar after.
 * The last search, over the newest bars, is `latest`: its best is what would trade next, and nothing in the data can tell how it does.
 * Source: Pardo, "The Evaluation and Optimization of Trading Strategies", 2nd edition, Wiley 2008, chapter 11.
 * @example
 * const walk = await walkForward({ data, strategy: "SmaCross", space: { fastPeriod: range(5, 60, 5), slowPeriod: range(20, 240, 10) }, train: "90d", test: "30d" });
 * walk.efficiency; walk.table(); await exportStrategy(walk.best, "strategies/sma_cross.toml");
 * @throws LabError `WALK_TOO_SHORT`, `WALK_DATA` for trades and books, `WALK_NO_BEST` when no window has a trial with a score, `WALK_ABORTED` when it was stopped before the
 *   first window was searched, and those of `tune`.
 */
export async function walkForward<S extends StrategyChoice>(options: WalkForwardOptions<S>): Promise<WalkForward> {
  const { search, plan } = checked(options);
  const { prepared } = plan;
  const { series, times } = prepared;
  if (prepared.isTicks)
    throw new LabError("WALK_DATA", "walkForward takes candles; of trades and books make candles first, or tune them by hand.");
  const { interval } = series[0]!;
  const lengths = {
    train: barsOf(options.train, "train", interval),
    test: barsOf(options.test, "test", interval),
    anchored: options.anchored ?? false,
  };
  const spans = windowsOf(times.length, lengths);
  const started = performance.now();
  const searchOn = (span: Pick<WindowSpan, "trainFrom" | "trainTo">, part: number): Promise<Study> =>
    tune({
      ...search,
      ...partOf(options, part, spans.length + 1, started),
      data: cut(series, times, span.trainFrom, span.trainTo),
    } as TuneOptions);

  const chosen: Chosen[] = [];
  let aborted = false;
  for (const [part, span] of spans.entries()) {
    const study = await searchOn(span, part);
    aborted = study.aborted;
    if (aborted) break;
    chosen.push({ span, study });
  }
  if (chosen.length === 0)
    throw new LabError("WALK_ABORTED", "The walk was stopped before its first window was searched: nothing was tested.");
  const newest = { trainFrom: lengths.anchored ? 0 : times.length - lengths.train, trainTo: times.length };
  const last = aborted ? undefined : await searchOn(newest, spans.length);
  const latest = last?.aborted === true ? undefined : last;
  return new WalkForward({
    strategy: plan.strategy,
    chosen,
    lengths,
    run: runOf(plan, chosen),
    latest,
    elapsedMs: performance.now() - started,
  });
}

/** The tests as one run, over the bars from the first training to the end of the last test. */
function runOf({ strategy, options, prepared: { series, times } }: Plan, chosen: readonly Chosen[]): BacktestRun {
  const turns = turnsOf(chosen, times);
  if (turns.length === 0) {
    const { study } = chosen[0]!;
    const why = study.trials[0]?.reason ?? "it is undefined";
    throw new LabError("WALK_NO_BEST", `No window has a trial with a score; the first because ${why}.`);
  }
  const { params: _, ...settings } = options;
  return backtest({ ...settings, data: cut(series, times, 0, chosen.at(-1)!.span.testTo), strategy: walkStrategy(strategy, turns) });
}
