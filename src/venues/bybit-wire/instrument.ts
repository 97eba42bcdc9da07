import { Decimal, type Instrument, instrument } from "../../core/index.js";
import type { Category } from "./category.js";
import { isRow, nonZeroDecimal, optionalText, type Row, requiredText } from "./fields.js";

/** An instrument with the filters that only Bybit has. */
export interface WireInstrument {
  readonly instrument: Instrument;
  /** Largest market order, in the unit of quantities. */
  readonly maxMarketQuantity: Decimal | undefined;
}

/**
 * Reads an instrument; undefined for what Tesserlab does not trade: dated futures, and symbols that are not open for trading.
 * @throws LabError `WIRE_INVALID`, `INSTRUMENT_INVALID` where a filter is missing or absurd.
 */
export function parseInstrument(category: Category, row: Row, venue: string): WireInstrument | undefined {
  if (optionalText(row, "status") !== undefined && row.status !== "Trading") return undefined;
  const contract = optionalText(row, "contractType");
  if (category !== "spot" && contract !== undefined && !contract.endsWith("Perpetual")) return undefined;
  const symbol = requiredText(row, "symbol", "an instrument");
  const price = isRow(row.priceFilter) ? row.priceFilter : {};
  const lot = isRow(row.lotSizeFilter) ? row.lotSizeFilter : {};
  const spot = category === "spot";
  const lotSize = requiredText(lot, spot ? "basePrecision" : "qtyStep", "an instrument");
  const minQuantity = spot ? undefined : nonZeroDecimal(lot, "minOrderQty");
  const maxQuantity = nonZeroDecimal(lot, spot ? "maxLimitOrderQty" : "maxOrderQty") ?? nonZeroDecimal(lot, "maxOrderQty");
  const minNotional = nonZeroDecimal(lot, spot ? "minOrderAmt" : "minNotionalValue");
  const settlement = spot ? undefined : optionalText(row, "settleCoin");
  return {
    instrument: instrument(
      {
        symbol,
        venue,
        kind: category,
        base: requiredText(row, "baseCoin", "an instrument"),
        quote: requiredText(row, "quoteCoin", "an instrument"),
        ...(settlement !== undefined && { settlement }),
        tickSize: requiredText(price, "tickSize", "an instrument"),
        lotSize,
        ...(minQuantity !== undefined && { minQuantity }),
        ...(maxQuantity !== undefined && { maxQuantity }),
        ...(minNotional !== undefined && { minNotional }),
      },
      "given",
    ),
    maxMarketQuantity: nonZeroDecimal(lot, spot ? "maxMarketOrderQty" : "maxMktOrderQty"),
  };
}

/** An instrument as `instruments-info` writes it. */
export function instrumentRow(of: Instrument): Row {
  const max = of.maxQuantity?.toFixed() ?? "1000000000";
  const priceFilter = { minPrice: of.tickSize.toFixed(), maxPrice: "19999999.98", tickSize: of.tickSize.toFixed() };
  const common = { symbol: of.symbol, status: "Trading", baseCoin: of.base, quoteCoin: of.quote };
  if (of.kind === "spot")
    return {
      ...common,
      innovation: "0",
      marginTrading: "none",
      lotSizeFilter: {
        basePrecision: of.lotSize.toFixed(),
        quotePrecision: new Decimal("1e-8").toFixed(),
        minOrderQty: of.minQuantity.toFixed(),
        maxOrderQty: max,
        minOrderAmt: of.minNotional.toFixed(),
        maxOrderAmt: "100000000",
        maxLimitOrderQty: max,
        maxMarketOrderQty: max,
      },
      priceFilter: { tickSize: of.tickSize.toFixed() },
      riskParameters: { priceLimitRatioX: "0.05", priceLimitRatioY: "0.05" },
    };
  return {
    ...common,
    contractType: of.kind === "linear" ? "LinearPerpetual" : "InversePerpetual",
    settleCoin: of.settlement,
    launchTime: "1584230400000",
    deliveryTime: "0",
    deliveryFeeRate: "",
    priceScale: String(of.tickSize.decimalPlaces()),
    leverageFilter: { minLeverage: "1", maxLeverage: "100.00", leverageStep: "0.01" },
    priceFilter,
    lotSizeFilter: {
      qtyStep: of.lotSize.toFixed(),
      minOrderQty: of.minQuantity.toFixed(),
      maxOrderQty: max,
      maxMktOrderQty: max,
      postOnlyMaxOrderQty: max,
      ...(of.kind === "linear" && { minNotionalValue: of.minNotional.toFixed() }),
    },
    unifiedMarginTrade: true,
    fundingInterval: 480,
    copyTrading: "none",
  };
}
