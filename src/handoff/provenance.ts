import type { CandleSeries, Decimal } from "../core/index.js";
import { timeText } from "../core/index.js";
import { candlesSha256 } from "./fingerprint.js";
import type { FileIdentity } from "./param-files.js";

/** The candles a result was found on. */
export interface DataIdentity {
  readonly symbol: string;
  readonly interval: string;
  /** File name or URL as the user wrote it. */
  readonly file: string;
  /** Of the file, where it is known. */
  readonly sha256?: string;
  /** Of the candles themselves, see `candlesSha256`. */
  readonly candlesSha256?: string;
  /** Made up, not recorded. */
  readonly synthetic: boolean;
  /** Open time of the first and the last candle, RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly bars: number;
}

/** How parameters were searched for. A grid needs no seed. */
export interface SearchIdentity {
  readonly method: string;
  readonly seed?: number | null;
  /** Combinations tried: what the deflated Sharpe ratio corrects for. */
  readonly trials: number;
  /** Combinations of the space, those never tried included. */
  readonly combinations?: number;
  /** Trials that threw. */
  readonly failed?: number;
  /** The search was stopped early. */
  readonly aborted?: boolean;
  readonly objective?: string;
  readonly score?: number | null;
}

/** Headline figures. Fractions, but for the exact final equity and the count. */
export interface ResultMetrics {
  readonly totalReturn?: number | null;
  /** Annualised. */
  readonly sharpe?: number | null;
  readonly maxDrawdown?: number | null;
  readonly roundTrips?: number;
  /** Exact, settlement currency. */
  readonly finalEquity?: Decimal | string;
}

/** What a run assumed beyond `[execution]`, as text where it is exact. */
export interface Assumptions {
  readonly makerFee: string;
  readonly takerFee: string;
  readonly slippageBps: string;
  readonly latencyBars: number;
  readonly cash: string;
  readonly currency: string;
  /** Funding payments given. */
  readonly funding: number;
}

/** The filters of an instrument in a run. */
export interface InstrumentIdentity {
  readonly symbol: string;
  readonly kind: string;
  readonly tickSize: string;
  readonly lotSize: string;
  readonly minQuantity: string;
  readonly minNotional: string;
  /** `given`, `table of <date>` or `inferred`. */
  readonly source: string;
}

/** Where a strategy file comes from: enough to find the result again, or to see that it is no longer the same. */
export interface Provenance {
  readonly engine: string;
  readonly engineVersion: string;
  readonly gitCommit?: string;
  /** RFC 3339. */
  readonly created: string;
  /** See `paramsSha256`. */
  readonly paramsSha256: string;
  /** See `settingsSha256`; of the settings that were tested. */
  readonly settingsSha256?: string;
  /** Probability that the Sharpe ratio is above what the best of this many trials reaches by chance. */
  readonly deflatedSharpe?: number;
  /** Probability of backtest overfitting. */
  readonly pbo?: number;
  readonly data: readonly DataIdentity[];
  readonly assumed?: Assumptions;
  readonly instruments: readonly InstrumentIdentity[];
  /** Files that parameters name, such as a model. */
  readonly files?: readonly FileIdentity[];
  readonly search?: SearchIdentity;
  readonly inSample?: ResultMetrics;
  readonly outOfSample?: ResultMetrics;
}

/** The identity of a series, its numbers hashed. */
export function dataIdentity(series: CandleSeries): DataIdentity {
  const { source, length } = series;
  return {
    symbol: series.symbol,
    interval: series.interval,
    file: source.name,
    ...(source.sha256 === undefined ? {} : { sha256: source.sha256 }),
    candlesSha256: candlesSha256(series),
    synthetic: source.synthetic,
    from: timeText(series.time[0] ?? 0),
    to: timeText(series.time[length - 1] ?? 0),
    bars: length,
  };
}
