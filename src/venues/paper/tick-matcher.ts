import { type OrderBook, TIF, TYPE, type WorkingOrder } from "../../core/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import { isLimit, limitOf } from "./book.js";
import { Fills } from "./fills.js";
import { Liquidation } from "./liquidation.js";
import { CANCEL, type MatchSettings, type MatchSink, type MatchTime, type QueueModel } from "./settings.js";

/** What the venue knows of one instrument's market, shared by everybody's orders. Prices and sizes are units. */
export interface TickMarket {
  readonly book: OrderBook;
  /** Price and size of the last trade, 0 before the first. */
  last: number;
  lastSize: number;
  /** The mark price, the last price where nobody says. */
  mark: number;
}

/** An order with what only this matcher knows of it. */
interface Resting {
  readonly order: WorkingOrder;
  readonly byMark: boolean;
  /** Quantity units that are before it at its price; -1 while it has not come to rest. */
  ahead: number;
}

/**
 * Matches orders against trades and order books. A market order sweeps the recorded book, level by level, and what the book cannot give is cancelled; without a book it is filled at the
 * last trade's price with slippage, and waits for the first trade. What an order has taken from a level stays taken until that level is reported anew. A limit order that does not
 * cross rests: a trade beyond its price fills it whole (up to its share of that trade), one at its price only once what stood before it is through ({@link QueueModel}); a book that moves
 * across it fills it too. Conditional orders trigger on the last trade, or on the mark price where they ask for it, and take in that moment.
 */
export class TickMatcher {
  readonly #fills: Fills;
  readonly #liquidation: Liquidation;
  readonly #queue: QueueModel;
  readonly #markets: readonly TickMarket[];
  readonly #orders: Resting[][];
  /** Units taken from a level of the book since it was last reported, by side and price. */
  readonly #taken: Map<number, number>[];

  constructor(account: Portfolio, settings: MatchSettings, sink: MatchSink, markets: readonly TickMarket[]) {
    this.#fills = new Fills(account, settings, sink);
    this.#liquidation = new Liquidation(settings.margin, this.#fills);
    this.#queue = settings.queue ?? "conservative";
    this.#markets = markets;
    this.#orders = markets.map(() => []);
    this.#taken = markets.map(() => new Map());
  }

  /** Every order it was given that is not final, of one instrument. */
  orders(slot: number): WorkingOrder[] {
    return this.#orders[slot]!.filter(({ order }) => order.isLive).map(({ order }) => order);
  }

  /** The price at which the position of a slot is liquidated, in price units; undefined for none. */
  liquidationPrice(slot: number): number | undefined {
    return this.#liquidation.price(slot);
  }

  /** Takes an order that arrives now. @param byMark - whether its trigger looks at the mark price. */
  submit(order: WorkingOrder, at: MatchTime, byMark = false): void {
    this.#fills.sink.accepted(order);
    const resting: Resting = { order, byMark, ahead: -1 };
    this.#orders[order.slot]!.push(resting);
    this.#arrive(resting, at);
    this.#sweep(order.slot);
  }

  /** Takes over an order that another matcher had at rest; it goes to the end of its queue. */
  adopt(order: WorkingOrder, byMark: boolean): void {
    const ahead = isLimit(order) ? this.#ahead(order) : -1;
    this.#orders[order.slot]!.push({ order, byMark, ahead });
  }

  #ahead(order: WorkingOrder): number {
    return this.#queue === "optimistic" ? 0 : this.#markets[order.slot]!.book.size(order.direction, limitOf(order));
  }

  /** Cancels an order; one that is final stays as it is. */
  cancel(order: WorkingOrder): void {
    if (!order.isLive) return;
    this.#fills.sink.cancelled(order);
    this.#sweep(order.slot);
  }

  /** To be called when an order was changed. It keeps its place in the queue only where its price stayed and its quantity did not grow. */
  amended(order: WorkingOrder, keepsPlace: boolean, at: MatchTime): void {
    const resting = this.#orders[order.slot]!.find((one) => one.order === order);
    if (resting === undefined || keepsPlace) return;
    resting.ahead = -1;
    this.#arrive(resting, at);
    this.#sweep(order.slot);
  }

  #arrive(resting: Resting, at: MatchTime): void {
    const { order } = resting;
    if (isConditional(order) && !order.triggered) {
      this.#checkTrigger(resting, at);
      return;
    }
    if (order.type === TYPE.market || (order.triggered && order.limit === 0)) {
      this.#take(order, 0, at);
      return;
    }
    const limit = limitOf(order);
    if (order.postOnly && this.#available(order, limit) > 0) {
      this.#fills.sink.cancelled(order, CANCEL.postOnly);
      return;
    }
    if (order.timeInForce === TIF.fok && this.#available(order, limit) < order.remaining) {
      this.#fills.sink.cancelled(order, CANCEL.fok);
      return;
    }
    this.#take(order, limit, at);
    if (!order.isLive) return;
    if (order.timeInForce !== TIF.gtc) this.#fills.sink.cancelled(order, order.filled > 0 ? "" : CANCEL.ioc);
    else resting.ahead = this.#ahead(order);
  }

  #hasBook(slot: number): boolean {
    const { book } = this.#markets[slot]!;
    return book.depth(1) > 0 || book.depth(-1) > 0;
  }

  #key(side: number, price: number): number {
    return side > 0 ? price : -price;
  }

  /** What is left of a level for orders. */
  #left(slot: number, side: 1 | -1, level: number): number {
    const { book } = this.#markets[slot]!;
    const taken = this.#taken[slot]!.get(this.#key(side, book.priceAt(side, level))) ?? 0;
    return Math.min(this.#fills.share(slot, book.sizeAt(side, level)), Math.max(0, book.sizeAt(side, level))) - taken;
  }

  /** Units that can be taken at once up to a limit price (0 for any). */
  #available(order: WorkingOrder, limit: number): number {
    const { slot, direction } = order;
    const market = this.#markets[slot]!;
    if (!this.#hasBook(slot)) {
      if (market.last === 0 || isWorse(market.last, limit, direction)) return 0;
      return this.#fills.capped ? this.#fills.share(slot, market.lastSize) : order.remaining;
    }
    const side = direction > 0 ? -1 : 1;
    let sum = 0;
    for (let level = 0; level < market.book.depth(side) && sum < order.remaining; level++) {
      if (isWorse(market.book.priceAt(side, level), limit, direction)) break;
      sum += Math.max(0, this.#left(slot, side, level));
    }
    return sum;
  }

  /** Takes what there is up to a limit price (0 for any); the rest of a market order is cancelled where a book showed all there was. */
  #take(order: WorkingOrder, limit: number, at: MatchTime): void {
    const { slot, direction } = order;
    const market = this.#markets[slot]!;
    if (!this.#hasBook(slot)) {
      if (market.last === 0 || isWorse(market.last, limit, direction)) return;
      const slipped = this.#fills.slip(order, market.last);
      const price = limit === 0 ? slipped : direction > 0 ? Math.min(slipped, limit) : Math.max(slipped, limit);
      this.#fills.fill(order, price, false, at, this.#fills.capped ? this.#fills.share(slot, market.lastSize) : Number.MAX_SAFE_INTEGER);
      return;
    }
    const side = direction > 0 ? -1 : 1;
    for (let level = 0; level < market.book.depth(side) && order.isLive; level++) {
      const price = market.book.priceAt(side, level);
      if (isWorse(price, limit, direction)) break;
      const filled = this.#fills.fill(order, price, false, at, this.#left(slot, side, level));
      if (filled > 0) this.#took(slot, side, price, filled);
    }
    if (limit === 0 && order.isLive) this.#fills.sink.cancelled(order, order.filled > 0 ? "" : CANCEL.ioc);
  }

  #took(slot: number, side: 1 | -1, price: number, quantity: number): void {
    const taken = this.#taken[slot]!;
    const key = this.#key(side, price);
    taken.set(key, (taken.get(key) ?? 0) + quantity);
  }

  /** A level of the book was reported: what stands before an order there cannot be more than all there is. */
  levelChanged(slot: number, side: 1 | -1, price: number, size: number): void {
    this.#taken[slot]!.delete(this.#key(side, price));
    for (const resting of this.#orders[slot]!)
      if (resting.ahead > size && resting.order.direction === side && limitOf(resting.order) === price) resting.ahead = size;
  }

  /** A whole new book was reported. */
  bookReset(slot: number): void {
    this.#taken[slot]!.clear();
  }

  /** The book stands as it is reported: it fills what it has moved across. */
  onBook(slot: number, at: MatchTime): void {
    const { book } = this.#markets[slot]!;
    for (const { order, ahead } of [...this.#orders[slot]!]) {
      if (!order.isLive || ahead < 0 || !isLimit(order)) continue;
      const side = order.direction > 0 ? -1 : 1;
      const limit = limitOf(order);
      for (let level = 0; level < book.depth(side) && order.isLive; level++) {
        const price = book.priceAt(side, level);
        if (isWorse(price, limit, order.direction)) break;
        const filled = this.#fills.fill(order, limit, true, at, this.#left(slot, side, level));
        if (filled > 0) this.#took(slot, side, price, filled);
      }
    }
    this.#sweep(slot);
  }

  /** A trade: it fills what rests at or beyond its price, then triggers what waits for it. The market's `last` is it already. @param taker - the side that took, 0 where nobody says. */
  onTrade(slot: number, taker: number, price: number, size: number, at: MatchTime): void {
    const resting = this.#orders[slot]!;
    if (resting.length > 0) {
      let left = this.#fills.capped ? this.#fills.share(slot, size) : size;
      let through = size;
      for (const one of [...resting]) {
        const { order } = one;
        if (!order.isLive || isConditional(order) !== order.triggered) continue;
        if (!isLimit(order)) {
          // A market order that had nothing to take yet.
          if (!this.#hasBook(slot))
            left -= this.#fills.fill(order, this.#fills.slip(order, price), false, at, this.#fills.capped ? left : undefined);
          continue;
        }
        if (one.ahead < 0) continue;
        const limit = limitOf(order);
        const beyond = order.direction > 0 ? price < limit : price > limit;
        if (beyond) left -= this.#fills.fill(order, limit, true, at, this.#fills.capped ? left : undefined);
        else if (price === limit && taker !== order.direction) {
          const waits = Math.min(one.ahead, through);
          one.ahead -= waits;
          through -= waits;
          const filled = this.#fills.fill(order, limit, true, at, Math.min(through, left));
          through -= filled;
          left -= filled;
        }
      }
    }
    this.#checkTriggers(slot, at);
    this.#liquidation.check(slot, price, price, price, at);
    this.#sweep(slot);
  }

  /** The mark price moved. */
  onMark(slot: number, at: MatchTime): void {
    this.#checkTriggers(slot, at);
    const { mark } = this.#markets[slot]!;
    this.#liquidation.check(slot, mark, mark, mark, at);
    this.#sweep(slot);
  }

  #checkTriggers(slot: number, at: MatchTime): void {
    for (const resting of [...this.#orders[slot]!])
      if (resting.order.isLive && isConditional(resting.order) && !resting.order.triggered) this.#checkTrigger(resting, at);
  }

  #checkTrigger(resting: Resting, at: MatchTime): void {
    const { order, byMark } = resting;
    const market = this.#markets[order.slot]!;
    const price = byMark ? market.mark : market.last;
    if (price === 0) return;
    const rises = (order.type === TYPE.stop || order.type === TYPE.stopLimit) === order.direction > 0;
    if (rises ? price < order.price : price > order.price) return;
    order.triggered = true;
    this.#fills.sink.triggered?.(order, at);
    this.#arrive(resting, at);
  }

  /** Forgets what is final. */
  #sweep(slot: number): void {
    const orders = this.#orders[slot]!;
    if (orders.some(({ order }) => order.isFinal)) this.#orders[slot] = orders.filter(({ order }) => !order.isFinal);
  }
}

function isConditional(order: WorkingOrder): boolean {
  return order.type !== TYPE.market && order.type !== TYPE.limit;
}

/** Whether a price is worse for an order than its limit; a limit of 0 allows any. */
function isWorse(price: number, limit: number, direction: number): boolean {
  return limit !== 0 && (direction > 0 ? price > limit : price < limit);
}
