import {
  CandleBuffer,
  CandleSeries,
  cashDecimals,
  type DecimalInput,
  type EpochMs,
  type Instrument,
  type InstrumentInput,
  type InstrumentKind,
  type Interval,
  MarketTape,
  instrument as makeInstrument,
  type ScaledInstrument,
  scaleInstrument,
  shippedInstrument,
} from "../core/index.js";
import { marketOf, Recording, unheardOf } from "../data/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { RunWarning } from "./settings.js";
import { candlesOf } from "./tape-candles.js";

/** The series of a run with their instruments in whole units. */
export interface PreparedData {
  /** The candles of each instrument: those given, else those of its tape. */
  readonly series: readonly CandleSeries[];
  /** The tape of each instrument, in its units; undefined where it has candles only. */
  readonly tapes: readonly (MarketTape | undefined)[];
  readonly instruments: readonly ScaledInstrument[];
  readonly warnings: readonly RunWarning[];
  /** Opening times of the candles of each instrument that a strategy sees without a say; undefined where it acts on all. */
  readonly unheard: readonly (ReadonlySet<EpochMs> | undefined)[];
}

/** Lot of an instrument nobody described. */
const DEFAULT_LOT: DecimalInput = "0.001";

/** What a run may be fed with; a recording stands for its candles and tapes. */
export type RunData = CandleSeries | MarketTape | Recording;

function resolve(
  series: CandleSeries,
  lot: DecimalInput,
  given: readonly InstrumentInput[],
  kind: InstrumentKind,
  warnings: RunWarning[],
): Instrument {
  const own = given.find((input) => input.symbol === series.symbol);
  if (own !== undefined) return makeInstrument({ kind, ...own });
  const shipped = shippedInstrument(series.symbol, kind);
  if (shipped !== undefined) return shipped;
  const tickSize = series.priceDp === 0 ? "1" : `0.${"0".repeat(series.priceDp - 1)}1`;
  warnings.push({
    code: "INSTRUMENT_INFERRED",
    message: `${series.symbol} (${kind}) is in no table: tick ${tickSize} from the data, lot ${lot}, no minimum. Give \`instrument\` for real filters.`,
  });
  return makeInstrument({ symbol: series.symbol, kind, tickSize, lotSize: lot }, "inferred");
}

/** Candles and tapes apart; a symbol that has a tape and no candles gets those of its tape. @throws LabError `DATA_INVALID`, `DATA_SYMBOL_TWICE`. */
function takeApart(data: RunData | readonly RunData[], interval: Interval | undefined): { series: CandleSeries[]; tapes: MarketTape[] } {
  const items = itemsOf(data);
  const given: CandleSeries[] = [];
  const tapes: MarketTape[] = [];
  for (const item of items) {
    if (item instanceof CandleSeries) given.push(item);
    else if (item instanceof MarketTape) tapes.push(item);
    else
      throw new LabError(
        "DATA_INVALID",
        "data is a candle series (what data.load returns), a tape (data.loadBook), a recording (data.recording), or a list of them; did you forget to await data.load?",
      );
  }
  const named = tapes.map((tape) => tape.symbol);
  if (new Set(named).size < named.length)
    throw new LabError("DATA_SYMBOL_TWICE", `A symbol has two tapes in data: ${named.join(", ")}. Join them before the run.`);
  const length = given[0]?.interval ?? interval ?? "1m";
  const series = items.flatMap((item) => {
    if (item instanceof CandleSeries) return [item];
    return given.some((one) => one.symbol === item.symbol) ? [] : [candlesOf(item, length)];
  });
  return { series, tapes };
}

/** A recording alone is replayed with its warm-up; beside other data it stands for its market. */
function itemsOf(data: RunData | readonly RunData[]): readonly (CandleSeries | MarketTape)[] {
  const [only, ...others] = [data].flat();
  return only instanceof Recording && others.length === 0 ? only.replayed : marketOf(data);
}

/**
 * Checks the data of a run and scales it: one interval, one settlement currency, no symbol twice.
 * @param interval - of the candles that are made of tapes, where no candles are given; a minute unless given.
 * @throws LabError `DATA_INVALID`, `DATA_EMPTY`, `CANDLES_INVALID`, `DATA_SYMBOL_TWICE`, `INTERVAL_MIXED`, `KIND_MIXED`,
 *   `SETTLEMENT_MIXED`, `INSTRUMENT_UNUSED`.
 */
export function prepareData(
  data: RunData | readonly RunData[],
  given: InstrumentInput | readonly InstrumentInput[] | undefined,
  category: InstrumentKind,
  interval?: Interval,
): PreparedData {
  const { series, tapes } = takeApart(data, interval);
  const warnings: RunWarning[] = [];
  for (const one of series) {
    // A series that grows may begin with nothing.
    if (one.length === 0 && !(one instanceof CandleBuffer)) throw new LabError("DATA_EMPTY", `${one.symbol} holds no candles.`);
    one.assertValid();
    if (one.intervalMs !== series[0]!.intervalMs)
      throw new LabError(
        "INTERVAL_MIXED",
        `Series of one run share an interval: ${series[0]!.symbol} has ${series[0]!.interval}, ${one.symbol} ${one.interval}.`,
      );
    if (one.source.synthetic)
      warnings.push({ code: "SYNTHETIC_DATA", message: `${one.symbol} is synthetic data, not a market: ${one.source.name}.` });
  }
  if (series.length === 0) throw new LabError("DATA_EMPTY", "data is an empty list.");
  const symbols = series.map((one) => one.symbol);
  if (new Set(symbols).size < symbols.length)
    throw new LabError("DATA_SYMBOL_TWICE", `A symbol stands twice in data: ${symbols.join(", ")}.`);
  const inputs = given === undefined ? [] : Array.isArray(given) ? (given as readonly InstrumentInput[]) : [given as InstrumentInput];
  for (const input of inputs)
    if (!symbols.includes(input.symbol)) throw unknownName("INSTRUMENT_UNUSED", "symbol of instrument", input.symbol, symbols);
  const tapeOf = series.map((one) => tapes.find((tape) => tape.symbol === one.symbol));
  const resolved = series.map((one, i) => resolve(one, lotOf(tapeOf[i], category), inputs, category, warnings));
  const settlement = resolved[0]!.settlement;
  for (const one of resolved) {
    if (one.kind !== resolved[0]!.kind)
      throw new LabError(
        "KIND_MIXED",
        `Instruments of one run are of one kind, since fees and margin differ: ${resolved[0]!.symbol} is ${resolved[0]!.kind}, ${one.symbol} ${one.kind}.`,
      );
    if (one.settlement !== settlement)
      throw new LabError(
        "SETTLEMENT_MIXED",
        `Instruments of one run settle in one currency: ${resolved[0]!.symbol} in ${settlement}, ${one.symbol} in ${one.settlement}.`,
      );
  }
  const scale = (one: Instrument, i: number, cashDp?: number): ScaledInstrument => {
    const tape = tapeOf[i];
    return scaleInstrument(one, Math.max(series[i]!.priceDp, tape?.priceDp ?? 0), cashDp, tape?.quantityDp ?? 0);
  };
  const cashDp = Math.max(...resolved.map((one, i) => scale(one, i)).map((s) => cashDecimals(s.priceDp, s.quantityDp, s.instrument.kind)));
  const instruments = resolved.map((one, i) => scale(one, i, cashDp));
  for (const [i, one] of instruments.entries()) if (one.tick > 1 && series[i]!.priceDp > 0) warnOffTick(series[i]!, one, warnings);
  return {
    series: series.map((one, i) => one.withPriceDp(instruments[i]!.priceDp)),
    tapes: tapeOf.map((tape, i) => tape?.withUnits(instruments[i]!.priceDp, instruments[i]!.quantityDp)),
    instruments,
    warnings,
    unheard: series.map(unheardOf),
  };
}

/** Lot of an instrument nobody described: the finest quantity of its tape, else the usual one; one contract of an inverse perpetual. */
function lotOf(tape: MarketTape | undefined, category: InstrumentKind): DecimalInput {
  if (category === "inverse") return "1";
  return tape === undefined ? DEFAULT_LOT : `1e-${tape.quantityDp}`;
}

/** Prices between ticks mean that the instrument is not the one the data was recorded for. */
function warnOffTick(series: CandleSeries, instrument: ScaledInstrument, warnings: RunWarning[]): void {
  const step = instrument.tick / 10 ** (instrument.priceDp - series.priceDp);
  if (step <= 1) return;
  let off = 0;
  for (let i = 0; i < series.length; i++) if (series.close[i]! % step !== 0) off++;
  if (off > 0)
    warnings.push({
      code: "PRICES_OFF_TICK",
      message: `${off} of ${series.length} closes of ${series.symbol} are no multiple of its tick ${instrument.instrument.tickSize.toFixed()}.`,
    });
}

/** For each series and each distinct time, its bar at that time or -1. */
export function alignSteps(series: readonly CandleSeries[]): { times: Float64Array; steps: Int32Array[] } {
  const all = new Set<number>();
  for (const one of series) for (const time of one.time) all.add(time);
  const times = Float64Array.from(all).sort();
  const steps = series.map((one) => {
    const step = new Int32Array(times.length).fill(-1);
    let at = 0;
    for (let i = 0; i < times.length; i++) if (one.time[at] === times[i]) step[i] = at++;
    return step;
  });
  return { times, steps };
}
