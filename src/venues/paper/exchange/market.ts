import {
  type BookLevel,
  type CandleSeries,
  type Instrument,
  type InstrumentKind,
  type MarketTape,
  OrderBook,
  type PublicTrade,
  type ScaledInstrument,
  SeriesBar,
  type TickerUpdate,
  toUnits,
  unitsText,
} from "../../../core/index.js";
import type { TickMarket } from "../tick-matcher.js";
import { plainText } from "./text.js";

/** Trades that are kept for who asks for the latest. */
const RECENT = 1000;

/**
 * One symbol's market at the paper exchange: what is recorded of it and where it stands. It is matched by trades and books where it has them, else by candles.
 */
export class Market implements TickMarket {
  readonly symbol: string;
  readonly category: InstrumentKind;
  readonly scaled: ScaledInstrument;
  /** Place among the instruments of its settlement currency. */
  readonly slot: number;
  readonly series: CandleSeries | undefined;
  readonly tape: MarketTape | undefined;
  readonly bar: SeriesBar | undefined;
  readonly book: OrderBook;
  last = 0;
  lastSize = 0;
  mark = 0;
  /** Whether the mark is told apart from the last price. */
  hasMark = false;
  /** Number of candles that have closed. */
  closed = 0;
  /** Counts changes of the book. */
  updates = 0;
  fundingRate: string | undefined;
  nextFundingTime: number | undefined;
  readonly trades: PublicTrade[] = [];

  constructor(scaled: ScaledInstrument, slot: number, series: CandleSeries | undefined, tape: MarketTape | undefined) {
    this.scaled = scaled;
    this.slot = slot;
    this.symbol = scaled.instrument.symbol;
    this.category = scaled.instrument.kind;
    this.series = series;
    this.tape = tape;
    this.bar = series === undefined ? undefined : new SeriesBar(series, slot);
    this.book = new OrderBook(this.symbol, scaled.priceDp, scaled.quantityDp);
  }

  /** Whether orders are matched by candles. */
  get byCandles(): boolean {
    return this.tape === undefined && this.series !== undefined;
  }

  get instrument(): Instrument {
    return this.scaled.instrument;
  }

  /** Whole units of a price text. @throws LabError for text that is no price. */
  priceUnits(text: string): number {
    return toUnits(text, this.scaled.priceDp, "exact", `price of ${this.symbol}`);
  }

  /** Whole units of a size; what is finer than the units is cut off, since it is less than any order. */
  sizeUnits(text: string): number {
    return toUnits(text, this.scaled.quantityDp, "floor", `size of ${this.symbol}`);
  }

  priceText(units: number): string {
    return plainText(units, this.scaled.priceDp);
  }

  setLast(price: number, size: number): void {
    this.last = price;
    this.lastSize = size;
    if (!this.hasMark) this.mark = price;
  }

  remember(trade: PublicTrade): void {
    this.trades.push(trade);
    if (this.trades.length > 2 * RECENT) this.trades.splice(0, RECENT);
  }

  /** The best levels of both sides as text. */
  levels(depth: number): { bids: BookLevel[]; asks: BookLevel[] } {
    const side = (sign: 1 | -1): BookLevel[] =>
      Array.from(
        { length: Math.min(depth, this.book.depth(sign)) },
        (_, level): BookLevel => [
          plainText(this.book.priceAt(sign, level), this.scaled.priceDp),
          plainText(this.book.sizeAt(sign, level), this.scaled.quantityDp),
        ],
      );
    return { bids: side(1), asks: side(-1) };
  }

  /** Prices of the moment. */
  ticker(time: number): TickerUpdate {
    const bid = this.book.priceAt(1, 0);
    const ask = this.book.priceAt(-1, 0);
    return {
      symbol: this.symbol,
      time,
      ...(this.last > 0 && { last: this.priceText(this.last) }),
      ...(this.mark > 0 && this.category !== "spot" && { mark: this.priceText(this.mark), index: this.priceText(this.mark) }),
      ...(bid > 0 && { bid: this.priceText(bid) }),
      ...(ask > 0 && { ask: this.priceText(ask) }),
      ...(this.fundingRate !== undefined && { fundingRate: this.fundingRate }),
      ...(this.nextFundingTime !== undefined && { nextFundingTime: this.nextFundingTime }),
    };
  }

  /** A candle of the series as text. */
  candle(index: number): { time: number; open: string; high: string; low: string; close: string; volume: string } {
    const series = this.series!;
    const price = (column: Float64Array): string => this.priceText(column[index]!);
    return {
      time: series.time[index]!,
      open: price(series.open),
      high: price(series.high),
      low: price(series.low),
      close: price(series.close),
      volume: unitsText(series.volume[index]!, series.volumeDp),
    };
  }
}
