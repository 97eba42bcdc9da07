import { type BacktestOptions, type BacktestRun, backtest } from "../../src/backtest/index.js";
import { type Bar, CandleSeries, type DecimalInput, type Interval, type StrategyContext, toUnits } from "../../src/core/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";

export const START = 1_714_521_600_000;
export const MINUTE = 60_000;

/** A candle by hand: open, high, low, close. */
export type Row = readonly [open: DecimalInput, high: DecimalInput, low: DecimalInput, close: DecimalInput];

/** Candles by hand, exact; `times` are minutes from the start, one after the other unless given. */
export function candles(
  rows: readonly Row[],
  options: { symbol?: string; priceDp?: number; times?: readonly number[]; interval?: Interval } = {},
): CandleSeries {
  const { symbol = "TESTUSDT", priceDp = 1, interval = "1m" } = options;
  const column = (field: number): Float64Array => Float64Array.from(rows, (row) => toUnits(row[field]!, priceDp));
  return new CandleSeries({
    symbol,
    interval,
    priceDp,
    volumeDp: 0,
    time: Float64Array.from(rows, (_, i) => START + (options.times?.[i] ?? i) * MINUTE),
    open: column(0),
    high: column(1),
    low: column(2),
    close: column(3),
    volume: Float64Array.from(rows, () => 1000),
  });
}

/** A candle that stands still. */
export const still = (price: DecimalInput): Row => [price, price, price, price];

/** What to do at which bar of its own symbol. */
export type Script = Readonly<Record<number, (desk: StrategyContext, bar: Bar) => void>>;

/** A strategy that does as it is told. */
export function scripted(script: Script): StrategyDefinition {
  return defineStrategy({
    name: "Scripted",
    params: {},
    create: () => ({ onCandle: (bar, desk) => script[bar.index]?.(desk, bar) }),
  }) as unknown as StrategyDefinition;
}

/** A run of a script over candles by hand: one coin an entry, tick 0.1, 0.055 % taker and 0.02 % maker, unless told otherwise. */
export function play(rows: readonly Row[], script: Script, options: Partial<BacktestOptions> = {}): BacktestRun {
  return backtest({
    data: candles(rows),
    strategy: scripted(script),
    sizer: "fixed:1",
    instrument: { symbol: "TESTUSDT", tickSize: "0.1", lotSize: "0.001" },
    ...options,
  });
}

/** Fills in one line each: bar, side, quantity @ price, role, maker or taker. */
export function fillsOf(run: BacktestRun): string[] {
  return run.fills.map((fill) => {
    const bar = (fill.time - START) / MINUTE;
    return `${bar} ${fill.side} ${fill.quantity.toFixed()} @ ${fill.price.toFixed()} ${fill.role} ${fill.liquidity}`;
  });
}
