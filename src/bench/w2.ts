import { sharpeOfEquity } from "../analytics/index.js";
import { prepareBacktest } from "../backtest/index.js";
import type { CandleSeries } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { floorData, sweepFloor } from "./floors.js";
import { type Spread, spread, timed } from "./stats.js";
import { w1Options } from "./w1.js";

/** W2's answer and its times in milliseconds. */
export interface W2Result {
  /** Periods of the best pair, fast and slow. */
  readonly best: readonly [number, number];
  readonly bestEquity: string;
  readonly roundTrips: number;
  readonly ms: number;
  readonly floorMs: number;
  readonly ratio: number;
  readonly engineSpread: Spread;
  readonly floorSpread: Spread;
}

/** The 1,000 pairs: fast 5 to 29, slow 30 to 69. */
export function pairs(): readonly (readonly [number, number])[] {
  const all: [number, number][] = [];
  for (let fast = 5; fast < 30; fast++) for (let slow = 30; slow < 70; slow++) all.push([fast, slow]);
  return all;
}

interface Best {
  pair: readonly [number, number];
  units: number;
  roundTrips: number;
}

/** W2: 1,000 pairs over 10,000 bars on one thread, with Sharpe ratio and drawdown of each, next to the hand loop in the same run. */
export function runW2(series: CandleSeries, rounds = 5): W2Result {
  const data = floorData(series);
  const grid = pairs();
  const { params: _, ...options } = w1Options(series, { fast: 5, slow: 30 });
  const engine = (): Best => {
    const prepared = prepareBacktest(options);
    let best: Best = { pair: grid[0]!, units: 0, roundTrips: 0 };
    let seen = 0;
    for (const pair of grid) {
      const run = prepared.run({ fastPeriod: pair[0], slowPeriod: pair[1], minSamples: 0 }, { reuse: true });
      seen += run.maxDrawdown + (sharpeOfEquity(run.equityUnits, 1e12) ?? 0);
      const units = Number(run.finalEquityUnits);
      if (units > best.units) best = { pair, units, roundTrips: run.roundTrips };
    }
    if (!Number.isFinite(seen)) throw new LabError("BENCH_MISMATCH", "W2 met a statistic that is no number.");
    return best;
  };
  const floor = (): Best => {
    let best: Best = { pair: grid[0]!, units: 0, roundTrips: 0 };
    for (const pair of grid) {
      const result = sweepFloor(data, pair[0], pair[1]);
      if (result.finalUnits > best.units) best = { pair, units: result.finalUnits, roundTrips: result.roundTrips };
    }
    return best;
  };
  const best = engine();
  const wanted = floor();
  if (best.units !== wanted.units || best.pair !== wanted.pair || best.roundTrips !== wanted.roundTrips)
    throw new LabError(
      "BENCH_MISMATCH",
      `W2: the engine's best is ${best.pair} with ${best.units}, the hand loop's ${wanted.pair} with ${wanted.units}.`,
    );
  for (let k = 0; k < 2; k++) {
    floor();
    engine();
  }
  const engineMs: number[] = [];
  const floorMs: number[] = [];
  for (let k = 0; k < rounds; k++) {
    floorMs.push(timed(floor));
    engineMs.push(timed(engine));
  }
  const spreads = { engineSpread: spread(engineMs), floorSpread: spread(floorMs) };
  const { median: ms } = spreads.engineSpread;
  const { median: lowest } = spreads.floorSpread;
  return {
    best: best.pair,
    bestEquity: (best.units / 1e8).toFixed(8),
    roundTrips: best.roundTrips,
    ms,
    floorMs: lowest,
    ratio: ms / lowest,
    ...spreads,
  };
}
