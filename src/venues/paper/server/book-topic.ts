import type { BookLevel } from "../../../core/index.js";
import type { Market } from "../exchange/market.js";
import { plainText } from "../exchange/text.js";

/** The best levels of a side, best first. Its arrays are filled anew ten thousand times a second, so they are kept. */
interface View {
  readonly prices: number[];
  readonly sizes: number[];
  length: number;
}

const emptyView = (): View => ({ prices: [], sizes: [], length: 0 });

/**
 * One order-book topic of a depth: a snapshot to who comes, then what changed among its best levels. `u` rises by one with every message of the topic. Depth 1 is snapshots only, as
 * Bybit sends it.
 */
export class BookTopic {
  readonly #market: Market;
  readonly #depth: number;
  #bids: View;
  #asks: View;
  /** Arrays of the views before these, to be filled next. */
  #spareBids: View = emptyView();
  #spareAsks: View = emptyView();
  #u = 1;
  #seq = 0;

  constructor(market: Market, depth: number) {
    this.#market = market;
    this.#depth = depth;
    this.#bids = this.#look(1, emptyView());
    this.#asks = this.#look(-1, emptyView());
  }

  #look(side: 1 | -1, into: View): View {
    const { book } = this.#market;
    const { prices, sizes } = into;
    into.length = Math.min(this.#depth, book.depth(side));
    for (let level = 0; level < into.length; level++) {
      prices[level] = book.priceAt(side, level);
      sizes[level] = book.sizeAt(side, level);
    }
    return into;
  }

  #text(price: number, size: number): BookLevel {
    const { priceDp, quantityDp } = this.#market.scaled;
    return [plainText(price, priceDp), plainText(size, quantityDp)];
  }

  #frame(type: "snapshot" | "delta", topic: string, ts: number, b: readonly BookLevel[], a: readonly BookLevel[]): string {
    return JSON.stringify({ topic, type, ts, data: { s: this.#market.symbol, b, a, u: this.#u, seq: this.#seq }, cts: ts });
  }

  /** The whole book as the topic stands. */
  snapshot(topic: string, ts: number): string {
    const all = ({ prices, sizes, length }: View): BookLevel[] => Array.from({ length }, (_, i) => this.#text(prices[i]!, sizes[i]!));
    return this.#frame("snapshot", topic, ts, all(this.#bids), all(this.#asks));
  }

  /** What the last change of the book is to this topic; undefined where it changed nothing here. */
  update(topic: string, ts: number): string | undefined {
    const bids = this.#look(1, this.#spareBids);
    const asks = this.#look(-1, this.#spareAsks);
    const b = this.#changes(this.#bids, bids, 1);
    const a = this.#changes(this.#asks, asks, -1);
    [this.#bids, this.#spareBids] = [bids, this.#bids];
    [this.#asks, this.#spareAsks] = [asks, this.#asks];
    if (b.length === 0 && a.length === 0) return undefined;
    this.#u++;
    this.#seq += b.length + a.length;
    return this.#depth === 1 ? this.snapshot(topic, ts) : this.#frame("delta", topic, ts, b, a);
  }

  /** Both sides are sorted, best first: one walk finds what came, went and changed. */
  #changes(before: View, after: View, sign: 1 | -1): BookLevel[] {
    const changed: BookLevel[] = [];
    let i = 0;
    let j = 0;
    while (i < before.length || j < after.length) {
      const old = i < before.length ? before.prices[i] : undefined;
      const now = j < after.length ? after.prices[j] : undefined;
      if (old !== undefined && old === now) {
        if (before.sizes[i] !== after.sizes[j]) changed.push(this.#text(now, after.sizes[j]!));
        i++;
        j++;
      } else if (now === undefined || (old !== undefined && (old - now) * sign > 0)) {
        changed.push(this.#text(old!, 0));
        i++;
      } else {
        changed.push(this.#text(now, after.sizes[j]!));
        j++;
      }
    }
    return changed;
  }
}
