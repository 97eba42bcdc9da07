import { type CandleBuffer, type Decimal, type EpochMs, type MarketEvent, toUnits } from "../../core/index.js";
import type { Portfolio } from "../../portfolio/index.js";

/** A price as it was heard. */
interface Heard {
  readonly price: string;
  /** Open time of the first candle that is older than it. */
  readonly after: EpochMs;
}

/**
 * The last prices heard of instruments of which the engine is told closed candles alone: what the equity is by them between two closes, and while candles that have closed
 * wait for some that were missed.
 */
export class HeardPrices {
  readonly #portfolio: Portfolio;
  readonly #buffers: readonly CandleBuffer[];
  readonly #symbols: readonly string[];
  readonly #heard: (Heard | undefined)[];

  constructor(portfolio: Portfolio, buffers: readonly CandleBuffer[]) {
    this.#portfolio = portfolio;
    this.#buffers = buffers;
    this.#symbols = buffers.map(({ symbol }) => symbol);
    this.#heard = buffers.map(() => undefined);
  }

  /** Takes a message of the market in: trades and candles, closed or not, say a price. */
  take(event: MarketEvent): void {
    const slot = this.#symbols.indexOf(event.symbol);
    if (slot < 0) return;
    const { intervalMs } = this.#buffers[slot]!;
    if (event.type === "candle") this.#heard[slot] = { price: event.close, after: event.time - intervalMs };
    else if (event.type === "trade") this.#heard[slot] = { price: event.price, after: event.time - intervalMs };
  }

  /** Exact equity at the last prices: those heard, where the engine has been told of none that is newer, else its own. Nothing changes by asking. */
  equity(): Decimal {
    const { mark, instruments } = this.#portfolio;
    const before = mark.slice();
    for (const [slot, heard] of this.#heard.entries()) {
      const buffer = this.#buffers[slot]!;
      const newest = buffer.length === 0 ? Number.NEGATIVE_INFINITY : buffer.time[buffer.length - 1]!;
      if (heard !== undefined && newest <= heard.after) mark[slot] = toUnits(heard.price, instruments[slot]!.priceDp, "floor");
    }
    const equity = this.#portfolio.equity();
    mark.set(before);
    return equity;
  }
}
