import { defineStrategy, type StrategyDefinition } from "./define.js";
import { type Param, param } from "./params.js";

interface OrderBookImbalanceParams {
  readonly [name: string]: Param<unknown, unknown>;
  readonly symbol: Param<string>;
  readonly depth: Param<number>;
  readonly longThreshold: Param<number, number | string>;
  readonly shortThreshold: Param<number, number | string>;
  readonly neutralZone: Param<number, number | string>;
}

/**
 * Tesser's OrderBookImbalance: (bids - asks) / (bids + asks) over the sizes of the best `depth` levels; long at or above `longThreshold`, short at or below
 * `shortThreshold`, out within `neutralZone`. It looks at the book after every change, and not at whole snapshots alone.
 */
export const OrderBookImbalance: StrategyDefinition<OrderBookImbalanceParams> = defineStrategy<OrderBookImbalanceParams>({
  name: "OrderBookImbalance",
  aliases: ["OBI"],
  doc: "Enters long where bids outweigh asks by longThreshold, short where asks do; leaves while both are about even.",
  feeds: ["book"],
  params: {
    symbol: param.text({ default: "BTCUSDT", doc: "Symbol whose book it watches." }),
    depth: param.integer({ default: 5, min: 1, max: 10_000, doc: "Levels of each side." }),
    longThreshold: param.number({ default: 0.2, doc: "Imbalance at or above which it enters long, up to 1." }),
    shortThreshold: param.number({ default: -0.2, doc: "Imbalance at or below which it enters short, down to -1." }),
    neutralZone: param.number({ default: 0.05, doc: "Imbalance, of either sign, within which it leaves." }),
  },
  create({ params }) {
    const { depth, longThreshold, shortThreshold, neutralZone } = params;
    const entry = { confidence: 0.9 };
    const exit = { confidence: 0.6 };
    return {
      onBook(book, desk) {
        const imbalance = book.imbalance(depth);
        if (imbalance === undefined) return;
        if (imbalance >= longThreshold) desk.enterLong(entry);
        else if (imbalance <= shortThreshold) desk.enterShort(entry);
        else if (Math.abs(imbalance) <= neutralZone) desk.flatten(exit);
      },
    };
  },
});
