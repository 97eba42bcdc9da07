import type { SeriesBar, Strategy, StrategyContext } from "../core/index.js";
import type { Engine } from "../engine/index.js";
import type { EquityCurve } from "./equity-curve.js";

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
