import { decimal, fromUnits, type Ratio, type ScaledInstrument, toUnits, type WorkingOrder } from "../../core/index.js";
import { type Portfolio, RatedAmount } from "../../portfolio/index.js";
import { CANCEL, type MatchSettings, type MatchSink, type MatchTime } from "./settings.js";
import { worsen } from "./slippage.js";

/**
 * The one place where an order is filled, whatever the market is made of: a reduce-only order no further than the position, an entry only if it can be paid for, with
 * the fee of its schedule.
 */
export class Fills {
  readonly instruments: readonly ScaledInstrument[];
  readonly account: Portfolio;
  readonly sink: MatchSink;
  /** Fills so far: tells whether a phase changed anything. */
  count = 0;
  readonly #maker: RatedAmount[];
  readonly #taker: RatedAmount[];
  readonly #slippage: Ratio;
  readonly #leverage: number;
  readonly #participation: Ratio | undefined;

  constructor(account: Portfolio, settings: MatchSettings, sink: MatchSink) {
    this.instruments = account.instruments;
    this.account = account;
    this.sink = sink;
    this.#maker = account.instruments.map((i) => RatedAmount.known(i, settings.fees.maker));
    this.#taker = account.instruments.map((i) => RatedAmount.known(i, settings.fees.taker));
    this.#slippage = settings.slippage;
    this.#leverage = settings.leverage;
    this.#participation = settings.participation;
  }

  /** Fills up to `most` units at a price. @returns the units filled; 0 where the order ended instead, or nothing may be filled. */
  fill(order: WorkingOrder, price: number, maker: boolean, at: MatchTime, most: number = Number.MAX_SAFE_INTEGER): number {
    const { slot, direction } = order;
    let quantity = order.remaining;
    if (order.reduceOnly) {
      const position = this.account.quantity[slot]! * -direction;
      if (position <= 0) {
        this.sink.cancelled(order, CANCEL.reduceOnly);
        return 0;
      }
      if (quantity > position) quantity = position;
    }
    if (quantity > most) quantity = most;
    if (quantity <= 0) return 0;
    const fee = (maker ? this.#maker : this.#taker)[slot]!.of(price, quantity);
    if (!order.reduceOnly && !this.account.canAfford(slot, direction * quantity, price, fee, this.#leverage)) {
      const { needed, available } = this.account.requirement(slot, direction * quantity, price, fee, this.#leverage);
      this.sink.rejected(order, Number(needed), Number(available), at);
      return 0;
    }
    this.count++;
    this.sink.filled(order, quantity, price, fee, maker, at);
    return quantity;
  }

  /** The taker's fee of closing a quantity. */
  takerFee(slot: number, price: number, quantity: number): number | bigint {
    return this.#taker[slot]!.of(price, quantity);
  }

  /** A taker's price, made worse by the slippage. */
  slip(order: WorkingOrder, price: number): number {
    if (this.#slippage.num === 0) return price;
    return worsen(price, order.direction, this.#slippage, this.instruments[order.slot]!.tick);
  }

  /** True where orders may have only a share of the volume. */
  get capped(): boolean {
    return this.#participation !== undefined;
  }

  /** The share of a volume that orders may have, in whole lots. `volume` is in quantity units. */
  share(slot: number, volume: number): number {
    const cap = this.#participation;
    if (cap === undefined) return Number.MAX_SAFE_INTEGER;
    const { lot } = this.instruments[slot]!;
    return Number((BigInt(volume) * BigInt(cap.num)) / (BigInt(cap.den) * BigInt(lot))) * lot;
  }

  /** The same for a candle's volume, a double that is read at its shortest decimal text. */
  shareOfCandle(slot: number, volume: number): number {
    if (!this.capped) return Number.MAX_SAFE_INTEGER;
    return this.share(slot, toUnits(decimal(volume), this.instruments[slot]!.quantityDp, "floor"));
  }

  /** A price in units as text. */
  text(slot: number, price: number): string {
    return fromUnits(price, this.instruments[slot]!.priceDp).toFixed();
  }
}
