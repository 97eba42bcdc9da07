import { LabError, unknownName } from "../errors/index.js";
import { type Decimal, type DecimalInput, decimal } from "./decimal.js";
import { pow10, toUnits, toWideUnits } from "./units.js";

/** What is traded: a coin for money (`spot`), or a perpetual settled in quote (`linear`) or in base (`inverse`). */
export type InstrumentKind = "spot" | "linear" | "inverse";

/** What a caller gives to name an instrument; text is exact. */
export interface InstrumentInput {
  symbol: string;
  venue?: string;
  kind?: InstrumentKind;
  base?: string;
  quote?: string;
  /** Currency that pays P&L and fees; defaults to quote, for inverse to base. */
  settlement?: string;
  tickSize: DecimalInput;
  lotSize: DecimalInput;
  /** Smallest order, in base; defaults to one lot. */
  minQuantity?: DecimalInput;
  /** Largest order, in base; absent means no limit. */
  maxQuantity?: DecimalInput;
  /** Smallest order value, in quote; defaults to none. */
  minNotional?: DecimalInput;
}

/** Where an instrument's filters come from. `inferred` is a guess from the data and stands as a warning in every result. */
export type InstrumentSource = "given" | "table" | "inferred";

/** An instrument with its venue's filters, exact. Immutable. */
export interface Instrument {
  readonly symbol: string;
  readonly venue: string | undefined;
  readonly kind: InstrumentKind;
  readonly base: string;
  readonly quote: string;
  readonly settlement: string;
  readonly tickSize: Decimal;
  readonly lotSize: Decimal;
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal | undefined;
  readonly minNotional: Decimal;
  readonly source: InstrumentSource;
  /** Date of the filters, for those from the shipped table. */
  readonly asOf: string | undefined;
}

const QUOTES = ["USDT", "USDC", "FDUSD", "USD", "EUR", "BTC", "ETH"];
const KINDS: readonly InstrumentKind[] = ["spot", "linear", "inverse"];

/** Splits a concatenated symbol at a known quote currency: BTCUSDT is BTC and USDT; an unknown one is quoted in USD. */
export function splitSymbol(symbol: string): { base: string; quote: string } {
  const plain = symbol.includes(":") ? symbol.slice(symbol.indexOf(":") + 1) : symbol;
  for (const quote of QUOTES)
    if (plain.length > quote.length && plain.endsWith(quote)) return { base: plain.slice(0, -quote.length), quote };
  return { base: plain, quote: "USD" };
}

const INPUT_KEYS = [
  "symbol",
  "venue",
  "kind",
  "base",
  "quote",
  "settlement",
  "tickSize",
  "lotSize",
  "minQuantity",
  "maxQuantity",
  "minNotional",
];
/** What an {@link Instrument} has besides: one may be given back as input. */
const RESULT_KEYS = ["source", "asOf"];

function positive(input: DecimalInput, name: string): Decimal {
  const value = decimal(input, name);
  if (value.lte(0))
    throw new LabError("INSTRUMENT_INVALID", `${name} must be greater than zero, got ${value.toFixed()}.`, { details: { name } });
  return value;
}

/**
 * Checks and completes an instrument; one that was made before is checked again.
 * @throws LabError `INSTRUMENT_INVALID` for a missing symbol or a filter that is not positive, `INSTRUMENT_KIND` for an unknown kind,
 *   `OPTION_UNKNOWN` for a misspelt key.
 */
export function instrument(input: InstrumentInput | Instrument, source: InstrumentSource = "given", asOf?: string): Instrument {
  if (typeof input.symbol !== "string" || input.symbol.trim() === "")
    throw new LabError("INSTRUMENT_INVALID", `An instrument needs a symbol such as BTCUSDT, got '${String(input.symbol)}'.`);
  for (const key of Object.keys(input))
    if (!INPUT_KEYS.includes(key) && !RESULT_KEYS.includes(key))
      throw unknownName("OPTION_UNKNOWN", "key of an instrument", key, INPUT_KEYS);
  const kind = input.kind ?? "linear";
  if (!KINDS.includes(kind)) throw unknownName("INSTRUMENT_KIND", "instrument kind", String(kind), KINDS);
  const parts = splitSymbol(input.symbol);
  const quote = input.quote ?? parts.quote;
  const base = input.base ?? parts.base;
  const lotSize = positive(input.lotSize, "lotSize");
  const minNotional = decimal(input.minNotional ?? 0, "minNotional");
  if (minNotional.lt(0)) throw new LabError("INSTRUMENT_INVALID", `minNotional must not be negative, got ${minNotional.toFixed()}.`);
  const minQuantity = input.minQuantity === undefined ? lotSize : positive(input.minQuantity, "minQuantity");
  const maxQuantity = input.maxQuantity === undefined ? undefined : positive(input.maxQuantity, "maxQuantity");
  if (maxQuantity?.lt(minQuantity))
    throw new LabError("INSTRUMENT_INVALID", `maxQuantity ${maxQuantity.toFixed()} is below minQuantity ${minQuantity.toFixed()}.`);
  return Object.freeze({
    symbol: input.symbol.trim(),
    venue: input.venue,
    kind,
    base,
    quote,
    settlement: input.settlement ?? (kind === "inverse" ? base : quote),
    tickSize: positive(input.tickSize, "tickSize"),
    lotSize,
    minQuantity,
    maxQuantity,
    minNotional,
    source,
    asOf,
  });
}

/**
 * The integer form of an instrument for one run: prices are units of 10^-priceDp, quantities of 10^-quantityDp and money of
 * 10^-cashDp, so that price x quantity x `valueScale` is exact money. The units are powers of ten at least as fine as the tick
 * and the lot (and as the data, which may be finer than the tick), so every input is a whole number.
 */
export interface ScaledInstrument {
  readonly instrument: Instrument;
  /** What its run calls it: the symbol, or `venue:symbol` where that stands for several. */
  readonly name: string;
  readonly priceDp: number;
  readonly quantityDp: number;
  readonly cashDp: number;
  readonly valueScale: number;
  /** Tick in price units. */
  readonly tick: number;
  /** Lot in quantity units. */
  readonly lot: number;
  readonly minQuantity: number;
  /** `Infinity` when the venue sets none. */
  readonly maxQuantity: number;
  /** Smallest order value in cash units. */
  readonly minNotional: number;
}

/**
 * Decimals a currency's cash is kept to: 8, or as many as tick x lot needs where that is finer; 12 for the coin of an inverse contract, whose values do not come out even:
 * rounding one contract of a dollar to 1e-8 coin would lose a part in a thousand.
 */
export function cashDecimals(priceDp: number, quantityDp: number, kind: InstrumentKind = "linear"): number {
  return kind === "inverse" ? 12 : Math.max(8, priceDp + quantityDp);
}

/**
 * Scales an instrument for a run.
 * @param dataPriceDp - decimals the data's prices have; finer than the tick is allowed.
 * @param cashDp - decimals of the settlement currency's cash in this run, see {@link cashDecimals}.
 * @param dataQuantityDp - decimals the data's quantities have, where it has trades or books; finer than the lot is allowed.
 */
export function scaleInstrument(of: Instrument, dataPriceDp = 0, cashDp?: number, dataQuantityDp = 0): ScaledInstrument {
  const priceDp = Math.max(of.tickSize.decimalPlaces(), dataPriceDp);
  const quantityDp = Math.max(of.lotSize.decimalPlaces(), of.minQuantity.decimalPlaces(), dataQuantityDp);
  const least = cashDecimals(priceDp, quantityDp, of.kind);
  const dp = cashDp ?? least;
  if (dp - priceDp - quantityDp > 15 || dp > 18 || dp < least || dp < priceDp + quantityDp)
    throw new LabError(
      "INSTRUMENT_INVALID",
      `${of.symbol}: ${priceDp} price and ${quantityDp} quantity decimals are too fine to compute with exactly in units of 1e-${dp}.`,
    );
  return Object.freeze({
    instrument: of,
    name: of.symbol,
    priceDp,
    quantityDp,
    cashDp: dp,
    valueScale: pow10(dp - priceDp - quantityDp),
    tick: toUnits(of.tickSize, priceDp, "exact", "tickSize"),
    lot: toUnits(of.lotSize, quantityDp, "exact", "lotSize"),
    minQuantity: toUnits(of.minQuantity, quantityDp, "ceil", "minQuantity"),
    maxQuantity: maxUnits(of.maxQuantity, quantityDp),
    minNotional: toUnits(of.minNotional, dp, "ceil", "minNotional"),
  });
}

/** The largest order in quantity units; no order is larger than 2^53 units, so a limit beyond is none. */
function maxUnits(maxQuantity: Decimal | undefined, quantityDp: number): number {
  const units = maxQuantity === undefined ? undefined : toWideUnits(maxQuantity, quantityDp, "floor");
  return typeof units === "number" ? units : Number.POSITIVE_INFINITY;
}
