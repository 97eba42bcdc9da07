import { Decimal, type DecimalInput, decimal } from "../../core/index.js";
import type { AlgorithmEvent, Json } from "./contract.js";

/** What a run has seen of the market. */
export class AlgorithmMarket {
  last: Decimal | undefined;
  bid: Decimal | undefined;
  ask: Decimal | undefined;
  #trades = new Decimal(0);
  #candles = new Decimal(0);

  /** Traded since the start. Candles hold the trades again, so that where both come the larger sum counts. */
  get volume(): Decimal {
    return Decimal.max(this.#trades, this.#candles);
  }

  see(event: AlgorithmEvent): void {
    if (event.type === "trade") {
      this.last = decimal(event.price, "price");
      this.#trades = this.#trades.plus(decimal(event.quantity, "quantity"));
    } else if (event.type === "candle") {
      this.last = decimal(event.close, "close");
      this.#candles = this.#candles.plus(decimal(event.volume, "volume"));
    } else if (event.type === "book") {
      this.bid = optional(event.bid);
      this.ask = optional(event.ask);
    }
  }

  save(): Readonly<Record<string, Json>> {
    const text = (value: Decimal | undefined): Json => value?.toFixed() ?? null;
    return { last: text(this.last), bid: text(this.bid), ask: text(this.ask), trades: text(this.#trades), candles: text(this.#candles) };
  }

  static restore(saved: Readonly<Record<string, Json>>): AlgorithmMarket {
    const market = new AlgorithmMarket();
    const read = (value: Json): Decimal | undefined => (typeof value === "string" ? new Decimal(value) : undefined);
    market.last = read(saved.last);
    market.bid = read(saved.bid);
    market.ask = read(saved.ask);
    market.#trades = read(saved.trades) ?? new Decimal(0);
    market.#candles = read(saved.candles) ?? new Decimal(0);
    return market;
  }
}

function optional(value: DecimalInput | undefined): Decimal | undefined {
  return value === undefined ? undefined : decimal(value);
}
