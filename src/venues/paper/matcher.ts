import { type Ratio, type ScaledInstrument, type SeriesBar, TYPE, type WorkingOrder } from "../../core/index.js";
import { type FeeRates, type Portfolio, RatedAmount } from "../../portfolio/index.js";
import { Book } from "./book.js";
import { worsen } from "./slippage.js";

/** When something happened: the bar of a replay of candles and its time. */
export interface MatchTime {
  readonly index: number;
  /** Epoch milliseconds. */
  readonly time: number;
}

/**
 * Who learns what became of an order, and books it on the order (`fill`, `end`) before it returns. Called while the bar is matched: requests made in answer
 * take effect on the same bar.
 */
export interface MatchSink {
  accepted(order: WorkingOrder): void;
  filled(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, at: MatchTime): void;
  /** Refused by the venue at its fill: the entry cannot be paid for. Numbers are cash units. */
  rejected(order: WorkingOrder, needed: number, available: number, at: MatchTime): void;
  cancelled(order: WorkingOrder): void;
}

/** Costs and limits of the paper venue. */
export interface MatchSettings {
  readonly fees: FeeRates;
  /** Fraction that market and stop fills are worse by. */
  readonly slippage: Ratio;
  readonly leverage: number;
}

/**
 * Matches orders against candles. Inside a bar: market orders at the open; then stops, the worse of trigger and open; then resting exits, the
 * better of limit and open; then resting entries. Touching is enough. An entry that finds the open better than its limit as it arrives takes instead of
 * resting: it pays the taker fee and slippage up to its limit. An entry's protective legs live from its own bar.
 *
 * An entry filled inside the bar (its limit below the open) leaves it unknown which way the bar went afterwards: its stop counts as touched if the
 * low reaches it, its target only if the close lies beyond it.
 */
export class CandleMatcher {
  readonly #books: Book[];
  readonly #instruments: readonly ScaledInstrument[];
  readonly #account: Portfolio;
  readonly #sink: MatchSink;
  readonly #maker: RatedAmount[];
  readonly #taker: RatedAmount[];
  readonly #slippage: Ratio;
  readonly #leverage: number;

  constructor(account: Portfolio, settings: MatchSettings, sink: MatchSink) {
    this.#instruments = account.instruments;
    this.#books = account.instruments.map(() => new Book());
    this.#account = account;
    this.#sink = sink;
    this.#maker = account.instruments.map((i) => new RatedAmount(i, settings.fees.maker));
    this.#taker = account.instruments.map((i) => new RatedAmount(i, settings.fees.taker));
    this.#slippage = settings.slippage;
    this.#leverage = settings.leverage;
  }

  /** The working orders of an instrument. */
  book(slot: number): Readonly<Pick<Book, "count">> {
    return this.#books[slot]!;
  }

  /** Takes an order. It may fill from its `eligible` bar on. */
  submit(order: WorkingOrder): void {
    this.#sink.accepted(order);
    this.#books[order.slot]!.add(order);
  }

  /** Cancels a working order; one that is final stays as it is. */
  cancel(order: WorkingOrder): void {
    if (!order.isLive) return;
    this.#sink.cancelled(order);
    const book = this.#books[order.slot]!;
    if (!this.#matching) book.rebuild();
  }

  /** True while a bar is being matched: cancelled orders are then dropped at its end. */
  #matching = false;

  /** Matches one instrument's working orders against its bar. */
  onBar(bar: SeriesBar): void {
    const book = this.#books[bar.slot]!;
    if (book.count === 0 || (book.markets === 0 && bar.lowUnits > book.below && bar.highUnits < book.above)) return;
    this.#match(book, bar);
  }

  #match(book: Book, bar: SeriesBar): void {
    this.#matching = true;
    const { index } = bar;
    const { orders } = book;
    if (book.markets > 0) {
      const before = book.count;
      for (let i = 0; i < before; i++) {
        const order = orders[i]!;
        if (order.type === TYPE.market && order.isLive && order.eligible <= index) this.#take(order, bar.openUnits, bar);
      }
    }
    if (book.count > book.markets) {
      this.#matchStops(book, bar, 0);
      this.#matchExits(book, bar, 0);
      this.#matchEntries(book, bar);
    }
    book.rebuild();
    this.#matching = false;
  }

  #matchStops(book: Book, bar: SeriesBar, from: number): void {
    const open = bar.openUnits;
    for (let i = from; i < book.count; i++) {
      const order = book.orders[i]!;
      if (order.type !== TYPE.stop || !order.isLive || order.eligible > bar.index) continue;
      if (order.direction > 0) {
        if (bar.highUnits >= order.price) this.#take(order, open > order.price ? open : order.price, bar);
      } else if (bar.lowUnits <= order.price) this.#take(order, open < order.price ? open : order.price, bar);
    }
  }

  #matchExits(book: Book, bar: SeriesBar, from: number): void {
    for (let i = from; i < book.count; i++) {
      const order = book.orders[i]!;
      if (order.type === TYPE.limit && order.reduceOnly && order.isLive && order.eligible <= bar.index) this.#rest(order, bar);
    }
  }

  #matchEntries(book: Book, bar: SeriesBar): void {
    const before = book.count;
    for (let i = 0; i < before; i++) {
      const order = book.orders[i]!;
      if (order.type !== TYPE.limit || order.reduceOnly || !order.isLive || order.eligible > bar.index) continue;
      const legs = book.count;
      if (!(this.#crossesOnArrival(order, bar) ? this.#takeWithin(order, bar) : this.#rest(order, bar))) continue;
      const atOpen = order.direction > 0 ? bar.openUnits <= order.price : bar.openUnits >= order.price;
      if (atOpen) {
        this.#matchStops(book, bar, legs);
        this.#matchExits(book, bar, legs);
      } else this.#matchAfterInsideFill(book, bar, legs);
    }
  }

  /** Legs of an entry that filled inside the bar: see the class comment. */
  #matchAfterInsideFill(book: Book, bar: SeriesBar, from: number): void {
    for (let i = from; i < book.count; i++) {
      const order = book.orders[i]!;
      if (order.type !== TYPE.stop || !order.isLive) continue;
      if (order.direction > 0 ? bar.highUnits >= order.price : bar.lowUnits <= order.price) this.#take(order, order.price, bar);
    }
    for (let i = from; i < book.count; i++) {
      const order = book.orders[i]!;
      if (order.type !== TYPE.limit || !order.isLive) continue;
      if (order.direction > 0 ? bar.closeUnits <= order.price : bar.closeUnits >= order.price) this.#fill(order, order.price, true, bar);
    }
  }

  /** Whether a limit order finds its price better than asked as it arrives: it takes, and never rests. */
  #crossesOnArrival(order: WorkingOrder, bar: SeriesBar): boolean {
    if (order.eligible !== bar.index) return false;
    return order.direction > 0 ? bar.openUnits < order.price : bar.openUnits > order.price;
  }

  /** A taker fill at the open, with slippage up to the limit. */
  #takeWithin(order: WorkingOrder, bar: SeriesBar): boolean {
    const open = bar.openUnits;
    const at = this.#slippage.num === 0 ? open : worsen(open, order.direction, this.#slippage, this.#instruments[order.slot]!.tick);
    return this.#fill(order, order.direction > 0 ? Math.min(at, order.price) : Math.max(at, order.price), false, bar);
  }

  /** Fills a resting limit the bar has touched, at the better of limit and open. */
  #rest(order: WorkingOrder, bar: SeriesBar): boolean {
    const open = bar.openUnits;
    if (order.direction > 0) {
      if (bar.lowUnits > order.price) return false;
      return this.#fill(order, open < order.price ? open : order.price, true, bar);
    }
    if (bar.highUnits < order.price) return false;
    return this.#fill(order, open > order.price ? open : order.price, true, bar);
  }

  /** A taker fill: slippage makes the price worse. */
  #take(order: WorkingOrder, price: number, bar: SeriesBar): boolean {
    const at = this.#slippage.num === 0 ? price : worsen(price, order.direction, this.#slippage, this.#instruments[order.slot]!.tick);
    return this.#fill(order, at, false, bar);
  }

  #fill(order: WorkingOrder, price: number, maker: boolean, bar: SeriesBar): boolean {
    const { slot, direction } = order;
    let quantity = order.remaining;
    if (order.reduceOnly) {
      const position = this.#account.quantity[slot]! * -direction;
      if (position <= 0) {
        this.#sink.cancelled(order);
        return false;
      }
      if (quantity > position) quantity = position;
    }
    const fee = (maker ? this.#maker : this.#taker)[slot]!.of(price, quantity);
    if (!order.reduceOnly && !this.#account.canAfford(slot, direction * quantity, price, fee, this.#leverage)) {
      const { needed, available } = this.#account.requirement(slot, direction * quantity, price, fee, this.#leverage);
      this.#sink.rejected(order, Number(needed), Number(available), bar);
      return false;
    }
    this.#sink.filled(order, quantity, price, fee, maker, bar);
    return true;
  }
}
