import { ceilUnits, type Direction, floorUnits, type Ratio } from "../../core/index.js";

/** A price made worse by a fraction and moved on to the next tick against the taker: up for a buy, down for a sell, never below one tick. */
export function worsen(price: number, direction: Direction, slippage: Ratio, tick: number): number {
  if (direction > 0) return ceilUnits(price, slippage.den + slippage.num, slippage.den, tick);
  return Math.max(tick, floorUnits(price, slippage.den - slippage.num, slippage.den, tick));
}
