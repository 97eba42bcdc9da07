import { type SeriesBar, TIF, TYPE, type WorkingOrder } from "../../core/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import { Book, isImmediate, isLimit, limitOf } from "./book.js";
import { Fills } from "./fills.js";
import { Liquidation } from "./liquidation.js";
import { CANCEL, type MatchSettings, type MatchSink } from "./settings.js";

/** What became of an entry inside a bar. */
const ENTRY = { none: 0, atOpen: 1, inside: 2 } as const;

/**
 * Matches orders against candles. Inside a bar: market orders at the open; then stops, the worse of trigger and open; then liquidation; then resting exits and
 * take-profits, the better of limit and open; then resting entries. Touching is enough. An entry that finds the open better than its limit as it arrives takes instead of
 * resting: it pays the taker fee and slippage up to its limit, unless it is post-only, which ends it. An IOC or FOK limit takes at the open of its first bar or ends. An entry's
 * protective legs live from its own bar. A stop-limit takes at its trigger where its limit allows, else it rests from the next bar on.
 *
 * An entry filled inside the bar (its limit below the open) leaves it unknown which way the bar went afterwards: its stop counts as touched if the
 * low reaches it, its target only if the close lies beyond it.
 *
 * Where orders may have only a share of a bar's volume, all of a bar share it in the order of these phases; what is left of a market or a resting order waits for the next bar.
 */
export class CandleMatcher {
  readonly #books: Book[];
  readonly #fills: Fills;
  readonly #liquidation: Liquidation;
  readonly #liquidates: boolean;
  /** What is left of the bar's volume for orders, in quantity units. */
  #budget: number = Number.MAX_SAFE_INTEGER;

  constructor(account: Portfolio, settings: MatchSettings, sink: MatchSink) {
    this.#books = account.instruments.map(() => new Book());
    this.#fills = new Fills(account, settings, sink);
    this.#liquidation = new Liquidation(settings.margin, this.#fills);
    this.#liquidates = settings.margin !== undefined;
  }

  /** The working orders of an instrument. Bars need not be matched while there are none, unless positions can be liquidated. */
  book(slot: number): Readonly<Pick<Book, "count">> {
    return this.#books[slot]!;
  }

  /** Every order it was given that is not final, of one instrument. */
  orders(slot: number): WorkingOrder[] {
    const book = this.#books[slot]!;
    return book.orders.slice(0, book.count).filter((order) => order.isLive);
  }

  /** The price at which the position of a slot is liquidated, in price units; undefined for none. */
  liquidationPrice(slot: number): number | undefined {
    return this.#liquidation.price(slot);
  }

  /** Takes an order. It may fill from its `eligible` bar on. */
  submit(order: WorkingOrder): void {
    this.#fills.sink.accepted(order);
    this.#books[order.slot]!.add(order);
  }

  /** Cancels a working order; one that is final stays as it is. */
  cancel(order: WorkingOrder): void {
    if (!order.isLive) return;
    this.#fills.sink.cancelled(order);
    if (!this.#matching) this.#books[order.slot]!.rebuild();
  }

  /** To be called when price, limit or quantity of a working order were changed. */
  amended(order: WorkingOrder): void {
    if (!this.#matching) this.#books[order.slot]!.rebuild();
  }

  /** True while a bar is being matched: cancelled orders are then dropped at its end. */
  #matching = false;

  /** True between the phases of a bar: what is placed now may fill on this very bar. */
  get isMatching(): boolean {
    return this.#matching;
  }

  /** The first bar from `from` on, at most `end`, that may concern the working orders of an instrument as they are now. Not for positions that can be liquidated. */
  nextConcern(bar: SeriesBar, from: number, end: number): number {
    const book = this.#books[bar.slot]!;
    if (book.count === 0) return end;
    return book.markets > 0 ? from : bar.nextBeyond(book.below, book.above, from, end);
  }

  /** Matches one instrument's working orders against its bar. */
  onBar(bar: SeriesBar): void {
    const book = this.#books[bar.slot]!;
    if (!this.#concerns(book, bar)) return;
    this.#begin(bar);
    this.#matchImmediate(book, bar);
    if (this.#liquidates || book.count > book.markets) {
      this.#matchStops(book, bar, 0);
      if (this.#liquidates) this.#liquidate(bar);
      this.#matchExits(book, bar, 0);
      const before = book.entries === 0 ? 0 : book.count;
      for (let i = 0; i < before; i++) {
        const legs = book.count;
        const entered = this.#matchEntry(book, bar, i);
        if (entered !== ENTRY.none) this.#matchLegs(book, bar, legs, entered);
      }
    }
    this.#end(book);
  }

  /**
   * The same in steps: it stops after each phase in which something was filled, so that what a client far away places in answer still acts on this bar, as it would if it had been
   * placed from the sink.
   */
  *phases(bar: SeriesBar): Generator<void, void, void> {
    const book = this.#books[bar.slot]!;
    if (!this.#concerns(book, bar)) return;
    let seen = this.#fills.count;
    const news = (): boolean => {
      const before = seen;
      seen = this.#fills.count;
      return seen !== before;
    };
    this.#begin(bar);
    this.#matchImmediate(book, bar);
    if (news()) yield;
    this.#matchStops(book, bar, 0);
    if (news()) yield;
    if (this.#liquidates) this.#liquidate(bar);
    if (news()) yield;
    this.#matchExits(book, bar, 0);
    if (news()) yield;
    const before = book.count;
    for (let i = 0; i < before; i++) {
      const legs = book.count;
      const entered = this.#matchEntry(book, bar, i);
      if (entered === ENTRY.none) continue;
      if (news()) yield;
      this.#matchLegs(book, bar, legs, entered);
      if (news()) yield;
    }
    this.#end(book);
  }

  #concerns(book: Book, bar: SeriesBar): boolean {
    if (book.count !== 0 && (book.markets !== 0 || bar.lowUnits <= book.below || bar.highUnits >= book.above)) return true;
    if (!this.#liquidates) return false;
    const price = this.#liquidation.price(bar.slot);
    if (price === undefined) return false;
    return this.#fills.account.quantity[bar.slot]! > 0 ? bar.lowUnits <= price : bar.highUnits >= price;
  }

  #begin(bar: SeriesBar): void {
    this.#matching = true;
    if (this.#fills.capped) this.#budget = this.#fills.shareOfCandle(bar.slot, bar.volume);
  }

  #end(book: Book): void {
    book.rebuild();
    this.#matching = false;
  }

  /** Market orders, what is left of triggered ones, and limit orders that do not rest, at the open. */
  #matchImmediate(book: Book, bar: SeriesBar): void {
    if (book.markets === 0) return;
    const before = book.count;
    for (let i = 0; i < before; i++) {
      const order = book.orders[i]!;
      if (!isImmediate(order) || !order.isLive || order.eligible > bar.index) continue;
      if (order.type === TYPE.limit) this.#takeOrEnd(order, bar);
      else this.#take(order, bar.openUnits, bar);
    }
  }

  #takeOrEnd(order: WorkingOrder, bar: SeriesBar): void {
    const open = bar.openUnits;
    const crosses = order.direction > 0 ? open <= order.price : open >= order.price;
    const kill = order.timeInForce === TIF.fok;
    if (crosses && !(kill && this.#budget < order.remaining)) this.#takeWithin(order, bar, order.price);
    if (order.isLive) this.#fills.sink.cancelled(order, kill ? CANCEL.fok : CANCEL.ioc);
  }

  #matchStops(book: Book, bar: SeriesBar, from: number): void {
    const open = bar.openUnits;
    for (let i = from; i < book.count; i++) {
      const order = book.orders[i]!;
      if ((order.type !== TYPE.stop && order.type !== TYPE.stopLimit) || order.triggered || !order.isLive || order.eligible > bar.index)
        continue;
      if (this.#liquidates && this.#isLiquidatedBefore(order)) continue;
      if (order.direction > 0) {
        if (bar.highUnits >= order.price) this.#trigger(order, open > order.price ? open : order.price, bar);
      } else if (bar.lowUnits <= order.price) this.#trigger(order, open < order.price ? open : order.price, bar);
    }
  }

  /** A stop that lies beyond the liquidation price of the position it guards never sees its trigger. */
  #isLiquidatedBefore(order: WorkingOrder): boolean {
    const price = order.reduceOnly ? this.#liquidation.price(order.slot) : undefined;
    return price !== undefined && (order.direction > 0 ? order.price > price : order.price < price);
  }

  #liquidate(bar: SeriesBar): void {
    this.#liquidation.check(bar.slot, bar.lowUnits, bar.highUnits, bar.openUnits, bar);
  }

  /** What becomes of a conditional order at its trigger: it takes, as far as its limit allows, or rests from the next bar on. */
  #trigger(order: WorkingOrder, price: number, bar: SeriesBar): void {
    order.triggered = true;
    this.#fills.sink.triggered?.(order, bar);
    if (order.limit === 0) this.#take(order, price, bar);
    else {
      if (order.direction > 0 ? price <= order.limit : price >= order.limit) this.#takeAt(order, price, bar, order.limit);
      // What the bar did before the trigger is not known: the rest waits for the next one.
      (order as { eligible: number }).eligible = bar.index + 1;
    }
  }

  #matchExits(book: Book, bar: SeriesBar, from: number): void {
    const open = bar.openUnits;
    for (let i = from; i < book.count; i++) {
      const order = book.orders[i]!;
      if (!order.isLive || order.eligible > bar.index) continue;
      if (isLimit(order)) {
        if (order.reduceOnly && !isImmediate(order)) this.#rest(order, bar, limitOf(order));
      } else if ((order.type === TYPE.takeProfit || order.type === TYPE.takeProfitLimit) && !order.triggered) {
        if (order.direction > 0) {
          if (bar.lowUnits <= order.price) this.#trigger(order, open < order.price ? open : order.price, bar);
        } else if (bar.highUnits >= order.price) this.#trigger(order, open > order.price ? open : order.price, bar);
      }
    }
  }

  /** One resting entry; where it was filled tells how its legs are to be matched. */
  #matchEntry(book: Book, bar: SeriesBar, i: number): number {
    const order = book.orders[i]!;
    if (!isLimit(order) || order.reduceOnly || isImmediate(order) || !order.isLive || order.eligible > bar.index) return ENTRY.none;
    const limit = limitOf(order);
    if (this.#crossesOnArrival(order, bar)) {
      if (order.postOnly) {
        this.#fills.sink.cancelled(order, CANCEL.postOnly);
        return ENTRY.none;
      }
      return this.#takeWithin(order, bar, limit) ? ENTRY.atOpen : ENTRY.none;
    }
    if (!this.#rest(order, bar, limit)) return ENTRY.none;
    return (order.direction > 0 ? bar.openUnits <= limit : bar.openUnits >= limit) ? ENTRY.atOpen : ENTRY.inside;
  }

  #matchLegs(book: Book, bar: SeriesBar, from: number, entered: number): void {
    if (entered === ENTRY.atOpen) {
      this.#matchStops(book, bar, from);
      this.#matchExits(book, bar, from);
    } else this.#matchAfterInsideFill(book, bar, from);
  }

  /** Legs of an entry that filled inside the bar: see the class comment. */
  #matchAfterInsideFill(book: Book, bar: SeriesBar, from: number): void {
    for (let i = from; i < book.count; i++) {
      const order = book.orders[i]!;
      if ((order.type !== TYPE.stop && order.type !== TYPE.stopLimit) || order.triggered || !order.isLive) continue;
      if (order.direction > 0 ? bar.highUnits >= order.price : bar.lowUnits <= order.price) this.#trigger(order, order.price, bar);
    }
    for (let i = from; i < book.count; i++) {
      const order = book.orders[i]!;
      if (order.type === TYPE.market || order.type === TYPE.stop || order.type === TYPE.stopLimit || !order.isLive) continue;
      if (!(order.direction > 0 ? bar.closeUnits <= order.price : bar.closeUnits >= order.price)) continue;
      if (order.type === TYPE.limit) this.#fill(order, order.price, true, bar);
      else if (!order.triggered) this.#trigger(order, order.price, bar);
    }
  }

  /** Whether a limit order finds its price better than asked as it arrives: it takes, and never rests. */
  #crossesOnArrival(order: WorkingOrder, bar: SeriesBar): boolean {
    if (order.type !== TYPE.limit || order.eligible !== bar.index) return false;
    return order.direction > 0 ? bar.openUnits < order.price : bar.openUnits > order.price;
  }

  /** A taker fill at the open, with slippage up to the limit. */
  #takeWithin(order: WorkingOrder, bar: SeriesBar, limit: number): boolean {
    return this.#takeAt(order, bar.openUnits, bar, limit);
  }

  #takeAt(order: WorkingOrder, price: number, bar: SeriesBar, limit: number): boolean {
    const at = this.#fills.slip(order, price);
    return this.#fill(order, order.direction > 0 ? Math.min(at, limit) : Math.max(at, limit), false, bar);
  }

  /** Fills a resting limit the bar has touched, at the better of limit and open. */
  #rest(order: WorkingOrder, bar: SeriesBar, limit: number): boolean {
    const open = bar.openUnits;
    if (order.direction > 0) {
      if (bar.lowUnits > limit) return false;
      return this.#fill(order, open < limit ? open : limit, true, bar);
    }
    if (bar.highUnits < limit) return false;
    return this.#fill(order, open > limit ? open : limit, true, bar);
  }

  /** A taker fill: slippage makes the price worse. */
  #take(order: WorkingOrder, price: number, bar: SeriesBar): boolean {
    return this.#fill(order, this.#fills.slip(order, price), false, bar);
  }

  #fill(order: WorkingOrder, price: number, maker: boolean, bar: SeriesBar): boolean {
    const filled = this.#fills.fill(order, price, maker, bar, this.#budget);
    if (this.#fills.capped) this.#budget -= filled;
    return filled > 0;
  }
}
