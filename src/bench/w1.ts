import { type BacktestOptions, type BacktestRun, backtest } from "../backtest/index.js";
import { type CandleSeries, ratio } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { defineStrategy, type Param, param, type StrategyDefinition } from "../strategies/index.js";
import { bracketFloor, crossFloor, type FloorResult, floorData } from "./floors.js";
import { against, type Spread } from "./stats.js";

/** A workload's answer; equity with 8 decimals, drawdown in percent with 6. */
export interface WorkloadAnswer {
  readonly roundTrips: number;
  readonly finalEquity: string;
  readonly maxDrawdownPct: string;
}

/** An answer with its times in milliseconds. `ratio` is the engine's median over the floor's lower quartile. */
export interface WorkloadTiming {
  readonly ms: number;
  readonly floorMs: number;
  readonly ratio: number;
  readonly engineSpread: Spread;
  readonly floorSpread: Spread;
}

/** Periods of the two averages. */
export interface Periods {
  readonly fast: number;
  readonly slow: number;
}

const STOP = ratio("0.9975");
const TARGET = ratio("1.005");

interface BracketCrossParams {
  readonly [name: string]: Param<unknown, unknown>;
  readonly fastPeriod: Param<number>;
  readonly slowPeriod: Param<number>;
}

/** W1b's strategy: the crossover of W1 with a stop at 0.9975 of the signal bar's low and a target at 1.005 of its close. */
export const BracketCross: StrategyDefinition<BracketCrossParams> = defineStrategy<BracketCrossParams>({
  name: "BracketCross",
  params: { fastPeriod: param.integer({ default: 10, min: 1 }), slowPeriod: param.integer({ default: 30, min: 1 }) },
  create({ params, indicators }) {
    const crossing = indicators.crossing(indicators.sma(params.fastPeriod), indicators.sma(params.slowPeriod));
    return {
      onCandle(bar, desk) {
        const direction = crossing.value;
        if (direction > 0) desk.enterLong({ stopLoss: bar.exact.low.times(STOP), takeProfit: bar.exact.close.times(TARGET) });
        else if (direction < 0) desk.exitLong();
      },
    };
  },
});

/** What W1 and W1g ask of `backtest()`, as a cell would write it. */
export function w1Options(data: CandleSeries, { fast, slow }: Periods): BacktestOptions {
  return {
    data,
    strategy: "SmaCross",
    params: { fastPeriod: fast, slowPeriod: slow, minSamples: 0 },
    sizer: "fixed:0.010",
    fees: "bybit-linear",
    brackets: "none",
  };
}

/** What W1b asks of `backtest()`: its own brackets, and 0.055 % on every fill. */
export function w1bOptions(data: CandleSeries, { fast, slow }: Periods): BacktestOptions {
  return {
    data,
    strategy: BracketCross,
    params: { fastPeriod: fast, slowPeriod: slow },
    sizer: "fixed:0.010",
    fees: { maker: "0.00055", taker: "0.00055" },
  };
}

export function answerOf(run: BacktestRun): WorkloadAnswer {
  return { roundTrips: run.roundTrips, finalEquity: run.finalEquity.toFixed(8), maxDrawdownPct: (run.maxDrawdown * 100).toFixed(6) };
}

/** Runs a workload once and holds it against its floor. @throws LabError `BENCH_MISMATCH`: figures of a wrong answer are worth nothing. */
function checked(name: string, run: BacktestRun, floor: FloorResult): void {
  const same =
    run.roundTrips === floor.roundTrips &&
    run.finalEquityUnits === floor.finalUnits &&
    run.maxDrawdown === floor.maxDrawdown &&
    run.counts.stops === floor.stops &&
    run.counts.targets === floor.targets;
  if (same) return;
  throw new LabError(
    "BENCH_MISMATCH",
    `${name}: the engine has ${run.roundTrips} round trips and ${run.finalEquity.toFixed(8)}, the hand loop ${floor.roundTrips} and ${floor.finalUnits / 1e8}.`,
  );
}

function timing(result: ReturnType<typeof against>): WorkloadTiming {
  return {
    ms: result.engine.median,
    floorMs: result.floor.lowerQuartile,
    ratio: result.ratio,
    engineSpread: result.engine,
    floorSpread: result.floor,
  };
}

/** W1 (or W1g on a gapped series): SMA crossover, long only, 0.010 a trade, next open, 0.055 %, cash 10,000, equity and drawdown by bar. */
export function runW1(series: CandleSeries, periods: Periods): WorkloadAnswer & WorkloadTiming {
  const data = floorData(series);
  const options = w1Options(series, periods);
  const run = backtest(options);
  const floor = (): FloorResult => crossFloor(data, periods.fast, periods.slow, new Float64Array(series.length));
  checked("W1", run, floor());
  return { ...answerOf(run), ...timing(against(floor, () => backtest(options))) };
}

/** W1b: W1's rules with a stop and a target, on the gapped series. */
export function runW1b(series: CandleSeries, periods: Periods): WorkloadAnswer & WorkloadTiming & { stops: number; targets: number } {
  const data = floorData(series);
  const options = w1bOptions(series, periods);
  const run = backtest(options);
  const floor = (): FloorResult => bracketFloor(data, periods.fast, periods.slow, new Float64Array(series.length));
  checked("W1b", run, floor());
  const { stops, targets } = run.counts;
  return { ...answerOf(run), stops, targets, ...timing(against(floor, () => backtest(options))) };
}
