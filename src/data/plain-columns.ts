import type { CandleRows } from "./candle-rows.js";

/** Candles as columns of units, each with the line it came from. */
export interface PlainColumns {
  readonly time: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly line: Float64Array;
}

/** The rows read so far, sharing their memory. */
export function plainColumns(rows: CandleRows): PlainColumns {
  const cut = (column: Float64Array): Float64Array => column.subarray(0, rows.length);
  const [open, high, low, close] = rows.prices.columns.map(cut) as [Float64Array, Float64Array, Float64Array, Float64Array];
  return { time: cut(rows.time), open, high, low, close, volume: cut(rows.volumes.columns[0]!), line: cut(rows.line) };
}

/** New columns made of the rows at these positions, in this order. */
export function pickRows(columns: PlainColumns, positions: Uint32Array): PlainColumns {
  const pick = (column: Float64Array): Float64Array => Float64Array.from(positions, (position) => column[position]!);
  return {
    time: pick(columns.time),
    open: pick(columns.open),
    high: pick(columns.high),
    low: pick(columns.low),
    close: pick(columns.close),
    volume: pick(columns.volume),
    line: pick(columns.line),
  };
}
