import { ExactPrice } from "./price.js";
import type { EpochMs } from "./time.js";
import { pow10 } from "./units.js";

/** One side of a book as a strategy sees it: `price` and `size` are the nearest doubles of the exact values. */
export interface BookLevelView {
  readonly price: number;
  readonly size: number;
}

/** An order book as a strategy sees it. One reused object: keep its numbers. */
export interface OrderBookView {
  readonly symbol: string;
  /** Time of the last change. */
  readonly time: EpochMs;
  /** The best price of a side, exact; undefined while the side is empty. */
  readonly bestBid: ExactPrice | undefined;
  readonly bestAsk: ExactPrice | undefined;
  /** The best levels of a side, best first. */
  bids(depth: number): readonly BookLevelView[];
  asks(depth: number): readonly BookLevelView[];
  /** (bid sizes - ask sizes) / (bid sizes + ask sizes) over the best `depth` levels of each side, -1 to 1; undefined while both are empty. */
  imbalance(depth: number): number | undefined;
}

/**
 * The levels of one side in whole units, sorted with the best last, so that changes near the best move little. Prices are unique.
 */
class BookSide {
  readonly prices: number[] = [];
  readonly sizes: number[] = [];
  /** 1 where a higher price is better (bids), -1 where a lower one is (asks). */
  readonly #sign: 1 | -1;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  /** First position whose price is not worse. */
  #find(price: number): number {
    let lo = 0;
    let hi = this.prices.length;
    const key = price * this.#sign;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if (this.prices[mid]! * this.#sign < key) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }

  set(price: number, size: number): void {
    const at = this.#find(price);
    const known = this.prices[at] === price;
    if (size === 0) {
      if (!known) return;
      this.prices.splice(at, 1);
      this.sizes.splice(at, 1);
    } else if (known) this.sizes[at] = size;
    else {
      this.prices.splice(at, 0, price);
      this.sizes.splice(at, 0, size);
    }
  }

  size(price: number): number {
    const at = this.#find(price);
    return this.prices[at] === price ? this.sizes[at]! : 0;
  }

  clear(): void {
    this.prices.length = 0;
    this.sizes.length = 0;
  }
}

/**
 * An order book of whole units: prices count 10^-priceDp, sizes 10^-quantityDp, both exact. It is what connectors keep, the paper venue matches against and
 * strategies look at.
 */
export class OrderBook implements OrderBookView {
  readonly symbol: string;
  readonly priceDp: number;
  readonly quantityDp: number;
  time: EpochMs = 0;
  readonly #bids = new BookSide(1);
  readonly #asks = new BookSide(-1);
  readonly #seen: number;

  /** @param seen - how many levels of a side a strategy sees at most; all unless given. */
  constructor(symbol: string, priceDp: number, quantityDp: number, seen: number = Number.POSITIVE_INFINITY) {
    this.symbol = symbol;
    this.priceDp = priceDp;
    this.quantityDp = quantityDp;
    this.#seen = seen;
  }

  /** Sets a level's size; 0 removes it. `side` is the book's side: 1 for bids, -1 for asks. */
  set(side: 1 | -1, price: number, size: number): void {
    (side > 0 ? this.#bids : this.#asks).set(price, size);
  }

  clear(): void {
    this.#bids.clear();
    this.#asks.clear();
  }

  /** Number of levels of a side. */
  depth(side: 1 | -1): number {
    return (side > 0 ? this.#bids : this.#asks).prices.length;
  }

  /** Price of a level in price units, 0 the best; -1 beyond the last. */
  priceAt(side: 1 | -1, level: number): number {
    const { prices } = side > 0 ? this.#bids : this.#asks;
    return prices[prices.length - 1 - level] ?? -1;
  }

  /** Size of a level in quantity units, 0 the best; 0 beyond the last. */
  sizeAt(side: 1 | -1, level: number): number {
    const { sizes } = side > 0 ? this.#bids : this.#asks;
    return sizes[sizes.length - 1 - level] ?? 0;
  }

  /** Size at a price in quantity units; 0 where there is no such level. */
  size(side: 1 | -1, price: number): number {
    return (side > 0 ? this.#bids : this.#asks).size(price);
  }

  get bestBid(): ExactPrice | undefined {
    return this.#best(1);
  }

  get bestAsk(): ExactPrice | undefined {
    return this.#best(-1);
  }

  #best(side: 1 | -1): ExactPrice | undefined {
    const price = this.priceAt(side, 0);
    return price < 0 ? undefined : new ExactPrice(price, this.priceDp);
  }

  bids(depth: number): BookLevelView[] {
    return this.#levels(1, depth);
  }

  asks(depth: number): BookLevelView[] {
    return this.#levels(-1, depth);
  }

  #levels(side: 1 | -1, depth: number): BookLevelView[] {
    const length = Math.max(0, Math.min(depth, this.#seen, this.depth(side)));
    return Array.from({ length }, (_, level) => ({
      price: this.priceAt(side, level) / pow10(this.priceDp),
      size: this.sizeAt(side, level) / pow10(this.quantityDp),
    }));
  }

  imbalance(depth: number): number | undefined {
    let bids = 0;
    let asks = 0;
    for (let level = 0; level < depth && level < this.#seen; level++) {
      bids += this.sizeAt(1, level);
      asks += this.sizeAt(-1, level);
    }
    return bids + asks === 0 ? undefined : (bids - asks) / (bids + asks);
  }
}
