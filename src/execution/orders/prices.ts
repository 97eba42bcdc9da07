import { type Direction, type ExactPrice, exactPrice, type PriceInput } from "../../core/index.js";

/** A price input in price units, or null for one that is no price: a signal with it is refused, not thrown. */
export function priceOf(input: PriceInput, dp: number): ExactPrice | null {
  try {
    return exactPrice(input, dp);
  } catch {
    return null;
  }
}

/** A resting entry's price in whole ticks, away from crossing: down for a buy, up for a sell. */
export function awayFromCrossing(price: ExactPrice, direction: Direction, tick: number): number {
  return direction > 0 ? price.floorTo(tick) : price.ceilTo(tick);
}

/** A protective price in whole ticks toward the entry: up for a long's stop and a short's target, down for the others. */
export function towardEntry(price: ExactPrice, direction: Direction, tick: number, stop: boolean): number {
  return direction > 0 === stop ? price.ceilTo(tick) : price.floorTo(tick);
}
