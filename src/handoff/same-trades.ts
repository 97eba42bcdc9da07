import { type AnyStrategy, type BacktestOptions, type BacktestRun, backtest, type RunSettings } from "../backtest/index.js";
import type { CandleSeries, InstrumentInput } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { InstrumentIdentity } from "./provenance.js";
import { backtestOptions, type StrategySettings } from "./settings.js";

/** A tested result, and what a file will name as its strategy. */
export interface Replacement {
  readonly tested: AnyStrategy;
  readonly named: AnyStrategy;
  readonly params: Readonly<Record<string, unknown>>;
  readonly series: readonly CandleSeries[];
  readonly settings: RunSettings;
  /** Those the file will say. */
  readonly over: StrategySettings;
}

/**
 * Proves that a module holds the strategy that was tested, and not a later edit of it: both run on the tested candles and must trade alike.
 * @throws LabError `STRATEGY_DIFFERS` with the two results.
 */
export function checkSameTrades({ tested, named, params, series, settings, over }: Replacement): void {
  if (tested === named) return;
  const { cash, instruments } = settings;
  const instrument = givenInstruments(instruments);
  const options = { ...backtestOptions(over), cash, data: series, ...(instrument.length === 0 ? {} : { instrument }) } satisfies Omit<
    BacktestOptions,
    "strategy"
  >;
  const one = backtest({ ...options, strategy: tested, params });
  const other = backtest({ ...options, strategy: named, params });
  const [was, is] = [resultText(one), resultText(other)];
  if (was === is) return;
  throw new LabError(
    "STRATEGY_DIFFERS",
    `The module's ${named.name} is not the one that was tested: on the same candles that one gave ${was}, the module gives ${is}. Test the module's strategy again, then export.`,
    { details: { tested: was, module: is } },
  );
}

function resultText(run: BacktestRun): string {
  return `equity ${run.finalEquity.toFixed()} with ${run.counts.signals} signals and ${run.counts.fills} fills`;
}

/** Instruments the tester described by hand: no table has them. */
export function givenInstruments(instruments: readonly InstrumentIdentity[]): InstrumentInput[] {
  return instruments
    .filter((one) => one.source === "given")
    .map(({ symbol, kind, tickSize, lotSize, minQuantity, minNotional }) => ({
      symbol,
      kind: kind as NonNullable<InstrumentInput["kind"]>,
      tickSize,
      lotSize,
      minQuantity,
      minNotional,
    }));
}
