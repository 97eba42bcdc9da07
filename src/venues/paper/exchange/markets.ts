import {
  type CandleSeries,
  cashDecimals,
  type Instrument,
  type InstrumentKind,
  MarketTape,
  instrument as makeInstrument,
  pow10,
  type ScaledInstrument,
  scaleInstrument,
  shippedInstrument,
} from "../../../core/index.js";
import { LabError, unknownName } from "../../../errors/index.js";
import { Market } from "./market.js";
import type { ExchangeSettings } from "./options.js";

/** The instruments that settle in one currency: they share an account's cash. */
export interface Pool {
  readonly currency: string;
  readonly cashDp: number;
  readonly markets: readonly Market[];
}

interface Draft {
  readonly symbol: string;
  readonly category: InstrumentKind;
  readonly instrument: Instrument;
  series: CandleSeries | undefined;
  tape: MarketTape | undefined;
}

/** Decimals of quantities where a spot buyer pays his fee in base: as fine as fees are. */
const BASE_FEE_DP = 8;

/**
 * The markets of an exchange, by settlement currency.
 * @throws LabError `DATA_SYMBOL_TWICE`, `INSTRUMENT_UNKNOWN` for data whose instrument nobody describes.
 */
export function makeMarkets(settings: ExchangeSettings): Pool[] {
  const drafts: Draft[] = [];
  const find = (symbol: string, category: InstrumentKind): Draft => {
    const known = drafts.find((one) => one.symbol === symbol && one.category === category);
    if (known !== undefined) return known;
    const draft: Draft = { symbol, category, instrument: resolve(settings, symbol, category), series: undefined, tape: undefined };
    drafts.push(draft);
    return draft;
  };
  for (const { data, category } of settings.data) {
    const draft = find(data.symbol, category);
    const key = data instanceof MarketTape ? "tape" : "series";
    if (draft[key] !== undefined)
      throw new LabError("DATA_SYMBOL_TWICE", `${data.symbol} (${category}) stands twice in the data of the paper exchange.`);
    if (data instanceof MarketTape) draft.tape = data;
    else {
      data.assertValid();
      draft.series = data;
    }
  }
  for (const input of settings.instruments) find(input.symbol, input.kind ?? settings.category);
  const currencies = [...new Set(drafts.map((one) => one.instrument.settlement + (one.category === "inverse" ? "*" : "")))];
  return currencies.map((key) => {
    const own = drafts.filter((one) => one.instrument.settlement + (one.category === "inverse" ? "*" : "") === key);
    return pool(own, settings.spotFees === "base");
  });
}

function resolve(settings: ExchangeSettings, symbol: string, category: InstrumentKind): Instrument {
  const given = settings.instruments.find((one) => one.symbol === symbol && (one.kind ?? settings.category) === category);
  if (given !== undefined) return makeInstrument({ ...given, kind: category });
  const shipped = shippedInstrument(symbol, category);
  if (shipped !== undefined) return shipped;
  const data = settings.data.find((one) => one.data.symbol === symbol && one.category === category)!.data;
  const place = (dp: number): string => (dp === 0 ? "1" : `0.${"0".repeat(dp - 1)}1`);
  if (data instanceof MarketTape)
    return makeInstrument({ symbol, kind: category, tickSize: place(data.priceDp), lotSize: place(data.quantityDp) }, "inferred");
  return makeInstrument(
    { symbol, kind: category, tickSize: place(data.priceDp), lotSize: category === "inverse" ? "1" : "0.001" },
    "inferred",
  );
}

function pool(drafts: readonly Draft[], baseFees: boolean): Pool {
  const rough = drafts.map((one) => {
    const dataDp = Math.max(one.series?.priceDp ?? 0, one.tape?.priceDp ?? 0);
    const scaled = scaleInstrument(one.instrument, dataDp);
    const fee = baseFees && one.category === "spot" ? BASE_FEE_DP : 0;
    return { one, dataDp, quantityDp: Math.max(scaled.quantityDp, one.tape?.quantityDp ?? 0, fee), scaled };
  });
  const cashDp = Math.max(
    ...rough.map((r) => Math.max(cashDecimals(r.scaled.priceDp, r.quantityDp, r.one.category), r.scaled.priceDp + r.quantityDp)),
  );
  const markets = rough.map(({ one, dataDp, quantityDp }, slot) => {
    const scaled = finer(scaleInstrument(one.instrument, dataDp, cashDp), quantityDp);
    return new Market(scaled, slot, one.series?.withPriceDp(scaled.priceDp), one.tape?.withUnits(scaled.priceDp, quantityDp));
  });
  return { currency: drafts[0]!.instrument.settlement, cashDp, markets };
}

/** The same instrument with quantities in finer units. */
function finer(scaled: ScaledInstrument, quantityDp: number): ScaledInstrument {
  const more = quantityDp - scaled.quantityDp;
  if (more <= 0) return scaled;
  const factor = pow10(more);
  return Object.freeze({
    ...scaled,
    quantityDp,
    valueScale: pow10(Math.max(0, scaled.cashDp - scaled.priceDp - quantityDp)),
    lot: scaled.lot * factor,
    minQuantity: scaled.minQuantity * factor,
    maxQuantity: scaled.maxQuantity * factor,
  });
}

/** The market of a symbol; of several of that name the one of the category, else the first. @throws LabError `SYMBOL_UNKNOWN`. */
export function marketOf(pools: readonly Pool[], symbol: string, category?: InstrumentKind): Market {
  for (const { markets } of pools)
    for (const market of markets) if (market.symbol === symbol && (category === undefined || market.category === category)) return market;
  throw unknownName(
    "SYMBOL_UNKNOWN",
    "symbol of the paper exchange",
    symbol,
    pools.flatMap(({ markets }) => markets.map((one) => one.symbol)),
  );
}
