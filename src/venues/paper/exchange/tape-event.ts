import { type BookLevel, type BookUpdate, type MarketTape, type PublicTrade, TAPE } from "../../../core/index.js";
import { plainText } from "./text.js";

/** A book message of a tape whose levels are written out only for who reads them. */
export class TapeBook implements BookUpdate {
  readonly type = "book" as const;
  readonly symbol: string;
  readonly time: number;
  readonly kind: "snapshot" | "delta";
  readonly #tape: MarketTape;
  readonly #index: number;

  constructor(tape: MarketTape, index: number) {
    this.symbol = tape.symbol;
    this.time = tape.time[index]!;
    this.kind = tape.kind[index] === TAPE.snapshot ? "snapshot" : "delta";
    this.#tape = tape;
    this.#index = index;
  }

  get bids(): BookLevel[] {
    const first = this.#tape.start[this.#index]!;
    return this.#levels(first, first + this.#tape.bids[this.#index]!);
  }

  get asks(): BookLevel[] {
    const tape = this.#tape;
    return this.#levels(tape.start[this.#index]! + tape.bids[this.#index]!, tape.start[this.#index + 1]!);
  }

  #levels(from: number, to: number): BookLevel[] {
    const { price, size, priceDp, quantityDp } = this.#tape;
    const levels: BookLevel[] = [];
    for (let at = from; at < to; at++) levels.push([plainText(price[at]!, priceDp), plainText(size[at]!, quantityDp)]);
    return levels;
  }
}

/** A trade of a tape; its id is its place in the tape. */
export function tapeTrade(tape: MarketTape, index: number): { readonly type: "trade" } & PublicTrade {
  const at = tape.start[index]!;
  return {
    type: "trade",
    symbol: tape.symbol,
    time: tape.time[index]!,
    id: String(index),
    side: tape.side[index]! > 0 ? "buy" : "sell",
    price: plainText(tape.price[at]!, tape.priceDp),
    quantity: plainText(tape.size[at]!, tape.quantityDp),
  };
}
