import {
  CandleSeries,
  type DecimalInput,
  decimal,
  type InstrumentInput,
  type InstrumentKind,
  MarketTape,
  type Ratio,
  ratio,
  type TimeInput,
} from "../../../core/index.js";
import { LabError, unknownName } from "../../../errors/index.js";
import { type FeeRates, type FeesInput, feeRates } from "../../../portfolio/index.js";
import type { QueueModel } from "../settings.js";

/** What one symbol's market is made of: candles, or a recording of trades and order books; of the exchange's category unless its own is given. */
export type ExchangeData = CandleSeries | MarketTape | { readonly data: CandleSeries | MarketTape; readonly category: InstrumentKind };

/** A funding payment at the exchange. Longs pay a positive rate to shorts. */
export interface ExchangeFunding {
  readonly symbol: string;
  readonly time: TimeInput;
  /** Fraction of the position's value. */
  readonly rate: DecimalInput;
}

/** What a paper exchange takes. Everything but `data` has a default. */
export interface ExchangeOptions {
  /** The recorded markets. Without data, what happens is given to `exchange.push`. */
  readonly data?: ExchangeData | readonly ExchangeData[];
  /** Instruments of symbols that the shipped table does not know, or with other filters. */
  readonly instruments?: InstrumentInput | readonly InstrumentInput[];
  /** Category of data that does not say its own; `linear` unless given. */
  readonly category?: InstrumentKind;
  /** What an account starts with, by currency; 10000 of each settlement currency unless given (1 of a coin that settles inverse contracts). */
  readonly balances?: Readonly<Record<string, DecimalInput>>;
  /** By category, or one for all; Bybit's base tier of each category unless given. */
  readonly fees?: FeesInput | Readonly<Partial<Record<InstrumentKind, FeesInput>>>;
  /** Basis points that market and stop fills are worse by where there is no order book; 0 unless given. */
  readonly slippageBps?: DecimalInput;
  /** Milliseconds from a request to its arrival at the market, or the least and the most of them, drawn with the seed; 0 unless given. */
  readonly latencyMs?: number | readonly [least: number, most: number];
  /** Bars from a request to the first bar it may fill on, where the market is candles; 1 unless given. */
  readonly latencyBars?: number;
  /** Share of a candle's, a trade's or a level's volume that orders may have, 0 to 1; all of it unless given. */
  readonly participation?: DecimalInput;
  /** Where resting orders stand in the queue of trades and books; `conservative` unless given. */
  readonly queue?: QueueModel;
  /** Leverage of every contract until an account sets its own; 1 unless given. */
  readonly leverage?: number;
  /** Maintenance margin as a fraction of the position's value; `"0.005"` unless given. `"none"` never liquidates. */
  readonly maintenance?: DecimalInput | "none";
  readonly funding?: readonly ExchangeFunding[];
  /** Currency of the fee of a spot buy: `base`, as Bybit takes it, or `quote`, as backtests reckon; `quote` unless given. */
  readonly spotFees?: "base" | "quote";
  /** Of order and execution ids and of random latency; 1 unless given. */
  readonly seed?: number;
}

/** The options with defaults, checked. */
export interface ExchangeSettings {
  readonly data: readonly { readonly data: CandleSeries | MarketTape; readonly category: InstrumentKind }[];
  readonly instruments: readonly InstrumentInput[];
  readonly category: InstrumentKind;
  readonly balances: Readonly<Record<string, DecimalInput>> | undefined;
  readonly fees: Readonly<Record<InstrumentKind, FeeRates>>;
  readonly slippage: Ratio;
  readonly latencyMs: readonly [number, number];
  readonly latencyBars: number;
  readonly participation: Ratio | undefined;
  readonly queue: QueueModel;
  readonly leverage: number;
  readonly maintenance: Ratio | undefined;
  readonly funding: readonly ExchangeFunding[];
  readonly spotFees: "base" | "quote";
  readonly seed: number;
}

/** Names of the options. */
export const EXCHANGE_OPTIONS: readonly (keyof ExchangeOptions)[] = [
  "data",
  "instruments",
  "category",
  "balances",
  "fees",
  "slippageBps",
  "latencyMs",
  "latencyBars",
  "participation",
  "queue",
  "leverage",
  "maintenance",
  "funding",
  "spotFees",
  "seed",
];
const KINDS: readonly InstrumentKind[] = ["linear", "spot", "inverse"];

const invalid = (message: string): LabError => new LabError("OPTION_INVALID", message);

/** @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`, `FEED_INVALID`, and what fees and decimals throw. */
export function readExchangeOptions(options: ExchangeOptions): ExchangeSettings {
  for (const key of Object.keys(options))
    if (!(EXCHANGE_OPTIONS as readonly string[]).includes(key))
      throw unknownName("OPTION_UNKNOWN", "paper exchange option", key, EXCHANGE_OPTIONS);
  const category = kindOf(options.category ?? "linear");
  const whole = (value: number, name: string, least: number, most: number): number => {
    if (!Number.isInteger(value) || value < least || value > most)
      throw invalid(`${name} must be a whole number from ${least} to ${most}, got ${String(value)}.`);
    return value;
  };
  const between = (value: DecimalInput, name: string, least: number, most: number): Ratio => {
    const exact = decimal(value, name);
    if (exact.lt(least) || exact.gt(most)) throw invalid(`${name} must lie between ${least} and ${most}, got ${exact.toFixed()}.`);
    return ratio(exact, name);
  };
  const latency = typeof options.latencyMs === "object" ? options.latencyMs : ([options.latencyMs ?? 0, options.latencyMs ?? 0] as const);
  const latencyMs = [whole(latency[0], "latencyMs", 0, 3_600_000), whole(latency[1], "latencyMs", latency[0], 3_600_000)] as const;
  const { queue = "conservative", spotFees = "quote" } = options;
  if (queue !== "conservative" && queue !== "optimistic")
    throw unknownName("OPTION_INVALID", "queue", String(queue), ["conservative", "optimistic"]);
  if (spotFees !== "base" && spotFees !== "quote") throw unknownName("OPTION_INVALID", "spotFees", String(spotFees), ["base", "quote"]);
  const slippage = between(options.slippageBps ?? 0, "slippageBps", 0, 1000);
  return {
    data: list(options.data).map((one) => readData(one, category)),
    instruments: list(options.instruments),
    category,
    balances: options.balances,
    fees: readFees(options.fees),
    slippage: ratio(decimal(slippage.num).div(slippage.den).div(10_000)),
    latencyMs,
    latencyBars: whole(options.latencyBars ?? 1, "latencyBars", 1, 10_000),
    participation: options.participation === undefined ? undefined : between(options.participation, "participation", 0, 1),
    queue,
    leverage: whole(options.leverage ?? 1, "leverage", 1, 200),
    maintenance: options.maintenance === "none" ? undefined : between(options.maintenance ?? "0.005", "maintenance", 0, 1),
    funding: options.funding ?? [],
    spotFees,
    seed: whole(options.seed ?? 1, "seed", 0, 2 ** 32 - 1),
  };
}

function list<T>(given: T | readonly T[] | undefined): readonly T[] {
  return given === undefined ? [] : Array.isArray(given) ? (given as readonly T[]) : [given as T];
}

function kindOf(kind: InstrumentKind): InstrumentKind {
  if (!KINDS.includes(kind)) throw unknownName("INSTRUMENT_KIND", "category", String(kind), KINDS);
  return kind;
}

function readData(given: ExchangeData, category: InstrumentKind): { data: CandleSeries | MarketTape; category: InstrumentKind } {
  const is = (one: unknown): one is CandleSeries | MarketTape => one instanceof CandleSeries || one instanceof MarketTape;
  if (is(given)) return { data: given, category };
  if (typeof given !== "object" || given === null || !is(given.data))
    throw new LabError(
      "FEED_INVALID",
      "data of a paper exchange is candle series and market tapes, or { data, category }; did you forget to await data.load?",
    );
  return { data: given.data, category: kindOf(given.category) };
}

function readFees(given: ExchangeOptions["fees"]): Readonly<Record<InstrumentKind, FeeRates>> {
  const own = typeof given === "object" && given !== null && !("maker" in given) ? given : undefined;
  if (own !== undefined)
    for (const key of Object.keys(own))
      if (!(KINDS as readonly string[]).includes(key)) throw unknownName("FEES_INVALID", "category of fees", key, KINDS);
  const all = own === undefined ? (given as FeesInput | undefined) : undefined;
  const of = (kind: InstrumentKind): FeeRates => feeRates(own?.[kind] ?? all ?? `bybit-${kind}`);
  return { linear: of("linear"), spot: of("spot"), inverse: of("inverse") };
}
