import { LabError } from "../errors/index.js";
import type { CandleSource } from "./candles.js";
import { type DecimalInput, decimal } from "./decimal.js";
import type { BookUpdate, MarketEvent, PublicTrade } from "./market.js";
import { MarketTape, TAPE } from "./market-tape.js";
import { MAX_SAFE, pow10, toUnits } from "./units.js";

/** Whole units that become finer when a value with more decimals comes. */
class ExactColumn {
  readonly units: number[] = [];
  readonly #name: string;
  dp = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws LabError `DECIMAL_INVALID`, `TAPE_INVALID` for a negative value, `UNITS_OVERFLOW`. */
  read(input: DecimalInput): number {
    const value = decimal(input, this.#name);
    if (value.isNegative() && !value.isZero())
      throw new LabError("TAPE_INVALID", `${this.#name} must not be negative, got ${value.toFixed()}.`);
    const dp = value.decimalPlaces();
    if (dp > this.dp) this.#refine(dp);
    return toUnits(value, this.dp, "exact", this.#name);
  }

  #refine(dp: number): void {
    const factor = pow10(dp - this.dp);
    if (dp > 15 || this.units.some((units) => units * factor > MAX_SAFE))
      throw new LabError("UNITS_OVERFLOW", `${this.#name}: values with ${dp} decimals beside those of before are too many digits to hold.`);
    for (let i = 0; i < this.units.length; i++) this.units[i]! *= factor;
    this.dp = dp;
  }
}

/** An event as it waits for its place in time. */
interface Entry {
  readonly time: number;
  readonly kind: number;
  readonly side: number;
  /** First of its levels. */
  readonly first: number;
  readonly bids: number;
  readonly levels: number;
}

/** Puts events as venues publish them into a {@link MarketTape}: exact text in, whole units out. */
export class TapeBuilder {
  readonly #price = new ExactColumn("price");
  readonly #size = new ExactColumn("size");
  readonly #entries: Entry[] = [];
  #sorted = true;

  /** Number of events. */
  get length(): number {
    return this.#entries.length;
  }

  /**
   * Adds a book. It is read as a whole first: a bad one adds nothing.
   * @throws LabError `DECIMAL_INVALID`, `TAPE_INVALID` for a price of zero, a negative size, a price twice on a side or a crossed snapshot, `UNITS_OVERFLOW`.
   */
  book(update: Pick<BookUpdate, "time" | "kind"> & { readonly bids: Levels; readonly asks: Levels }): void {
    const { time, kind, bids, asks } = update;
    const before = this.#price.units.length;
    try {
      const best = [this.#side(bids, "bid"), this.#side(asks, "ask")] as const;
      if (kind === "snapshot" && best[0] !== undefined && best[1] !== undefined && best[0].max >= best[1].min)
        throw new LabError("TAPE_INVALID", "its best bid is not below its best ask");
      this.#add(time, kind === "snapshot" ? TAPE.snapshot : TAPE.delta, 0, before, bids.length, bids.length + asks.length);
    } catch (error) {
      this.#price.units.length = before;
      this.#size.units.length = before;
      throw error;
    }
  }

  /** Adds a trade. @throws LabError `DECIMAL_INVALID`, `TAPE_INVALID` for a price or quantity of zero or a side that is none, `UNITS_OVERFLOW`. */
  trade(trade: Pick<PublicTrade, "time" | "side"> & { readonly price: DecimalInput; readonly quantity: DecimalInput }): void {
    const { time, side } = trade;
    if (side !== "buy" && side !== "sell") throw new LabError("TAPE_INVALID", `a trade's side is buy or sell, got '${String(side)}'`);
    const price = this.#price.read(trade.price);
    const size = this.#size.read(trade.quantity);
    if (price === 0 || size === 0) throw new LabError("TAPE_INVALID", "a trade has a price and a quantity above zero");
    const first = this.#price.units.length;
    this.#add(time, TAPE.trade, side === "buy" ? 1 : -1, first, 0, 1);
    this.#price.units.push(price);
    this.#size.units.push(size);
  }

  #side(levels: Levels, name: string): { min: number; max: number } | undefined {
    const prices = new Set<string>();
    let min = Number.POSITIVE_INFINITY;
    let max = 0;
    for (const [price, size] of levels) {
      const units = this.#price.read(price);
      if (units === 0) throw new LabError("TAPE_INVALID", `a ${name} has a price of zero`);
      this.#price.units.push(units);
      this.#size.units.push(this.#size.read(size));
      prices.add(decimal(price).toFixed());
      const value = Number(price);
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (prices.size < levels.length) throw new LabError("TAPE_INVALID", `a ${name} price stands twice`);
    return levels.length === 0 ? undefined : { min, max };
  }

  #add(time: number, kind: number, side: number, first: number, bids: number, levels: number): void {
    if (!Number.isSafeInteger(time)) throw new LabError("TAPE_INVALID", `its time ${time} is no whole number of milliseconds`);
    const last = this.#entries.at(-1);
    if (last !== undefined && time < last.time) this.#sorted = false;
    this.#entries.push({ time, kind, side, first, bids, levels });
  }

  /** The tape, in time order; events of one time keep the order they were added in. */
  build(symbol: string, source?: CandleSource): MarketTape {
    const entries = this.#sorted ? this.#entries : [...this.#entries].sort((a, b) => a.time - b.time);
    const start = new Uint32Array(entries.length + 1);
    const price = new Float64Array(this.#price.units.length);
    const size = new Float64Array(this.#size.units.length);
    let at = 0;
    for (const [i, { first, levels }] of entries.entries()) {
      start[i] = at;
      for (let level = first; level < first + levels; level++, at++) {
        price[at] = this.#price.units[level]!;
        size[at] = this.#size.units[level]!;
      }
    }
    start[entries.length] = at;
    return new MarketTape({
      symbol,
      priceDp: this.#price.dp,
      quantityDp: this.#size.dp,
      time: Float64Array.from(entries, (entry) => entry.time),
      kind: Uint8Array.from(entries, (entry) => entry.kind),
      side: Int8Array.from(entries, (entry) => entry.side),
      bids: Uint32Array.from(entries, (entry) => entry.bids),
      start,
      price,
      size,
      ...(source === undefined ? {} : { source }),
    });
  }
}

/** Levels as prices and sizes in decimals. */
type Levels = readonly (readonly [price: DecimalInput, size: DecimalInput])[];

/**
 * A tape of events as venues publish them; candles and tickers among them are left out.
 * @example tapeOf("BTCUSDT", [{ type: "trade", symbol: "BTCUSDT", time: 0, id: "1", side: "buy", price: "100.5", quantity: "2" }])
 * @throws LabError `TAPE_INVALID` for an event of another symbol, and what {@link TapeBuilder} throws.
 */
export function tapeOf(symbol: string, events: Iterable<MarketEvent>, source?: CandleSource): MarketTape {
  const builder = new TapeBuilder();
  for (const event of events) {
    if (event.type !== "trade" && event.type !== "book") continue;
    if (event.symbol !== symbol) throw new LabError("TAPE_INVALID", `An event of ${event.symbol} does not belong to a tape of ${symbol}.`);
    if (event.type === "trade") builder.trade(event);
    else builder.book(event);
  }
  return builder.build(symbol, source);
}
