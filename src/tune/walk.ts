import { maxDrawdown, sharpe } from "../analytics/index.js";
import type { AnyStrategy, BacktestRun, RunWarning } from "../backtest/index.js";
import { type EpochMs, type EquityPoints, type PerformanceSource, type Trade, timeText } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { valueText } from "./space.js";
import type { Study } from "./study.js";
import type { Trial } from "./trial.js";
import type { WindowLengths, WindowSpan } from "./walk-windows.js";

/** The search of one window. */
export interface Chosen {
  readonly span: WindowSpan;
  readonly study: Study;
}

/** What {@link WalkForward} is made of. */
export interface WalkParts {
  readonly strategy: AnyStrategy;
  readonly chosen: readonly Chosen[];
  readonly lengths: WindowLengths;
  /** All tests as one run; its first bar is the first one that was trained on. */
  readonly run: BacktestRun;
  /** The search over the newest bars; undefined where the walk was stopped. */
  readonly latest: Study | undefined;
  readonly elapsedMs: number;
}

/** How a stretch of bars went. Ratios are annualised; `null` where they are undefined. */
export interface Stretch {
  /** Opening times of its first and last bar. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly bars: number;
  /** Fraction of the equity at its beginning. */
  readonly return: number;
  readonly sharpe: number | null;
  readonly maxDrawdown: number | null;
  /** Positions that were opened in it and came back to flat, or stand at the end of the data. */
  readonly roundTrips: number;
}

/** One window of a walk: what was chosen on its training, and how that went afterwards. */
export interface WalkWindow {
  readonly index: number;
  /** The search on its training; undefined parameters and training where no trial had a score, and the window was not traded. */
  readonly study: Study;
  readonly params: Readonly<Record<string, unknown>> | undefined;
  readonly train: Stretch | undefined;
  readonly test: Stretch;
}

/** A window as a row of a table; times as text. */
export type WalkRow = Readonly<Record<string, string | number | boolean | null>>;

/**
 * A walk-forward analysis: windows, and the account that traded them. Statistics take it as it is, as in `analytics.summary(walk)`: its equity and trades are those of the tests.
 */
export class WalkForward implements PerformanceSource {
  readonly kind = "walkForward";
  readonly windows: readonly WalkWindow[];
  /** All tests as one run of one account, the first training before them as warm-up: orders, fills, refusals, `explain`. */
  readonly run: BacktestRun;
  /** Equity over the tests, a point a bar, from the close of the first bar that could be acted on. */
  readonly equity: EquityPoints;
  /** The search over the newest bars, whose best would trade next; undefined where the walk was stopped. */
  readonly latest: Study | undefined;
  /** Time it took, milliseconds. */
  readonly elapsedMs: number;
  readonly lengths: WindowLengths;
  /** The strategy whose parameters were chosen. */
  readonly strategy: AnyStrategy;

  constructor({ strategy, chosen, lengths, run, latest, elapsedMs }: WalkParts) {
    this.strategy = strategy;
    this.run = run;
    this.latest = latest;
    this.lengths = lengths;
    this.elapsedMs = elapsedMs;
    const { time, value, periodsPerYear } = run.equity;
    const first = chosen[0]!.span.testFrom;
    this.equity = Object.freeze({
      time: time.subarray(first + 1),
      value: value.subarray(first + 1),
      initial: value[first]!,
      periodsPerYear,
    });
    this.windows = Object.freeze(
      chosen.map(({ span, study }, index) => {
        const best = study.hasBest ? study.best : undefined;
        return Object.freeze({
          index,
          study,
          params: best?.searched,
          train: best === undefined ? undefined : trained(best),
          test: this.#tested(span, index === chosen.length - 1),
        });
      }),
    );
  }

  /** Round trips of the tests, in order. */
  get trades(): readonly Trade[] {
    return this.run.trades;
  }
  /** True when it was stopped: the windows searched until then were tested. */
  get aborted(): boolean {
    return this.latest === undefined;
  }

  /**
   * What would trade next: the best trial over the newest bars, ready for an export.
   * @throws LabError `WALK_ABORTED` where the walk was stopped before, `STUDY_NO_BEST`.
   */
  get best(): Trial {
    if (this.latest === undefined) throw new LabError("WALK_ABORTED", "The walk was stopped before the newest bars were searched.");
    return this.latest.best;
  }

  /** Return over all tests, a fraction of the cash at the start. */
  get totalReturn(): number {
    const { value, initial } = this.equity;
    return value[value.length - 1]! / initial - 1;
  }

  /**
   * Walk-forward efficiency: growth a bar over the tests over that in the trainings, both compounded. Near 1 the choice holds afterwards, near or below 0 it was fitted to its
   * past; `null` where the trainings did not grow or an account was spent. Source: Pardo 2008, chapter 11.
   */
  get efficiency(): number | null {
    const tested = growthOf(this.windows.filter(({ train }) => train !== undefined).map(({ test }) => test));
    const trained = growthOf(this.windows.flatMap(({ train }) => (train === undefined ? [] : [train])));
    return tested === null || trained === null || trained <= 0 ? null : tested / trained;
  }

  /** How it went, in a sentence. */
  get text(): string {
    const traded = this.windows.filter(({ train }) => train !== undefined);
    const gained = traded.filter(({ test }) => test.return > 0).length;
    const ratio = sharpe(this);
    const { efficiency } = this;
    const inTraining = meanOf(traded.map(({ train }) => train!.sharpe));
    return (
      `Out of sample ${(this.totalReturn * 100).toFixed(2)} % over ${this.equity.value.length} bars, Sharpe ratio ${ratio?.toPrecision(3) ?? "undefined"} a year ` +
      `(${inTraining?.toPrecision(3) ?? "undefined"} in the trainings, on average); ${gained} of ${traded.length} windows gained; ` +
      `walk-forward efficiency ${efficiency === null ? "undefined: the trainings did not grow" : efficiency.toPrecision(3)}.`
    );
  }

  /** Doubts about the walk, then those of its run. */
  get warnings(): readonly RunWarning[] {
    const warnings: RunWarning[] = [];
    const idle = this.windows.filter(({ train }) => train === undefined).length;
    if (this.aborted)
      warnings.push({
        code: "ABORTED",
        message: `The walk was stopped: ${this.windows.length} windows were tested, and the newest bars were not searched.`,
      });
    if (idle > 0)
      warnings.push({
        code: "NO_SCORE",
        message: `${idle} of ${this.windows.length} windows had no trial with a score and were not traded.`,
      });
    const carried = this.#carriedOver();
    if (carried > 0)
      warnings.push({
        code: "CARRIED_OVER",
        message: `${carried} positions were not closed by the first bar of the next window: their results are spread over two windows.`,
      });
    return [...warnings, ...this.run.warnings];
  }

  /** The windows as plain rows: times, parameters, and what they did in training and afterwards. */
  table(): readonly WalkRow[] {
    return this.windows.map(({ index, params, train, test }) =>
      Object.freeze({
        window: index + 1,
        from: timeText(test.from),
        to: timeText(test.to),
        bars: test.bars,
        ...Object.fromEntries(
          Object.entries(params ?? {}).map(([name, value]) => [name, typeof value === "number" ? value : valueText(value)]),
        ),
        trainReturn: train?.return ?? null,
        trainSharpe: train?.sharpe ?? null,
        testReturn: test.return,
        testSharpe: test.sharpe,
        testMaxDrawdown: test.maxDrawdown,
        roundTrips: test.roundTrips,
      }),
    );
  }

  /**
   * How a window's test went. What it asks for fills from the bar after its first, and its close at the first bar of the next window: its bars are those after its first up to that one.
   */
  #tested({ testFrom, testTo }: WindowSpan, isLast: boolean): Stretch {
    const { time, value, periodsPerYear } = this.run.equity;
    const end = isLast ? testTo : testTo + 1;
    const points = {
      time: time.subarray(testFrom + 1, end),
      value: value.subarray(testFrom + 1, end),
      initial: value[testFrom]!,
      periodsPerYear,
    };
    const [from, to] = [time[testFrom + 1]!, time[end - 1]!];
    const isSpent = points.initial <= 0;
    return Object.freeze({
      from,
      to,
      bars: points.value.length,
      return: isSpent ? 0 : points.value[points.value.length - 1]! / points.initial - 1,
      sharpe: isSpent ? null : sharpe(points),
      maxDrawdown: isSpent ? null : maxDrawdown(points),
      roundTrips: this.trades.filter(({ entryTime }) => entryTime >= from && entryTime <= to).length,
    });
  }

  #carriedOver(): number {
    const ends = this.windows.slice(0, -1).map(({ test }) => test.to);
    return this.trades.filter(({ entryTime, exitTime }) => ends.some((end) => entryTime < end && exitTime > end)).length;
  }
}

function trained(best: Trial): Stretch {
  const { time } = best.series[0]!;
  return Object.freeze({
    from: time[0]!,
    to: time[time.length - 1]!,
    bars: time.length,
    return: best.totalReturn,
    sharpe: best.sharpe,
    maxDrawdown: best.maxDrawdown,
    roundTrips: best.roundTrips,
  });
}

/** Growth a bar, continuously compounded; null without bars or once an account was spent. */
function growthOf(stretches: readonly Stretch[]): number | null {
  const bars = stretches.reduce((sum, one) => sum + one.bars, 0);
  if (bars === 0 || stretches.some((one) => one.return <= -1)) return null;
  return stretches.reduce((sum, one) => sum + Math.log1p(one.return), 0) / bars;
}

function meanOf(values: readonly (number | null)[]): number | undefined {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
