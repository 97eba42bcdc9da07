import {
  type Bar,
  type CandleSeries,
  Decimal,
  type EntryOptions,
  type ExitOptions,
  SeriesBar,
  type Strategy,
  type StrategyContext,
} from "../../src/core/index.js";
import { ColumnCache, IndicatorSet, type StrategyDefinition } from "../../src/strategies/index.js";

/** A signal as it was asked for. */
interface Asked {
  readonly symbol: string;
  readonly kind: string;
  readonly options: EntryOptions & ExitOptions;
}

/** A desk that writes down what it is asked for and holds what the test says: what a strategy alone is tested with. */
export class Recorder {
  readonly asked: Asked[] = [];
  readonly held = new Map<string, number>();

  desk(symbol: string): StrategyContext {
    const ask =
      (kind: string) =>
      (options: EntryOptions & ExitOptions = {}): void =>
        void this.asked.push({ symbol, kind, options });
    const held = (): number => this.held.get(symbol) ?? 0;
    return {
      symbol,
      get isFlat() {
        return held() === 0;
      },
      get isLong() {
        return held() > 0;
      },
      get isShort() {
        return held() < 0;
      },
      get position() {
        return new Decimal(held());
      },
      equity: new Decimal(10_000),
      enterLong: ask("enterLong"),
      exitLong: ask("exitLong"),
      enterShort: ask("enterShort"),
      exitShort: ask("exitShort"),
      flatten: ask("flatten"),
      of: (other) => this.desk(other),
    };
  }

  /** What was asked since the last call, one line each. */
  take(): string[] {
    return this.asked.splice(0).map(({ symbol, kind, options }) => `${symbol} ${kind} ${options.confidence}`);
  }
}

/** A strategy set up on series, and what feeds it their candles by time, in the order of the series. */
export function setUp(definition: StrategyDefinition, params: Readonly<Record<string, unknown>>, series: readonly CandleSeries[]) {
  const recorder = new Recorder();
  const columns = new ColumnCache();
  const bars = series.map((one, slot) => new SeriesBar(one, slot));
  const sets = series.map((one, slot) => new IndicatorSet({ series: one, cursor: bars[slot]!, columns }));
  const at = (symbol: string): number => series.findIndex((one) => one.symbol === symbol);
  const values = definition.parse(params);
  const own = at(definition.symbolsOf(values)[0]!);
  const strategy: Strategy = definition.create({
    params: values,
    symbol: series[own]!.symbol,
    indicators: sets[own]!,
    indicatorsOf: (symbol) => sets[at(symbol)]!,
  });
  const times = [...new Set(series.flatMap((one) => [...one.time]))].sort((x, y) => x - y);
  const feed = (heard: (bar: Bar) => void = () => undefined, order: readonly number[] = series.map((_, i) => i)): void => {
    for (const time of times) {
      const here = order.filter((slot) => series[slot]!.time.includes(time));
      for (const slot of here) bars[slot]!.index++;
      for (const slot of here) {
        strategy.onCandle?.(bars[slot]!, recorder.desk(series[slot]!.symbol));
        heard(bars[slot]!);
      }
    }
  };
  return { recorder, strategy, feed };
}
