import { CandleSeries, type Interval, intervalMs, type MarketTape, OrderBook, TAPE } from "../core/index.js";
import { LabError } from "../errors/index.js";

/**
 * Candles of a tape: of its trades, or of the middle of its book where it has none, rounded down to a price unit. A candle without a trade stands still at the last
 * price; the first one is that of the first price. Volume is what was traded.
 * @throws LabError `DATA_EMPTY` for a tape without a price.
 */
export function candlesOf(tape: MarketTape, interval: Interval): CandleSeries {
  const step = intervalMs(interval);
  const byTrades = tape.trades > 0;
  const book = new OrderBook(tape.symbol, tape.priceDp, tape.quantityDp);
  const rows: number[][] = [];
  const add = (time: number, price: number, size: number): void => {
    const start = Math.floor(time / step) * step;
    let last = rows[rows.length - 1];
    while (last !== undefined && last[0]! < start) {
      const close = last[4]!;
      last = [last[0]! + step, close, close, close, close, 0];
      rows.push(last);
      if (last[0] === start && size > 0) {
        // The first trade of a candle opens it.
        last[1] = last[2] = last[3] = price;
      }
    }
    if (last === undefined) rows.push([start, price, price, price, price, size]);
    else {
      last[2] = Math.max(last[2]!, price);
      last[3] = Math.min(last[3]!, price);
      last[4] = price;
      last[5] = last[5]! + size;
    }
  };
  for (let i = 0; i < tape.length; i++) {
    if (tape.kind[i] === TAPE.trade) {
      const at = tape.start[i]!;
      add(tape.time[i]!, tape.price[at]!, tape.size[at]!);
    } else if (!byTrades) {
      tape.apply(i, book);
      const [bid, ask] = [book.priceAt(1, 0), book.priceAt(-1, 0)];
      if (bid > 0 && ask > 0) add(tape.time[i]!, Math.floor((bid + ask) / 2), 0);
    }
  }
  if (rows.length === 0) throw new LabError("DATA_EMPTY", `The tape of ${tape.symbol} holds neither a trade nor a book with both sides.`);
  const column = (field: number): Float64Array => Float64Array.from(rows, (row) => row[field]!);
  return new CandleSeries({
    symbol: tape.symbol,
    interval,
    priceDp: tape.priceDp,
    volumeDp: tape.quantityDp,
    time: column(0),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volume: column(5),
    source: tape.source,
  });
}
