import { LabError } from "../errors/index.js";
import type { CandleSource } from "./candles.js";
import type { BookLevel, MarketEvent } from "./market.js";
import type { OrderBook } from "./order-book.js";
import { type EpochMs, timeText } from "./time.js";
import { MAX_SAFE, pow10, unitsText } from "./units.js";

/** Kinds of a tape's events: a whole book, changed levels, a trade. */
export const TAPE: { readonly snapshot: 0; readonly delta: 1; readonly trade: 2 } = { snapshot: 0, delta: 1, trade: 2 };

/** What a session that recorded a tape saw of it: a replay lets its strategy see no more. */
export interface TapeSight {
  /** Levels of a side of the book; all unless given. */
  readonly depth?: number | undefined;
  /** Events, by index, that came before the session heard its market: they made its book, and nothing else. */
  readonly unheard: ReadonlySet<number>;
}

/** The columns a tape is made of, see {@link MarketTape}. */
export interface TapeColumns {
  readonly symbol: string;
  readonly priceDp: number;
  readonly quantityDp: number;
  readonly time: Float64Array;
  readonly kind: Uint8Array;
  readonly side: Int8Array;
  readonly start: Uint32Array;
  readonly bids: Uint32Array;
  readonly price: Float64Array;
  readonly size: Float64Array;
  readonly source?: CandleSource;
  readonly sight?: TapeSight | undefined;
}

/**
 * A recording of one symbol's order book and trades in time order, exact and columnar: events in parallel columns, the levels of all of them in two flat
 * ones. Immutable by convention; slices share the columns.
 *
 * Event `i` has the levels `start[i]` to `start[i + 1]` - 1 of `price` and `size`: of a book event the first `bids[i]` are bids and the others asks, of a trade
 * there is one. A slice that begins after a snapshot begins with an unknown book.
 */
export class MarketTape {
  /** As the exchange writes it: `BTCUSDT`. */
  readonly symbol: string;
  /** Prices are whole numbers of 10^-priceDp. */
  readonly priceDp: number;
  /** Sizes are whole numbers of 10^-quantityDp. */
  readonly quantityDp: number;
  /** Epoch milliseconds by event, never falling. */
  readonly time: Float64Array;
  /** {@link TAPE} by event. */
  readonly kind: Uint8Array;
  /** Side of a trade's taker by event: 1 buys, -1 sells; 0 for book events. */
  readonly side: Int8Array;
  /** First level by event, and one entry more: where the last one's end. */
  readonly start: Uint32Array;
  /** Number of bid levels by event. */
  readonly bids: Uint32Array;
  /** Prices of all levels, in units of 10^-priceDp. */
  readonly price: Float64Array;
  /** Sizes of all levels, in units of 10^-quantityDp; 0 removes a level. */
  readonly size: Float64Array;
  readonly source: CandleSource;
  /** What is seen of it; all unless a session recorded it. */
  readonly sight: TapeSight | undefined;

  /** @throws LabError `TAPE_INVALID` for columns whose lengths do not fit, or times that fall. */
  constructor(columns: TapeColumns) {
    this.symbol = columns.symbol;
    this.priceDp = columns.priceDp;
    this.quantityDp = columns.quantityDp;
    this.time = columns.time;
    this.kind = columns.kind;
    this.side = columns.side;
    this.start = columns.start;
    this.bids = columns.bids;
    this.price = columns.price;
    this.size = columns.size;
    this.source = columns.source ?? { name: "in memory", synthetic: false };
    this.sight = columns.sight;
    const { length } = this.time;
    const fits =
      this.kind.length === length && this.side.length === length && this.bids.length === length && this.start.length === length + 1;
    if (!fits || this.price.length !== this.size.length || this.start[length]! > this.price.length)
      throw new LabError("TAPE_INVALID", `The columns of a tape of ${this.symbol} do not fit together.`);
    for (let i = 1; i < length; i++)
      if (!(this.time[i]! >= this.time[i - 1]!))
        throw new LabError("TAPE_INVALID", `${this.symbol}, event ${i}: its time ${this.time[i]} is before ${this.time[i - 1]}.`);
  }

  /** Number of events. */
  get length(): number {
    return this.time.length;
  }

  /** Number of trades. */
  get trades(): number {
    let count = 0;
    for (const kind of this.kind) if (kind === TAPE.trade) count++;
    return count;
  }

  /** Applies a book event to a book of the same units; a trade changes no book. @returns whether the book changed. */
  apply(index: number, book: OrderBook): boolean {
    const kind = this.kind[index]!;
    if (kind === TAPE.trade) return false;
    if (kind === TAPE.snapshot) book.clear();
    const first = this.start[index]!;
    const asks = first + this.bids[index]!;
    const end = this.start[index + 1]!;
    for (let at = first; at < end; at++) book.set(at < asks ? 1 : -1, this.price[at]!, this.size[at]!);
    book.time = this.time[index]!;
    return true;
  }

  /** The event at an index, from the end when negative, as exact text: what a venue would send. A trade's id is its place in the tape. */
  at(index: number): MarketEvent | undefined {
    const i = index < 0 ? this.length + index : index;
    if (!(i >= 0 && i < this.length)) return undefined;
    const { symbol, priceDp, quantityDp } = this;
    const time = this.time[i]!;
    const first = this.start[i]!;
    const level = (at: number): BookLevel => [unitsText(this.price[at]!, priceDp), unitsText(this.size[at]!, quantityDp)];
    if (this.kind[i] === TAPE.trade) {
      const [price, quantity] = level(first);
      return { type: "trade", symbol, time, id: String(i), side: this.side[i]! > 0 ? "buy" : "sell", price, quantity };
    }
    const levels = Array.from({ length: this.start[i + 1]! - first }, (_, at) => level(first + at));
    const kind = this.kind[i] === TAPE.snapshot ? "snapshot" : "delta";
    return { type: "book", symbol, time, kind, bids: levels.slice(0, this.bids[i]), asks: levels.slice(this.bids[i]) };
  }

  /** Events [start, end) by index, sharing the columns; negative indices count from the end as in `Array.slice`. */
  slice(start = 0, end: number = this.length): MarketTape {
    const time = this.time.subarray(start, end);
    const from = start < 0 ? Math.max(0, this.length + start) : Math.min(start, this.length);
    const { sight } = this;
    const unheard = new Set([...(sight?.unheard ?? [])].map((at) => at - from));
    return new MarketTape({
      ...this.#columns(),
      ...(sight === undefined ? {} : { sight: { ...sight, unheard } }),
      time,
      kind: this.kind.subarray(from, from + time.length),
      side: this.side.subarray(from, from + time.length),
      bids: this.bids.subarray(from, from + time.length),
      start: this.start.subarray(from, from + time.length + 1),
    });
  }

  /** Index of the first event at or after a moment; `length` when there is none. */
  indexAt(time: EpochMs): number {
    let lo = 0;
    let hi = this.length;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if (this.time[mid]! < time) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }

  /** The same events in finer units, exactly; itself where the units are the same. @throws LabError `UNITS_OVERFLOW`, `NOT_REPRESENTABLE` for coarser ones. */
  withUnits(priceDp: number, quantityDp: number): MarketTape {
    if (priceDp === this.priceDp && quantityDp === this.quantityDp) return this;
    return new MarketTape({
      ...this.#columns(),
      priceDp,
      quantityDp,
      price: this.#finer(this.price, this.priceDp, priceDp, "prices"),
      size: this.#finer(this.size, this.quantityDp, quantityDp, "sizes"),
    });
  }

  #finer(column: Float64Array, from: number, to: number, name: string): Float64Array {
    if (to < from) throw new LabError("NOT_REPRESENTABLE", `${this.symbol} has ${name} with ${from} decimals, more than ${to}.`);
    const factor = pow10(to - from);
    return column.map((units) => {
      if (units * factor > MAX_SAFE) throw new LabError("UNITS_OVERFLOW", `${this.symbol} ${name} are too large for units of 1e-${to}.`);
      return units * factor;
    });
  }

  #columns(): TapeColumns {
    const { symbol, priceDp, quantityDp, time, kind, side, start, bids, price, size, source, sight } = this;
    return { symbol, priceDp, quantityDp, time, kind, side, start, bids, price, size, source, sight };
  }

  toString(): string {
    const span = this.length === 0 ? "empty" : `${timeText(this.time[0]!)} to ${timeText(this.time[this.length - 1]!)}`;
    return `${this.length} events of ${this.symbol} (${this.trades} trades), ${span}`;
  }
}
