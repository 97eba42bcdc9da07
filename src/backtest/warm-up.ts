import type { Bar, EpochMs, SeriesBar, Strategy, StrategyContext } from "../core/index.js";
import type { Engine } from "../engine/index.js";
import { HANDLERS } from "../strategies/index.js";
import type { EquityCurve } from "./equity-curve.js";
import type { PreparedData } from "./prepare.js";

/** What a strategy is warmed up in. */
export interface WarmUpParts {
  readonly engine: Engine;
  readonly bars: readonly SeriesBar[];
  /** For each instrument and step, the bar of its series, or -1. Absent for one instrument. */
  readonly steps: readonly Int32Array[] | undefined;
  readonly curve: EquityCurve;
}

/**
 * Lets a strategy see the candles of the first steps without a say, as a session does with the history it fetches before it trades. The engine sees none of them: prices are
 * marked, and equity stands still.
 */
export function warmUp(strategy: Strategy, { engine, bars, steps, curve }: WarmUpParts, count: number): void {
  const { portfolio, seats } = engine;
  for (let step = 0; step < count; step++) {
    for (const [slot, bar] of bars.entries()) {
      const index = steps === undefined ? step : steps[slot]![step]!;
      if (index < 0) continue;
      bar.index = index;
      strategy.onCandle?.(bar, muted(seats.desks[slot]!));
      portfolio.mark[slot] = bar.closeUnits;
    }
    curve.push(portfolio.equityUnits());
  }
}

/** Which candles of a run a strategy only sees. */
export interface Heard {
  /** Steps at the front that hold nothing it acts on. */
  readonly warm: number;
  /** The strategy as it hears the steps after those: what a session missed and asked for later it sees without a say, since that was too old to act on. */
  wrap(strategy: Strategy): Strategy;
}

/** What of prepared data a strategy only sees. */
export function heardOf({ series, unheard }: PreparedData, times: Float64Array, steps: readonly Int32Array[] | undefined): Heard {
  if (unheard.every((one) => one === undefined)) return { warm: 0, wrap: (strategy) => strategy };
  const silent = (step: number): boolean =>
    unheard.every((one, slot) => (steps !== undefined && steps[slot]![step]! < 0) || one?.has(times[step]!) === true);
  let warm = 0;
  while (warm < times.length && silent(warm)) warm++;
  const from = times[warm] ?? Number.POSITIVE_INFINITY;
  const later = new Map(series.map(({ symbol }, slot) => [symbol, new Set([...(unheard[slot] ?? [])].filter((time) => time >= from))]));
  const any = [...later.values()].some(({ size }) => size > 0);
  return { warm, wrap: (strategy) => (any ? sometimesMuted(strategy, later) : strategy) };
}

function sometimesMuted(strategy: Strategy, unheard: ReadonlyMap<string, ReadonlySet<EpochMs>>): Strategy {
  const own: Record<string, unknown> = {};
  for (const name of HANDLERS) {
    const handle = strategy[name] as ((...args: unknown[]) => unknown) | undefined;
    if (handle !== undefined) own[name] = handle.bind(strategy);
  }
  if (strategy.onCandle !== undefined)
    own.onCandle = (bar: Bar, context: StrategyContext): void =>
      strategy.onCandle!(bar, unheard.get(bar.symbol)?.has(bar.time) === true ? muted(context) : context);
  return own;
}

/** A context through which nothing is heard. */
function muted(context: StrategyContext): StrategyContext {
  const silent = (): void => {};
  return {
    symbol: context.symbol,
    isFlat: context.isFlat,
    isLong: context.isLong,
    isShort: context.isShort,
    position: context.position,
    equity: context.equity,
    enterLong: silent,
    exitLong: silent,
    enterShort: silent,
    exitShort: silent,
    flatten: silent,
    of: (symbol) => muted(context.of(symbol)),
  };
}
