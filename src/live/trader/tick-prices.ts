import { OrderBook, type ScaledInstrument } from "../../core/index.js";
import type { Engine } from "../../engine/index.js";
import type { StoredPrice } from "./journal-events.js";

/**
 * Where ticks have left the prices of an engine: not every tick is journalled, so that each line says what they were before it, and a journal that is fed again sets them
 * back.
 */
export class TickPrices {
  readonly #engine: Engine;
  readonly #instruments: readonly ScaledInstrument[];
  /** Best prices of the books, by slot. */
  readonly #touch: { bid: number; ask: number }[];
  readonly #ticks: boolean;

  /** @param ticks - whether there are ticks that the journal need not hold. */
  constructor(engine: Engine, instruments: readonly ScaledInstrument[], ticks: boolean) {
    this.#engine = engine;
    this.#instruments = instruments;
    this.#touch = instruments.map(() => ({ bid: 0, ask: 0 }));
    this.#ticks = ticks;
  }

  /** A book has come, with these best prices; below 1 for none. */
  touched(slot: number, bid: number, ask: number): void {
    const touch = this.#touch[slot]!;
    touch.bid = bid;
    touch.ask = ask;
  }

  /** The prices now, by slot; undefined where no tick moves them. */
  now(): readonly StoredPrice[] | undefined {
    if (!this.#ticks) return undefined;
    const { portfolio } = this.#engine;
    return this.#touch.map(({ bid, ask }, slot) => [portfolio.mark[slot]!, this.#engine.tickedAt(slot), bid, ask]);
  }

  /** Sets the prices back to what they were. */
  restore(prices: readonly StoredPrice[]): void {
    for (const [slot, [mark, tickedAt, bid, ask]] of prices.entries()) {
      this.#engine.restorePrice(slot, mark, tickedAt);
      this.touched(slot, bid, ask);
      if (bid > 0 || ask > 0) this.#engine.orders.routing?.quotes?.book(slot, bid, ask);
    }
  }

  /** A book of which only the best prices are known: nothing but a strategy looks deeper. */
  book(slot: number, bid: number, ask: number): OrderBook {
    const { instrument, priceDp, quantityDp } = this.#instruments[slot]!;
    const book = new OrderBook(instrument.symbol, priceDp, quantityDp);
    if (bid > 0) book.set(1, bid, 1);
    if (ask > 0) book.set(-1, ask, 1);
    return book;
  }
}
