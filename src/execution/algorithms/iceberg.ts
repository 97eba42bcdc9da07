import type { Decimal } from "../../core/index.js";
import type { AlgorithmDefinition, AlgorithmDesk } from "./contract.js";
import { defineAlgorithm } from "./define.js";
import { algorithmParam as param } from "./params.js";

/** A price moved by basis points against the taker: up for a buy, down for a sell. */
export function towardMarket(price: Decimal, side: "buy" | "sell", bps: string): Decimal {
  const factor = price.times(bps).div(10_000);
  return side === "buy" ? price.plus(factor) : price.minus(factor);
}

/**
 * Shows a part of the order at a time: limit orders of the display quantity at the last price, moved by the offset toward the other side (up for a buy), the next one when
 * the one before is over.
 */
export const iceberg: AlgorithmDefinition = defineAlgorithm({
  name: "iceberg",
  params: { displayQuantity: param.decimal({ above: 0 }), limitOffsetBps: param.decimal({ min: 0, max: 1000, default: 0 }) },
  start: (desk) => {
    show(desk);
    return {};
  },
  onEvent: (desk) => show(desk),
});

function show(desk: AlgorithmDesk<{ displayQuantity: string; limitOffsetBps: string }>): void {
  const { parent, params, last } = desk;
  if (last === undefined || desk.children.length > 0) return;
  desk.send({ type: "limit", quantity: params.displayQuantity, price: towardMarket(last, parent.side, params.limitOffsetBps) });
}
