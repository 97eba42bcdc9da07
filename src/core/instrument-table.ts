import { type Instrument, type InstrumentInput, type InstrumentKind, instrument } from "./instrument.js";

/** Date of the filters below, as Bybit published them in `/v5/market/instruments-info`. */
const AS_OF = "2024-05-01";

const TABLE: readonly InstrumentInput[] = [
  {
    symbol: "BTCUSDT",
    venue: "bybit",
    kind: "linear",
    tickSize: "0.1",
    lotSize: "0.001",
    minQuantity: "0.001",
    maxQuantity: "1190",
    minNotional: "5",
  },
  {
    symbol: "ETHUSDT",
    venue: "bybit",
    kind: "linear",
    tickSize: "0.01",
    lotSize: "0.01",
    minQuantity: "0.01",
    maxQuantity: "7240",
    minNotional: "5",
  },
  {
    symbol: "BTCUSDT",
    venue: "bybit",
    kind: "spot",
    tickSize: "0.01",
    lotSize: "0.000001",
    minQuantity: "0.000048",
    maxQuantity: "71.73956243",
    minNotional: "1",
  },
  {
    symbol: "ETHUSDT",
    venue: "bybit",
    kind: "spot",
    tickSize: "0.01",
    lotSize: "0.00001",
    minQuantity: "0.00062",
    maxQuantity: "1229",
    minNotional: "1",
  },
];

/** The shipped instrument of a symbol and kind, or `undefined`. A venue's filters change: give the instrument for anything that matters today. */
export function shippedInstrument(symbol: string, kind: InstrumentKind): Instrument | undefined {
  const found = TABLE.find((row) => row.symbol === symbol && row.kind === kind);
  return found === undefined ? undefined : instrument(found, "table", AS_OF);
}
